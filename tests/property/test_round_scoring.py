"""What holds of every round, whatever its shape."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dokja.document.number import Known
from dokja.document.results import Entry
from dokja.document.round import RoundFile, RoundReport
from dokja.programme.round_check import defects_of
from dokja.programme.score import score_round
from tests.support.rounds import entry, make_round, words

COMBINES: tuple[dict[str, Any], ...] = (
    {"kind": "mean"},
    {"kind": "median"},
    {"kind": "trimmed_mean", "drop_lowest": 1, "drop_highest": 1},
)


def _formula(
    rng: random.Random, teams: list[str], *, rated: bool
) -> tuple[dict[str, Any], Decimal]:
    """Draw a formula and the largest value it takes."""
    full = Decimal(rng.choice((1, 5, 100)) if not rated else 5)
    kinds = ["share", "range", "best_team_full", "min_max", "world_best"]
    kind = rng.choice(kinds if rated else [*kinds, "own_over_target"])
    if kind == "share":
        return {"kind": kind, "full": str(full)}, full
    if kind == "range":
        return {"kind": kind, "low": "1", "high": "5"}, Decimal(5)
    if kind == "world_best":
        return {"kind": kind, "reference": "x", "value": f"{rng.uniform(1, 90):.2f}"}, full
    if kind == "own_over_target":
        targets = [
            {"team": team, "model": "x", "value": f"{rng.uniform(1, 90):.1f}"} for team in teams
        ]
        return {"kind": kind, "targets": targets, "cap": "1"}, full
    extra = {"when_equal": rng.choice(("full", "zero", "unknown"))} if kind == "min_max" else {}
    return {"kind": kind, **extra}, full


def random_round(seed: int) -> tuple[RoundFile, list[Entry]]:
    """Draw a round of any shape with results for it."""
    rng = random.Random(seed)
    teams = [f"t{step}" for step in range(rng.randint(1, 6))]
    digits = rng.randint(0, 3)
    blocks, items, entries = [], [], []
    for b in range(rng.randint(1, 3)):
        total = Decimal(0)
        for i in range(rng.randint(1, 3)):
            name, most = f"i{b}-{i}", Decimal(rng.randint(1, 40))
            total += most
            rated = rng.random() < 0.4
            formula, high = _formula(rng, teams, rated=rated)
            item: dict[str, Any] = {
                "id": name,
                "title": words(name),
                "block": f"b{b}",
                "max": str(most),
                "formula": formula,
            }
            if rated:
                item["raters"] = {"combine": rng.choice(COMBINES)}
            items.append(item)
            raters = [f"r{step}" for step in range(rng.randint(3, 5))] if rated else [None]
            for team in teams:
                if rng.random() < 0.05:
                    continue
                for rater in raters:
                    value = (high * rng.randint(1, 1000) / 1000).quantize(Decimal("0.001"))
                    entries.append(entry(team, name, value, rater=rater, unit="points"))
        blocks.append({"id": f"b{b}", "title": words("b"), "max": str(total)})
    found = make_round(
        teams=[{"id": team, "name": words(team)} for team in teams],
        blocks=blocks,
        items=items,
        rounding=[{"stage": rng.choice(("item", "block", "total")), "digits": digits}],
        advance={"places": rng.randint(1, 4), "at_cut": rng.choice(("all_in", "undecided"))},
    )
    return found, entries


def _decimals(value: object) -> list[Decimal]:
    if isinstance(value, float):
        raise AssertionError("a float")  # noqa: TRY004
    if isinstance(value, dict):
        return [number for inner in value.values() for number in _decimals(inner)]
    if isinstance(value, list | tuple):
        return [number for inner in value for number in _decimals(inner)]
    return [value] if isinstance(value, Decimal) else []


def _holds(found: RoundFile, entries: list[Entry]) -> RoundReport:
    """Score a round and check what must hold of every report."""
    report = score_round(found, entries, n_draws=0)
    most = {block.id: block.max for block in found.blocks} | {i.id: i.max for i in found.items}
    for team in report.teams:
        for name, figure in (
            *((item.item, item.score) for item in team.items),
            *((block.block, block.score) for block in team.blocks),
        ):
            if isinstance(figure, Known):
                assert 0 <= figure.value <= most[name]
        if isinstance(team.total, Known):
            assert 0 <= team.total.value <= team.total_max
    # No figure is ever a float, and none has the long tail that a float leaves behind.
    for number in _decimals(report.model_dump(exclude={"provenance"})):
        assert len(number.as_tuple().digits) <= 50
    return report


def _run(seeds: range) -> None:
    for seed in seeds:
        found, entries = random_round(seed)
        assert defects_of(found) == []
        _holds(found, entries)


def test_rounds_of_any_shape_score_exactly_and_within_their_maxima() -> None:
    _run(range(300))


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 10_000, 1000))
def test_ten_thousand_rounds_score_exactly_and_within_their_maxima(start: int) -> None:
    _run(range(start, start + 1000))


def _by_team(report: RoundReport) -> dict[str, object]:
    return {
        team.team: team.model_copy(update={"tied_with": tuple(sorted(team.tied_with))})
        for team in report.teams
    }


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.randoms(use_true_random=False))
def test_permuting_changes_nothing_but_the_order(seed: int, rng: random.Random) -> None:
    found, entries = random_round(seed)
    teams, results = list(found.teams), list(entries)
    rng.shuffle(teams)
    rng.shuffle(results)
    before = score_round(found, entries, n_draws=50)
    after = score_round(found.model_copy(update={"teams": tuple(teams)}), results, n_draws=50)
    assert _by_team(before) == _by_team(after)
    assert {t.team: t.outcome for t in before.decision.teams} == {
        t.team: t.outcome for t in after.decision.teams
    }
    assert before.provenance.criteria_digest == after.provenance.criteria_digest


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_a_dominated_team_never_outranks(seed: int) -> None:
    """Whoever has no higher value anywhere never stands above, nor goes on instead."""
    rng = random.Random(seed)
    found, entries = random_round(seed)
    strong = found.teams[0].id
    weak = [
        one.model_copy(
            update={
                "team": "weak",
                "value": (one.value * Decimal(rng.choice((0, 1, "0.5")))).quantize(
                    Decimal("0.001")
                ),
            }
        )
        for one in entries
        if one.team == strong
    ]
    # Own targets of the weaker team are the same, or it would not be dominated.
    content = found.model_dump(mode="json")
    content["teams"].append({**content["teams"][0], "id": "weak"})
    for item in content["items"]:
        if item["formula"]["kind"] == "own_over_target":
            item["formula"]["targets"].append({**item["formula"]["targets"][0], "team": "weak"})
    wider = make_round(**{key: content[key] for key in ("teams", "blocks", "items")})
    report = score_round(wider, [*entries, *weak], n_draws=0)
    by = {team.team: team for team in report.teams}
    if isinstance(by[strong].total, Known) and isinstance(by["weak"].total, Known):
        assert by["weak"].total.value <= by[strong].total.value
        assert by["weak"].rank_low is not None
        assert by[strong].rank_high is not None
        assert by["weak"].rank_low >= by[strong].rank_low
    outcomes = {team.team: team.outcome for team in report.decision.teams}
    assert not (outcomes["weak"] == "advances" and outcomes[strong] == "out")


@settings(max_examples=30)
@given(st.integers(0, 10**6))
def test_what_is_unknown_lies_within_the_bounds_given(seed: int) -> None:
    """Take one result away: the score that it had lies between the bounds that are left."""
    found, entries = random_round(seed)
    if not entries:
        return
    full = {team.team: team for team in score_round(found, entries, n_draws=0).teams}
    gone = random.Random(seed).choice(entries)
    kept = [one for one in entries if (one.team, one.item) != (gone.team, gone.item)]
    less = {team.team: team for team in score_round(found, kept, n_draws=0).teams}
    for name, team in less.items():
        whole = full[name].total
        if isinstance(whole, Known) and not isinstance(team.total, Known):
            assert team.total.low is not None
            assert team.total.high is not None
            assert team.total.low <= whole.value <= team.total.high


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_a_report_survives_being_written_and_read(seed: int) -> None:
    found, entries = random_round(seed)
    report = score_round(found, entries, n_draws=20)
    assert RoundReport.model_validate_json(report.model_dump_json()) == report
    assert score_round(found, entries, n_draws=20).model_dump_json() == report.model_dump_json()


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(0, 3))
def test_rounding_keeps_order(seed: int, digits: int) -> None:
    found, entries = random_round(seed)
    plain = found.model_copy(update={"rounding": ()})
    exact = {t.team: t.total for t in score_round(plain, entries, n_draws=0).teams}
    rule = make_round(rounding=[{"stage": "total", "digits": digits}]).rounding
    rounded = {
        t.team: t.total
        for t in score_round(found.model_copy(update={"rounding": rule}), entries, n_draws=0).teams
    }
    known = {name: figure.value for name, figure in exact.items() if isinstance(figure, Known)}
    for (one, high), (other, low) in permutations(known.items(), 2):
        first, second = rounded[one], rounded[other]
        assert isinstance(first, Known)
        assert isinstance(second, Known)
        assert high <= low or first.value >= second.value
