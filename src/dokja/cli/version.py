"""``dokja version``: which Dokja this is; it knows nothing of what Dokja does."""

from __future__ import annotations

from dokja.cli.console import print_line
from dokja.cli.language import use_language
from dokja.cli.options import LangOption

__all__ = ["EPILOG", "version"]

EPILOG = "Example: dokja version"


def version(*, lang: LangOption = None) -> None:  # numpydoc ignore=PR01
    """Print the version."""
    use_language(lang)
    from importlib.metadata import version as installed_version

    print_line(f"dokja {installed_version('dokja')}")
