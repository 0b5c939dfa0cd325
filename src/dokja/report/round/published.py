"""What was published beside what was computed, and what amendments moved.

The module shows the comparison that stands in the document, never which side is right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dokja.report.round.parts import Cell, Section, Table, Words
from dokja.report.round.speaker import signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.round_report import AmendmentEffect, Check, RoundReport
    from dokja.report.round.parts import Part, Tone
    from dokja.report.round.speaker import Speaker

__all__ = ["amendments_section", "published_section"]

_STATUSES: Final[tuple[tuple[str, Tone], ...]] = (
    ("differs", "bad"),
    ("agrees", "good"),
    ("not_computable", "open"),
)
_NAMES: Final = frozenset({"top", "order", "advance"})
_OUT = re.compile(r"out by ([a-z]+)")


def published_section(report: RoundReport, speaker: Speaker) -> Section | None:
    """Show every published statement beside what was computed.

    Parameters
    ----------
    report
        The scored round.
    speaker
        Says it in the language of the reader.

    Returns
    -------
    Section or None
        None if nothing was published.
    """
    if not report.checks:
        return None
    text = speaker.text
    parts: list[Part] = []
    for status, tone in _STATUSES:
        checks = [check for check in report.checks if check.status == status]
        if checks:
            parts.append(_table(checks, status, tone, speaker))
        elif status == "differs":
            parts.append(Words((text("checks.none_differs"),)))
    return Section(
        slug="published",
        title=text("checks.title"),
        nav=text("checks.nav"),
        lead=text("checks.lead"),
        parts=tuple(parts),
    )


def _table(checks: Sequence[Check], status: str, tone: Tone, speaker: Speaker) -> Table:
    text = speaker.text
    columns = [text("checks.what"), text("checks.published"), text("checks.computed")]
    columns += [text("checks.why"), text("checks.source")]
    rows = tuple(_row(check, tone, speaker) for check in checks)
    return Table(text(f"checks.{status}", n=len(checks)), tuple(columns), rows, wide=(3,))


def _row(check: Check, tone: Tone, speaker: Speaker) -> tuple[Cell, ...]:
    computed = Cell(_words(check, check.computed, speaker), tone=tone)
    if check.computed is None:
        word = speaker.text("checks.impossible") if check.status == "differs" else "–"
        tone = "bad" if check.status == "differs" else "quiet"
        computed = Cell(word, tone=tone, note=speaker.range(check.low, check.high))
    return (
        Cell(speaker.say(check.what)),
        Cell(_words(check, check.published, speaker)),
        computed,
        Cell(_upper(speaker.say(check.reason)) or "–"),
        Cell(speaker.source(check.source), mark=check.confidence),
    )


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _words(check: Check, value: str | None, speaker: Speaker) -> str:
    """Put a value that may hold ids into words."""
    if value is None:
        return ""
    if check.kind in _NAMES:
        return speaker.text("word.nobody") if value == "nobody" else speaker.named(value)
    if check.kind == "out":
        found = _OUT.fullmatch(value)
        key = f"out_{found[1]}" if found else "advances"
        return speaker.text.either(f"outcome.{key}", value)
    if check.kind == "ratio":
        return f"{value}%"
    return signed(value)


def amendments_section(report: RoundReport, speaker: Speaker) -> Section | None:
    """Show each amendment, what it changed, and all that came out otherwise.

    Parameters
    ----------
    report
        The scored round.
    speaker
        Says it in the language of the reader.

    Returns
    -------
    Section or None
        None if there are none.
    """
    if not report.amendments:
        return None
    text = speaker.text
    parts = [part for effect in report.amendments for part in _effect(effect, speaker)]
    return Section(
        slug="amendments",
        title=text("amendments.title"),
        nav=text("amendments.nav"),
        lead=text("amendments.lead"),
        parts=tuple(parts),
    )


def _effect(effect: AmendmentEffect, speaker: Speaker) -> list[Part]:
    text = speaker.text
    late = [text("amendments.late")] if effect.late else []
    words = (
        f"{effect.amendment} ({effect.on}): {speaker.say(effect.reason)}",
        speaker.say(effect.sentence),
        *late,
    )
    columns = tuple(text(f"amendments.{name}") for name in ("path", "kind", "before", "after"))
    rows = tuple(
        (
            Cell(one.path),
            Cell(text(f"amendments.{kind}")),
            Cell("–" if one.before is None else one.before),
            Cell("–" if one.after is None else one.after),
        )
        for kind, members in (("changed", effect.changes), ("moved", effect.effects))
        for one in members
    )
    return [Words(words), Table(text("amendments.table"), columns, rows)]
