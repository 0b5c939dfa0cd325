"""Tables that people made: Korean headers, encodings, layouts, and cells that must be refused."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dokja.document.results import Entry
from dokja.errors import ProgrammeError
from dokja.programme.results import ResultsMapping, read_results
from dokja.programme.results.headers import day_in, read_header
from tests.support.results import SAMPLES


def read(tmp_path: Path, text: str | bytes, **mapping: Any) -> tuple[Entry, ...]:
    path = tmp_path / "form.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return read_results(path, mapping=ResultsMapping.model_validate(mapping)).entries


def refusal(tmp_path: Path, text: str | bytes, **mapping: Any) -> str:
    with pytest.raises(ProgrammeError) as caught:
        read(tmp_path, text, **mapping)
    return f"{caught.value} {caught.value.hint}"


def test_a_korean_form_with_a_byte_order_mark() -> None:
    first, second, third = read_results(SAMPLES / "team-form.csv").entries
    assert (first.team, first.item, first.run, str(first.value)) == (
        "가팀",
        "국어 이해",
        "1",
        "74.20",
    )
    assert (second.original, second.value) == ("７３．９", Decimal("73.9"))
    assert (first.by, third.by) == ("agency", "team")
    assert third.source.where == "row 4, column 점수(%)"
    assert second.note == "전각 숫자"


def test_a_panel_form_in_cp949_is_read_and_said() -> None:
    document = read_results(SAMPLES / "panel-cp949.csv")
    assert [(one.team, one.rater, one.item, one.value) for one in document.entries] == [
        ("가팀", "위원1", "기술", 4),
        ("가팀", "위원2", "기술", 5),
        ("나팀", "위원1", "기술", 3),
    ]
    assert {(one.unit, one.high) for one in document.entries} == {("scale", 5)}
    assert "CP949" in document.notes[0].en


@pytest.mark.parametrize(
    ("text", "field", "unit", "high"),
    [
        ("팀", "team", None, None),
        (" 팀 명 ", "team", None, None),
        ("평가 항목", "item", None, None),
        ("점수 (%)", "value", "percent", None),
        ("점수（％）", "value", "percent", None),
        ("점수(점)", "value", "points", None),
        ("점수(10점 만점)", "value", "points", 10),
        ("평점\n(5점 척도)", "value", "scale", 5),
        ("Standard Error", "standard_error", None, None),
        ("n-shot", "n_shot", None, None),
        ("회차", "run", None, None),
        ("평가자", "rater", None, None),
        ("순위", None, None, None),
        ("점수(가중)", None, None, None),
        ("", None, None, None),
    ],
)
def test_headers_are_understood_or_left(
    text: str, field: str | None, unit: str | None, high: int | None
) -> None:
    header = read_header(text, {})
    assert (header.field, header.unit, header.high) == (field, unit, high)


def test_days_are_read_only_where_the_year_comes_first() -> None:
    assert (
        day_in("2026. 8. 18.") == day_in("2026-08-18") == day_in("2026년 8월 18일") == "2026-08-18"
    )
    assert day_in("18.08.2026") is None
    assert day_in("2026-13-01") is None


def test_a_unit_is_never_told_from_the_size_of_a_number(tmp_path: Path) -> None:
    message = refusal(tmp_path, "team,item,score\none,a,0.742\ntwo,a,74.2\n")
    assert "2 defects" in message
    assert "row 2, column score: nothing says in which unit '0.742'" in message
    assert "row 3, column score" in message
    assert [
        one.value for one in read(tmp_path, "team,item,score\none,a,74.2\n", unit="percent")
    ] == [Decimal("74.2")]


def test_a_percent_sign_that_contradicts_the_unit_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, "team,item,score,unit\none,a,74%,fraction\n")
    assert "says percent, but its unit is stated as fraction" in message


def test_every_defect_of_a_table_is_in_one_message(tmp_path: Path) -> None:
    text = (
        "팀,항목,회차,점수(%),측정일\n"
        "가,a,1,101,2026-01-01\n"
        "가,b,1,,\n"
        ",c,1,5,\n"
        "가,,1,5,\n"
        "가,d,1,NaN,\n"
        '가,e,1,"1,234",\n'
        "가,f,1,우수,\n"
        "가,g,1,50,어제\n"
        "가,h,1,60,\n"
        "가,h,1,61,\n"
    )
    message = refusal(tmp_path, text)
    for words in (
        "9 defects",
        "row 2, column 점수(%): '101' is out of range",
        "row 3, column 점수(%): the value is missing",
        "row 4, column 점수(%): its row does not name a team",
        "row 5, column 점수(%): its row does not name an item",
        "row 6, column 점수(%): 'NaN' is no finite number",
        "row 7, column 점수(%): '1,234' can be read in two ways",
        "row 8, column 점수(%): '우수' is not a number",
        "row 9, column 점수(%): its measured_on '어제' cannot be read",
        "row 11, column 점수(%): a second value for 가, h; the first stands at row 10",
    ):
        assert words in message


def test_repeated_runs_and_raters_are_no_duplicates(tmp_path: Path) -> None:
    text = "team,item,run,rater,mark (점)\none,a,1,x,3\none,a,2,x,3\none,a,1,y,3\n"
    assert len(read(tmp_path, text)) == 3


def test_columns_can_be_named_and_left(tmp_path: Path) -> None:
    text = "팀,분류,항목,최종,점수\n가,b,a,70,60\n"
    assert "both mean" not in refusal(tmp_path, text)
    (found,) = read(tmp_path, text, columns={"최종": "value", "점수": "ignore"}, unit="percent")
    assert found.value == 70
    message = refusal(tmp_path, text, columns={"최종": "value"}, unit="percent")
    assert "'점수' and '최종' both mean value" in message
    assert "unknown meanings: wert" in refusal(tmp_path, text, columns={"최종": "wert"})


def test_a_column_an_item_and_a_column_a_team(tmp_path: Path) -> None:
    text = "팀,KMMLU(%),MMLU(%)\n가,47.3,70\n나,51.0,-\n"
    found = read(tmp_path, text, layout="items_across", missing=("-",))
    assert [(one.team, one.item, str(one.value)) for one in found] == [
        ("가", "KMMLU", "47.3"),
        ("가", "MMLU", "70"),
        ("나", "KMMLU", "51.0"),
    ]
    assert "'-'" in refusal(tmp_path, text, layout="items_across")
    assert "layout: items_across" in refusal(tmp_path, text)
    text = "항목,가,나\nKMMLU,47.3,51.0\n"
    found = read(tmp_path, text, layout="teams_across", unit="percent")
    assert [(one.team, one.item, str(one.value)) for one in found] == [
        ("가", "KMMLU", "47.3"),
        ("나", "KMMLU", "51.0"),
    ]


def test_titles_above_the_header_are_left_and_said(tmp_path: Path) -> None:
    path = tmp_path / "form.csv"
    path.write_text("2차 평가 결과표,,\n\n팀,항목,점수(%)\n가,a,70\n")
    document = read_results(path)
    assert document.entries[0].source.where == "row 4, column 점수(%)"
    assert "1 rows above the header" in document.notes[0].en


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_separators_are_told_from_the_header(tmp_path: Path, separator: str) -> None:
    text = separator.join(["team", "item", "score(%)"]) + "\n" + separator.join(["a", "b", "1.5"])
    assert read(tmp_path, text)[0].value == Decimal("1.5")


def test_decimal_commas_need_to_be_stated(tmp_path: Path) -> None:
    text = "team;item;score(%);stderr\na;b;74,2;0,3\n"
    assert 'decimal: ","' in refusal(tmp_path, text)
    (found,) = read(tmp_path, text, decimal=",")
    assert (found.value, found.standard_error) == (Decimal("74.2"), Decimal("0.3"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    assert read(tmp_path, "팀,항목,점수(%)\n가,나,5\n".encode(encoding))[0].team == "가"


def test_text_that_is_no_text_is_refused(tmp_path: Path) -> None:
    assert "not a text" in refusal(tmp_path, b"team,item,score(%)\n\xff\xff\xff,b,5\n")
    stated = refusal(tmp_path, "팀,항목,점수(%)\n가,b,5\n".encode("cp949"), encoding="utf-8")
    assert "not a text in UTF-8" in stated


def test_a_broken_csv_is_refused(tmp_path: Path) -> None:
    assert "not a CSV" in refusal(tmp_path, 'team,item,score(%)\n"a,b,5\n')
    assert "not a CSV" in refusal(tmp_path, "team,item,score(%)\n" + "x" * 200_000)
    assert "separator" in refusal(tmp_path, "team,item;score(%)\na,b;5\n")


def test_another_library_may_raise_the_limit_of_fields(tmp_path: Path) -> None:
    before = csv.field_size_limit(10_000_000)
    try:
        assert "not a CSV" in refusal(tmp_path, "team,item,score(%)\n" + "x" * 200_000)
    finally:
        csv.field_size_limit(before)


def test_protocol_columns_fill_the_protocol(tmp_path: Path) -> None:
    text = (
        "team,benchmark,score,unit,n-shot,mode,문항수,측정일,지수버전,stderr\n"
        "a,kmmlu,47.3,%,5,thinking,100,2026. 8. 18.,4.1,0.3\n"
    )
    (found,) = read(tmp_path, text)
    protocol = found.protocol
    assert (protocol.n_shot, protocol.mode, protocol.n_samples) == (5, "thinking", 100)
    assert (protocol.measured_on, protocol.index_version) == ("2026-08-18", "4.1")
    assert (found.benchmark, found.standard_error) == ("kmmlu", Decimal("0.3"))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a,b,5,%,x,", "its n_shot 'x'"),
        ("a,b,5,%,-1,", "its n_shot '-1'"),
        ("a,b,5,furlong,1,", "its unit 'furlong' is not known"),
        ("a,b,5,%,1,somebody", "'somebody' is nobody known"),
        ("a,b,=1+1,%,1,", "is a formula"),
        ("a,b,4/5,%,1,", "quotient"),
    ],
)
def test_other_bad_cells(tmp_path: Path, row: str, words: str) -> None:
    assert words in refusal(tmp_path, f"team,item,score,unit,n_shot,by\n{row}\n")


def test_the_range_of_a_mapping_is_kept(tmp_path: Path) -> None:
    rule = {"item": "expert", "unit": "scale", "low": "1", "high": "5"}
    text = "team,item,mark\na,기술,5\nb,기술,0\n"
    message = refusal(tmp_path, text, items={"기술": rule})
    assert "row 3, column mark: '0' is out of range" in message
    (found,) = read(tmp_path, "team,item,mark\na,기술,5\n", items={"기술": rule})
    assert (found.low, found.high, found.unit) == (1, 5, "scale")
