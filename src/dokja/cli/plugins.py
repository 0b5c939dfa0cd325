"""``dokja plugins``: what every catalog holds and where it comes from, broken plugins included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.cli.language import current_language, say
from dokja.cli.options import LangOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.catalog import Catalog

__all__ = ["EPILOG", "plugins"]

EPILOG = "Example: dokja plugins"


def _catalogs() -> Iterator[Catalog[object]]:
    from importlib import import_module

    for place in ("io.format", "comparison.base", "policy", "report"):
        yield import_module(f"dokja.{place}").BUILTIN


def plugins(*, lang: LangOption = None) -> int:
    """List formats, families, comparisons, rules and renderers, built in and plugged in."""
    from dokja.cli.console import results

    current_language(lang)
    for catalog in _catalogs():
        results().print(say(catalog.kind))
    return 0
