"""What a profile lets out of a round's report, as a round file that anybody can read.

The module lets nothing out that the profile does not name; it never says what follows from it.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from pydantic import TypeAdapter

from dokja.document.disclosure import PublicationProvenance, PublishedRound
from dokja.document.number import Known
from dokja.document.round import Source
from dokja.document.round_facts import Fact, ResultChange, Ruling
from dokja.errors import ProgrammeError
from dokja.programme.amendments import amended
from dokja.programme.criteria import criteria_digest
from dokja.programme.disclosure.profiles import profile_named
from dokja.programme.parts import find_part
from dokja.programme.rounding import exactly, mean, round_to
from dokja.programme.wording import joined, say, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from dokja.document.common import Localized
    from dokja.document.disclosure import Level, Profile
    from dokja.document.number import Figure
    from dokja.document.round import RoundFile
    from dokja.document.round_report import RoundReport, TeamResult

__all__ = ["imported", "publish"]

_SOURCE: Final = "publication"
_SELF: Final = Source(id=_SOURCE, title=say("This publication", "이 공개 자료"))
_FACT: Final[TypeAdapter[Fact]] = TypeAdapter(Fact)


def publish(
    found: RoundFile,
    report: RoundReport,
    profile: Profile | str,
    *,
    own: str | None = None,
) -> PublishedRound:
    """Publish of a round what a profile lets out.

    Parameters
    ----------
    found
        The round; its rules are published, its facts, inputs and votes are not.
    report
        What was scored.
    profile
        The profile, or the name of one.
    own
        A team that is told its own points besides; None for what everybody is told.

    Returns
    -------
    PublishedRound
        A pure function of the arguments. It holds no digest of results: points are so few that
        whoever has a digest could try them all.

    Raises
    ------
    ProgrammeError
        If the report is of another round, or there is no such profile or team.
    """
    if isinstance(profile, str):
        profile = profile_named(profile)
    _check(found, report, own)
    rules = _rules(found)
    statements = _statements(rules, report, profile)
    if own is not None:
        statements += [one for one in _own(rules, report, own) if one not in statements]
    facts = _facts(statements)
    content = rules.model_copy(
        update={
            "sources": _sources(rules),
            "accept": ("official",),
            "facts": facts,
            "gate_inputs": tuple(_rulings(report, profile)),
        }
    )
    notes = tuple(_notes(rules, report, profile))
    return PublishedRound(
        profile=profile,
        own=own,
        content=content,
        notes=notes,
        summary=_summary(found, profile, facts, own),
        provenance=PublicationProvenance(
            dokja=version("dokja"), criteria_digest=criteria_digest(found)
        ),
    )


def imported(published: PublishedRound) -> RoundFile:
    """Return a publication as a round that can be scored, checked and solved.

    Parameters
    ----------
    published
        The publication.

    Returns
    -------
    RoundFile
        What was published, and nothing else.
    """
    return published.content


def _check(found: RoundFile, report: RoundReport, own: str | None) -> None:
    wrong = []
    if report.round != found.id:
        wrong.append(f"the report is of the round {report.round!r}, not of {found.id!r}")
    names = {team.id for team in found.teams}
    if not {team.team for team in report.teams} <= names:
        wrong.append("the report has teams that the round does not have")
    if own is not None and own not in names:
        wrong.append(f"there is no team {own!r}")
    if wrong:
        raise ProgrammeError(
            "\n  ".join(wrong),
            uri=found.id,
            hint="Give the round that the report was made of, and a team by its id.",
        )


def _rules(found: RoundFile) -> RoundFile:
    """Return the round's rules as amended, without anything that was found out under them."""
    amendments = []
    for one in found.amendments:
        changes = tuple(change for change in one.changes if not isinstance(change, ResultChange))
        if changes:
            amendments.append(one.model_copy(update={"changes": changes}))
    rules, _ = amended(found.model_copy(update={"amendments": tuple(amendments)}), ())[-1]
    return rules.model_copy(
        update={"facts": (), "gate_inputs": (), "ballots": (), "amendments": ()}
    )


def _sources(rules: RoundFile) -> tuple[Source, ...]:
    """Add the publication to the round's sources, once however often it is published again."""
    others = tuple(source for source in rules.sources if source != _SELF)
    if any(source.id == _SOURCE for source in others):
        raise ProgrammeError(
            f"a source of the round bears the name {_SOURCE!r}, which publications need",
            uri=rules.id,
            hint="Give that source of the round another id.",
        )
    return (*others, _SELF)


# -- statements -----------------------------------------------------------------------------------


def _parts(rules: RoundFile, level: Level) -> list[str]:
    return {
        "sub_item": [f"{item.id}.{sub.id}" for item in rules.items for sub in item.sub_items],
        "item": [item.id for item in rules.items],
        # A block may bear the name of its only item; the name means the item then.
        "block": [block.id for block in rules.blocks],
        "total": ["total"],
    }[level]


def _figure(team: TeamResult, part: str) -> Figure | None:
    if part == "total":
        return team.total
    for item in team.items:
        if item.item == part:
            return item.score
        for sub in item.sub_items:
            if f"{item.item}.{sub.sub_item}" == part:
                return sub.score
    return next((block.score for block in team.blocks if block.block == part), None)


def _known(report: RoundReport, part: str) -> dict[str, Decimal]:
    """Return points on a part by team, of the teams of which they are known."""
    figures = {team.team: _figure(team, part) for team in report.teams}
    return {team: one.value for team, one in figures.items() if isinstance(one, Known)}


def _complete(report: RoundReport, part: str) -> dict[str, Decimal] | None:
    known = _known(report, part)
    return known if known and len(known) == len(report.teams) else None


def _wanted(rules: RoundFile, profile: Profile) -> Iterator[tuple[str, str]]:
    """Walk kinds of statements and parts, each once."""
    named = (
        ("score", profile.scores),
        ("top", profile.winners),
        ("average", profile.averages),
        ("gap", profile.gaps),
    )
    pairs = [
        (kind, part) for kind, levels in named for level in levels for part in _parts(rules, level)
    ]
    yield from dict.fromkeys(pairs)


def _statements(rules: RoundFile, report: RoundReport, profile: Profile) -> list[dict[str, object]]:
    said: list[dict[str, object]] = []
    for kind, part in _wanted(rules, profile):
        if kind == "score":
            said += _scores(_known(report, part), part, profile)
            continue
        points = _complete(report, part)
        if points is not None:
            said += _over_teams(kind, part, points, profile)
    return said + (list(_outcome(report)) if profile.outcome else [])


def _scores(points: Mapping[str, Decimal], part: str, profile: Profile) -> list[dict[str, object]]:
    return [
        {"kind": "score", "team": team, "of": part, "value": _shown(value, profile.digits)}
        for team, value in points.items()
    ]


@exactly
def _over_teams(
    kind: str, part: str, points: Mapping[str, Decimal], profile: Profile
) -> list[dict[str, object]]:
    if kind == "average":
        value = round_to(mean(points.values()), profile.digits)
        return [{"kind": kind, "of": part, "value": value}]
    best = max(points.values())
    if kind == "gap":
        value = _shown(best - min(points.values()), profile.digits)
        return [{"kind": kind, "of": part, "value": value}]
    tops = {team: value for team, value in points.items() if value == best}
    named: dict[str, object] = {"kind": "top", "of": part, "teams": tuple(tops)}
    return [named, *_scores(tops, part, profile)]


@exactly
def _shown(value: Decimal, digits: int) -> Decimal:
    """Return points as they are, or rounded where the round left them with a long tail."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return value if -exponent <= digits else round_to(value, digits)


def _outcome(report: RoundReport) -> Iterator[dict[str, object]]:
    decision = report.decision
    for team in decision.teams:
        if team.outcome == "out" and team.by in {"score", "gate", "selection"}:
            yield {"kind": "out", "team": team.team, "by": team.by}
    if decision.outcome != "undecided" and decision.kind != "none":
        yield {"kind": "advance", "teams": decision.advance}


def _rulings(report: RoundReport, profile: Profile) -> Iterator[Ruling]:
    """Say how each team fared at the gates, or only what follows from who goes on."""
    by = {team.team: team for team in report.decision.teams}
    for gate in report.gates:
        mine = by.get(gate.team)
        follows = mine is not None and (
            (mine.outcome == "advances" and gate.outcome == "pass")
            or (mine.outcome == "out" and mine.by == "gate" and mine.gate == gate.gate)
        )
        told = profile.gates or (profile.outcome and follows)
        if told and gate.outcome != "unknown":
            yield Ruling(
                kind="ruling",
                gate=gate.gate,
                team=gate.team,
                outcome="pass" if gate.outcome == "pass" else "fail",
                source=_SOURCE,
                confidence="official",
            )


def _facts(statements: Sequence[dict[str, object]]) -> tuple[Fact, ...]:
    return tuple(
        _FACT.validate_python(
            {**one, "id": f"{one['kind']}-{number}", "source": _SOURCE, "confidence": "official"}
        )
        for number, one in enumerate(statements, 1)
    )


def _own(rules: RoundFile, report: RoundReport, own: str) -> list[dict[str, object]]:
    everything = profile_named("all")
    return [
        one
        for one in _statements(rules, report, everything.model_copy(update={"outcome": False}))
        if one.get("team") == own
    ]


# -- words ----------------------------------------------------------------------------------------


def _notes(rules: RoundFile, report: RoundReport, profile: Profile) -> Iterator[Localized]:
    missing = []
    for kind, part in _wanted(rules, profile):
        known = find_part(rules, part)
        if _complete(report, part) is None and kind != "score" and known is not None:
            missing.append(say(known.en, known.ko))
    if missing:
        names = joined(dict.fromkeys(missing))
        yield say(
            f"Points of some teams are unknown, so nothing over all teams is said of: {names.en}.",
            f"일부 팀의 점수를 알 수 없어 전체 팀 기준 수치를 공개하지 않은 항목: {names.ko}.",
        )
    if profile.outcome and report.decision.outcome == "undecided":
        yield say(
            "Who goes on is not decided and is not published.",
            "진출 팀이 확정되지 않아 공개하지 않습니다.",
        )


def _summary(
    found: RoundFile, profile: Profile, facts: Sequence[Fact], own: str | None
) -> Localized:
    title = profile.title
    said = say(
        f"Published: {title.en}; statements: {len(facts)}.",
        f"공개 범위: {title.ko}, 공개 항목 {len(facts)}건.",
    )
    if own is None:
        return said
    name = title_of(found, own)
    return say(
        f"{said.en} {name.en} is told its own points.",
        f"{said.ko} {name.ko}에는 자기 점수를 모두 알립니다.",
    )
