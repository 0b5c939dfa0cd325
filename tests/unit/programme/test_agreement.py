from __future__ import annotations

import evalica
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dokja.programme.agreement import Level, krippendorff_alpha

_ = np.nan
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")

# Krippendorff (2011), "Computing Krippendorff's alpha-reliability", sections C and D: four
# observers, twelve units, with missing values.
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
        [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
    ]
)


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_published_example(level: Level, published: float) -> None:
    found = krippendorff_alpha(PUBLISHED, level)
    assert found.alpha is not None
    assert round(found.alpha, 3) == published
    assert (found.n_units, found.n_marks, found.n_values) == (11, 40, 5)


def test_published_example_of_two_observers() -> None:
    """Section B of the same paper: names, two observers, nothing missing."""
    first = [0, 0, 1, 1, 3, 2, 2, 2, 4, 3, 3, 0]
    second = [1, 0, 1, 1, 1, 2, 2, 2, 4, 3, 3, 3]
    found = krippendorff_alpha(np.array([first, second], dtype=float), "nominal")
    assert found.alpha is not None
    assert round(found.alpha, 3) == 0.692


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_evalica(level: Level, seed: int) -> None:
    rng = np.random.default_rng(seed)
    marks = rng.integers(1, 6, size=(9, 14)) + rng.integers(0, 2, size=(1, 14)) * 2.5
    marks = marks.astype(float)
    marks[rng.random(marks.shape) < 0.3] = np.nan
    theirs = evalica.alpha(pd.DataFrame(marks), level).alpha
    assert krippendorff_alpha(marks, level).alpha == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("level", LEVELS)
def test_full_agreement_is_one_and_chance_is_near_zero(level: Level) -> None:
    rng = np.random.default_rng(0)
    same = np.tile(rng.integers(1, 6, size=30).astype(float), (5, 1))
    assert krippendorff_alpha(same, level).alpha == pytest.approx(1.0)
    apart = krippendorff_alpha(rng.integers(1, 6, size=(40, 200)).astype(float), level).alpha
    assert apart == pytest.approx(0.0, abs=0.02)


@given(st.integers(0, 2**32 - 1), st.sampled_from(LEVELS))
@settings(max_examples=30, deadline=None)
def test_invariances(seed: int, level: Level) -> None:
    rng = np.random.default_rng(seed)
    marks = rng.integers(1, 6, size=(5, 8)).astype(float)
    marks[rng.random(marks.shape) < 0.2] = np.nan
    plain = krippendorff_alpha(marks, level)
    mixed = marks[rng.permutation(5)][:, rng.permutation(8)]
    moved = {"nominal": -(marks**3), "ordinal": np.exp(marks), "interval": 7.0 - 2.0 * marks}[level]
    for other in (mixed, moved):
        found = krippendorff_alpha(other, level)
        if plain.alpha is None:
            assert found.alpha is None
        else:
            assert found.alpha == pytest.approx(plain.alpha, abs=1e-9)


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_to_agree_about_is_unknown_not_one(level: Level) -> None:
    same = krippendorff_alpha(np.full((3, 4), 5.0), level)
    assert same.alpha is None
    assert same.standard_error is None
    alone = np.full((3, 3), np.nan)
    np.fill_diagonal(alone, 2.0)
    assert krippendorff_alpha(alone, level).alpha is None
    assert krippendorff_alpha(alone, level).n_units == 0


def test_standard_error_is_that_of_other_raters() -> None:
    """Across panels drawn from one population alpha spreads as the jackknife says."""
    rng = np.random.default_rng(3)
    found = []
    for _panel in range(150):
        worth = np.linspace(0, 2, 6)
        # Raters differ in leniency: that, not single marks, is what makes panels differ.
        noise = rng.normal(size=(25, 6)) + rng.normal(size=(25, 1))
        found.append(krippendorff_alpha(np.rint(worth + noise), "ordinal"))
    alphas = np.array([one.alpha for one in found], dtype=float)
    errors = np.array([one.standard_error for one in found], dtype=float)
    assert np.median(errors) == pytest.approx(alphas.std(), rel=0.3)


def test_two_raters_have_no_standard_error() -> None:
    assert krippendorff_alpha(PUBLISHED[1:3], "interval").standard_error is None


def test_large_far_off_marks_do_not_cancel() -> None:
    rng = np.random.default_rng(0)
    marks = rng.integers(1, 6, size=(6, 20)).astype(float)
    near = krippendorff_alpha(marks, "interval").alpha
    far = krippendorff_alpha(marks + 1e6, "interval").alpha
    assert far == pytest.approx(near, abs=1e-6)


def test_wrong_tables_are_refused() -> None:
    with pytest.raises(ValueError, match="finite table"):
        krippendorff_alpha(np.array([1.0, 2.0]), "nominal")
    with pytest.raises(ValueError, match="finite table"):
        krippendorff_alpha(np.array([[1.0, np.inf]]), "nominal")
