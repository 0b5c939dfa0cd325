"""Every relation of the zoo: no stranger accused, no kin acquitted, twins told from children."""

from __future__ import annotations

from pathlib import Path

import pytest

from dokja.audit import audit
from dokja.document.audit import Relation
from tests.support.zoo import ZOO, lineage

PAIRS = lineage()["pairs"]
SUBJECTS = sorted({pair["subject"] for pair in PAIRS})
KIN = {Relation.VERBATIM, Relation.REUSED, Relation.DERIVED, Relation.SHARED_INIT}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_relation_is_right(subject: str) -> None:
    pairs = {pair["reference"]: pair for pair in PAIRS if pair["subject"] == subject}
    report = audit(str(ZOO / subject), [str(ZOO / reference) for reference in pairs])
    found = {
        Path(result.reference or "").name: result
        for result in report.components
        if result.component == "language_model"
    }
    assert set(found) == set(pairs)
    wrong = {
        reference: (result.relation.value, result.reason.en, pairs[reference]["expected"])
        for reference, result in found.items()
        if result.relation.value not in pairs[reference]["expected"]
    }
    assert not wrong


@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_stranger_is_accused_and_no_child_acquitted(subject: str) -> None:
    for pair in PAIRS:
        if pair["subject"] != subject:
            continue
        expected = {Relation(value) for value in pair["expected"]}
        if not pair["kin"]:
            assert not expected & KIN, pair
        elif pair["relationship"] == "descendant":
            assert Relation.NO_EVIDENCE not in expected, pair
