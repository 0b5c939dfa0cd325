from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dokja.programme.what_if.base import prepare
from dokja.programme.what_if.break_even import break_evens, last_that_holds
from tests.support.rounds import entry, make_round, toy_entries

numbers = st.decimals(0, 50, places=5)


@given(numbers, numbers, numbers, st.integers(0, 4))
def test_the_point_found_is_the_last_that_holds(
    start: Decimal, end: Decimal, turn: Decimal, digits: int
) -> None:
    up = end >= start

    def holds(value: Decimal) -> bool:
        return value <= turn if up else value >= turn

    if not holds(start):
        return
    unit = Decimal(1).scaleb(-digits)
    found = last_that_holds(holds, start, end, digits)
    if found is None:
        # Nothing on the grid before the end is beyond the turn.
        assert abs(end - start) < unit or holds(end) or abs(end - turn) < unit
        return
    good, bad = found
    assert holds(good)
    assert not holds(bad)
    assert abs(good - bad) <= unit
    assert min(start, end) <= min(good, bad)
    assert max(good, bad) <= max(start, end)


def test_beyond_the_point_the_decision_is_another() -> None:
    """Put the divisor found back into the round: scored again, the places change hands."""
    # The quiz favours c, everything else b; with a smaller divisor the quiz counts for more.
    given_ = [entry(t, "quiz", v) for t, v in (("a", 30), ("b", 10), ("c", 70))]
    given_ += [one for one in toy_entries() if one.item != "quiz"]
    found = make_round(rounding=[])
    base = prepare(found, given_)
    assert base.sides is not None
    assert base.sides.outside == ("c",)
    (one,) = [
        b
        for b in break_evens(base)
        if b.parameter == "divisor" and (b.of, b.direction) == ("quiz", "down")
    ]
    assert one.holds_until is not None
    assert one.flips_from is not None
    for divisor, inside in ((one.holds_until, {"a", "b"}), (one.flips_from, {"a", "c"})):
        items = found.model_dump(mode="json")["items"]
        items[0]["formula"]["full"] = str(divisor)
        again = prepare(make_round(rounding=[], items=items), given_)
        assert again.sides is not None
        assert set(again.sides.inside) == inside
    assert one.rounding_low is None


def test_every_number_that_can_be_moved_is() -> None:
    base = prepare(make_round(rounding=[]), toy_entries())
    found = {(b.parameter, b.of) for b in break_evens(base, digits=2)}
    assert found == {
        ("divisor", "quiz"),
        ("divisor", "panel"),
        ("block_share", "bench"),
        ("block_share", "people"),
        ("item_share", "quiz"),
        ("item_share", "race"),
    }


def test_no_point_where_places_are_open() -> None:
    base = prepare(make_round(advance={"places": 3}), toy_entries())
    assert base.sides is None
    assert break_evens(base) == ()


def test_rounding_alone_is_said() -> None:
    """Two teams of the same rounded total: a comes first by tie-break, unrounded b would."""
    found = make_round(
        rounding=[{"stage": "item", "digits": 0}],
        advance={"places": 1, "tie_break": ["panel"]},
    )
    given_ = [entry(t, "quiz", v) for t, v in (("a", "81.25"), ("b", "83.5"), ("c", 10))]
    given_ += [entry(t, "race", v) for t, v in (("a", 45), ("b", 50), ("c", 10))]
    given_ += [entry(t, "panel", v) for t, v in (("a", "2.5"), ("b", "2.25"), ("c", 1))]
    base = prepare(found, given_)
    assert base.sides is not None
    assert base.sides.inside == ("a",)
    quiz = [b for b in break_evens(base) if b.of == "quiz" and b.parameter == "divisor"]
    assert all("rest on the rounding" in b.sentence.en for b in quiz)
    assert all(b.flips_from is None for b in quiz)
