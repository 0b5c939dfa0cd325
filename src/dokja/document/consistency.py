"""Whether a stored report agrees with itself: what its schema cannot say.

A report may come from a stranger, and a page made of it is believed. The module compares the
parts of one document with each other and knows no file, no weight and no policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from dokja.document.audit import Relation
from dokja.document.consistency_figures import figure_defects
from dokja.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dokja.document.audit import AuditReport, CheckpointSummary, ComponentResult

__all__ = ["LIMITS", "check_consistency"]

LIMITS: Final = {
    "references": 1_000,
    "components": 1_000,
    "evidence": 50_000,
    "findings": 50_000,
    "tensors": 1_000_000,
}
"""Most parts of each kind in one report, many times what an audit of the largest models writes;
``components`` are results, one for each component and reference."""

_MAX_PARTS: Final = 1_000
"""Most components of one checkpoint."""
_ROUNDING: Final = 1e-6
_EDITED: Final = (
    "The file was edited or put together by hand: ask for the one that dokja audit wrote, "
    "or audit the weights again."
)
_TOO_MANY: Final = "Audit fewer references at a time, so that each page can still be read."


class _Defect(NamedTuple):
    """What is wrong at one place of a report."""

    path: str
    message: str
    hint: str = _EDITED


def check_consistency(report: AuditReport, *, uri: str | None = None) -> AuditReport:
    """Refuse a report whose parts contradict each other or are too many to show.

    Parameters
    ----------
    report
        A report that fits its schema.
    uri
        Where it came from, for the error.

    Returns
    -------
    AuditReport
        The same report.

    Raises
    ------
    ReportError
        At the first defect, with its dotted path.
    """
    for defect in _defects(report):
        raise ReportError(defect.message, uri=uri, context=defect.path, hint=defect.hint)
    return report


def _defects(report: AuditReport) -> Iterator[_Defect]:
    yield from _too_many(report)
    yield from _checkpoints(report)
    yield from _results(report)
    yield from _evidence(report)
    yield from _findings(report)
    yield from _verdict(report)
    for path, message in figure_defects(report):
        yield _Defect(path, message)


def _too_many(report: AuditReport) -> Iterator[_Defect]:
    counts = (
        ("references", "references", len(report.references)),
        ("components", "components", len(report.components)),
        ("evidence", "evidence", len(report.evidence)),
        ("findings", "verdict.findings", len(report.verdict.findings)),
        ("tensors", "components", sum(len(result.tensors) for result in report.components)),
    )
    for kind, path, n in counts:
        if n > LIMITS[kind]:
            what = "results" if kind == "components" else kind
            yield _Defect(path, f"{n:,} {what}, more than the {LIMITS[kind]:,} allowed", _TOO_MANY)
    for path, checkpoint in _summaries(report):
        if len(checkpoint.components) > _MAX_PARTS:
            n = len(checkpoint.components)
            message = f"{n:,} components, more than the {_MAX_PARTS:,} allowed"
            yield _Defect(f"{path}.components", message)


def _summaries(report: AuditReport) -> Iterator[tuple[str, CheckpointSummary]]:
    yield "subject", report.subject
    for place, reference in enumerate(report.references):
        yield f"references.{place}", reference


def _short(name: str) -> str:
    return repr(name if len(name) <= 80 else f"{name[:79]}…")


def _repeated(names: Sequence[str]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            yield place, name
        seen.add(name)


def _checkpoints(report: AuditReport) -> Iterator[_Defect]:
    refs = [report.subject.ref, *(reference.ref for reference in report.references)]
    for place, name in _repeated(refs):
        yield _Defect(f"references.{place - 1}.ref", f"{_short(name)} is named twice")
    for path, checkpoint in _summaries(report):
        names = [part.component for part in checkpoint.components]
        for place, name in _repeated(names):
            where = f"{path}.components.{place}.component"
            yield _Defect(where, f"the component {_short(name)} stands twice")
        for place, part in enumerate(checkpoint.components):
            expected = _share(part.n_parameters, checkpoint.n_parameters)
            yield from _share_defect(f"{path}.components.{place}.share", part.share, expected)


def _share(n_parameters: int, n_total: int) -> float:
    return min(n_parameters / n_total, 1.0) if n_total else 0.0


def _share_defect(path: str, share: float, expected: float) -> Iterator[_Defect]:
    if abs(share - expected) > _ROUNDING:
        yield _Defect(path, f"the share is {share:.6g}, but the parameters make it {expected:.6g}")


def _results(report: AuditReport) -> Iterator[_Defect]:
    known = _Known(report)
    sizes = {part.component: part.n_parameters for part in report.subject.components}
    pairs: set[tuple[str, str | None]] = set()
    for place, result in enumerate(report.components):
        path = f"components.{place}"
        if (result.component, result.reference) in pairs:
            message = f"{_short(result.component)} is laid beside one reference twice"
            yield _Defect(path, message)
        pairs.add((result.component, result.reference))
        yield from known.defects(path, result.component, result.reference)
        yield from known.counterpart_defects(path, result.reference, result.reference_component)
        yield from _size_defects(path, result, sizes, report.subject.n_parameters)


def _size_defects(
    path: str, result: ComponentResult, sizes: dict[str, int], n_total: int
) -> Iterator[_Defect]:
    n_parameters = sizes.get(result.component)
    if n_parameters is not None and result.n_parameters != n_parameters:
        message = f"{result.n_parameters:,} parameters, but the subject says {n_parameters:,}"
        yield _Defect(f"{path}.n_parameters", message)
    expected = _share(result.n_parameters, n_total)
    yield from _share_defect(f"{path}.share", result.share, expected)


class _Known:
    """The names that a report may use, as its checkpoints give them."""

    def __init__(self, report: AuditReport) -> None:
        self._components = {part.component for part in report.subject.components}
        self._of_reference = {
            reference.ref: {part.component for part in reference.components}
            for reference in report.references
        }

    def defects(self, path: str, component: str, reference: str | None) -> Iterator[_Defect]:
        if component not in self._components:
            message = f"the subject has no component {_short(component)}"
            yield _Defect(f"{path}.component", message)
        if reference is not None and reference not in self._of_reference:
            yield _Defect(f"{path}.reference", f"there is no reference {_short(reference)}")

    def counterpart_defects(
        self, path: str, reference: str | None, component: str | None
    ) -> Iterator[_Defect]:
        if component is not None and component not in self._of_reference.get(reference or "", ()):
            message = f"the reference has no component {_short(component)}"
            yield _Defect(f"{path}.reference_component", message)


def _evidence(report: AuditReport) -> Iterator[_Defect]:
    known = _Known(report)
    for place, item in enumerate(report.evidence):
        path = f"evidence.{place}"
        yield from known.defects(path, item.component, item.reference)
        yield from known.counterpart_defects(path, item.reference, item.reference_component)


def _findings(report: AuditReport) -> Iterator[_Defect]:
    known = _Known(report)
    for place, finding in enumerate(report.verdict.findings):
        path = f"verdict.findings.{place}"
        yield from known.defects(path, finding.component, finding.reference)
        yield from _index_defects(f"{path}.evidence", finding.evidence, len(report.evidence))


def _index_defects(path: str, indices: Iterable[int], n: int) -> Iterator[_Defect]:
    for place, index in enumerate(indices):
        if not 0 <= index < n:
            yield _Defect(f"{path}.{place}", f"there is no evidence {index}, only {n:,} items")


def _verdict(report: AuditReport) -> Iterator[_Defect]:
    strongest_first = list(Relation)
    relations = [result.relation for result in report.components]
    strongest = min(relations, key=strongest_first.index, default=Relation.NOT_TESTABLE)
    if report.verdict.relation is not strongest:
        message = f"{report.verdict.relation} is said, but the components make it {strongest}"
        yield _Defect("verdict.relation", message)
    n_errors = sum(finding.level == "error" for finding in report.verdict.findings)
    if report.verdict.passed != (n_errors == 0):
        said = "passed" if report.verdict.passed else "failed"
        yield _Defect("verdict.passed", f"it is said to have {said} with {n_errors:,} errors")
