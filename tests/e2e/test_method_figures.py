"""Figures of real models that the pages on method state."""

from __future__ import annotations

import pytest

from dokja.audit import audit
from dokja.document.audit import AuditReport, MixtureEvidence, StepsEvidence
from tests.support.zoo import ZOO


def audited(subject: str, *references: str) -> AuditReport:
    return audit(str(ZOO / subject), [str(ZOO / name) for name in references])


def parts(report: AuditReport) -> list[MixtureEvidence]:
    return [item for item in report.evidence if isinstance(item, MixtureEvidence)]


def step(subject: str) -> StepsEvidence:
    (found,) = (e for e in audited(subject, "base").evidence if isinstance(e, StepsEvidence))
    return found


def test_weights_of_a_merge_are_those_it_was_made_with() -> None:
    base, other, stranger = parts(audited("merge-strangers", "base", "stranger-1", "stranger-2"))
    assert base.weight == pytest.approx(0.7, abs=5e-4)
    assert other.weight == pytest.approx(0.3, abs=5e-4)
    assert abs(stranger.weight) < 5e-4
    assert stranger.low is not None
    assert stranger.high is not None
    assert stranger.low <= 0.0 <= stranger.high
    assert (base.statistic, other.statistic) == (960, 960)
    assert stranger.log10_p is not None
    assert stranger.log10_p > -2.0


def test_a_healed_merge_keeps_both_parents_in_place() -> None:
    base, other = parts(audited("merge-strangers-healed", "base", "stranger-1"))
    assert base.weight == pytest.approx(0.72, abs=0.006)
    assert other.weight == pytest.approx(0.27, abs=0.006)
    assert (base.statistic, other.statistic, other.n_units) == (960, 960, 960)


@pytest.mark.parametrize(
    ("subject", "white", "spread"),
    [("noised", 0.98, 0.01), ("finetuned", 1.43, 0.14), ("retrained", 1.11, 0.11)],
)
def test_training_is_neither_white_nor_even(subject: str, white: float, spread: float) -> None:
    found = step(subject)
    assert found.white_ratio == pytest.approx(white, abs=0.006)
    assert found.spread == pytest.approx(spread, abs=0.006)
    assert found.low_rank_share == 0.0


def test_four_bits_are_named_with_their_groups() -> None:
    grid = step("int4").subject_grid
    assert grid is not None
    assert (grid.format, grid.group, grid.share) == ("int4", 32, 1.0)
    assert grid.rounded_share > 0.999
