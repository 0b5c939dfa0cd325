from __future__ import annotations

import random
from decimal import Decimal
from itertools import product

import pytest

from dokja.document.solution import SolutionReport
from dokja.errors import ProgrammeError
from dokja.programme.rounding import round_to
from dokja.programme.solver.solve import solve
from tests.support.rounds import make_round, sample, words

MATRIX = {
    "skt": ("8.8", "13.4", "29.3", "19.1", "70.6"),
    "upstage": ("9.4", "13.3", "29.1", "18.1", "69.9"),
    "lg": ("7.8", "12.8", "29.5", "18.9", "69.0"),
    "motif": ("11.9", "12.7", "27.1", "14.1", "65.8"),
}


@pytest.fixture(scope="module")
def published() -> SolutionReport:
    """Solve the round that was published, without anything that was inferred."""
    return solve(sample("dokpamo-2026-stage-2"))


def test_the_one_matrix(published: SolutionReport) -> None:
    assert published.outcome == "one"
    values = {(cell.team, cell.part): cell.value for cell in published.cells}
    for team, row in MATRIX.items():
        for part, value in zip(("aaii", "nia", "expert", "user", "total"), row, strict=True):
            assert values[team, part] == Decimal(value)
    (matrix,) = published.matrices
    shown = {(cell.team, cell.part): str(cell.value) for cell in matrix.cells}
    assert shown == {
        (team, part): row[step]
        for team, row in MATRIX.items()
        for step, part in enumerate(("aaii", "nia", "expert", "user"))
    }
    # Nothing that arithmetic inferred was used.
    assert {"upstage-nia", "lg-user", "skt-expert"} <= set(published.left_out)
    assert SolutionReport.model_validate_json(published.model_dump_json()) == published


def test_the_honest_number_of_solutions(published: SolutionReport) -> None:
    by = {one.over: one for one in published.counts}
    assert (by["blocks"].at_least, by["blocks"].exact) == (Decimal(1), True)
    # The users' two items were published by average and winner alone.
    assert (by["items"].at_least, by["items"].exact) == (Decimal(10), True)
    open_ = {(cell.team, cell.part) for cell in published.cells if cell.value is None}
    assert open_ == set(product(("motif", "upstage"), ("user_expert", "user_citizen")))
    assert all(cell.reached for cell in published.cells)


def test_seven_solutions_if_each_total_may_be_off_by_a_tenth() -> None:
    report = solve(
        sample("dokpamo-2026-stage-2"),
        parts=("aaii", "nia", "expert", "user"),
        tolerance=Decimal("0.1"),
        tolerant_of=("total",),
    )
    chosen = next(one for one in report.counts if one.over == "chosen")
    assert (chosen.at_least, chosen.exact) == (Decimal(7), True)
    assert len(report.matrices) == 7


def test_counting_that_stops_says_so() -> None:
    report = solve(sample("dokpamo-2026-stage-1"), steps=3000)
    assert report.outcome == "several"
    for one in report.counts:
        assert not one.exact
        assert one.at_most is not None
        assert one.at_least < one.at_most
        assert "stopped" in one.sentence.en
    assert report == solve(sample("dokpamo-2026-stage-1"), steps=3000)


def test_what_contradicts_itself_is_named() -> None:
    found = sample("dokpamo-2026-stage-2")
    wrong = [
        fact.model_copy(update={"value": Decimal("71.6")}) if fact.id == "skt-total" else fact
        for fact in found.facts
    ]
    report = solve(found.model_copy(update={"facts": tuple(wrong)}))
    assert report.outcome == "none"
    assert "skt-total" in report.conflicts
    assert "gap-user" not in report.conflicts
    assert report.cells == ()


CELLS = tuple(product("abc", "xy"))
Cells = dict[tuple[str, str], int]


def _column(cells: Cells, part: str) -> dict[str, int]:
    parts = ("x", "y") if part == "both" else (part,)
    return {team: sum(cells[team, one] for one in parts) for team in "abc"}


def _said(kind: str, column: dict[str, int], team: str) -> dict[str, object]:
    """Make a statement that is true of a column."""
    values = column.values()
    if kind == "average":
        mean = (Decimal(sum(values)) / 3).quantize(Decimal("0.1"), "ROUND_HALF_UP")
        return {"kind": kind, "value": str(mean)}
    if kind == "gap":
        return {"kind": kind, "value": str(max(values) - min(values))}
    if kind == "score":
        return {"kind": kind, "team": team, "value": str(column[team])}
    return {"kind": kind, "teams": [t for t in "abc" if column[t] == max(values)]}


@pytest.mark.parametrize("seed", range(30))
def test_counts_and_ranges_are_those_of_trying_everything(seed: int) -> None:
    """A small round in whole points: every matrix is tried against every statement."""
    rng = random.Random(seed)
    truth: Cells = {cell: rng.randint(0, 4) for cell in CELLS}
    asked = [
        (kind, part, rng.choice("abc"))
        for part in ("x", "y", "both")
        for kind in rng.sample(("average", "gap", "top", "score"), rng.randint(1, 3))
    ]
    marks = {"source": "paper", "confidence": "official"}
    facts = [
        {**_said(kind, _column(truth, part), team), **marks, "of": part, "id": f"f{number}"}
        for number, (kind, part, team) in enumerate(asked)
    ]
    item = {"block": "both", "max": 4, "formula": {"kind": "points"}}
    found = make_round(
        blocks=[{"id": "both", "title": words("Both"), "max": 8}],
        items=[{**item, "id": name, "title": words(name)} for name in ("x", "y")],
        rounding=[{"stage": "item", "digits": 0}],
        facts=facts,
    )
    told = [_said(kind, _column(truth, part), team) for kind, part, team in asked]
    every = []
    for values in product(range(5), repeat=6):
        cells = dict(zip(CELLS, values, strict=True))
        if all(
            _said(kind, _column(cells, part), team) == one
            for (kind, part, team), one in zip(asked, told, strict=True)
        ):
            every.append(cells)
    report = solve(found, steps=1_000_000)
    items = next(one for one in report.counts if one.over == "items")
    assert (items.at_least, items.exact) == (Decimal(len(every)), True)
    for cell in report.cells:
        if cell.level == "item":
            mine = [cells[cell.team, cell.part] for cells in every]
            assert (int(cell.low), int(cell.high)) == (min(mine), max(mine))


@pytest.mark.parametrize("mode", ["half_up", "half_down", "down", "up", "half_even"])
def test_rounded_sums_are_those_of_trying_everything(mode: str) -> None:
    """Two items in tenths, rounded to whole points at the block, of which the result is known."""
    item = {"block": "both", "max": 2, "formula": {"kind": "points"}}
    said = {"kind": "score", "team": "a", "source": "paper", "confidence": "official"}
    found = make_round(
        teams=[{"id": "a", "name": words("A")}],
        blocks=[{"id": "both", "title": words("Both"), "max": 4}],
        items=[{**item, "id": name, "title": words(name)} for name in ("x", "y")],
        rounding=[
            {"stage": "item", "digits": 1},
            {"stage": "block", "digits": 0, "mode": mode},
        ],
        advance={"places": 1},
        facts=[{**said, "id": "both", "of": "both", "value": "2"}],
    )
    every = [
        (x, y)
        for x, y in product(range(21), repeat=2)
        if round_to(Decimal(x + y) / 10, 0, mode) == 2
    ]
    report = solve(found)
    items = next(one for one in report.counts if one.over == "items")
    assert items.at_most is not None
    if mode != "half_even":
        assert (items.at_least, items.exact) == (Decimal(len(every)), True)
        return
    # Halves go up or down by what stands before them, which the conditions do not know.
    assert not items.exact
    assert items.at_least <= len(every) <= items.at_most
    assert "at most" in items.sentence.en
    assert not any(cell.reached for cell in report.cells)


def test_halves_of_averages_are_rounded_up() -> None:
    """An average printed as 3 is at least 2.5 and below 3.5."""
    said = {"kind": "average", "source": "paper", "confidence": "official"}
    found = make_round(
        teams=[{"id": t, "name": words(t)} for t in "ab"],
        blocks=[{"id": "x", "title": words("X"), "max": 5}],
        items=[
            {
                "id": "x",
                "title": words("X"),
                "block": "x",
                "max": 5,
                "formula": {"kind": "points"},
            }
        ],
        rounding=[{"stage": "item", "digits": 0}],
        facts=[{**said, "id": "mean", "of": "x", "value": "3"}],
    )
    (blocks,) = solve(found).counts
    every = [(a, b) for a, b in product(range(6), repeat=2) if 5 <= a + b < 7]
    assert (blocks.at_least, blocks.exact) == (Decimal(len(every)), True)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"parts": ("nothing",)}, "no part 'nothing'"),
        ({"tolerance": Decimal(-1)}, "cannot be off by -1"),
        ({"steps": 0}, "work must be"),
    ],
)
def test_what_does_not_fit_is_refused(arguments: dict[str, object], match: str) -> None:
    with pytest.raises(ProgrammeError, match=match):
        solve(make_round(), **arguments)  # type: ignore[arg-type]


def test_a_round_without_items_or_of_too_many_scores_is_refused() -> None:
    with pytest.raises(ProgrammeError, match="no items"):
        solve(sample("dokpamo-2026-additional"))
    teams = [{"id": f"t{step}", "name": words("t")} for step in range(1000)]
    with pytest.raises(ProgrammeError, match="too many"):
        solve(make_round(teams=teams))
