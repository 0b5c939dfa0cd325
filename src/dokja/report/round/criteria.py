"""The rules of a round in words: items, formulas, rounding, gates, places, dates.

The module shows rules as they are written down; it applies none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.round_rules import (
    AuditRule,
    Majority,
    OwnOverTarget,
    ReviewRule,
    RulingRule,
    ScaledRange,
    Share,
    ThresholdRule,
    TickRule,
    TrimmedMean,
    WorldBest,
)
from dokja.report.round.parts import Bullets, Cell, Fold, Section, Table
from dokja.report.round.speaker import plain

if TYPE_CHECKING:
    from dokja.document.number import Confidence
    from dokja.document.round import Item, RoundFile
    from dokja.document.round_report import RoundReport
    from dokja.document.round_rules import Formula, Gate
    from dokja.report.round.parts import Part
    from dokja.report.round.speaker import Speaker
    from dokja.report.text import Text

__all__ = ["criteria_section", "formula_words"]


def criteria_section(found: RoundFile, report: RoundReport, speaker: Speaker) -> Section:
    """Show the rules by which the round was scored.

    Parameters
    ----------
    found
        The round.
    report
        The scored round, for the digest of the criteria.
    speaker
        Says it in the language of the reader.

    Returns
    -------
    Section
        Items and formulas, everything else as sentences, and the schedule.
    """
    text = speaker.text
    parts: list[Part] = []
    if found.items:
        parts.append(_items(found, speaker))
    rules = [*_rounding(found, speaker), *(_gate(gate, speaker) for gate in found.gates)]
    rules += _places(found, speaker)
    if rules:
        parts.append(Bullets(tuple(rules)))
    if found.schedule:
        parts.append(Fold(text("criteria.schedule"), (_schedule(found, speaker),)))
    return Section(
        slug="criteria",
        title=text("criteria.title"),
        nav=text("criteria.nav"),
        lead=text("criteria.lead", digest=report.provenance.criteria_digest[:19]),
        parts=tuple(parts),
    )


def formula_words(formula: Formula, text: Text) -> str:
    """Say a formula in words.

    Parameters
    ----------
    formula
        The formula.
    text
        Language of the reader.

    Returns
    -------
    str
        Such as ``value × maximum / 100``.
    """
    values: dict[str, str] = {}
    match formula:
        case Share():
            values = {"full": plain(formula.full)}
        case ScaledRange():
            values = {"low": plain(formula.low), "high": plain(formula.high)}
        case WorldBest():
            values = {"name": formula.reference, "value": plain(formula.value)}
        case OwnOverTarget():
            return text(f"formula.own_over_target_{formula.of}", cap=plain(formula.cap))
        case _:
            pass
    return text(f"formula.{formula.kind}", **values)


def _items(found: RoundFile, speaker: Speaker) -> Table:
    text = speaker.text
    names = ("item", "max", "formula", "measured", "source")
    rows = tuple(
        (
            Cell(speaker.part(item.id), note=speaker.part(item.block)),
            Cell(plain(item.max)),
            Cell(
                formula_words(item.formula, text),
                mark=item.formula.confidence,
                note=speaker.say(item.formula.note),
            ),
            Cell(_measured(item, speaker) or "–", note=_notes(item, speaker)),
            Cell(speaker.source(item.source) or "–", mark=item.confidence),
        )
        for item in found.items
    )
    return Table(
        text("criteria.items"),
        tuple(text(f"criteria.{name}") for name in names),
        rows,
        numeric=(1,),
        wide=(2, 3),
    )


def _notes(item: Item, speaker: Speaker) -> str:
    notes = [item.note, item.raters.note if item.raters else None]
    notes += [item.spot_check.note if item.spot_check else None, item.unlike_protocols]
    return " ".join(speaker.say(note) for note in notes if note is not None)


def _combined(kind: str, low: int, high: int, text: Text) -> str:
    return text(f"combine.{kind}", low=low, high=high)


def _measured(item: Item, speaker: Speaker) -> str:
    text, parts = speaker.text, []
    if item.benchmarks:
        names = ", ".join(
            one.title.text(speaker.language) if one.title else one.id for one in item.benchmarks
        )
        parts.append(text("measured.benchmarks", names=names))
    if item.runs is not None:
        parts.append(text("measured.runs", n=item.runs.repeats, by=text(f"by.{item.runs.by}")))
    if item.spot_check is not None:
        parts.append(
            text(
                "measured.spot_check",
                by=item.spot_check.by,
                tolerance=plain(item.spot_check.tolerance),
                beyond=text(f"beyond.{item.spot_check.beyond}"),
            )
        )
    if item.raters is not None:
        parts += _rated(item, text)
    return "; ".join(parts)


def _rated(item: Item, text: Text) -> list[str]:
    raters = item.raters
    assert raters is not None
    n = raters.took_part or raters.planned
    who = text(f"raters.{raters.kind}")
    parts = [text("measured.raters", who=who, n=n) if n else who]
    rule = raters.combine
    low, high = (rule.drop_lowest, rule.drop_highest) if isinstance(rule, TrimmedMean) else (0, 0)
    parts.append(_combined(rule.kind, low, high, text))
    if raters.scale is not None:
        scale = raters.scale
        parts.append(text("measured.scale", low=plain(scale.low), high=plain(scale.high)))
    if raters.blind is not None:
        parts.append(text("measured.blind" if raters.blind else "measured.not_blind"))
    if raters.order is not None:
        parts.append(text(f"measured.{raters.order}"))
    return parts


def _marked(words: str, confidence: Confidence | None, note: str, text: Text) -> str:
    """Put the mark and the note of a rule behind its sentence."""
    if confidence is not None:
        words = f"{words} ({text(f'mark.{confidence}')})"
    return f"{words} {note}".rstrip()


def _rounding(found: RoundFile, speaker: Speaker) -> list[str]:
    text = speaker.text
    if not found.rounding:
        return [text("rounding.none")] if found.items else []
    return [
        _marked(
            text(
                "rounding.rule",
                stage=text(f"stage.{rule.stage}"),
                digits=rule.digits,
                mode=text(f"mode.{rule.mode}"),
                only=f" ({', '.join(map(speaker.part, rule.only))})" if rule.only else "",
            ),
            rule.confidence,
            speaker.say(rule.note),
            text,
        )
        for rule in found.rounding
    ]


def _gate(gate: Gate, speaker: Speaker) -> str:
    text, words = speaker.text, _gate_rule(gate, speaker)
    title = text("gate_rule.title", title=gate.title.text(speaker.language))
    when = text(f"gates.{gate.when}")
    return _marked(f"{title} ({when}): {words}", gate.confidence, speaker.say(gate.note), text)


def _gate_rule(gate: Gate, speaker: Speaker) -> str:
    text, rule = speaker.text, gate.rule
    match rule:
        case RulingRule():
            return text(f"gate_rule.ruling_{rule.unruled}")
        case AuditRule():
            names = ", ".join(text.either(f"relation.{one}", one.value) for one in rule.fails_on)
            return text("gate_rule.audit", relations=names)
        case ReviewRule():
            names = ", ".join(text.either(f"view.{one}", one) for one in rule.views)
            return text("gate_rule.review", views=names or text("gate_rule.all_views"))
        case TickRule() if rule.quorum is None:
            return text("gate_rule.ticks_unknown")
        case TickRule():
            return text("gate_rule.ticks", n=rule.quorum)
        case ThresholdRule():
            return text("gate_rule.threshold", of=speaker.part(rule.of), n=plain(rule.least))


def _places(found: RoundFile, speaker: Speaker) -> list[str]:
    text, rules = speaker.text, []
    if found.advance is not None:
        rule = found.advance
        words = [text("places.advance", n=rule.places)]
        words.append(text("places.refill" if rule.refill else "places.no_refill"))
        if rule.tie_break:
            words.append(text("places.ties", names=", ".join(map(speaker.part, rule.tie_break))))
        words.append(text(f"places.{rule.at_cut}"))
        rules.append(_marked(" ".join(words), rule.confidence, speaker.say(rule.note), text))
    if found.selection is not None:
        need = found.selection.needs
        key = "majority" if isinstance(need, Majority) else "quorum"
        n = 0 if isinstance(need, Majority) else need.votes
        words = [
            text("places.selection", n=found.selection.places),
            text(f"places.{key}", n=n),
        ]
        rules.append(
            _marked(
                " ".join(words),
                found.selection.confidence,
                speaker.say(found.selection.note),
                text,
            )
        )
    objections = found.objections
    if objections is not None and objections.days is not None:
        rules.append(
            _marked(
                text("places.objections", n=objections.days),
                objections.confidence,
                speaker.say(objections.note),
                text,
            )
        )
    rules += [
        _marked(
            text(
                "places.disclosure",
                profile=text(f"profile.{one.profile}"),
                on=f" ({one.on})" if one.on else "",
            ),
            one.confidence,
            speaker.say(one.note),
            text,
        )
        for one in found.disclosure
    ]
    return rules


def _schedule(found: RoundFile, speaker: Speaker) -> Table:
    text = speaker.text
    rows = tuple(
        (
            Cell(event.title.text(speaker.language)),
            Cell(str(event.opens) + (f" – {event.closes}" if event.closes else "")),
            Cell(speaker.source(event.source) or "–", mark=event.confidence),
        )
        for event in found.schedule
    )
    columns = (text("criteria.event"), text("criteria.when"), text("criteria.source"))
    return Table(text("criteria.schedule"), columns, rows)
