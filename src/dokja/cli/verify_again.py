"""What a stored report comes to once more: judged again from its evidence, or audited again.

The module compares figures; words and times may differ from one version to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dokja.attestation.kinds import Report
    from dokja.document.audit import AuditReport
    from dokja.document.bundle import VerifiedItem

__all__ = ["judged_again", "made_again"]


def judged_again(path: str, report: Report) -> Iterator[VerifiedItem]:
    """Judge a stored audit again, under the policy it names.

    Parameters
    ----------
    path
        Its name in the bundle.
    report
        The report; of other kinds nothing is judged here.

    Yields
    ------
    VerifiedItem
        Whether relations and verdict come out again.
    """
    from dokja.attestation.verify import item
    from dokja.document.audit import AuditReport
    from dokja.errors import PolicyError
    from dokja.policy import judge, load_policy

    if not isinstance(report, AuditReport):
        return
    name = report.verdict.policy
    try:
        judged = judge(report, load_policy(name))
    except PolicyError:
        judged = None
    if judged is None or judged.provenance.policy_digest != report.provenance.policy_digest:
        yield item(
            "verdict",
            path,
            f"The policy {name!r} that judged it is not at hand as it was.",
            f"판정에 쓴 정책 {name!r}이(가) 그대로 있지 않습니다.",
            outcome="not_checked",
        )
        return
    relations = [(one.component, one.reference, one.relation) for one in report.components]
    fresh = [(one.component, one.reference, one.relation) for one in judged.components]
    if relations == fresh and judged.verdict == report.verdict:
        yield item(
            "verdict",
            path,
            "Judged again from its evidence, the same verdict comes out.",
            "저장된 증거로 다시 판정해도 결과가 같습니다.",
        )
    else:
        yield item(
            "verdict",
            path,
            "Judged again from its evidence, another verdict comes out.",
            "저장된 증거로 다시 판정하면 결과가 다릅니다.",
            outcome="failed",
        )


def made_again(
    path: str,
    report: Report,
    checkpoints: Sequence[str],
    tests: Sequence[str],
    *,
    max_bytes: int | None,
    progress: Callable[[str, int, int], None] | None,
) -> Iterator[VerifiedItem]:
    """Audit checkpoints again and lay every figure beside what was stored.

    Parameters
    ----------
    path
        Name of the report in the bundle.
    report
        The report.
    checkpoints
        The subject, then the references.
    tests
        Kinds of evidence to compare; all of them if empty.
    max_bytes
        Refuse to read more.
    progress
        Called with a label, bytes done and bytes in all.

    Yields
    ------
    VerifiedItem
        One a kind of evidence and component.
    """
    from dokja.attestation.verify import item
    from dokja.audit import audit
    from dokja.document.audit import AuditReport

    if not isinstance(report, AuditReport):
        return
    fresh = audit(
        checkpoints[0],
        checkpoints[1:],
        seed=report.provenance.seed,
        max_bytes=max_bytes,
        progress=progress,
    )
    if fresh.subject.digest != report.subject.digest:
        yield item(
            "audit",
            path,
            f"It is about {report.subject.digest}, and {checkpoints[0]} bears "
            f"{fresh.subject.digest}.",
            f"보고서의 대상은 {report.subject.digest}이고 {checkpoints[0]}은(는) "
            f"{fresh.subject.digest}입니다.",
            outcome="failed",
        )
        return
    stored, again = _evidence(report), _evidence(fresh)
    there = {one.digest for one in fresh.references}
    for key in sorted(stored, key=str):
        kind, component, reference = key
        if tests and kind not in tests:
            continue
        what = f"{path}: {kind} {component} {reference[:23]}"
        if reference and reference not in there:
            yield item(
                "audit",
                what,
                "That reference was not given.",
                "그 비교 모델을 주지 않았습니다.",
                outcome="not_checked",
            )
        elif stored[key] == again.get(key):
            yield item("audit", what, "The same figures come out.", "같은 수치가 나옵니다.")
        else:
            yield item(
                "audit", what, "Other figures come out.", "다른 수치가 나옵니다.", outcome="failed"
            )


def _evidence(report: AuditReport) -> dict[tuple[str, str, str], list[Any]]:
    """Return figures of evidence by kind, component and the reference's digest."""
    digests = {one.ref: one.digest for one in report.references}
    found: dict[tuple[str, str, str], list[Any]] = {}
    for one in report.evidence:
        key = (one.kind, one.component, digests.get(one.reference or "", ""))
        found.setdefault(key, []).append(_figures(one.model_dump(mode="json")))
    return found


def _figures(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Keep figures; leave out words, and names of places."""
    if isinstance(value, dict):
        if set(value) == {"en", "ko"}:
            return None
        return {key: _figures(part) for key, part in value.items() if key != "reference"}
    if isinstance(value, list):
        return [_figures(part) for part in value]
    return value
