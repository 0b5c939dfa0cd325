"""``dokja plugins``: what every catalog holds and where it comes from, broken plugins included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.cli.codes import EXIT_INCOMPLETE, EXIT_OK
from dokja.cli.language import say, use_language
from dokja.cli.options import LangOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.catalog import Catalog

__all__ = ["CATALOGS", "EPILOG", "plugins"]

EPILOG = "Example: dokja plugins"

Row = tuple[str, str, str, str]

CATALOGS: Final = (
    ("dokja.io.source", "TRANSPORTS"),
    ("dokja.io.format", "BUILTIN"),
    ("dokja.comparison.base", "BUILTIN"),
    ("dokja.policy.rules", "RULES"),
    ("dokja.report", "BUILTIN"),
)
"""Where each room keeps its catalog."""


def _catalogs() -> Iterator[Catalog[object]]:
    from importlib import import_module

    for module, attribute in CATALOGS:
        yield getattr(import_module(module), attribute)


def _rows(catalog: Catalog[object]) -> Iterator[Row]:
    """Yield kind, name, origin and defect of each entry; the defect is empty where all is well."""
    from dokja.errors import CatalogError

    try:
        entries = catalog.entries()
    except CatalogError as error:
        yield catalog.kind, "–", "–", str(error)
        return
    for entry in entries:
        defect = ""
        try:
            catalog.get(entry.name)
        except CatalogError as error:
            defect = str(error)
        yield catalog.kind, entry.name, entry.distribution or say("built in"), defect


def _family_rows() -> Iterator[Row]:
    """Yield the same of model families, which are files and stand in no catalog."""
    from importlib.resources import files

    from dokja.arch.family import known_families
    from dokja.errors import DokjaError

    ours = str(files("dokja.arch") / "families")
    try:
        for family in known_families():
            origin = say("built in") if family.source.startswith(ours) else family.source
            yield "family", family.name, origin, ""
    except DokjaError as error:
        yield "family", "–", "–", str(error)


def plugins(*, lang: LangOption = None) -> int:  # numpydoc ignore=PR01
    """List formats, families, comparisons, rules and renderers, built in and plugged in."""
    from rich.markup import escape

    from dokja.cli.console import results, visible
    from dokja.cli.tables import make_table

    use_language(lang)
    table = make_table("kind", "name", "origin", "state")
    broken = False
    of_catalogs = (row for catalog in _catalogs() for row in _rows(catalog))
    for kind, name, origin, defect in (*of_catalogs, *_family_rows()):
        broken = broken or bool(defect)
        state = f"[red]{escape(visible(defect))}[/]" if defect else say("ready")
        table.add_row(say(kind), escape(name), escape(origin), state)
    results().print(table)
    return EXIT_INCOMPLETE if broken else EXIT_OK
