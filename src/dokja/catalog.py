"""One list of what can be chosen by name: built-ins, and what installed packages add.

The module knows names and where they come from, never what the entries do.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from operator import attrgetter
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from dokja.errors import CatalogError, PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Catalog", "CatalogEntry"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A name and where the object behind it comes from."""

    name: str
    target: str
    """``module:attribute`` that holds the object."""
    distribution: str | None
    """Installed package that adds the entry; None for a built-in."""


class Catalog(Generic[T]):
    """Objects of one kind, by name, found when first asked for and loaded when first used.

    Iterating gives the names: built-ins in the order they were listed, then plugins by name.

    Parameters
    ----------
    kind
        What an entry is, in one word for messages, such as ``format``.
    group
        Entry-point group through which other packages add entries.
    builtins
        Target, ``module:attribute``, of each built-in by name.

    Notes
    -----
    A name that is given twice is an error for the whole catalog, because either choice would be
    a guess. A plugin that cannot be loaded is an error only when it is loaded.

    Examples
    --------
    >>> orders = Catalog(kind="order", group="dokja.orders", builtins={"less": "operator:lt"})
    >>> orders.names()
    ('less',)
    >>> orders.get("less")(1, 2)
    True
    """

    def __init__(self, *, kind: str, group: str, builtins: Mapping[str, str]) -> None:
        self.kind = kind
        self.group = group
        self._builtins = dict(builtins)
        self._loaded: dict[str, T] = {}

    def names(self) -> tuple[str, ...]:
        """Return every name, in the order of the catalog.

        Returns
        -------
        tuple of str
            Nothing is loaded.
        """
        return tuple(self._entries)

    def entries(self) -> tuple[CatalogEntry, ...]:
        """Return every entry with where it comes from, in the order of the catalog.

        Returns
        -------
        tuple of CatalogEntry
            Nothing is loaded.
        """
        return tuple(self._entries.values())

    def get(self, name: str) -> T:
        """Return the object of that name, loading it at the first call.

        Parameters
        ----------
        name
            One of `names`.

        Returns
        -------
        T
            The same object at every call.

        Raises
        ------
        CatalogError
            If there is no such name, or if some name is given twice.
        PluginError
            If the object stands in another package and cannot be loaded.
        """
        if name not in self._loaded:
            self._loaded[name] = self._load(self._entry(name))
        return self._loaded[name]

    def load_all(self) -> tuple[T, ...]:
        """Return all objects, in the order of the catalog.

        Returns
        -------
        tuple of T
            One for each of `names`.

        Raises
        ------
        CatalogError
            If some name is given twice.
        PluginError
            If one stands in another package and cannot be loaded.
        """
        return tuple(self.get(name) for name in self._entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    @cached_property
    def _entries(self) -> dict[str, CatalogEntry]:
        entries = {
            name: CatalogEntry(name, target, None) for name, target in self._builtins.items()
        }
        for entry in sorted(map(_described, entry_points(group=self.group)), key=_order):
            if entry.name in entries:
                raise self._duplicate(entries[entry.name], entry)
            entries[entry.name] = entry
        return entries

    def _duplicate(self, first: CatalogEntry, second: CatalogEntry) -> CatalogError:
        return CatalogError(
            f"the {self.kind} {first.name!r} is given twice: "
            f"{_origin(first)} ({first.target}) and {_origin(second)} ({second.target})",
            hint=f"uninstall {second.distribution}, or the other package that adds the name",
        )

    def _entry(self, name: str) -> CatalogEntry:
        try:
            return self._entries[name]
        except KeyError:
            known = self.names()
        near = get_close_matches(name, known, n=3)
        meant = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        listed = ", ".join(known) or "none"
        raise CatalogError(
            f"there is no {self.kind} {name!r}", hint=f"{meant}known: {listed}"
        ) from None

    def _load(self, entry: CatalogEntry) -> T:
        if entry.distribution is None:
            return cast("T", _resolve(entry.target))
        try:
            return cast("T", _resolve(entry.target))
        except Exception as error:
            raise PluginError(
                f"the {self.kind} {entry.name!r} of the package {entry.distribution} "
                f"({entry.target}) cannot be loaded: {type(error).__name__}: {error}",
                hint=f"update or uninstall {entry.distribution}",
            ) from error


def _described(point: EntryPoint) -> CatalogEntry:
    distribution = point.dist.name if point.dist is not None else "an unnamed package"
    return CatalogEntry(point.name, point.value, distribution)


def _order(entry: CatalogEntry) -> tuple[str, str, str]:
    return entry.name, entry.distribution or "", entry.target


def _origin(entry: CatalogEntry) -> str:
    return "built in" if entry.distribution is None else f"from {entry.distribution}"


def _resolve(target: str) -> object:
    # An entry point may bear extras in brackets after its target; they name no object.
    module, _, attribute = target.partition("[")[0].strip().partition(":")
    loaded = import_module(module.strip())
    return attrgetter(attribute.strip())(loaded) if attribute else loaded
