"""Which model families there are: files of the package, of plugins, and of the user.

The module finds and reads files; what may stand in one is `dokja.arch.family_file`'s concern.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from dokja.arch.family_file import parse_family
from dokja.arch.rules import Family, Target, TensorRule, UnitRule
from dokja.catalog import Catalog
from dokja.errors import MalformedFamilyError, PluginError, UnknownFamilyError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable

__all__ = [
    "ENTRY_POINT_GROUP",
    "Family",
    "Target",
    "TensorRule",
    "UnitRule",
    "family_named",
    "known_families",
    "load_families",
    "load_family",
]

ENTRY_POINT_GROUP = "dokja.families"
"""Entry points of this group name a package (or a folder) with further family files."""

_MAX_FILE_BYTES = 1 << 20


def _read_text(file: Path | Traversable) -> str:
    try:
        content = file.read_bytes()
        if len(content) > _MAX_FILE_BYTES:
            raise MalformedFamilyError(
                "larger than a family file may be",
                hint="Is it a family file? See how to add a family.",
                uri=str(file),
            )
        return content.decode()
    except UnicodeDecodeError as error:
        raise MalformedFamilyError(
            "not UTF-8 text", hint="Store the file as UTF-8.", uri=str(file)
        ) from error
    except OSError as error:
        raise UnknownFamilyError(
            f"cannot be read: {error.strerror}", hint="Check the path.", uri=str(file)
        ) from error


def load_family(path: str | Path, *, bases: Iterable[Family] | None = None) -> Family:
    """Read one family file.

    Parameters
    ----------
    path
        A TOML file.
    bases
        Families it may extend; all known ones if not given.

    Returns
    -------
    Family
        The family.

    Raises
    ------
    MalformedFamilyError
        If the file breaks the schema; the error names the file and the path of the key.
    UnknownFamilyError
        If the file cannot be read.
    """
    known = known_families() if bases is None else bases
    return parse_family(_read_text(Path(path)), str(path), {f.name: f for f in known})


def load_families(
    files: Iterable[Path | Traversable], *, bases: Iterable[Family] = ()
) -> tuple[Family, ...]:
    """Read several family files that may extend each other.

    Parameters
    ----------
    files
        TOML files, in any order.
    bases
        Families that are known already.

    Returns
    -------
    tuple of Family
        Those of `files`, by name.

    Raises
    ------
    MalformedFamilyError
        If a file breaks the schema, extends a family that is not there, or bears the name of
        another.
    """
    known = {family.name: family for family in bases}
    waiting = [(str(file), _read_text(file)) for file in files]
    found: list[Family] = []
    while waiting:
        later, failure = [], None
        for uri, text in waiting:
            try:
                family = parse_family(text, uri, known)
            except MalformedFamilyError as error:
                if error.context != "extends":
                    raise
                later.append((uri, text))
                failure = error
                continue
            if family.name in known:
                other = known[family.name].source
                raise MalformedFamilyError(
                    f"the name {family.name!r} is taken by {other}",
                    hint="Give the family another name.",
                    uri=uri,
                    context="name",
                )
            known[family.name] = family
            found.append(family)
        if failure and len(later) == len(waiting):
            raise failure
        waiting = later
    return tuple(sorted(found, key=lambda family: family.name))


def _toml_files(folder: Path | Traversable) -> list[Path | Traversable]:
    files = [file for file in folder.iterdir() if file.name.endswith(".toml")]
    return sorted(files, key=lambda file: file.name)


def _plugin_files(name: str, target: object) -> list[Path | Traversable]:
    """List the family files of a plugin, which names a package or a folder."""
    try:
        if isinstance(target, ModuleType):
            return _toml_files(resources.files(target))
        return _toml_files(Path(str(target)))
    except (OSError, TypeError) as error:
        raise PluginError(
            f"the families {name!r} of a plugin are no folder of files: {error}",
            hint=f"the entry point must name a package or a folder, not {target!r}",
        ) from error


@lru_cache(maxsize=1)
def known_families() -> tuple[Family, ...]:
    """All families: those of the package, then those of plugins.

    Returns
    -------
    tuple of Family
        Built-in ones by name, then those of plugins by name.

    Raises
    ------
    MalformedFamilyError
        If a family file breaks the schema.
    PluginError
        If a plugin cannot be loaded.
    """
    builtin = load_families(_toml_files(resources.files("dokja.arch") / "families"))
    plugins = Catalog[object](kind="family", group=ENTRY_POINT_GROUP, builtins={})
    files = [file for name in plugins for file in _plugin_files(name, plugins.get(name))]
    return (*builtin, *load_families(files, bases=builtin))


def family_named(name: str) -> Family:
    """Find a family by name.

    Parameters
    ----------
    name
        Such as ``llama``.

    Returns
    -------
    Family
        The family.

    Raises
    ------
    UnknownFamilyError
        If there is none of that name.
    """
    families = {family.name: family for family in known_families()}
    if name not in families:
        raise UnknownFamilyError(
            f"no family {name!r}", hint=f"known are {', '.join(sorted(families))}"
        )
    return families[name]
