"""Emptied tensors: what is constant proves nothing, and is given as the reason, not the shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dokja.audit import audit
from dokja.document.audit import DigestEvidence, NotApplicable, Relation
from tests.support.zoo import ZOO, load, save

if TYPE_CHECKING:
    from pathlib import Path

BASE = str(ZOO / "base")


def emptied(folder: Path, part: str) -> str:
    tensors = load("base")
    return save(
        folder,
        {name: 0 * values if part in name else values for name, values in tensors.items()},
        "base",
    )


@pytest.mark.parametrize("subject_is_empty", [True, False])
def test_constants_give_their_own_reason(tmp_path: Path, *, subject_is_empty: bool) -> None:
    pair = (emptied(tmp_path / "empty", ""), BASE)
    subject, reference = pair if subject_is_empty else pair[::-1]
    report = audit(subject, [reference])
    (result,) = report.components
    assert result.relation is Relation.INCONCLUSIVE
    assert "one value throughout" in result.reason.en
    swap = next(
        item
        for item in report.evidence
        if isinstance(item, NotApplicable) and item.comparison == "swap"
    )
    assert "one value throughout" in swap.reason.en


def test_an_emptied_part_is_no_whole_copy(tmp_path: Path) -> None:
    report = audit(emptied(tmp_path / "half", "mlp"), [BASE])
    digest = next(item for item in report.evidence if isinstance(item, DigestEvidence))
    assert digest.n_equal == digest.n_tensors
    # What the subject emptied is still trained in the reference.
    assert digest.reference_share == pytest.approx(
        sum(v.size for k, v in load("base").items() if "mlp" not in k)
        / sum(v.size for v in load("base").values()),
        abs=0.01,
    )
    assert report.components[0].relation is Relation.DERIVED


def test_an_emptied_reference_is_not_what_the_whole_was_made_from(tmp_path: Path) -> None:
    report = audit(BASE, [emptied(tmp_path / "half", "mlp")])
    assert report.components[0].relation not in {Relation.VERBATIM, Relation.REUSED}
