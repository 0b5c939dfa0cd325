"""Licence expressions: what people write is read, or refused with a reason; never guessed."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokja.licensing.expressions import leaves, parse_expression
from dokja.licensing.table import licences, named
from dokja.licensing.terms import RANK, terms_of
from dokja.licensing.texts import text_digest, which_licence

ROOT = Path(__file__).resolve().parents[3]
FOUND = ROOT / "tests" / "data" / "pypi_licences.csv"
KNOWN = sorted(licences())
UNKNOWN = ("LicenseRef-nobody", "made-up-licence", "no-such-thing-2.0")
trees = st.recursive(
    st.sampled_from([*KNOWN, *UNKNOWN, "NCSA", "Zlib"]),
    lambda inner: st.builds(
        lambda parts, operator: "(" + f" {operator} ".join(parts) + ")",
        st.lists(inner, min_size=2, max_size=3),
        st.sampled_from(["AND", "OR"]),
    ),
    max_leaves=8,
)


def rows() -> list[dict[str, str]]:
    with FOUND.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_every_expression_of_the_package_index_is_read_or_refused_with_a_reason() -> None:
    read, refused = 0, 0
    for row in rows():
        expression = parse_expression(row["licence"])
        if expression.tree is None:
            assert expression.problem is not None, row
            assert expression.problem.en, row
            assert terms_of(row["licence"]).control == "unknown", row
            refused += 1
        else:
            assert expression.spdx
            read += 1
    assert read + refused >= 300
    # The documentation tells how many.
    page = (ROOT / "docs" / "reference" / "licences.md").read_text(encoding="utf-8")
    told = re.search(
        r"Of\s+(\d+)\s+packages.*?(\d+)\s+are\s+read.*?(\d+)\s+are\s+refused", page, re.DOTALL
    )
    assert told is not None
    assert tuple(map(int, told.groups())) == (read + refused, read, refused)


@pytest.mark.parametrize(
    ("written", "spdx"),
    [
        ("MIT License", "MIT"),
        ("License :: OSI Approved :: MIT License", "MIT"),
        ("Apache License, Version 2.0", "Apache-2.0"),
        ("apache-2.0", "Apache-2.0"),
        ("llama3.1", "LicenseRef-scancode-llama-3.1-license-2024"),
        ("gemma", "LicenseRef-scancode-gemma-tou-2024-04-01"),
        ("cc-by-nc-4.0", "CC-BY-NC-4.0"),
        ("mit and apache-2.0", "MIT AND Apache-2.0"),
        ("GPL-2.0+", "GPL-2.0-or-later"),
        (
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "GPL-2.0-only WITH Classpath-exception-2.0",
        ),
    ],
)
def test_names_that_people_write_are_known(written: str, spdx: str) -> None:
    assert parse_expression(written).spdx == spdx


@pytest.mark.parametrize(
    "written",
    [
        "", "  ", "BSD", "GPL", "other", "unknown", "MIT OR", "(MIT", "MIT/Apache-2.0", "AND",
        "MIT WITH GPL-2.0-only", "\x00", "(" * 5000, "MIT OR " * 400 + "MIT", "a" * 10_000,
        "MIT AND ((((((" , "🙂", "http://example.org/licence", "MIT\nApache", "()", ") OR (",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_a_reason_and_is_no_permission(written: str) -> None:
    expression = parse_expression(written)
    assert expression.tree is None
    assert expression.problem is not None
    assert len(expression.found) <= 200
    assert terms_of(written).control == "unknown"


@given(st.text(max_size=80))
def test_no_text_is_an_error_and_nothing_unread_is_free(written: str) -> None:
    terms = terms_of(written)
    expression = terms.expression
    assert expression is not None
    assert (expression.tree is None) == (expression.problem is not None)
    if expression.tree is None:
        assert terms.control == "unknown"


@given(trees)
def test_unknown_is_never_permission(written: str) -> None:
    """Put the worst in the place of the unknown: whatever is still free was free without it."""
    terms = terms_of(written)
    bad = written
    for name in UNKNOWN:
        bad = bad.replace(name, "LicenseRef-scancode-llama-2-license-2023")
    worst = terms_of(bad).control
    if terms.control in {"free", "mild"}:
        assert worst == terms.control
    else:
        assert RANK[worst] >= RANK[terms.control]


@given(trees, trees)
def test_order_does_not_matter(first: str, second: str) -> None:
    for operator in ("AND", "OR"):
        one = terms_of(f"{first} {operator} {second}")
        other = terms_of(f"{second} {operator} {first}")
        assert one.control == other.control
        assert {(x.licence, x.duty.kind) for x in one.asked} == {
            (x.licence, x.duty.kind) for x in other.asked
        }


@given(trees, trees)
def test_all_of_is_no_milder_and_one_of_no_stricter_than_each(first: str, second: str) -> None:
    ranks = sorted((RANK[terms_of(first).control], RANK[terms_of(second).control]))
    assert RANK[terms_of(f"{first} AND {second}").control] == ranks[1]
    assert RANK[terms_of(f"{first} OR {second}").control] == ranks[0]


def test_the_index_and_the_table_use_the_same_keys() -> None:
    for key in KNOWN:
        (leaf,) = leaves(parse_expression(key).tree)
        assert leaf.key == key
        assert leaf.category is not None
    assert len(named()) > len(KNOWN)


def test_a_text_is_known_by_its_words() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert which_licence(text) == "Apache-2.0"
    assert which_licence(text.replace("\n", "\r\n   ")) == "Apache-2.0"
    assert which_licence(text.replace("perpetual", "temporary", 1)) is None
    assert text_digest("Copyright (c) 2026 Somebody\nPermission") == text_digest("Permission")
    font = ROOT / "src" / "dokja" / "report" / "pdf" / "fonts" / "LICENSE-Pretendard.txt"
    assert which_licence(font.read_text(encoding="utf-8")) is None
