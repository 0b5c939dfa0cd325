"""Workbooks: formulas, percent formats, hidden and merged cells, and archives that bite."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import xlsxwriter

from dokja.document.results import ResultsDocument
from dokja.errors import ProgrammeError
from dokja.programme.results import ResultsMapping, read_results
from dokja.programme.results.source import Source
from dokja.programme.results.xlsx import sheet_of
from tests.support.results import text_cell, workbook, zipped


def write(path: Path, rows: list[list[Any]], **options: Any) -> Path:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet(options.get("sheet", "결과"))
    percent = book.add_format({"num_format": "0.0%"})
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, tuple):
                sheet.write_number(number, column, value[0], percent)
            else:
                sheet.write(number, column, value)
    options.get("then", lambda *_: None)(book, sheet)
    book.close()
    return path


def read(path: Path, **mapping: Any) -> ResultsDocument:
    return read_results(path, mapping=ResultsMapping.model_validate(mapping))


def refusal(path: Path, **mapping: Any) -> str:
    with pytest.raises(ProgrammeError) as caught:
        read(path, **mapping)
    return f"{caught.value} {caught.value.hint}"


FORM = [["팀", "항목", "점수"], ["가", "국어", 74.2], ["나", "국어", 70]]


def test_values_of_a_workbook_are_what_was_typed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", [*FORM, ["다", "국어", 0.1 + 0.2], ["라", "국어", 1e-7]])
    found = read(path, unit="percent").entries
    assert [one.original for one in found] == ["74.2", "70", "0.3", "0.0000001"]
    assert found[0].source.where == "결과!C2"


def test_seventeen_digits_in_the_file_are_still_what_was_typed(tmp_path: Path) -> None:
    row = text_cell("A1", "팀") + text_cell("B1", "항목") + text_cell("C1", "점수(%)")
    body = text_cell("A2", "가") + text_cell("B2", "a") + '<c r="C2"><v>74.209999999999994</v></c>'
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        workbook(f'<sheetData><row r="1">{row}</row><row r="2">{body}</row></sheetData>')
    )
    assert read(path).entries[0].value == Decimal("74.21")


def test_a_percent_format_is_a_percent_sign(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", [FORM[0], ["가", "국어", (0.742,)]])
    (found,) = read(path).entries
    assert (str(found.value), found.original, found.original_unit) == ("74.2", "74.2%", "percent")
    assert "says percent" in refusal(path, items={"국어": {"item": "a", "unit": "fraction"}})


def test_formulas_errors_flags_and_dates_are_refused_by_cell(tmp_path: Path) -> None:
    def then(_book: Any, sheet: Any) -> None:
        sheet.write_formula(1, 2, "=AVERAGE(1,2)", None, 1.5)
        sheet.write_boolean(2, 2, True)
        sheet.write_formula(3, 2, "=1/0", None, "#DIV/0!")

    path = write(tmp_path / "a.xlsx", [*FORM, ["다", "국어", 1]], then=then)
    message = refusal(path, unit="percent")
    assert "결과!C2: holds a formula (=AVERAGE(1,2))" in message
    assert "결과!C3: holds TRUE" in message
    assert "결과!C4" in message


def test_dates_are_read_where_a_date_belongs_and_nowhere_else(tmp_path: Path) -> None:
    def then(book: Any, sheet: Any) -> None:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_number(1, 3, 46252, day)
        sheet.write_number(2, 2, 46252, day)

    rows = [[*FORM[0], "측정일"], *FORM[1:]]
    path = write(tmp_path / "a.xlsx", rows, then=then)
    assert "결과!C3: holds a date (2026-08-18)" in refusal(path, unit="percent")
    rows[2] = ["나", "국어", 70]

    def only_day(book: Any, sheet: Any) -> None:
        sheet.write_number(1, 3, 46252, book.add_format({"num_format": 14}))

    path = write(tmp_path / "b.xlsx", rows, then=only_day)
    assert read(path, unit="percent").entries[0].protocol.measured_on == "2026-08-18"


def test_merged_cells_are_refused_by_cell(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.xlsx", FORM, then=lambda _book, sheet: sheet.merge_range("A2:A3", "가")
    )
    assert "결과!A3: is merged with another cell" in refusal(path, unit="percent")


def test_a_merged_title_does_no_harm(tmp_path: Path) -> None:
    rows = [["", "", ""], *FORM]
    path = write(
        tmp_path / "a.xlsx", rows, then=lambda _book, sheet: sheet.merge_range("A1:C1", "결과표")
    )
    assert len(read(path, unit="percent").entries) == 2


def test_hidden_rows_and_columns_are_refused_by_cell(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.xlsx",
        FORM,
        then=lambda _book, sheet: sheet.set_row(2, None, None, {"hidden": True}),
    )
    assert "결과!A3: stands in a hidden row" in refusal(path, unit="percent")
    path = write(
        tmp_path / "b.xlsx",
        FORM,
        then=lambda _book, sheet: sheet.set_column(2, 2, None, None, {"hidden": True}),
    )
    assert "hidden row or column" in refusal(path, unit="percent")


def test_hidden_sheets_are_named_and_not_read(tmp_path: Path) -> None:
    def then(book: Any, _sheet: Any) -> None:
        other = book.add_worksheet("초안")
        other.write(0, 0, "x")
        other.hide()

    path = write(tmp_path / "a.xlsx", FORM, then=then)
    document = read(path, unit="percent")
    assert "hidden sheets were not read: 초안" in document.notes[0].en
    assert "no row is a header" in refusal(path, sheet="초안")
    assert "there is no sheet 'x'" in refusal(path, sheet="x")


def test_one_of_several_sheets_must_be_named(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.xlsx",
        FORM,
        then=lambda book, _sheet: book.add_worksheet("둘").write(0, 0, "x"),
    )
    assert "more than one sheet could be meant: 결과, 둘" in refusal(path, unit="percent")
    assert len(read(path, unit="percent", sheet="결과").entries) == 2


def test_numbers_stored_as_text_follow_the_stated_mark(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", [FORM[0], ["가", "국어", "74,2"], ["나", "국어", 70.5]])
    found = read(path, unit="percent", decimal=",").entries
    assert [str(one.value) for one in found] == ["74.2", "70.5"]


def test_texts_with_runs_readings_and_escapes(tmp_path: Path) -> None:
    cells = (
        '<c r="A1" t="inlineStr"><is><r><t>팀</t></r><r><t>명</t></r></is></c>'
        '<c r="B1" t="inlineStr"><is><t>항목</t><rPh sb="0" eb="1"><t>x</t></rPh></is></c>'
        + text_cell("C1", "점수_x000D_ (%)")
    )
    body = text_cell("A2", "가") + text_cell("B2", "나") + '<c r="C2"><v>5</v></c>'
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        workbook(f'<sheetData><row r="1">{cells}</row><row r="2">{body}</row></sheetData>')
    )
    (found,) = read(path).entries
    assert (found.team, found.item, found.unit) == ("가", "나", "percent")


def test_cells_agree_with_another_reader(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["a", "", "b"],
        [1, 2.5, -3.25],
        ["", "", ""],
        ["한글", "", 0.1],
        ["x & y <z>", 123456789012345, 1e20],
    ]
    path = write(tmp_path / "a.xlsx", rows)
    grid, _ = sheet_of(Source(path), ResultsMapping())
    ours = {
        (row.number, column): cell.text
        for row in grid.rows
        for column, cell in enumerate(row.cells)
        if cell.text
    }
    other = python_calamine.load_workbook(str(path)).get_sheet_by_index(0)
    theirs = {
        (number + 1, column): value
        for number, row in enumerate(other.to_python(skip_empty_area=False))
        for column, value in enumerate(row)
        if value != ""
    }
    assert ours.keys() == theirs.keys()
    for place, value in theirs.items():
        assert ours[place] == value if isinstance(value, str) else float(ours[place]) == value


# -- what bites -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"xl/workbook.bin": b""}, "binary workbook"),
        ({"content.xml": "<a/>", "mimetype": "x"}, "OpenDocument"),
        ({"xl/workbook.xml": "<a/>"}, "has no xl/_rels"),
        ({"xl/workbook.xml": "<a", "xl/_rels/workbook.xml.rels": "<a/>"}, "broken"),
        ({"xl/workbook.xml": "<a/>", "xl/_rels/workbook.xml.rels": "<a/>"}, "no visible sheet"),
    ],
)
def test_other_workbooks_are_refused_by_name(
    tmp_path: Path, members: dict[str, Any], words: str
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(zipped(members))
    assert words in refusal(path)


@pytest.mark.parametrize(
    ("sheet", "prefix", "words"),
    [
        ("", '<!DOCTYPE x [<!ENTITY a "aaaa">]>', "document type"),
        ("<a>" * 100 + "</a>" * 100, "", "levels deep"),
        ("<sheetData>", "", "broken"),
        ('<sheetData><row r="9999999"><c r="A9999999"><v>1</v></c></row></sheetData>', "", "large"),
        ('<sheetData><row r="1"><c r="ZZZ1"><v>1</v></c></row></sheetData>', "", "large"),
        (
            "<sheetData>"
            + "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, 80))
            + "</sheetData>",
            "",
            "large",
        ),
        (
            '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><mergeCells>'
            + '<mergeCell ref="A1:XFD1048576"/>' * 80
            + "</mergeCells>",
            "",
            "large",
        ),
    ],
)
def test_hostile_sheets_are_refused(tmp_path: Path, sheet: str, prefix: str, words: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(sheet, prefix=prefix))
    assert words in refusal(path)


def bomb(member: str, n_bytes: int) -> bytes:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(member, "w", force_zip64=True) as target,
    ):
        piece = b" " * 2**20
        for _ in range(n_bytes // 2**20):
            target.write(piece)
    return stream.getvalue()


def test_archives_that_unpack_too_far_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.eval"
    path.write_bytes(bomb("header.json", 40 * 2**20))
    assert path.stat().st_size < 2**20
    assert "unpacks to more than" in refusal(path)
    path = tmp_path / "a.xlsx"
    path.write_bytes(bomb("xl/workbook.xml", 70 * 2**20))
    assert "unpacks to more than" in refusal(path)


def test_an_archive_whose_directory_lies_is_still_bounded(tmp_path: Path) -> None:
    data = bytearray(bomb("header.json", 40 * 2**20))
    # The directory claims that the member has ten bytes; only what is unpacked counts.
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    path = tmp_path / "a.eval"
    path.write_bytes(data)
    refusal(path)


def test_broken_archives_are_refused(tmp_path: Path) -> None:
    whole = zipped({"header.json": "{}" * 100})
    path = tmp_path / "a.eval"
    path.write_bytes(whole[: len(whole) // 2])
    assert "cut short" in refusal(path)
    spoilt = bytearray(whole)
    spoilt[45] ^= 0xFF
    path.write_bytes(spoilt)
    refusal(path)
    encrypted = bytearray(whole)
    encrypted[encrypted.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(encrypted)
    assert "encrypted" in refusal(path)


@pytest.mark.parametrize(("method", "words"), [(99, "method 99"), (93, "Zstandard")])
def test_compression_that_cannot_be_opened_is_named(
    tmp_path: Path, method: int, words: str
) -> None:
    if hasattr(zipfile, "ZIP_ZSTANDARD") and method == 93:
        pytest.skip("this Python opens it")
    data = bytearray(zipped({"header.json": "{}"}))
    directory = data.rindex(b"PK\x01\x02")
    for place in (8, directory + 10):
        data[place : place + 2] = method.to_bytes(2, "little")
    path = tmp_path / "a.eval"
    path.write_bytes(data)
    message = refusal(path)
    assert words in message
    assert "inspect log convert" in message


def test_a_member_named_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.eval"
    data = bytearray(zipped({"header.json": "{}", "header.jsom": "{}"}))
    path.write_bytes(bytes(data).replace(b"header.jsom", b"header.json"))
    assert "twice" in refusal(path)
