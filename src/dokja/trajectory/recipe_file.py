"""Reading a recipe: every defect of the file in one message, each with its place and line.

The module knows how a file becomes a `Recipe`, never whether it is true.
"""

from __future__ import annotations

import datetime as dt
import json
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from blake3 import blake3
from pydantic import ValidationError

from dokja.document.read import read_regular
from dokja.document.recipe import Recipe
from dokja.document.yamltext import MAX_YAML_BYTES, load_yaml, place
from dokja.errors import TrajectoryError
from dokja.trajectory.paths import Root
from dokja.trajectory.recipe_check import defects_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

    from dokja.document.yamltext import YamlMap

__all__ = ["RecipeFile", "parse_recipe", "read_recipe"]

_MAX_SHOWN: Final = 100
_HINT: Final = "docs/how-to/prove-your-training.md tells every field; the schema is recipe-1.json."

_STAND_INS: Final[dict[str, Any]] = {
    "schema_version": "1",
    "id": "x",
    "optimiser": {"name": "other"},
    "schedule": {"kind": "logged"},
    "steps": 10**12,
}
"""What takes the place of a part that cannot be read, so that the rest is looked at too."""

Place = tuple[str | int, ...]


class RecipeFile:
    """A recipe, the digest of its file, and the folder its paths are kept in.

    Parameters
    ----------
    uri
        Path of the file.
    recipe
        What it says.
    digest
        BLAKE3 of its bytes.
    root
        Its folder.
    """

    def __init__(self, uri: str, recipe: Recipe, digest: str, root: Root) -> None:
        self.uri = uri
        self.recipe = recipe
        self.digest = digest
        self.root = root


def read_recipe(
    path: str | Path, *, root: str | Path | None = None, now: dt.datetime | None = None
) -> RecipeFile:
    """Read a recipe from a file.

    Parameters
    ----------
    path
        Path of a YAML file.
    root
        Folder that no path of the recipe may lead out of; that of the recipe if not given.
    now
        What counts as the present.

    Returns
    -------
    RecipeFile
        The recipe and where it stands.

    Raises
    ------
    TrajectoryError
        If there is none, or it does not fit or contradicts itself; the message lists every defect
        with its dotted path and line.
    """
    uri = str(path)
    try:
        data = read_regular(Path(path), MAX_YAML_BYTES + 1)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise TrajectoryError(
            f"the recipe cannot be read: {words}", uri=uri, hint="Name a YAML file."
        ) from None
    folder = Path(path).parent
    kept = Root(folder if root is None else Path(root), folder)
    recipe = parse_recipe(data, kept, uri=uri, now=now)
    return RecipeFile(uri, recipe, f"blake3:{blake3(data).hexdigest()}", kept)


def parse_recipe(data: bytes, root: Root, *, uri: str, now: dt.datetime | None = None) -> Recipe:
    """Read a recipe from the bytes of a YAML file.

    Parameters
    ----------
    data
        The bytes.
    root
        Folder that its paths are kept in.
    uri
        Where they came from, for the error.
    now
        What counts as the present.

    Returns
    -------
    Recipe
        The recipe.

    Raises
    ------
    TrajectoryError
        If it does not fit; the message lists every defect with its dotted path and line.
    """
    content = load_yaml(data, uri=uri, error=TrajectoryError)
    present = now or dt.datetime.now(dt.UTC)
    try:
        recipe = _validated(content)
    except ValidationError as error:
        broken = error.errors(include_url=False, include_context=False)
        defects = [(_in_file(one["loc"]), _words(one)) for one in broken]
        raise _error(content, [*defects, *_further(content, broken, root, present)], uri) from None
    found = defects_of(recipe, root, now=present)
    if found:
        raise _error(content, found, uri)
    return recipe


def _validated(content: Any) -> Recipe:  # noqa: ANN401 - whatever stands in the file
    # Through JSON, because only there does strict mode take lists for tuples; a decimal becomes
    # text on the way and so stays as it was written.
    return Recipe.model_validate_json(json.dumps(content, default=str))


def _further(
    content: YamlMap, broken: Sequence[ErrorDetails], root: Root, now: dt.datetime
) -> list[tuple[Place, str]]:
    """Look at what is left when the broken parts are taken out."""
    left: dict[str, Any] = {**content}
    kept: dict[str, list[int]] = {}
    for defect in broken:
        location = _in_file(defect["loc"])
        if len(location) >= 2 and isinstance(location[1], int):
            name = str(location[0])
            kept.setdefault(name, list(range(len(left[name]))))
            kept[name] = [one for one in kept[name] if one != location[1]]
        elif location:
            left.pop(str(location[0]), None)
    for name, places in kept.items():
        if name in left:
            left[name] = [left[name][one] for one in places]
    left = {**_STAND_INS, **left}
    try:
        found = defects_of(_validated(left), root, now=now)
    except ValidationError:
        return []
    return [(_back(path, kept), words) for path, words in found]


def _back(path: Place, kept: dict[str, list[int]]) -> Place:
    """Give a member the index again that it has in the file."""
    if len(path) >= 2 and isinstance(path[1], int) and path[0] in kept:
        return (path[0], kept[str(path[0])][path[1]], *path[2:])
    return path


def _in_file(location: Place) -> Place:
    """Leave out the names of validators that pydantic puts into a path."""
    return tuple(part for part in location if not (isinstance(part, str) and "[" in part))


def _words(defect: ErrorDetails) -> str:
    kind, given = defect["type"], defect.get("input")
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "no such field" + _meant(str(defect["loc"][-1]))
    if kind == "value_error":
        return defect["msg"].removeprefix("Value error, ")
    return f"{defect['msg']}, not {_shown(given)}"


def _shown(value: object) -> str:
    if isinstance(value, dict | list | tuple):
        return "a mapping" if isinstance(value, dict) else "a list"
    words = "nothing" if value is None else repr(value)
    return words if len(words) <= 60 else f"{words[:57]}…"


def _meant(field: str) -> str:
    schema = Recipe.model_json_schema()
    known = set(schema["properties"])
    for part in schema["$defs"].values():
        known |= set(part.get("properties", ()))
    near = get_close_matches(field, sorted(known - {field}), n=1, cutoff=0.75)
    return f"; did you mean {near[0]!r}?" if near else ""


def _error(content: YamlMap, defects: Sequence[tuple[Place, str]], uri: str) -> TrajectoryError:
    seen = dict.fromkeys(f"{place(content, path)}: {words}" for path, words in defects)
    shown = list(seen)[:_MAX_SHOWN]
    left = len(seen) - len(shown)
    more = f"\n  … and {left} more" if left else ""
    count = "1 defect" if len(seen) == 1 else f"{len(seen)} defects"
    return TrajectoryError(
        f"the recipe has {count}:" + "".join(f"\n  {line}" for line in shown) + more,
        uri=uri,
        hint=_HINT,
    )
