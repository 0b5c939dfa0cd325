from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dokja.document.number import Known
from dokja.errors import ProgrammeError, ReportError
from dokja.programme.leaderboard import (
    bundled_snapshots,
    compare,
    compare_averages,
    item_spreads,
    read_averages,
    read_countries,
    read_snapshot,
)
from dokja.programme.leaderboard.saturation import ItemPoints

D = Decimal


def _changed(folder: Path, source: Path, **changes: Any) -> Path:
    path = folder / "changed.json"
    path.write_text(json.dumps({**json.loads(source.read_bytes()), **changes}))
    return path


def test_what_comes_along_is_whole_and_every_statement_has_a_source() -> None:
    table = read_countries()
    assert {one.country for one in table.organisations} == {"US", "CN", "KR"}
    assert all(one.sources for one in table.organisations)
    for path in bundled_snapshots():
        snapshot = read_snapshot(path)
        assert snapshot.models
        assert all(source.where for source in snapshot.sources)


def test_every_defect_of_a_snapshot_is_in_one_message(tmp_path: Path) -> None:
    source = bundled_snapshots()[1]
    body = json.loads(source.read_bytes())
    body["models"][0]["sources"] = ["rumour"]
    body["models"][1]["id"] = body["models"][2]["id"]
    body["models"][3]["score"] = "163"
    body["claims"][0]["subject"] = "nothing"
    body["complete"][0]["source"] = "hearsay"
    path = _changed(tmp_path, source, **body)
    with pytest.raises(ProgrammeError) as caught:
        read_snapshot(path)
    for part in (
        "5 defects",
        "models.0: no source 'rumour'",
        "models: 'grok-4.6' stands 2 times",
        "models.3.score: 163 is not between 0 and 100",
        "claims.0: no model 'nothing'",
        "complete.0: no source 'hearsay'",
        str(path),
    ):
        assert part in str(caught.value)


def test_scores_never_pass_through_a_float(tmp_path: Path) -> None:
    source = bundled_snapshots()[1]
    body = json.loads(source.read_bytes())
    body["models"][0]["score"] = 63.1
    with pytest.raises(ReportError, match=r"models.0.score"):
        read_snapshot(_changed(tmp_path, source, **body))


def test_tables_with_defects_are_refused(tmp_path: Path) -> None:
    source = bundled_snapshots()[0].with_name("countries.json")
    body = json.loads(source.read_bytes())
    body["organisations"][0]["country"] = "ZZ"
    body["organisations"][1]["sources"] = []
    with pytest.raises(ProgrammeError, match=r"no country 'ZZ'.*no source that says it"):
        read_countries(_changed(tmp_path, source, **body))


def test_files_that_are_not_there_or_too_long_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ProgrammeError, match="cannot be read"):
        read_snapshot(tmp_path / "missing.json")
    monkeypatch.setattr("dokja.programme.leaderboard.reading._MAX_BYTES", 10)
    with pytest.raises(ProgrammeError, match="too many"):
        read_snapshot(bundled_snapshots()[0])


def test_january_and_august_are_never_subtracted() -> None:
    before, after = (read_snapshot(path) for path in bundled_snapshots())
    found = compare(before, after)
    assert not found.comparable
    assert found.changes == ()
    assert "not known" in found.reason.en
    assert (found.before.dated_on, found.after.dated_on) == ("2026-01", "2026-08-18")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"index_version": "4.0"}, "no progress"),
        ({"index_version": None}, "not known"),
        ({"index": "Another Index"}, "different indices"),
    ],
)
def test_unlike_snapshots_are_not_subtracted(changes: dict[str, Any], said: str) -> None:
    after = read_snapshot(bundled_snapshots()[1])
    found = compare(after.model_copy(update=changes), after)
    assert not found.comparable
    assert found.changes == ()
    assert said in found.reason.en
    assert found.reason.ko


def test_snapshots_of_one_version_are_subtracted_exactly() -> None:
    before = read_snapshot(bundled_snapshots()[1])
    models = list(before.models)
    models[0] = models[0].model_copy(update={"score": D("63.4")})
    models[1] = models[1].model_copy(update={"variant": "low"})
    models[2] = models[2].model_copy(update={"score": None})
    found = compare(before, before.model_copy(update={"models": tuple(models)}))
    assert found.comparable
    assert found.changes[0].change == D("0.3")
    assert len(found.changes) == len(models) - 2
    assert all(one.change == 0 for one in found.changes[1:])


def test_ratios_of_averages_come_out_as_printed() -> None:
    report = compare_averages(read_averages())
    assert [(one.reference, str(one.rounded), one.status) for one in report.ratios] == [
        ("Qwen3 235B", "104", "agrees"),
        ("GPT-OSS 120B", "103", "agrees"),
    ]
    percent = report.ratios[0].percent
    assert isinstance(percent, Known)
    assert percent.value == pytest.approx(D("103.8345"), abs=D("0.0001"))


def test_averages_over_other_benchmarks_have_no_ratio(tmp_path: Path) -> None:
    averages = read_averages()
    other = averages.references[0].model_copy(update={"benchmark_set": "another"})
    zero = averages.references[1].model_copy(update={"value": D(0)})
    report = compare_averages(averages.model_copy(update={"references": (other, zero)}))
    assert [one.status for one in report.ratios] == ["not computable"] * 2
    assert report.ratios[0].rounded is None
    source = bundled_snapshots()[0].with_name("averages-2025-12-30.json")
    body = json.loads(source.read_bytes())
    body["published"][0]["reference"] = "nobody"
    with pytest.raises(ProgrammeError, match="no reference 'nobody'"):
        read_averages(_changed(tmp_path, source, **body))


def test_wrong_ratios_differ_and_unprinted_ones_are_only_computed() -> None:
    averages = read_averages()
    wrong = averages.published[0].model_copy(update={"percent": D(105)})
    report = compare_averages(averages.model_copy(update={"published": (wrong,)}))
    assert [one.status for one in report.ratios] == ["differs", "not published"]


def test_the_second_stage_s_national_benchmark_hardly_separated_the_teams() -> None:
    found = item_spreads(
        [
            ItemPoints("nia", D(15), (D("13.4"), D("13.3"), D("12.8"), D("12.7"))),
            ItemPoints("aaii", D(25), (D("8.8"), D("9.4"), D("7.8"), D("11.9"))),
            ItemPoints("quiz", D(10), (D("9.5"), D("9.6"), D("9.4"), D("9.9"))),
            ItemPoints("expert", D(35), (D("29.5"), None, D("27.1"), None)),
        ]
    )
    assert [one.hardly_separates for one in found] == [True, False, False, None]
    assert [one.near_ceiling for one in found] == [False, False, True, None]
    assert isinstance(found[0].spread, Known)
    assert found[0].spread.value == D("0.7")
    assert "0.7 of 15 points (4.7 %)" in found[0].sentence.en
    assert found[3].spread_share is None
