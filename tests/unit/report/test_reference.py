"""The reference of the fields: whole, of the types the schema has, with a meaning for each."""

from __future__ import annotations

import re

import pytest

from dokja.document.audit import Relation
from tests.support import report_fields

PAGE = report_fields.PAGE.read_text("utf-8")


def test_every_group_of_fields_stands_on_the_page_once() -> None:
    names = re.findall(r"<!-- fields: (\w+) -->", PAGE)
    assert sorted(names) == sorted(report_fields.groups())
    for name in names:
        assert re.search(rf"^##+ {name}$", PAGE, re.MULTILINE), name


def test_fields_and_types_are_those_of_the_schema() -> None:
    assert report_fields.mended(PAGE) == PAGE, "run: python tests/support/report_fields.py"


@pytest.mark.parametrize("name", sorted(report_fields.groups()))
def test_every_field_has_a_meaning(name: str) -> None:
    told = report_fields.shown(PAGE)[name]
    assert [field for field, meaning in told.items() if not meaning.endswith(".")] == []


def test_every_relation_is_told_in_order() -> None:
    part = PAGE[PAGE.index("## Relation") : PAGE.index("## The document")]
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == list(Relation)


def test_a_changed_schema_is_noticed() -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith("| `seed` |"))
    assert report_fields.mended(PAGE.replace(f"{row}\n", "")) != PAGE
    assert report_fields.MISSING in report_fields.mended(PAGE.replace(f"{row}\n", ""))
    renamed = PAGE.replace("| `seed` | integer |", "| `seed` | string |")
    assert report_fields.mended(renamed) == PAGE
