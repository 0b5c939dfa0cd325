"""Files of results made for tests: documents, workbooks and archives, well and ill made."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from dokja.document.results import Cell, Entry, Protocol

SAMPLES = Path(__file__).parents[1] / "data" / "results"
DIGEST = "blake3:" + "0" * 64


def entry(**changes: Any) -> Entry:
    """Return an entry of which any field can be changed; protocol fields with ``p_`` before."""
    protocol = {key[2:]: changes.pop(key) for key in list(changes) if key.startswith("p_")}
    content: dict[str, Any] = {
        "team": "one",
        "item": "nia",
        "benchmark": "kmmlu",
        "value": Decimal("47.30"),
        "unit": "percent",
        "original": "0.4730",
        "original_unit": "fraction",
        "protocol": Protocol(**protocol),
        "source": Cell(file="a.json", where="results.kmmlu.acc,none", digest=DIGEST),
    }
    return Entry(**(content | changes))


def zipped(members: dict[str, bytes | str]) -> bytes:
    """Return a ZIP archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(sheet: str, *, styles: str = "", prefix: str = "") -> bytes:
    """Return a workbook with one sheet, whose XML is given from ``sheetData`` on."""
    book = (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}"><sheets>'
        '<sheet name="결과" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATED}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_RELATED}/styles" Target="styles.xml"/>'
        "</Relationships>"
    )
    return zipped(
        {
            "xl/workbook.xml": book,
            "xl/_rels/workbook.xml.rels": relations,
            "xl/worksheets/sheet1.xml": f'{prefix}<worksheet xmlns="{_MAIN}">{sheet}</worksheet>',
            "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>',
        }
    )


def text_cell(place: str, text: str) -> str:
    """Return the XML of a cell that holds text."""
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
