from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokja.document.round import Item
from dokja.document.round_rules import Combine, Formula
from dokja.programme.formulas import combine, explain, points_alone, points_among
from dokja.programme.rounding import MODES, exactly, mean, round_to, settled, total
from tests.support.rounds import make_round


def _formula(**fields: Any) -> Formula:
    content = make_round().model_dump(mode="json")["items"]
    content[0]["formula"] = fields
    return make_round(items=content).items[0].formula


def _combine(**fields: Any) -> Combine:
    content = make_round().model_dump(mode="json")["items"]
    content[2]["raters"]["combine"] = fields
    raters = make_round(items=content).items[2].raters
    assert raters is not None
    return raters.combine


def _numbers(*values: object) -> list[Decimal]:
    return [Decimal(str(value)) for value in values]


@pytest.mark.parametrize(
    ("how", "values", "wanted"),
    [
        ({"kind": "mean"}, (1, 2, 6), "3"),
        ({"kind": "sum"}, (1, 2, 6), "9"),
        ({"kind": "median"}, (9, 1, 2), "2"),
        ({"kind": "median"}, (9, 1, 2, 3), "2.5"),
        ({"kind": "trimmed_mean"}, (0, 8, 9, 100), "8.5"),
        ({"kind": "trimmed_mean", "drop_lowest": 2, "drop_highest": 0}, (0, 1, 8, 10), "9"),
        ({"kind": "trimmed_mean"}, (1, 2), None),
        ({"kind": "mean"}, (), None),
    ],
)
def test_combinations(how: dict[str, Any], values: tuple[int, ...], wanted: str | None) -> None:
    found = combine(_numbers(*values), _combine(**how))
    assert found == (None if wanted is None else Decimal(wanted))


@pytest.mark.parametrize(
    ("formula", "value", "most", "wanted"),
    [
        ({"kind": "share", "full": 100}, "47.4", 25, "11.85"),
        ({"kind": "share", "full": 5}, "3.51", 10, "7.02"),
        ({"kind": "range", "low": 1, "high": 5}, 1, 10, "0"),
        ({"kind": "range", "low": 1, "high": 5}, 4, 10, "7.5"),
        ({"kind": "range", "low": 1, "high": 5}, 9, 10, "10"),
        ({"kind": "world_best", "reference": "x", "value": "63.1"}, "63.1", 25, "25"),
        ({"kind": "world_best", "reference": "x", "value": 50}, 60, 25, "25"),
        ({"kind": "own_over_target", "cap": 1}, "0.9", 10, "9"),
        ({"kind": "own_over_target", "cap": 1}, "1.2", 10, "10"),
        ({"kind": "points"}, "31.6", 35, "31.6"),
    ],
)
def test_points_of_one_team(formula: dict[str, Any], value: object, most: int, wanted: str) -> None:
    found = points_alone(Decimal(str(value)), Decimal(most), _formula(**formula))
    assert found == Decimal(wanted)


def test_best_team_has_the_maximum() -> None:
    values = {"a": Decimal(40), "b": Decimal(50)}
    points = points_among(values, Decimal(20), _formula(kind="best_team_full"))
    assert points == {"a": Decimal(16), "b": Decimal(20)}


def test_minimum_has_nothing_and_maximum_everything() -> None:
    values = {"a": Decimal(31), "b": Decimal(47), "c": Decimal(39)}
    points = points_among(values, Decimal(25), _formula(kind="min_max"))
    assert points == {"a": Decimal(0), "b": Decimal(25), "c": Decimal("12.5")}


@pytest.mark.parametrize(("rule", "wanted"), [("full", 8), ("zero", 0), ("unknown", None)])
def test_equal_values_have_what_the_rule_says(rule: str, wanted: int | None) -> None:
    values = {"a": Decimal(3), "b": Decimal(3)}
    points = points_among(values, Decimal(8), _formula(kind="min_max", when_equal=rule))
    assert points == (None if wanted is None else dict.fromkeys("ab", Decimal(wanted)))


def test_best_team_needs_something_to_be_best_with() -> None:
    assert points_among({"a": Decimal(0)}, Decimal(8), _formula(kind="best_team_full")) is None
    assert points_among({}, Decimal(8), _formula(kind="best_team_full")) is None


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=60),
    st.integers(1, 40),
    st.sampled_from((0, 1, 2)),
)
def test_halves_that_divisions_hide_are_rounded_as_halves(
    marks: list[int], most: int, digits: int
) -> None:
    """The same points by whole-number arithmetic, which loses nothing."""
    exact = Fraction(sum(marks), len(marks)) * most / 5
    scaled = exact * 10**digits
    wanted = Decimal((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator))
    found = points_alone(mean(map(Decimal, marks)), Decimal(most), _formula(kind="share", full=5))
    assert round_to(found, digits) == wanted.scaleb(-digits)


def test_a_half_behind_a_sixth_is_rounded_up() -> None:
    """Eleven sixths of 16.5 fifths are 6.05 exactly, and a little less in fifty digits."""
    marks = _numbers(1, 2, 2, 2, 2, 2)
    points = points_alone(mean(marks), Decimal("16.5"), _formula(kind="share", full=5))
    assert points < Decimal("6.05")
    assert settled(points) == Decimal("6.05")
    assert round_to(points, 1) == Decimal("6.1")


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        ("half_up", "11.9"),
        ("half_even", "11.8"),
        ("half_down", "11.8"),
        ("down", "11.8"),
        ("up", "11.9"),
    ],
)
def test_modes(mode: str, wanted: str) -> None:
    assert round_to(Decimal("11.85"), 1, mode) == Decimal(wanted)
    assert set(MODES) >= {mode}


def test_a_float_is_an_error_and_the_callers_context_does_not_matter() -> None:
    @exactly
    def careless() -> Decimal:
        return Decimal(1.1)  # noqa: RUF032 - the mistake that is looked for

    with pytest.raises(ArithmeticError):
        careless()
    with localcontext(prec=2):
        assert total(_numbers("33.6", "31.6", "25.0")) == Decimal("90.2")


def test_calculations_are_written_down() -> None:
    words = explain(
        Decimal("47.4"),
        Decimal(25),
        _formula(kind="share", full=100),
        (Decimal("11.85"), Decimal("11.9")),
        [],
    )
    assert words.en == words.ko == "47.4 × 25/100 = 11.85 → 11.9"


def test_items_are_documents() -> None:
    assert isinstance(make_round().items[0], Item)
