"""What is exported: exact numbers, no formulas, the same bytes every time, and back again."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
import python_calamine

from dokja.document.common import Localized
from dokja.document.results import ResultsDocument
from dokja.errors import ProgrammeError
from dokja.programme.export import (
    results_csv,
    results_every_eval_ever,
    results_xlsx,
    table_csv,
    table_xlsx,
)
from dokja.programme.export.columns import guarded, unguarded
from dokja.programme.results import read_many, read_results
from tests.support.results import SAMPLES, entry

BAD = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", " =1", "＝1", "'x", "'", "|cmd"]


def samples() -> ResultsDocument:
    names = ["lm-eval.json", "lighteval", "helm-run", "opencompass.csv", "team-form.csv"]
    return read_many([SAMPLES / name for name in names])


def hostile() -> ResultsDocument:
    entries = [entry(team=text.strip("\t"), run=str(n), note=text) for n, text in enumerate(BAD)]
    return ResultsDocument(
        entries=tuple(entries), notes=(Localized(en="=HYPERLINK(1)", ko="둘째 줄\n=1"),)
    )


@pytest.mark.parametrize("document", [samples(), hostile(), ResultsDocument()])
def test_csv_and_xlsx_come_back_the_same(tmp_path: Path, document: ResultsDocument) -> None:
    (tmp_path / "a.csv").write_bytes(results_csv(document))
    (tmp_path / "a.xlsx").write_bytes(results_xlsx(document))
    assert read_results(tmp_path / "a.csv") == document
    assert read_results(tmp_path / "a.xlsx") == document


@pytest.mark.parametrize("document", [samples(), hostile()])
def test_every_eval_ever_comes_back_the_same(tmp_path: Path, document: ResultsDocument) -> None:
    for name, content in results_every_eval_ever(document, organisation="x", retrieved=1):
        assert Path(name).name == name
        (tmp_path / name).write_bytes(content)
    assert read_results(tmp_path) == document


def test_the_same_results_give_the_same_bytes() -> None:
    document = samples()
    assert results_csv(document) == results_csv(document)
    assert results_xlsx(document) == results_xlsx(document)
    first = results_every_eval_ever(document, organisation="x", retrieved=1)
    assert first == results_every_eval_ever(document, organisation="x", retrieved=1)


def test_no_cell_of_a_csv_is_a_formula() -> None:
    for content in (results_csv(hostile()), table_csv([["a"], *([text] for text in BAD)])):
        text = content.decode("utf-8-sig")
        for row in csv.reader(io.StringIO(text, newline="")):
            for cell in row:
                assert cell.lstrip()[:1] not in set("=+-@＝"), cell


def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(table_xlsx([["a"], *([text] for text in BAD)]))
    for row in python_calamine.load_workbook(str(path)).get_sheet_by_index(0).to_python():
        assert str(row[0]).lstrip()[:1] not in set("=+-@＝")


@pytest.mark.parametrize("text", [*BAD, "", "a", "-0.5", "- 0.5", "3", "''x", " 'x"])
def test_guarding_can_be_undone(text: str) -> None:
    assert unguarded(guarded(text)) == text


def test_negative_numbers_stay_numbers() -> None:
    assert table_csv([["a"], [Decimal("-0.50")]]).decode("utf-8-sig") == "a\r\n-0.50\r\n"


def test_a_table_in_a_workbook_keeps_its_digits(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    long = Decimal("0.12345678901234567")
    path.write_bytes(
        table_xlsx([["팀", "총점"], ["가", Decimal("70.60")], ["나", long], ["다", None]])
    )
    rows = python_calamine.load_workbook(str(path)).get_sheet_by_index(0).to_python()
    assert rows == [["팀", "총점"], ["가", 70.6], ["나", "0.12345678901234567"], ["다", ""]]


def test_every_eval_ever_has_what_its_schema_demands() -> None:
    document = samples()
    for _, content in results_every_eval_ever(document, organisation="기관", retrieved=1700000000):
        log = json.loads(content)
        assert {
            "schema_version",
            "evaluation_id",
            "retrieved_timestamp",
            "source_metadata",
            "model_info",
            "eval_library",
            "evaluation_results",
        } == log.keys()
        assert log["source_metadata"]["evaluator_relationship"] in {
            "first_party",
            "third_party",
            "other",
        }
        for result in log["evaluation_results"]:
            config = result["metric_config"]
            assert isinstance(config["lower_is_better"], bool)
            low, high = float(config["min_score"]), float(config["max_score"])
            assert low <= result["score_details"]["score"] <= high
            assert all(isinstance(v, str) for v in result["score_details"]["details"].values())


def test_numbers_of_every_eval_ever_are_exact() -> None:
    value = Decimal("0.12345678901234567890123456789")
    document = ResultsDocument(entries=(entry(value=value),))
    ((_, content),) = results_every_eval_ever(document, organisation="x", retrieved=1)
    assert f'"score": {value},' in content.decode()


def test_a_score_that_was_changed_after_export_is_found_out(tmp_path: Path) -> None:
    document = ResultsDocument(entries=(entry(),))
    ((name, content),) = results_every_eval_ever(document, organisation="x", retrieved=1)
    path = tmp_path / name
    path.write_bytes(content.replace(b'"score": 47.30', b'"score": 97.30'))
    with pytest.raises(ProgrammeError, match="changed since"):
        read_results(path)


def test_an_exported_table_that_was_spoilt_is_refused_with_its_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = results_csv(ResultsDocument(entries=(entry(), entry(run="2")))).decode()
    path.write_text(text.replace("47.30,percent", "NaN,percents", 1))
    with pytest.raises(ProgrammeError) as caught:
        read_results(path)
    assert "row 2, column value" in str(caught.value)
    assert "row 2, column unit" in str(caught.value)
