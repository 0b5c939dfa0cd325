"""Reading a round file: every defect of it in one message, each with its place and line.

The module knows how a file becomes a `RoundFile`, never how the round is scored.
"""

from __future__ import annotations

import json
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from dokja.document.round import RoundFile
from dokja.document.yamltext import MAX_YAML_BYTES, load_yaml, place
from dokja.errors import ProgrammeError
from dokja.programme.amendments import amendment_defects
from dokja.programme.round_check import defects_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

    from dokja.document.yamltext import YamlMap

__all__ = ["parse_round", "read_round", "sample_names", "sample_text"]

_MAX_SHOWN = 100

Path_ = tuple[str | int, ...]


def read_round(path: str | Path) -> RoundFile:
    """Read a round from a file, or one that comes with the package by its name.

    Parameters
    ----------
    path
        Path of a YAML file, or one of `sample_names`.

    Returns
    -------
    RoundFile
        The round.

    Raises
    ------
    ProgrammeError
        If there is none, or it does not fit; the message lists every defect with its dotted path
        and line.
    """
    uri = str(path)
    if uri in sample_names():
        return parse_round(sample_text(uri), uri=uri)
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(MAX_YAML_BYTES + 1)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise ProgrammeError(
            f"the round cannot be read: {words}",
            uri=uri,
            hint=f"Name a YAML file, or one of {', '.join(sample_names())}.",
        ) from None
    return parse_round(data, uri=uri)


def sample_names() -> tuple[str, ...]:
    """Return the names of the rounds that come with the package.

    Returns
    -------
    tuple of str
        Sorted; ``blank`` is a template to fill in.
    """
    folder = resources.files("dokja") / "data" / "rounds"
    return tuple(sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".yaml")))


def sample_text(name: str) -> bytes:
    """Return the text of a round that comes with the package.

    Parameters
    ----------
    name
        One of `sample_names`.

    Returns
    -------
    bytes
        YAML.

    Raises
    ------
    ProgrammeError
        If there is none of that name.
    """
    if name not in sample_names():
        raise ProgrammeError(
            f"there is no sample round {name!r}", hint=f"Known: {', '.join(sample_names())}."
        )
    return (resources.files("dokja") / "data" / "rounds" / f"{name}.yaml").read_bytes()


def parse_round(data: bytes, *, uri: str) -> RoundFile:
    """Read a round from the bytes of a YAML file.

    Parameters
    ----------
    data
        The bytes.
    uri
        Where they came from, for the error.

    Returns
    -------
    RoundFile
        The round.

    Raises
    ------
    ProgrammeError
        If it does not fit; the message lists every defect with its dotted path and line.
    """
    content = load_yaml(data, uri=uri)
    try:
        found = _validated(content)
    except ValidationError as error:
        broken = error.errors(include_url=False, include_context=False)
        raise _error(content, [*_schema_defects(broken), *_further(content, broken)], uri) from None
    defects = [*defects_of(found), *amendment_defects(found)]
    if defects:
        raise _error(content, defects, uri)
    return found


def _validated(content: Any) -> RoundFile:  # noqa: ANN401 - whatever stands in the file
    # Through JSON, because only there does strict mode take text for dates and lists for tuples;
    # a decimal becomes text on the way and so stays exact.
    return RoundFile.model_validate_json(json.dumps(content, default=str))


def _error(content: YamlMap, defects: Sequence[tuple[Path_, str]], uri: str) -> ProgrammeError:
    seen = dict.fromkeys(f"{place(content, path)}: {words}" for path, words in defects)
    shown = list(seen)[:_MAX_SHOWN]
    left = len(seen) - len(shown)
    more = f"\n  … and {left} more" if left else ""
    count = "1 defect" if len(seen) == 1 else f"{len(seen)} defects"
    return ProgrammeError(
        f"the round has {count}:" + "".join(f"\n  {line}" for line in shown) + more,
        uri=uri,
        hint="docs/reference/round-file.md tells every field; the JSON Schema is round-1.json.",
    )


# -- defects of form ------------------------------------------------------------------------------


def _schema_defects(broken: Sequence[ErrorDetails]) -> list[tuple[Path_, str]]:
    return [(_in_file(defect["loc"]), _words(defect)) for defect in broken]


_KINDS = frozenset(
    {"share", "range", "best_team_full", "min_max", "world_best", "own_over_target", "points"}
    | {"mean", "median", "sum", "trimmed_mean", "ruling", "audit", "review", "ticks", "threshold"}
    | {"majority", "quorum", "measured", "score", "average", "gap", "top", "order", "ratio"}
    | {"advance", "out", "round", "result"}
)


def _in_file(location: Path_) -> Path_:
    """Leave out the kinds that pydantic puts between a field and the fields beneath it."""
    kept: list[str | int] = []
    for step, part in enumerate(location):
        between = step > 0 and part in _KINDS and _may_be_kind(location[step - 1])
        if not between:
            kept.append(part)
    return tuple(kept)


def _may_be_kind(before: str | int) -> bool:
    return isinstance(before, int) or before in {"formula", "combine", "rule", "needs"}


_PLAIN_WORDS: Final = {
    "missing": "is missing",
    "union_tag_not_found": "`kind` is missing",
}


def _words(defect: ErrorDetails) -> str:
    kind, given = defect["type"], defect.get("input")
    if kind in _PLAIN_WORDS:
        return _PLAIN_WORDS[kind]
    if kind == "extra_forbidden":
        return "no such field" + _meant(str(defect["loc"][-1]))
    if kind == "value_error":
        return defect["msg"].removeprefix("Value error, ")
    if kind == "is_instance_of":
        return f"a number was expected, not {_shown(given)}"
    return f"{defect['msg']}, not {_shown(given)}"


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    words = "nothing" if value is None else repr(value)
    return words if len(words) <= 60 else f"{words[:57]}…"


def _meant(field: str) -> str:
    schema = RoundFile.model_json_schema()
    known = set(schema["properties"])
    for part in schema["$defs"].values():
        known |= set(part.get("properties", ()))
    near = get_close_matches(field, sorted(known - {field}), n=1, cutoff=0.75)
    return f"; did you mean {near[0]!r}?" if near else ""


# -- defects of meaning beside defects of form ----------------------------------------------------


def _further(content: YamlMap, broken: Sequence[ErrorDetails]) -> list[tuple[Path_, str]]:
    """Look at what is left when the broken members are taken out.

    A reference to a member that was taken out is no defect, and sums over such members say
    nothing; everything else is told in the same message.
    """
    left: dict[str, Any] = dict(content)
    taken: dict[str, set[int]] = {}
    for defect in broken:
        location = _in_file(defect["loc"])
        if len(location) >= 2 and isinstance(location[1], int):
            taken.setdefault(str(location[0]), set()).add(location[1])
        elif location and location[0] in left:
            left.pop(str(location[0]))
    where: dict[str, list[int]] = {}
    for name, gone in taken.items():
        if isinstance(left.get(name), list):
            where[name] = [step for step in range(len(left[name])) if step not in gone]
            left[name] = [left[name][step] for step in where[name]]
    try:
        found = _validated(left)
    except ValidationError:
        return []
    known = frozenset(_ids(content))
    return [
        (_back(path, where), words) for path, words in defects_of(found, partial=True, known=known)
    ]


def _back(path: Path_, where: dict[str, list[int]]) -> Path_:
    """Give a member the index again that it has in the file."""
    if len(path) >= 2 and isinstance(path[1], int) and path[0] in where:
        return (path[0], where[str(path[0])][path[1]], *path[2:])
    return path


def _ids(content: Any) -> list[str]:  # noqa: ANN401 - whatever stands in the file
    waiting, found = [content], []
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            found += [value["id"]] if isinstance(value.get("id"), str) else []
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found
