"""The page on hiding says what the pages with the figures say."""

from __future__ import annotations

import pytest

from bench import hiding

ACCURACY, ROBUSTNESS = (
    (hiding.DOCS / name).read_text(encoding="utf-8") for name in ("accuracy.md", "robustness.md")
)


def test_the_stored_page_is_up_to_date() -> None:
    assert hiding.PAGE.read_text(encoding="utf-8") == hiding.written(ACCURACY, ROBUSTNESS), (
        "run python -m bench.hiding"
    )


def test_every_related_pair_is_counted_once() -> None:
    related = hiding.counts(hiding.tables(ACCURACY)["Related"])
    total = related.pop("**all**")
    assert tuple(map(sum, zip(*related.values(), strict=True))) == total
    named = [name for _, group in hiding.GROUPS for attack in group for name in attack.operations]
    assert len(named) == len(set(named))
    page = hiding.written(ACCURACY, ROBUSTNESS)
    assert all(name in named or f"| {name} |" in page for name in related)


def test_an_operation_nobody_named_is_shown_all_the_same() -> None:
    changed = ACCURACY.replace("| SLERP |", "| a new trick |")
    assert "| a new trick | See" in hiding.written(changed, ROBUSTNESS)


@pytest.mark.parametrize("cells", ["7 / 0 / 0", "3 / 2 / 1"])
def test_counts_are_read_from_the_column_of_dokja(cells: str) -> None:
    rows = [["SLERP", "7", cells, "0 / 0 / 9"]]
    right, undecided, wrong = (int(cell) for cell in cells.split(" / "))
    assert hiding.counts(rows) == {"SLERP": (right, undecided, wrong)}
