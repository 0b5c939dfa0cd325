"""Model families as data: the schema of a family file, and how the files are found.

The module reads TOML and knows no checkpoint; a family file holds data only, never code.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dokja.arch.kinds import default_axes
from dokja.arch.layout import Layout
from dokja.arch.pattern import NamePattern
from dokja.arch.role import Axis
from dokja.errors import MalformedFamilyError, PluginError, UnknownFamilyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
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
_PARAM = "{param}"
_COMPONENTS = ("language_model", "vision_encoder", "audio_encoder", "projector", "speech_decoder")


@dataclass(frozen=True, slots=True)
class Target:
    """What one logical tensor of a rule becomes.

    Parameters
    ----------
    kind
        Its kind.
    axes
        What its axes mean.
    """

    kind: str
    axes: tuple[Axis, ...]


@dataclass(frozen=True, slots=True)
class TensorRule:
    """One line of a family file: a name, and what stands in the tensor of that name.

    Parameters
    ----------
    pattern
        The name, under the family's own root.
    targets
        The logical tensors it holds; more than one if it is fused.
    layouts
        How they may lie in it, to be tried in order; empty for a plain tensor.
    fixed
        Whether it is a table that training does not change.
    outer
        Whether it stands beside the root rather than under it.
    """

    pattern: NamePattern
    targets: tuple[Target, ...]
    layouts: tuple[Layout, ...] = ()
    fixed: bool = False
    outer: bool = False


@dataclass(frozen=True, slots=True)
class UnitRule:
    """Hidden units of a family beyond those of the usual MLP and attention.

    Parameters
    ----------
    members
        Kind, axis, and number of consecutive entries a unit has there.
    """

    members: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """A model family, as its file describes it.

    Parameters
    ----------
    name
        Its name.
    component
        The component its tensors form.
    model_types
        Values of ``model_type`` and ``architectures`` in configurations of it.
    required
        Names that must occur, each with its alternatives.
    forbidden
        Names that must not occur.
    under
        Last words of the prefixes it may stand under; empty for any prefix.
    config
        Sizes by symbol, each with the configuration keys that may hold it.
    tensors
        Its rules.
    tied
        Pairs of kinds that may share their values.
    units
        Hidden units beyond the usual ones.
    residual_exchangeable
        Whether residual channels may be renumbered together.
    source
        File it was read from.
    """

    name: str
    component: str
    model_types: frozenset[str]
    required: tuple[tuple[NamePattern, ...], ...]
    forbidden: tuple[NamePattern, ...]
    under: frozenset[str]
    config: Mapping[str, tuple[str, ...]]
    tensors: tuple[TensorRule, ...]
    tied: tuple[tuple[str, str], ...] = ()
    units: tuple[UnitRule, ...] = ()
    residual_exchangeable: bool = True
    source: str = ""


class _Table:
    """A table of a family file that knows where it stands, for errors that say so."""

    def __init__(self, values: Any, uri: str, path: str) -> None:  # noqa: ANN401
        self.uri, self.path = uri, path
        if not isinstance(values, dict):
            raise self.error("a table is expected here")
        self.values: dict[str, Any] = values

    def error(self, message: str, key: str = "") -> MalformedFamilyError:
        where = ".".join(part for part in (self.path, key) if part)
        return MalformedFamilyError(
            message,
            hint="see docs/reference/families.md for the keys of a family file",
            uri=self.uri,
            context=where or None,
        )

    def only(self, *allowed: str) -> None:
        for key in self.values:
            if key not in allowed:
                raise self.error(f"unknown key; known are {', '.join(allowed)}", key)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str) or not value:
            raise self.error("a text is expected here", key)
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.error("true or false is expected here", key)
        return value

    def items(self, key: str) -> list[Any]:
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise self.error("a list is expected here", key)
        return value

    def texts(self, key: str) -> list[str]:
        value = self.items(key)
        if not all(isinstance(item, str) and item for item in value):
            raise self.error("a list of texts is expected here", key)
        return value

    def table(self, key: str) -> _Table:
        return _Table(self.values.get(key, {}), self.uri, f"{self.path}.{key}".lstrip("."))


def _pattern(table: _Table, key: str, text: str) -> NamePattern:
    try:
        return NamePattern.parse(text)
    except ValueError as error:
        raise table.error(str(error), key) from error


def _target(table: _Table, key: str, kind: str, axes: list[str] | None) -> Target:
    if not kind or "/" in kind:
        raise table.error("a kind is a text without '/'", key)
    if axes is None:
        known = default_axes(kind)
        if known is None:
            raise table.error(f"kind {kind!r} is not in the vocabulary: give its axes", key)
        return Target(kind, known)
    try:
        return Target(kind, tuple(Axis(axis) for axis in axes))
    except ValueError as error:
        raise table.error(f"{error}; known are {', '.join(Axis)}", f"{key}.axes") from error


class _RuleReader:
    """Reads one entry of ``[tensors]`` or ``[outer]``."""

    def __init__(self, table: _Table, key: str, spec: _Table, *, outer: bool) -> None:
        self.table, self.key, self.spec, self.outer = table, key, spec, outer
        spec.only("kind", "parts", "axes", "layouts", "shape", "transpose", "fixed")

    def read(self, parameter: str | None) -> TensorRule:
        """Read the rule, for ``weight`` or ``bias`` where the name holds ``{param}``."""

        def fill(text: str) -> str:
            return text if parameter is None else text.replace(_PARAM, parameter)

        kinds = [fill(kind) for kind in self._kinds()]
        axes = self._axes(len(kinds))
        if parameter == "bias":
            axes = [a and a[:1] for a in axes]
        targets = tuple(
            _target(self.table, self.key, kind, a) for kind, a in zip(kinds, axes, strict=True)
        )
        return TensorRule(
            _pattern(self.table, self.key, fill(self.key)),
            targets,
            self._layouts(len(kinds), bias=parameter == "bias"),
            fixed=self.spec.flag("fixed", default=False),
            outer=self.outer,
        )

    def _kinds(self) -> list[str]:
        if ("kind" in self.spec.values) == ("parts" in self.spec.values):
            raise self.table.error("give either kind or parts", self.key)
        kinds = self.spec.texts("parts") or [self.spec.text("kind")]
        if len(set(kinds)) != len(kinds):
            raise self.table.error("the same part stands twice", f"{self.key}.parts")
        return kinds

    def _axes(self, n: int) -> list[list[str] | None]:
        if "axes" not in self.spec.values:
            return [None] * n
        return [self.spec.texts("axes")] * n

    def _layouts(self, n_parts: int, *, bias: bool) -> tuple[Layout, ...]:
        layouts = self.spec.items("layouts")
        if "shape" in self.spec.values:
            layouts = [{k: v for k, v in self.spec.values.items() if k in {"shape", "transpose"}}]
        elif n_parts > 1 and not layouts:
            raise self.table.error("parts need a shape that tells them apart", self.key)
        found = []
        for i, values in enumerate(layouts):
            one = _Table(values, self.table.uri, f"{self.table.path}.{self.key}.layouts[{i}]")
            one.only("shape", "transpose")
            shape, transpose = one.texts("shape"), one.flag("transpose", default=False)
            if bias:
                # The bias of a matrix has the axis of its outputs alone.
                shape, transpose = [shape[-1] if transpose else shape[0]], False
            try:
                found.append(Layout.parse(shape, transpose=transpose, n_parts=n_parts))
            except ValueError as error:
                raise one.error(str(error), "shape") from error
        return tuple(found)


def _rules(table: _Table, *, outer: bool) -> list[TensorRule]:
    rules: list[TensorRule] = []
    for key, value in table.values.items():
        values = {"kind": value} if isinstance(value, str) else value
        reader = _RuleReader(
            table, key, _Table(values, table.uri, f"{table.path}.{key}"), outer=outer
        )
        parameters: tuple[str | None, ...] = ("weight", "bias") if _PARAM in key else (None,)
        rules.extend(reader.read(parameter) for parameter in parameters)
    return rules


def _units(root: _Table) -> list[UnitRule]:
    rules = []
    for i, values in enumerate(root.items("units")):
        table = _Table(values, root.uri, f"units[{i}]")
        table.only("members")
        members = []
        for j, member in enumerate(table.items("members")):
            one = _Table(member, root.uri, f"units[{i}].members[{j}]")
            one.only("kind", "axis", "width")
            axis, width = one.values.get("axis", 0), one.values.get("width", 1)
            if not isinstance(axis, int) or not isinstance(width, int) or axis < 0 or width < 1:
                raise one.error("axis counts from 0 and width from 1")
            members.append((one.text("kind"), axis, width))
        if len(members) < 2:
            raise table.error("units stand in two tensors at least", "members")
        rules.append(UnitRule(tuple(members)))
    return rules


def _detection(root: _Table) -> tuple[list[tuple[NamePattern, ...]], list[NamePattern]]:
    detect = root.table("detect")
    detect.only("model_types", "required", "forbidden", "under")
    required = []
    for i, item in enumerate(detect.items("required")):
        alternatives = [item] if isinstance(item, str) else item
        if not isinstance(alternatives, list) or not alternatives:
            raise detect.error("a name or a list of names is expected", f"required[{i}]")
        required.append(tuple(_pattern(detect, f"required[{i}]", str(a)) for a in alternatives))
    if not required:
        raise detect.error("at least one name is required, by which the family is found")
    return required, [_pattern(detect, "forbidden", text) for text in detect.texts("forbidden")]


def _tied(root: _Table) -> list[tuple[str, str]]:
    pairs = root.items("tied")
    for i, pair in enumerate(pairs):
        if not isinstance(pair, list) or [type(kind) for kind in pair] != [str, str]:
            raise root.error("a pair of kinds is expected", f"tied[{i}]")
    return [(pair[0], pair[1]) for pair in pairs]


_KEYS = (
    "name",
    "component",
    "extends",
    "detect",
    "config",
    "tensors",
    "outer",
    "tied",
    "units",
    "residual_exchangeable",
)


def _merge_rules(base: Family | None, rules: list[TensorRule]) -> tuple[TensorRule, ...]:
    """Rules of the file, then those of the base that it does not replace."""
    mine = {(rule.outer, rule.pattern.text) for rule in rules}
    if len(mine) != len(rules):
        raise ValueError("a name stands twice")
    inherited = base.tensors if base else ()
    return (*rules, *(r for r in inherited if (r.outer, r.pattern.text) not in mine))


def _parse_family(text: str, uri: str, bases: Mapping[str, Family]) -> Family:
    try:
        root = _Table(tomllib.loads(text), uri, "")
    except tomllib.TOMLDecodeError as error:
        raise MalformedFamilyError(f"not TOML: {error}", uri=uri) from error
    root.only(*_KEYS)
    base = None
    if "extends" in root.values:
        base = bases.get(root.text("extends"))
        if base is None:
            raise root.error("no family of that name has been read", "extends")
    component = root.text("component", base.component if base else None)
    if component not in _COMPONENTS and not component.startswith("other:"):
        raise root.error(f"known are {', '.join(_COMPONENTS)} and other:<name>", "component")
    required, forbidden = _detection(root)
    config = dict(base.config) if base else {}
    for key in root.table("config").values:
        config[key] = tuple(root.table("config").texts(key))
    rules = _rules(root.table("tensors"), outer=False) + _rules(root.table("outer"), outer=True)
    try:
        tensors = _merge_rules(base, rules)
    except ValueError as error:
        raise root.error(str(error), "tensors") from error
    inherited_exchange = base.residual_exchangeable if base else True
    return Family(
        name=root.text("name"),
        component=component,
        model_types=frozenset(root.table("detect").texts("model_types")),
        required=tuple(required),
        forbidden=tuple(forbidden),
        under=frozenset(root.table("detect").texts("under")),
        config=config,
        tensors=tensors,
        tied=(*_tied(root), *(base.tied if base else ())),
        units=(*_units(root), *(base.units if base else ())),
        residual_exchangeable=root.flag("residual_exchangeable", default=inherited_exchange),
        source=uri,
    )


def _read_text(file: Path | Traversable) -> str:
    try:
        content = file.read_bytes()
        if len(content) > _MAX_FILE_BYTES:
            raise MalformedFamilyError("larger than a family file may be", uri=str(file))
        return content.decode()
    except UnicodeDecodeError as error:
        raise MalformedFamilyError("not UTF-8 text", uri=str(file)) from error
    except OSError as error:
        raise UnknownFamilyError(f"cannot be read: {error.strerror}", uri=str(file)) from error


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
    return _parse_family(_read_text(Path(path)), str(path), {f.name: f for f in known})


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
                family = _parse_family(text, uri, known)
            except MalformedFamilyError as error:
                if error.context != "extends":
                    raise
                later.append((uri, text))
                failure = error
                continue
            if family.name in known:
                other = known[family.name].source
                raise MalformedFamilyError(
                    f"the name {family.name!r} is taken by {other}", uri=uri, context="name"
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


def _plugin_files(entry: metadata.EntryPoint) -> list[Path | Traversable]:
    owner = entry.dist.name if entry.dist else "an unknown distribution"
    try:
        target = entry.load()
        folder = target if isinstance(target, (str, Path)) else resources.files(target)
        return _toml_files(Path(folder) if isinstance(folder, str) else folder)
    except Exception as error:
        raise PluginError(
            f"the families {entry.name!r} of {owner} could not be loaded: {error}",
            hint=f"update or remove {owner}",
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
    entries = sorted(metadata.entry_points(group=ENTRY_POINT_GROUP), key=lambda e: e.name)
    files = [file for entry in entries for file in _plugin_files(entry)]
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
