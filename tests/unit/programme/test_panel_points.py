from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokja.document.panel import Combination, PanelItem
from dokja.programme.panel_points import as_decimal, team_points, trimmed_mean

D = Decimal
ITEMS = (
    PanelItem(id="a", maximum=D(10), lowest=D(0), highest=D(10)),
    PanelItem(id="b", maximum=D(15), lowest=D(1), highest=D(5)),
)
TRIMMED = Combination(drop_low=1, drop_high=1)


def _marks(*pairs: tuple[str, str]) -> dict[str, dict[str, Decimal]]:
    return {f"r{n}": {"a": D(a), "b": D(b)} for n, (a, b) in enumerate(pairs)}


def test_ten_experts_without_highest_and_lowest_are_eight() -> None:
    marks = [D(x) for x in ("29.5", "31", "30", "28.25", "33", "30", "12", "31.5", "30", "29")]
    kept = sorted(marks)[1:-1]
    assert trimmed_mean(marks, drop_low=1, drop_high=1) == Fraction(sum(kept)) / 8
    assert trimmed_mean(marks[:2], drop_low=1, drop_high=1) is None
    assert trimmed_mean([]) is None


@given(
    st.lists(st.decimals(0, 100, places=2), max_size=12),
    st.integers(0, 3),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_trimmed_mean_lies_between_and_knows_no_order(
    marks: list[Decimal], low: int, high: int, random: object
) -> None:
    found = trimmed_mean(marks, drop_low=low, drop_high=high)
    mixed = list(marks)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert found == trimmed_mean(mixed, drop_low=low, drop_high=high)
    if len(marks) <= low + high:
        assert found is None
    else:
        assert found is not None
        assert min(marks) <= found <= max(marks)


def test_no_binary_fraction_anywhere() -> None:
    found = team_points(_marks(("0.1", "1"), ("0.2", "1"), ("0.3", "1")), ITEMS, Combination())
    assert found.items["a"] == Fraction(1, 5)
    assert as_decimal(Fraction(1, 5)) == D("0.2")
    assert as_decimal(Fraction(2, 3)) == D("0." + "6" * 49 + "7")


def test_mean_of_five_times_maximum_over_five() -> None:
    found = team_points(_marks(("7", "4"), ("9", "5")), ITEMS, Combination())
    assert found.items == {"a": 8, "b": Fraction(27, 2)}
    assert found.total == Fraction(43, 2)
    assert found.n_raters == 2


def test_raters_are_left_out_by_total_and_items_add_up() -> None:
    found = team_points(
        _marks(("1", "5"), ("9", "1"), ("8", "4"), ("10", "5"), ("0", "1")), ITEMS, TRIMMED
    )
    # Totals 16, 12, 20, 25, 3.
    assert found.left_out == ("r4", "r3")
    assert found.total == 16
    assert found.items == {"a": 6, "b": 10}
    assert found.n_marks == {"a": 3, "b": 3}


def test_left_out_on_each_item_by_itself() -> None:
    how = Combination(drop_low=1, drop_high=1, trim="item")
    found = team_points(_marks(("1", "5"), ("9", "1"), ("8", "4"), ("10", "5")), ITEMS, how)
    assert found.items == {"a": Fraction(17, 2), "b": Fraction(27, 2)}
    assert found.left_out == ()


def test_whom_to_leave_out_of_equals_leaves_items_unknown_but_not_the_total() -> None:
    # Totals 13, 13, 18, 25: either of the first two is the lowest.
    found = team_points(_marks(("1", "4"), ("10", "1"), ("6", "4"), ("10", "5")), ITEMS, TRIMMED)
    assert found.total == Fraction(31, 2)
    assert found.items == {"a": None, "b": None}
    alike = team_points(_marks(("1", "4"), ("1", "4"), ("6", "4"), ("10", "5")), ITEMS, TRIMMED)
    assert alike.items == {"a": Fraction(7, 2), "b": 12}


def test_what_was_left_open_is_missing_never_zero() -> None:
    marks = _marks(("4", "4"), ("6", "4"), ("8", "4"))
    del marks["r0"]["b"]
    plain = team_points(marks, ITEMS, Combination())
    assert plain.items == {"a": 6, "b": 12}
    assert plain.n_marks == {"a": 3, "b": 2}
    trimmed = team_points(marks, ITEMS, Combination(drop_low=1))
    assert trimmed.n_raters == 2
    assert trimmed.incomplete == {"r0": ("b",)}
    assert trimmed.total == 20


@pytest.mark.parametrize("how", [TRIMMED, Combination(drop_low=1, drop_high=1, trim="item")])
def test_too_few_marks_are_unknown(how: Combination) -> None:
    found = team_points(_marks(("1", "1"), ("2", "2")), ITEMS, how)
    assert found.total is None
    assert found.items == {"a": None, "b": None}
    assert found.left_out == ()
