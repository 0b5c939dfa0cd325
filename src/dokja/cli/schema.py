"""``dokja schema``: the published schema of a stored document; the module only prints it."""

from __future__ import annotations

from dokja.cli.console import print_line
from dokja.cli.language import use_language
from dokja.cli.options import LangOption

__all__ = ["EPILOG", "schema"]

EPILOG = "Example: dokja schema > report.schema.json"


def schema(*, lang: LangOption = None) -> int:  # numpydoc ignore=PR01
    """Print the JSON Schema of the report that dokja audit writes."""
    use_language(lang)
    from dokja.document.schema import schema_text

    print_line(schema_text().rstrip("\n"))
    return 0
