"""``dokja version``: which Dokja this is; it knows nothing of what Dokja does."""

from __future__ import annotations

from dokja.cli.console import print_line

__all__ = ["EPILOG", "version"]

EPILOG = "Example: dokja version"


def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed_version

    print_line(f"dokja {installed_version('dokja')}")
