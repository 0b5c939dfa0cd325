"""The pages on what-if and disclosure: code prints what stands beneath it, tables are computed."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from dokja.document.number import Known
from dokja.document.round_facts import ScoreFact
from dokja.document.what_if import Reference, WhatIfReport
from dokja.programme.disclosure.profiles import PROFILES
from dokja.programme.what_if.report import what_if
from tests.support.modules import REPOSITORY
from tests.support.rounds import EVERYTHING, sample

DOCS = REPOSITORY / "docs" / "programme"


def _page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["what-if", "disclosure"])
def test_code_prints_what_stands_beneath(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", _page(name), re.DOTALL)
    assert len(blocks) == _page(name).count("```python")
    for code, told in blocks:
        exec(compile(code, name, "exec"), names)
        assert capsys.readouterr().out == told


@pytest.fixture(scope="module")
def report() -> WhatIfReport:
    world = Reference(item="aaii", name="Claude Opus 5", value=Decimal("63.1"))
    return what_if(sample("dokpamo-2026-stage-2", accept=EVERYTHING), references=[world])


def _rows(page: str, head: str) -> list[list[str]]:
    """Return the cells of a table, without its head."""
    lines = page[page.index(f"| {head} |") :].splitlines()
    table = lines[2 : lines.index("") if "" in lines else None]
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in table]


def test_table_of_normalisations(report: WhatIfReport) -> None:
    titles = {team.id: team.name.en for team in sample("dokpamo-2026-stage-2").teams}
    tables = [report.now]
    by = {scenario.id: scenario.table for scenario in report.scenarios}
    tables += [
        by[f"formula:aaii:{name}"]
        for name in ("world_best:Claude Opus 5", "best_team_full", "min_max")
    ]
    computed = [
        [f"{titles[r.team]} {r.total.value}" for r in rows if isinstance(r.total, Known)]
        for rows in tables
    ]
    assert [row[1:] for row in _rows(_page("what-if"), "the index becomes points by")] == computed


def test_table_of_break_even_points(report: WhatIfReport) -> None:
    told = {row[0]: row[2] for row in _rows(_page("what-if"), "number")}
    found = {(b.of, b.parameter, b.direction): b for b in report.break_evens}
    down = found["aaii", "divisor", "down"]
    assert told["value for full marks on the index"] == f"below {down.holds_until}"
    assert f"Between {down.rounding_low} and {down.rounding_high}" in _page("what-if")
    up = found["benchmark", "block_share", "up"]
    assert told["benchmarks, share of the total"] == f"above {up.holds_until} %"
    user = found["user", "block_share", "down"]
    assert user.holds_until == 10
    assert told["users, share of the total"] == "below 10 %"
    experts = [b.flips_from for b in report.break_evens if b.of == "expert"]
    assert set(experts) == {None}


def test_table_of_effective_weights(report: WhatIfReport) -> None:
    told = [(row[1], row[2], row[3]) for row in _rows(_page("what-if"), "item or block")]
    assert told == [
        (str(w.max), str(w.spread.quantize(Decimal("0.1"))), str(w.floor.quantize(Decimal(1))))
        for w in report.effective_weights
    ]


def test_table_of_weightings(report: WhatIfReport) -> None:
    titles = {team.name.en: team.id for team in sample("dokpamo-2026-stage-2").teams}
    shares = {share.team: share for share in report.weightings[0].shares}
    for team, first, last in _rows(_page("what-if"), "team"):
        share = shares[titles[team]]
        assert Decimal(first.rstrip(" %")) == round(share.first, 1)
        assert Decimal(last.rstrip(" %")) == round(share.last, 1)


def test_table_of_profiles() -> None:
    told = [row[0].strip("`") for row in _rows(_page("disclosure"), "profile")]
    assert told == [profile.id for profile in PROFILES]


def test_what_was_published_is_counted() -> None:
    """The page says how much the one table rests on."""
    found = sample("dokpamo-2026-stage-2")
    facts = [fact for fact in found.facts if fact.confidence in {"official", "press"}]
    n = {kind: sum(fact.kind == kind for fact in facts) for kind in ("top", "average", "gap")}
    totals = sum(isinstance(fact, ScoreFact) and fact.of == "total" for fact in facts)
    assert (n["top"], n["average"], n["gap"], totals) == (5, 8, 3, 4)
    assert "best team of five items, eight averages, three gaps, four totals" in _page("disclosure")
