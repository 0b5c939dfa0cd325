"""The table of licences and of what each asks for, read once from data that comes along.

The module knows what stands in the table; it parses no expression and judges nobody.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal

from dokja.document.common import Localized

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Control", "Duty", "Licence", "Standing", "licences", "named", "plain_name", "unlisted"]

Control = Literal["free", "mild", "unknown", "constrained"]
Standing = Literal["duty", "condition"]
When = Literal["always", "distributed", "changed", "users", "revenue", "unknown"]
_NOT_LETTERS: Final = re.compile(r"[^a-z0-9.+]+")


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that a licence asks for."""

    kind: str
    standing: Standing
    """A duty can be seen to be kept or broken in what is passed on; a condition stays with use."""
    when: When
    text: Localized
    phrases: tuple[str, ...] = ()
    """Any of these words have to stand somewhere."""
    prefix: str | None = None
    """What a name has to begin with."""
    limit: int | None = None
    """Users a month, or US dollars a year."""
    clause: str | None = None
    """Of outputs: ``forbidden``, ``derivative``, ``named`` or ``unread``."""
    binds: tuple[str, ...] = ()
    """Kinds of the same licence that bind a model trained on outputs too."""


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence: what control its licensor keeps, and what it asks for."""

    key: str
    """SPDX's id, or ScanCode's where SPDX has none."""
    names: tuple[str, ...]
    control: Control
    duties: tuple[Duty, ...]
    source: str
    digests: tuple[str, ...] = ()
    """Of its text, as `dokja.licensing.texts` takes it."""
    of: tuple[str, ...] = ()
    """Spellings of whose own models it is made for; empty where anybody may use it."""


def plain_name(name: str) -> str:
    """Write a name as names are compared.

    Parameters
    ----------
    name
        As somebody wrote it.

    Returns
    -------
    str
        Small letters, digits and dots, with single spaces between.
    """
    return _NOT_LETTERS.sub(" ", name.casefold()).strip()


def _held(name: str) -> dict[str, Any]:
    text = files("dokja.licensing").joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _kinds() -> dict[str, dict[str, Any]]:
    return _held("duties.toml")


def _duty(asked: str | dict[str, Any]) -> Duty:
    fields: dict[str, Any] = {"kind": asked} if isinstance(asked, str) else asked
    kind = _kinds()[fields["kind"]]
    limit = fields.get("limit")
    clause = fields.get("clause")
    said = _kinds()["clauses"][clause] if clause is not None else {"en": "", "ko": ""}
    filled = {
        "phrase": fields.get("phrase", ""),
        "prefix": fields.get("prefix", ""),
        "limit": "" if limit is None else f"{limit:,}",
    }
    return Duty(
        kind=fields["kind"],
        standing=kind["standing"],
        when=kind["when"],
        text=Localized(
            en=kind["en"].format(**filled, clause=said["en"]),
            ko=kind["ko"].format(**filled, clause=said["ko"]),
        ),
        phrases=tuple(fields[name] for name in ("phrase", "or") if name in fields),
        prefix=fields.get("prefix"),
        limit=limit,
        clause=clause,
        binds=tuple(fields.get("binds", ())),
    )


@cache
def licences() -> Mapping[str, Licence]:
    """Read the table.

    Returns
    -------
    mapping of str to Licence
        By key.
    """
    digests: dict[str, list[str]] = {}
    for digest, key in _held("texts.toml")["digests"].items():
        digests.setdefault(key, []).append(digest)
    found = [_licence(one, tuple(sorted(digests.get(one["id"], ())))) for one in _listed()]
    for one, fields in zip(tuple(found), _listed(), strict=True):
        for key in fields.get("also", ()):
            source = f"https://spdx.org/licenses/{key}.html"
            found.append(replace(one, key=key, names=(), source=source, digests=()))
    return MappingProxyType({one.key: one for one in found})


def _listed() -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = _held("licences.toml")["licence"]
    return listed


def _licence(fields: dict[str, Any], digests: tuple[str, ...]) -> Licence:
    return Licence(
        key=fields["id"],
        names=tuple(fields["names"]),
        control=fields["control"],
        duties=tuple(_duty(duty) for duty in fields["duties"]),
        source=fields["source"],
        digests=digests,
        of=tuple(fields.get("of", ())),
    )


@cache
def named() -> Mapping[str, str]:
    """Return the keys of licences by what people call them.

    Returns
    -------
    mapping of str to str
        From a plain name to a key.
    """
    known = licences().values()
    found = {name: one.key for one in known for name in (*one.names, plain_name(one.key))}
    return MappingProxyType(_held("licences.toml")["aliases"] | found)


@cache
def unlisted() -> Duty:
    """Return the duty of a licence whose duties are not in the table: to read it.

    Returns
    -------
    Duty
        Which nobody can be seen to keep.
    """
    return _duty("unlisted")
