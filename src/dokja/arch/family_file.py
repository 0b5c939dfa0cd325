"""The schema of a family file, checked key by key.

The module reads TOML text; it finds no files, knows no checkpoint, and runs nothing it reads.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from dokja.arch.kinds import default_axes
from dokja.arch.layout import Layout
from dokja.arch.pattern import NamePattern
from dokja.arch.role import Axis
from dokja.arch.rules import Family, Target, TensorRule, UnitRule
from dokja.errors import MalformedFamilyError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["parse_family"]

_PARAM = "{param}"
_STAGE = "{stage}"
_COMPONENTS = ("language_model", "vision_encoder", "audio_encoder", "projector", "speech_decoder")


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

    def __init__(
        self, table: _Table, key: str, spec: _Table, *, outer: bool, stage: tuple[int, str]
    ) -> None:
        self.table, self.key, self.spec, self.outer = table, key, spec, outer
        self.stage = stage
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
            _pattern(self.table, self.key, fill(self.key).replace(_STAGE, self.stage[1])),
            targets,
            self._layouts(len(kinds), bias=parameter == "bias"),
            fixed=self.spec.flag("fixed", default=False),
            outer=self.outer,
            stage=self.stage[0],
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


def _rules(table: _Table, stages: list[str], *, outer: bool) -> list[TensorRule]:
    rules: list[TensorRule] = []
    for key, value in table.values.items():
        values = {"kind": value} if isinstance(value, str) else value
        spec = _Table(values, table.uri, f"{table.path}.{key}")
        if _STAGE in key and not stages:
            raise table.error("a name with {stage}, but no stages are named", key)
        parameters: tuple[str | None, ...] = ("weight", "bias") if _PARAM in key else (None,)
        for stage in enumerate(stages) if _STAGE in key else ((0, ""),):
            reader = _RuleReader(table, key, spec, outer=outer, stage=stage)
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
            if not isinstance(axis, int) or not isinstance(width, int) or axis < 0 or width < 0:
                raise one.error("axis counts from 0 and width from 1; 0 is as wide as is left")
            members.append((one.text("kind"), axis, width))
        if len(members) < 2 or not members[0][2]:
            raise table.error(
                "units stand in two tensors at least, first of known width", "members"
            )
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
    "stages",
    "tied",
    "units",
    "residual_exchangeable",
    "gains_from_one",
)


def _merge_rules(base: Family | None, rules: list[TensorRule]) -> tuple[TensorRule, ...]:
    """Rules of the file, then those of the base that it does not replace."""
    mine = {(rule.outer, rule.pattern.text) for rule in rules}
    if len(mine) != len(rules):
        raise ValueError("a name stands twice")
    inherited = base.tensors if base else ()
    return (*rules, *(r for r in inherited if (r.outer, r.pattern.text) not in mine))


def parse_family(text: str, uri: str, bases: Mapping[str, Family]) -> Family:
    """Read the text of a family file.

    Parameters
    ----------
    text
        TOML.
    uri
        Where it was read, for errors.
    bases
        Families it may extend, by name.

    Returns
    -------
    Family
        The family.

    Raises
    ------
    MalformedFamilyError
        If the text breaks the schema; the error names the file and the path of the key.
    """
    try:
        root = _Table(tomllib.loads(text), uri, "")
    except tomllib.TOMLDecodeError as error:
        raise MalformedFamilyError(
            f"not TOML: {error}", hint="Mend the file at that place.", uri=uri
        ) from error
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
    stages = root.texts("stages")
    rules = [
        rule
        for key, outer in (("tensors", False), ("outer", True))
        for rule in _rules(root.table(key), stages, outer=outer)
    ]
    try:
        tensors = _merge_rules(base, rules)
    except ValueError as error:
        raise root.error(str(error), "tensors") from error
    inherited_exchange = base.residual_exchangeable if base else True
    inherited_gains = base.gains_from_one if base else False
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
        gains_from_one=root.flag("gains_from_one", default=inherited_gains),
        source=uri,
    )
