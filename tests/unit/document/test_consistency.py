from __future__ import annotations

import json
import time
from typing import Any

import pytest

from dokja.document import consistency
from dokja.document.consistency import check_consistency
from dokja.errors import ReportError
from dokja.report.json import JsonRenderer, load_report
from tests.support.reports import BUILDERS, huge_report

Edit = tuple[str, Any]

TOO_FAR = 10**12
DEFECTS: dict[str, tuple[Edit, str]] = {
    "references.0.ref": (("references.0.ref", "submission/omni-8b"), "named twice"),
    "subject.components.1.component": (
        ("subject.components.1.component", "language_model"),
        "stands twice",
    ),
    "subject.components.0.share": (("subject.components.0.share", 0.001), "the share is 0.001"),
    "components.1.component": (("components.1.component", "soul"), "no component 'soul'"),
    "components.1.reference": (("components.1.reference", "elsewhere"), "no reference 'elsewhere'"),
    "components.1.reference_component": (
        ("components.1.reference_component", "soul"),
        "the reference has no component 'soul'",
    ),
    "components.1.n_parameters": (("components.1.n_parameters", 7), "7 parameters, but"),
    "components.1.share": (("components.1.share", 0.999), "the share is 0.999"),
    "evidence.2.component": (("evidence.2.component", "soul"), "no component 'soul'"),
    "evidence.2.reference": (("evidence.2.reference", "elsewhere"), "no reference 'elsewhere'"),
    "verdict.findings.0.component": (("verdict.findings.0.component", "soul"), "no component"),
    "verdict.findings.0.reference": (("verdict.findings.0.reference", "x"), "no reference 'x'"),
    "verdict.findings.1.evidence.0": (
        ("verdict.findings.1.evidence", [99_999]),
        "there is no evidence 99999",
    ),
    "verdict.relation": (("verdict.relation", "no_evidence"), "no_evidence is said"),
    "verdict.passed": (("verdict.passed", True), "said to have passed"),
    "components.0.tensors.3.shape": (
        ("components.0.tensors.3.shape", [-1, -1]),
        "no tensor has such a shape",
    ),
    "components.0.tensors.3.n_parameters": (
        ("components.0.tensors.3.shape", [1, 1]),
        "do not fit the shape",
    ),
    "components.0.tensors.3.layer": (("components.0.tensors.3.layer", TOO_FAR), "not possible"),
    "components.0.tensors.3.cosine": (("components.0.tensors.3.cosine", 1.5), "1.5 is not"),
    "components.0.by_layer.1.layer": (("components.0.by_layer.1.layer", -5), "-5 is not possible"),
    "components.0.pearson.weighted": (("components.0.pearson.weighted", -7.0), "-7 is not"),
}


def edited(edit: Edit) -> bytes:
    """Change one value of the demo's report, as somebody with an editor would."""
    document = json.loads(JsonRenderer().render(BUILDERS["demo"]()))
    path, value = edit
    *way, last = path.split(".")
    place = document
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    place[int(last) if last.isdigit() else last] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize("path", DEFECTS)
def test_contradiction_is_named_with_its_place(path: str) -> None:
    edit, message = DEFECTS[path]
    with pytest.raises(ReportError, match=message) as caught:
        load_report(edited(edit))
    assert caught.value.context == path
    assert caught.value.hint


def test_same_pair_twice_is_refused() -> None:
    document = json.loads(JsonRenderer().render(BUILDERS["demo"]()))
    document["components"].append(document["components"][0])
    with pytest.raises(ReportError, match="laid beside one reference twice") as caught:
        load_report(json.dumps(document).encode())
    assert caught.value.context == f"components.{len(document['components']) - 1}"


@pytest.mark.parametrize(
    ("kind", "part", "whole"),
    [
        ("units", "n_mutual", "n_units"),
        ("units", "off_map_expected", None),
        ("swap", "n_in_place", "n_mutual"),
        ("digest", "n_equal", "n_tensors"),
    ],
)
def test_figure_that_cannot_be_is_refused(kind: str, part: str, whole: str | None) -> None:
    document = json.loads(JsonRenderer().render(BUILDERS["demo"]()))
    place = next(i for i, item in enumerate(document["evidence"]) if item["kind"] == kind)
    item = document["evidence"][place]
    item[part] = -1.0 if whole is None else item[whole] + 1
    with pytest.raises(ReportError) as caught:
        load_report(json.dumps(document).encode())
    assert caught.value.context == f"evidence.{place}.{part}"


@pytest.mark.parametrize("kind", consistency.LIMITS)
def test_more_than_can_be_shown_is_refused(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(consistency.LIMITS, kind, 0)
    with pytest.raises(ReportError, match="more than the 0 allowed") as caught:
        check_consistency(BUILDERS["demo"]())
    assert caught.value.context
    assert caught.value.hint


def test_largest_models_stay_far_below_the_limits() -> None:
    report = huge_report()
    began = time.process_time()
    assert check_consistency(report) is report
    assert time.process_time() - began < 20.0
    assert sum(len(result.tensors) for result in report.components) > 20_000
