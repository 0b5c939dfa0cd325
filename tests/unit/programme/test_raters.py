from __future__ import annotations

import numpy as np
import pytest

from dokja.programme.raters import rater_severity


def _lstsq(marks: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Fit with dummies: leniencies that add up to zero, their errors, and the spread."""
    n_raters, n_units = marks.shape
    rows, seen = [], []
    for rater in range(n_raters):
        for unit in range(n_units):
            if not np.isnan(marks[rater, unit]):
                row = np.zeros(n_units + n_raters - 1)
                row[unit] = 1.0
                if rater < n_raters - 1:
                    row[n_units + rater] = 1.0
                else:
                    row[n_units:] = -1.0
                rows.append(row)
                seen.append(marks[rater, unit])
    design, seen_marks = np.array(rows), np.array(seen)
    fitted, *_ = np.linalg.lstsq(design, seen_marks, rcond=None)
    left = seen_marks - design @ fitted
    variance = left @ left / (len(seen_marks) - design.shape[1])
    contrast = np.vstack([np.eye(n_raters - 1), -np.ones(n_raters - 1)])
    covariance = np.linalg.inv(design.T @ design)[n_units:, n_units:] * variance
    errors = np.sqrt(np.diag(contrast @ covariance @ contrast.T))
    return contrast @ fitted[n_units:], errors, float(np.sqrt(variance))


@pytest.mark.parametrize("missing", [0.0, 0.35])
def test_equals_least_squares_with_dummies(missing: float) -> None:
    rng = np.random.default_rng(0)
    marks = rng.normal(size=(8, 1)) + rng.normal(size=(1, 11)) * 3 + rng.normal(size=(8, 11)) / 2
    marks[rng.random(marks.shape) < missing] = np.nan
    leniency, errors, spread = _lstsq(marks)
    found = rater_severity(marks)
    np.testing.assert_allclose(found.leniency, leniency, atol=1e-10)
    np.testing.assert_allclose(found.standard_error, errors, rtol=1e-9)
    assert found.residual_spread == pytest.approx(spread)
    assert found.leniency.sum() == pytest.approx(0.0, abs=1e-10)
    held = ~np.isnan(marks)
    rebuilt = found.unit_means[None, :] + found.leniency[:, None] + found.residuals
    np.testing.assert_allclose(rebuilt[held], marks[held])


def test_complete_design_has_the_closed_form() -> None:
    marks = np.random.default_rng(1).normal(size=(6, 9))
    found = rater_severity(marks)
    np.testing.assert_allclose(found.leniency, marks.mean(axis=1) - marks.mean())
    assert found.residual_spread is not None
    np.testing.assert_allclose(
        found.standard_error, found.residual_spread * np.sqrt((1 - 1 / 6) / 9)
    )
    np.testing.assert_allclose(found.unit_means, marks.mean(axis=0))


def test_severe_raters_do_not_pull_down_the_teams_they_happened_to_judge() -> None:
    rng = np.random.default_rng(2)
    worth, lenient = np.array([1.0, 2.0, 3.0, 4.0]), rng.normal(size=12)
    lenient -= lenient.mean()
    marks = worth[None, :] + lenient[:, None]
    # The most severe half never saw the first team, the others never the last.
    order = np.argsort(lenient)
    marks[order[:6], 0] = np.nan
    marks[order[6:], 3] = np.nan
    found = rater_severity(marks)
    np.testing.assert_allclose(found.unit_means, worth, atol=1e-9)
    np.testing.assert_allclose(found.leniency, lenient, atol=1e-9)
    assert np.abs(np.nanmean(marks, axis=0) - worth).max() > 0.3


def test_constants_move_only_what_they_were_added_to() -> None:
    rng = np.random.default_rng(3)
    marks = rng.normal(size=(5, 7))
    marks[rng.random(marks.shape) < 0.2] = np.nan
    plain = rater_severity(marks)
    kinder = marks.copy()
    kinder[2] += 4.0
    found = rater_severity(kinder)
    gained = found.leniency - plain.leniency
    np.testing.assert_allclose(gained - gained[0], [0, 0, 4, 0, 0], atol=1e-9)
    np.testing.assert_allclose(np.diff(found.unit_means), np.diff(plain.unit_means), atol=1e-9)


def test_groups_that_share_nothing_are_named_and_fitted_apart() -> None:
    marks = np.full((5, 4), np.nan)
    marks[:2, :2] = [[1, 2], [3, 4]]
    marks[2:4, 2:] = [[10, 20], [12, 22]]
    found = rater_severity(marks)
    assert found.group.tolist() == [0, 0, 1, 1, -1]
    assert found.unit_group.tolist() == [0, 0, 1, 1]
    np.testing.assert_allclose(found.leniency[:4], [-1, 1, -1, 1])
    assert np.isnan(found.leniency[4])
    assert np.isnan(found.standard_error[4])


def test_nothing_left_over_gives_no_error() -> None:
    found = rater_severity(np.array([[1.0, 2.0, np.nan], [np.nan, 3.0, 4.0]]))
    assert found.residual_spread is None
    assert np.isnan(found.standard_error).all()
    np.testing.assert_allclose(found.leniency, [-0.5, 0.5])


def test_standard_error_is_the_spread_over_repetitions() -> None:
    rng = np.random.default_rng(4)
    held = rng.random((6, 10)) < 0.7
    held[:, 0] = True
    found = []
    for _ in range(400):
        marks = np.where(held, rng.normal(size=(6, 10)), np.nan)
        found.append(rater_severity(marks))
    spread = np.std([one.leniency for one in found], axis=0)
    stated = np.sqrt(np.mean([one.standard_error**2 for one in found], axis=0))
    np.testing.assert_allclose(stated, spread, rtol=0.12)


def test_wrong_tables_are_refused() -> None:
    with pytest.raises(ValueError, match="finite table"):
        rater_severity(np.ones(3))
    with pytest.raises(ValueError, match="finite table"):
        rater_severity(np.array([[np.inf, 1.0]]))
