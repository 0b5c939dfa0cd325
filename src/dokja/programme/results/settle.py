"""From values as written to entries: team and item, unit and range, all by rule, none by guess.

The module knows the rules that hold for every format, never the grammar of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from dokja.document.results import Cell, Entry, Protocol
from dokja.programme.results.defects import printable
from dokja.programme.results.mapping import ItemRule
from dokja.programme.results.notes import listed, note
from dokja.programme.results.numbers import NumberProblemError, read_number, shifted
from dokja.programme.results.twice import refuse_twice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dokja.document.common import Localized
    from dokja.document.results import Unit
    from dokja.programme.results.defects import Defects
    from dokja.programme.results.found import Found
    from dokja.programme.results.mapping import ResultsMapping
    from dokja.programme.results.source import Source

__all__ = ["settle"]

_SHARES: Final = {"percent": 0, "fraction": 2}
"""Places by which the point moves to make a percentage of it."""

_RANGES: Final = {
    "percent": (Decimal(0), Decimal(100)),
    "fraction": (Decimal(0), Decimal(1)),
    "count": (Decimal(0), None),
}
_UNKNOWN_ERROR = re.compile(r"\s*(n/?a|none|null|nan|-?)\s*", re.IGNORECASE)
_NO_TEXT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_MAX_NAME: Final = 500
_MAX_TEXT: Final = 2000
_UNIT_HINT: Final = (
    "State the unit in the mapping, such as `unit: percent` for the file or "
    "`items: {task: {item: …, unit: fraction}}` for one task."
)

Range = tuple[Decimal | None, Decimal | None]


@dataclass(slots=True)
class _LeftOut:
    """Names of what did not become an entry, by reason."""

    not_listed: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    other_metric: list[str] = field(default_factory=list)
    no_unit: list[str] = field(default_factory=list)

    def notes(self, file: str) -> Iterator[Localized]:
        if self.not_listed:
            names = listed(self.not_listed)
            yield note(
                file,
                f"left out, because the mapping does not list them: {names}",
                f"대응표에 없어 제외한 과제: {names}",
            )
        if self.ignored:
            names = listed(self.ignored)
            yield note(
                file,
                f"left out, as the mapping says: {names}",
                f"대응표에 따라 제외한 과제: {names}",
            )
        if self.other_metric:
            names = listed(self.other_metric)
            yield note(
                file,
                f"left out, because the mapping chose another metric of the same task: {names}",
                f"같은 과제의 다른 지표를 골라 제외한 지표: {names}",
            )
        if self.no_unit:
            names = listed(self.no_unit)
            yield note(
                file,
                f"left out, because neither the format nor a mapping states the unit: {names}",
                f"형식에도 대응표에도 단위가 없어 제외한 값: {names}",
            )


def settle(
    found: Sequence[Found], *, source: Source, mapping: ResultsMapping, defects: Defects
) -> tuple[tuple[Entry, ...], tuple[Localized, ...]]:
    """Turn what an importer found into entries.

    Parameters
    ----------
    found
        Values as written, in the order of the file.
    source
        The file.
    mapping
        What the user states about it.
    defects
        Takes whatever is wrong.

    Returns
    -------
    entries : tuple of Entry
        In the order of the file. Shares are stored as percentages unless the mapping says
        otherwise; every other unit is kept.
    notes : tuple of Localized
        What was left out, and why.

    Notes
    -----
    The unit of a value is, in this order: the mapping's for its task; the sign written at the
    value; the one that the format documents or the file states; the mapping's for the file. Two of
    them that contradict each other at one value are a defect, except that the mapping's unit for a
    task outranks what a format documents. No unit is ever inferred from a value.
    """
    left = _LeftOut()
    work = _Settling(source, mapping, defects, left)
    entries = tuple(entry for one in found for entry in work.entries(one))
    work.check_metrics(found)
    refuse_twice(entries, defects, chosen=mapping.items is not None)
    notes = [*left.notes(source.name), *_not_there(found, source, mapping)]
    return entries, tuple(notes)


def _not_there(
    found: Sequence[Found], source: Source, mapping: ResultsMapping
) -> Iterator[Localized]:
    present = {one.task for one in found}
    absent = [task for task in mapping.items or {} if task not in present]
    if absent:
        names = listed(absent)
        yield note(
            source.name,
            f"the mapping lists tasks that are not in this file: {names}",
            f"대응표에 있으나 이 파일에 없는 과제: {names}",
        )


class _Settling:
    """Rules applied to one file."""

    def __init__(
        self, source: Source, mapping: ResultsMapping, defects: Defects, left: _LeftOut
    ) -> None:
        self.source = source
        self.file = printable(source.name, _MAX_NAME)
        self.mapping = mapping
        self.defects = defects
        self.left = left

    def entries(self, one: Found) -> Iterator[Entry]:
        """Yield an entry for every item that the value feeds."""
        if one.task in self.mapping.ignore:
            self.left.ignored.append(one.task)
            return
        if not self._usable(one):
            return
        for rule in self._rules(one):
            entry = self._entry(one, rule)
            if entry is not None:
                yield entry

    def check_metrics(self, found: Sequence[Found]) -> None:
        """Note every metric that the mapping asks for and a task does not have."""
        tasks: dict[str, list[Found]] = {}
        for one in found:
            tasks.setdefault(one.task, []).append(one)
        for task, rules in (self.mapping.items or {}).items():
            for rule in rules:
                if task in tasks and not any(_meant(one, rule) for one in tasks[task]):
                    has = listed(_metric(one) for one in tasks[task])
                    self.defects.add(
                        tasks[task][0].where,
                        f"the mapping asks for {_asked(rule)} of {printable(task)}; there is {has}",
                    )

    def _rules(self, one: Found) -> Iterator[ItemRule]:
        if self.mapping.items is None:
            yield ItemRule(item=one.task, benchmark=one.benchmark)
            return
        rules = self.mapping.items.get(one.task)
        if rules is None:
            self.left.not_listed.append(one.task)
            return
        fitting = [rule for rule in rules if _meant(one, rule)]
        if not fitting:
            self.left.other_metric.append(_metric(one))
        yield from fitting

    def _entry(self, one: Found, rule: ItemRule) -> Entry | None:
        team = self._team(one)
        number = self._number(one)
        protocol = self._protocol(one)
        if team is None or number is None or protocol is None:
            return None
        value, written = number
        unit = self._unit(one, rule, written)
        if unit is None or not self._in_range(one, rule, value, unit):
            return None
        target = (rule.to or "percent") if unit in _SHARES else unit
        low, high = _range(one, rule, unit)
        return Entry(
            team=team,
            item=rule.item,
            benchmark=rule.benchmark if rule.benchmark is not None else one.benchmark,
            run=one.run if one.run is not None else self.mapping.run,
            rater=one.rater if one.rater is not None else self.mapping.rater,
            value=_moved(value, unit, target),
            unit=target,
            original=one.text if _is_text(one.text) else printable(one.text),
            original_unit=unit,
            higher_is_better=one.higher_is_better
            if rule.higher_is_better is None
            else rule.higher_is_better,
            standard_error=self._standard_error(one, unit, target),
            low=None if low is None else _moved(low, unit, target),
            high=None if high is None else _moved(high, unit, target),
            protocol=protocol,
            source=Cell(
                file=printable(self.source.name, _MAX_NAME),
                where=one.where,
                digest=self.source.digest,
            ),
            by=one.by or self.mapping.by or "unknown",
            note=_remark(one.note),
        )

    def _usable(self, one: Found) -> bool:
        given = (one.task, one.benchmark, one.run, one.rater, one.where)
        names = [name for name in given if name is not None]
        broken = [name for name in names if not 0 < len(name) <= _MAX_NAME or not _is_text(name)]
        for name in broken:
            self.defects.add(
                one.where, f"{printable(name)!r} is empty, too long or no text for a name"
            )
        return not broken

    def _team(self, one: Found) -> str | None:
        model = one.model if one.model is not None else self.mapping.model
        if model is None or not model.strip():
            self.defects.add(
                one.where,
                "the file does not say which model or team this is",
                hint="State it in the mapping: `model: …`.",
            )
            return None
        if self.mapping.teams is None:
            if len(model) <= _MAX_NAME and _is_text(model):
                return model
            self.defects.add(one.where, f"{printable(model)!r} is too long or no text for a name")
            return None
        team = self.mapping.teams.get(model)
        if team is None:
            self.defects.add(
                one.where,
                f"the model or team {printable(model)!r} is not listed in the mapping",
                hint="List it under `teams`.",
            )
        return team

    def _number(self, one: Found) -> tuple[Decimal, Unit | None] | None:
        try:
            written = read_number(one.text, mark=one.mark)
        except NumberProblemError as problem:
            self.defects.add(one.where, str(problem))
            return None
        return written.value, written.unit

    def _unit(self, one: Found, rule: ItemRule, written: Unit | None) -> Unit | None:
        stated = rule.unit or one.unit
        if written is not None and stated is not None and written != stated:
            self.defects.add(
                one.where,
                f"{one.text!r} says {written}, but its unit is stated as {stated}",
            )
            return None
        unit = rule.unit or written or one.unit or self.mapping.unit
        if unit is None and (one.required or self.mapping.items is not None):
            self.defects.add(
                one.where,
                f"nothing says in which unit {one.text!r} ({printable(_metric(one))}) is; "
                "whether it is of 1 or of 100 is not guessed",
                hint=_UNIT_HINT,
            )
        elif unit is None:
            self.left.no_unit.append(_metric(one))
        return unit

    def _in_range(self, one: Found, rule: ItemRule, value: Decimal, unit: Unit) -> bool:
        low, high = _range(one, rule, unit)
        if (low is None or value >= low) and (high is None or value <= high):
            return True
        bounds = f"{'…' if low is None else low} to {'…' if high is None else high}"
        self.defects.add(
            one.where,
            f"{one.text!r} is out of range: {printable(_metric(one))} in the unit {unit} "
            f"goes from {bounds}",
            hint=_UNIT_HINT if unit in _SHARES else "",
        )
        return False

    def _standard_error(self, one: Found, unit: Unit, target: Unit) -> Decimal | None:
        if one.standard_error is None or _UNKNOWN_ERROR.fullmatch(one.standard_error):
            return None
        try:
            value = read_number(one.standard_error, mark=one.error_mark).value
        except NumberProblemError as problem:
            self.defects.add(one.where, f"its standard error: {problem}")
            return None
        if value < 0:
            self.defects.add(one.where, f"its standard error {one.standard_error!r} is negative")
            return None
        return _moved(value, unit, target)

    def _protocol(self, one: Found) -> Protocol | None:
        stated = self.mapping.protocol.model_dump(exclude_none=True)
        found = one.protocol.model_dump(exclude_none=True)
        clash = [name for name, value in stated.items() if found.get(name, value) != value]
        for name in clash:
            self.defects.add(
                one.where,
                f"the mapping states {name} {stated[name]!r}, the file says {found[name]!r}",
            )
        broken = [] if clash else self._broken(found)
        for name in broken:
            self.defects.add(one.where, f"its {name} is too long or no text")
        return None if clash or broken else Protocol(**(stated | found))

    def _broken(self, found: dict[str, str | int]) -> list[str]:
        try:
            Protocol.model_validate(found)
        except ValidationError as error:
            return [".".join(map(str, defect["loc"])) for defect in error.errors()]
        return []


def _meant(one: Found, rule: ItemRule) -> bool:
    protocol = one.protocol
    asked = (
        (rule.metric, protocol.metric),
        (rule.filter, protocol.filter),
        (rule.split, protocol.split),
    )
    return all(want is None or want == has for want, has in asked)


def _asked(rule: ItemRule) -> str:
    return listed(part for part in (rule.metric, rule.filter, rule.split) if part is not None)


def _metric(one: Found) -> str:
    parts = (one.task, one.protocol.metric, one.protocol.filter)
    return " ".join(part for part in parts if part)


def _range(one: Found, rule: ItemRule, unit: Unit) -> Range:
    """Return the range in the file's unit: the mapping's, the documented, or the unit's own."""
    documented: Range = (None, None)
    if one.unit == unit and (one.low is not None or one.high is not None):
        documented = (one.low, one.high)
    elif unit in _RANGES:
        documented = _RANGES[unit]
    low = rule.low if rule.low is not None else documented[0]
    high = rule.high if rule.high is not None else documented[1]
    return low, high


def _moved(value: Decimal, unit: str, target: str) -> Decimal:
    return value if unit == target else shifted(value, _SHARES[unit] - _SHARES[target])


def _remark(note: str | None) -> str | None:
    """Return a note fit to be stored; unlike a name, it may be cut."""
    if not note:
        return None
    return note if len(note) <= _MAX_TEXT and _is_text(note) else printable(note, _MAX_TEXT)


def _is_text(name: str) -> bool:
    return _NO_TEXT.search(name) is None
