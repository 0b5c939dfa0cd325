from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dokja.document.disclosure import DisclosureReports, Profile, PublishedRound
from dokja.document.number import Known
from dokja.document.round import RoundFile, RoundReport
from dokja.document.round_facts import AverageFact, GapFact, ScoreFact, TopFact
from dokja.errors import ProgrammeError
from dokja.programme.disclosure.outsider import back_compute, compare_profiles
from dokja.programme.disclosure.profiles import PROFILES, profile_named
from dokja.programme.disclosure.publish import imported, publish
from dokja.programme.round_check import defects_of
from dokja.programme.round_file import read_round
from dokja.programme.score import score_round
from dokja.programme.solver.solve import solve
from dokja.programme.wording import same
from tests.property.test_round_scoring import random_round
from tests.support.rounds import EVERYTHING, make_round, sample, toy_entries, words

NAMES = [profile.id for profile in PROFILES]
QUICK = 1000


def _scored(seed: int) -> tuple[RoundFile, RoundReport]:
    found, entries = random_round(seed)
    digits = random.Random(seed).randint(0, 2)
    rules = make_round(rounding=[{"stage": "item", "digits": digits}]).rounding
    found = found.model_copy(update={"rounding": rules})
    return found, score_round(found, entries, n_draws=0)


def _values(report: RoundReport) -> dict[tuple[str, str], Decimal]:
    found = {}
    for team in report.teams:
        figures = [(item.item, item.score) for item in team.items]
        figures += [(block.block, block.score) for block in team.blocks]
        for part, figure in (*figures, ("total", team.total)):
            if isinstance(figure, Known):
                found[team.team, part] = figure.value
    return found


# -- publishing -----------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from(NAMES))
def test_publishing_then_importing_is_the_identity(seed: int, name: str) -> None:
    found, report = _scored(seed)
    published = publish(found, report, name)
    # By way of the stored document nothing is lost,
    again = PublishedRound.model_validate_json(published.model_dump_json())
    assert again == published
    content = imported(again)
    assert defects_of(content) == []
    if name == "all":
        # and where everything is published, whoever imports it comes to the same decision.
        theirs = score_round(content, n_draws=0)
        assert _values(theirs) == _values(report)
        assert publish(content, theirs, "all").content.facts == content.facts
        if all(isinstance(team.total, Known) for team in report.teams):
            assert theirs.decision.advance == report.decision.advance
            assert theirs.decision.out == report.decision.out
            assert [team.rank for team in theirs.teams] == [team.rank for team in report.teams]


def test_a_publication_is_a_round_file(tmp_path: Path) -> None:
    found = sample("dokpamo-2026-stage-2", accept=EVERYTHING)
    published = publish(found, score_round(found, n_draws=0), "item_winners")
    path = tmp_path / "published.yaml"
    path.write_text(published.content.model_dump_json(indent=1), encoding="utf-8")
    assert read_round(path) == imported(published)


def test_what_was_published_of_the_second_stage_comes_out_again() -> None:
    """Averages, gaps and winners as the ministry gave them, from the matrix."""
    found = sample("dokpamo-2026-stage-2", accept=EVERYTHING)
    facts = publish(found, score_round(found, n_draws=0), "item_winners").content.facts
    averages = {fact.of: str(fact.value) for fact in facts if isinstance(fact, AverageFact)}
    assert averages["aaii"] == "9.48"
    assert averages["nia"] == "13.05"
    assert averages["expert"] == "28.75"
    gaps = {fact.of: str(fact.value) for fact in facts if isinstance(fact, GapFact)}
    assert gaps == {"benchmark": "4.0", "expert": "2.4", "user": "5.0"}
    tops = {fact.of: fact.teams for fact in facts if isinstance(fact, TopFact)}
    assert tops == {"aaii": ("motif",), "nia": ("skt",), "expert": ("lg",)}


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(NAMES))
def test_a_publication_says_only_what_its_profile_names(seed: int, name: str) -> None:
    found, report = _scored(seed)
    published = publish(found, report, name)
    kinds = {fact.kind for fact in published.content.facts}
    allowed = {
        "all": {"score", "out", "advance"},
        "item_winners": {"score", "top", "average", "gap", "out", "advance"},
        "averages_and_gaps": {"average", "gap", "out", "advance"},
        "outcome_only": {"out", "advance"},
    }
    assert kinds <= allowed[name]
    if name == "item_winners":
        tops = {(t, f.of) for f in published.content.facts if f.kind == "top" for t in f.teams}
        scores = {(f.team, f.of) for f in published.content.facts if isinstance(f, ScoreFact)}
        assert scores == tops
    # No digest of results: points are so few that all could be tried.
    text = published.model_dump_json()
    assert report.provenance.round_digest not in text


def test_facts_votes_and_reasons_stay_inside() -> None:
    found = sample("dokpamo-2026-stage-2", accept=EVERYTHING)
    published = publish(found, score_round(found, n_draws=0), "outcome_only")
    text = published.model_dump_json()
    assert "47.4" not in text
    assert "70.6" not in text
    assert published.content.ballots == ()
    assert {given.team for given in published.content.gate_inputs} == {"upstage", "skt", "lg"}


def test_a_team_is_told_its_own_points() -> None:
    found = make_round()
    report = score_round(found, toy_entries(), n_draws=0)
    told = publish(found, report, "averages_and_gaps", own="b")
    scores = {(f.team, f.of) for f in told.content.facts if isinstance(f, ScoreFact)}
    assert scores == {("b", of) for of in ("quiz", "race", "panel", "bench", "people", "total")}


def test_amended_rules_are_published_without_the_amendment() -> None:
    amendment = {
        "id": "more",
        "on": "2026-01-02",
        "reason": words("More places."),
        "changes": [{"kind": "round", "path": "advance.places", "before": "2", "after": "1"}],
    }
    found = make_round(amendments=[amendment])
    report = score_round(found, toy_entries(), n_draws=0)
    content = publish(found, report, "outcome_only").content
    assert content.advance is not None
    assert content.advance.places == 1
    assert content.amendments == ()


def test_what_does_not_fit_is_refused() -> None:
    found = make_round()
    report = score_round(found, toy_entries(), n_draws=0)
    with pytest.raises(ProgrammeError, match="no profile 'most'"):
        profile_named("most")
    with pytest.raises(ProgrammeError, match="no team 'z'"):
        publish(found, report, "all", own="z")
    with pytest.raises(ProgrammeError, match="is of the round 'toy'"):
        publish(sample("dokpamo-2026-stage-2"), report, "all")
    sources = [{"id": "publication", "title": words("P")}]
    with pytest.raises(ProgrammeError, match="bears the name 'publication'"):
        publish(make_round(sources=sources), report, "all")


# -- working out ----------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from(NAMES))
@example(322, "item_winners")
def test_the_truth_is_never_ruled_out(seed: int, name: str) -> None:
    found, entries = random_round(seed)
    report = score_round(found, entries, n_draws=0)
    learnt = back_compute(publish(found, report, name), steps=QUICK)
    truth = _values(report)
    assert learnt.cells
    for cell in learnt.cells:
        value = truth.get((cell.team, cell.part))
        if value is not None:
            # Where the round does not round, a cell shows the nearest of its digits.
            room = Decimal(1).scaleb(cell.low.as_tuple().exponent) / 2  # type: ignore[arg-type]
            assert cell.low - room <= value <= cell.high + room


def _tiny(rng: random.Random) -> RoundFile:
    """Draw a round of three teams in whole points, all of them known."""
    items = [("x", "one", 4), ("y", "one", 3), ("z", "two", 3)]
    marks = {"source": "paper", "confidence": "official", "kind": "score"}
    return make_round(
        blocks=[
            {"id": "one", "title": words("One"), "max": 7},
            {"id": "two", "title": words("Two"), "max": 3},
        ],
        items=[
            {
                "id": name,
                "title": words(name),
                "block": block,
                "max": most,
                "formula": {"kind": "points"},
            }
            for name, block, most in items
        ],
        rounding=[{"stage": "item", "digits": 0}],
        facts=[
            {**marks, "id": f"{t}-{i}", "team": t, "of": i, "value": str(rng.randint(0, most))}
            for t in "abc"
            for i, _, most in items
        ],
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", NAMES)
def test_every_possibility_left_would_have_been_published_alike(seed: int, name: str) -> None:
    """So nothing is said to be worked out but what the publication itself leaves no choice of."""
    found = _tiny(random.Random(seed))
    report = score_round(found, n_draws=0)
    published = publish(found, report, name)
    learnt = back_compute(published, steps=QUICK)
    possible = solve(imported(published), parts=("x", "y", "z"), steps=QUICK)
    assert possible.matrices
    for matrix in possible.matrices:
        value = {(cell.team, cell.part): cell.value for cell in matrix.cells}
        facts = tuple(
            fact.model_copy(update={"value": value[fact.team, fact.of]})
            for fact in found.facts
            if isinstance(fact, ScoreFact)
        )
        other = found.model_copy(update={"facts": facts})
        theirs = score_round(other, n_draws=0)
        again = publish(other, theirs, name)
        if theirs.decision.outcome == report.decision.outcome:
            assert again.content == published.content
            assert back_compute(again, steps=QUICK) == learnt
        for cell in learnt.cells:
            got = _values(theirs)[cell.team, cell.part]
            assert cell.low <= got <= cell.high
            if cell.how in {"published", "worked_out"}:
                assert got == cell.low


@pytest.mark.parametrize("seed", range(4))
def test_who_is_told_more_knows_no_less(seed: int) -> None:
    found = _tiny(random.Random(seed))
    report = score_round(found, n_draws=0)
    by = {
        name: back_compute(publish(found, report, name), steps=100_000)
        for name in ("outcome_only", "averages_and_gaps", "item_winners", "all")
    }
    for less, more in (
        ("outcome_only", "averages_and_gaps"),
        ("averages_and_gaps", "item_winners"),
    ):
        for a, b in zip(by[less].cells, by[more].cells, strict=True):
            assert a.reached
            assert a.low <= b.low <= b.high <= a.high
    assert all(cell.how == "published" for cell in by["all"].cells)
    assert by["all"].n_worked_out == 0


def test_two_teams_have_no_secrets_before_each_other() -> None:
    """Of two teams an average tells each the other's points."""
    teams = [{"id": t, "name": words(t.upper())} for t in "ab"]
    found = make_round(teams=teams, advance={"places": 1})
    entries = [one for one in toy_entries() if one.team != "c"]
    report = score_round(found, entries, n_draws=0)
    outside = back_compute(publish(found, report, "averages_and_gaps"))
    inside = back_compute(publish(found, report, "averages_and_gaps", own="b"))
    assert outside.n_published == 0
    worked_out = {(cell.team, cell.part) for cell in inside.cells if cell.how == "worked_out"}
    assert {("a", "bench"), ("a", "people"), ("a", "total")} <= worked_out
    assert any(line.en == "A, Bench: 48.0 can be worked out." for line in inside.sentences)


def test_profiles_beside_one_another() -> None:
    found = make_round()
    report = score_round(found, toy_entries(), n_draws=0)
    reports = compare_profiles(found, report, steps=QUICK)
    assert [one.profile.id for one in reports.reports] == NAMES
    assert DisclosureReports.model_validate_json(reports.model_dump_json()) == reports
    first, last = reports.reports[0], reports.reports[-1]
    assert (first.n_published, first.n_worked_out, first.n_narrowed, first.n_hidden) == (
        18,
        0,
        0,
        0,
    )
    assert last.n_published == 0
    own = Profile(id="totals", title=same("totals"), scores=("total",))
    one = back_compute(publish(found, report, own), steps=QUICK)
    assert {cell.part for cell in one.cells if cell.how == "published"} == {"total"}
    assert json.loads(one.model_dump_json())["profile"]["scores"] == ["total"]
