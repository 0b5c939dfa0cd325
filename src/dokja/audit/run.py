"""The main job: every component of a subject against every reference, from bytes to a report.

The module calls the rooms in their order and keeps the books; it does no mathematics, judges
nothing and knows no name of a tensor.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from time import monotonic
from typing import TYPE_CHECKING

from dokja.arch.align import align_components
from dokja.arch.resolve import resolve
from dokja.audit.compare import compare_components
from dokja.audit.elsewhere import found_elsewhere
from dokja.audit.results import component_result, missing_result
from dokja.audit.summary import named, summarise
from dokja.audit.tables import mark_fixed_tables
from dokja.comparison.accelerator import accelerator
from dokja.comparison.hashing import digest_records
from dokja.comparison.mixture import MixtureParts
from dokja.comparison.sampling import Limits
from dokja.document.audit import (
    AuditReport,
    CheckpointSummary,
    ComponentResult,
    Coverage,
    Evidence,
    Provenance,
    Relation,
    SourceRecord,
    Verdict,
)
from dokja.document.common import Localized, NamedValue
from dokja.errors import MalformedCheckpointError, SourceError
from dokja.io.checkpoint import Checkpoint, open_checkpoint
from dokja.numerics.algebra import using
from dokja.policy import Policy, check_rules, judge, load_policy

if TYPE_CHECKING:
    from pathlib import Path

    from dokja.arch.role import ResolvedCheckpoint, ResolvedComponent
    from dokja.comparison.accelerator import Device
    from dokja.comparison.collect import PairData

__all__ = ["audit"]

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class _Side:
    """An open checkpoint with its anatomy and what was learnt while reading it."""

    checkpoint: Checkpoint
    resolved: ResolvedCheckpoint
    digests: dict[str, str] = field(default_factory=dict)
    n_nonfinite: dict[str, int] = field(default_factory=dict)


class _Meter:
    """Bytes read against bytes expected, under the label of what is being read."""

    def __init__(self, progress: Progress | None, n_total: int) -> None:
        self._progress = progress
        self._n_total = n_total
        self._done = 0
        self.label = ""

    def __call__(self, n_bytes: int) -> None:
        self._done = min(self._done + n_bytes, self._n_total)
        if self._progress is not None:
            self._progress(self.label, self._done, self._n_total)


def audit(
    subject: str,
    references: Sequence[str],
    *,
    policy: str | Path | Policy = "default",
    seed: int = 0,
    max_bytes: int | None = None,
    device: Device = "auto",
    progress: Progress | None = None,
) -> AuditReport:
    """Audit every component of a checkpoint against others.

    Parameters
    ----------
    subject
        File, folder or address of the checkpoint under audit.
    references
        Checkpoints it might come from; at least one.
    policy
        The policy, its name, or the path of its file.
    seed
        Seed of every random choice. The same inputs and seed give the same report but for times.
    max_bytes
        Refuse to begin if the checkpoints have more bytes than this together.
    device
        Where large matrices are multiplied: ``cpu``, ``cuda``, or ``auto`` for a graphics processor
        where there is one and torch is installed. The verdict is the same.
    progress
        Called with a label, bytes done and bytes in all.

    Returns
    -------
    AuditReport
        Evidence, relations, findings and verdict.

    Raises
    ------
    ValueError
        If there is no reference.
    SourceError
        If bytes cannot be read, are too many, or change while they are read.
    FormatError
        If the content is no checkpoint.
    PolicyError
        If the policy cannot be read; nothing else was read then.
    MissingDependencyError
        If a device was named that is not there; nothing was read then.

    Examples
    --------
    >>> report = audit("subject", ["reference"])  # doctest: +SKIP
    >>> report.verdict.relation  # doctest: +SKIP
    <Relation.NO_EVIDENCE: 'no_evidence'>
    """
    if not references:
        raise ValueError("an audit needs at least one reference")
    judged_by = policy if isinstance(policy, Policy) else load_policy(policy)
    check_rules(judged_by)
    algebra = accelerator(device)
    started_at, start = datetime.now(UTC), monotonic()
    with ExitStack() as stack, using(algebra):
        sides = [_open(stack, uri) for uri in (subject, *references)]
        _check_names([named(side.checkpoint) for side in sides])
        _check_size(sides, max_bytes)
        results, evidence = _compare_all(sides, seed, progress)
        summaries = _summaries(sides)
        provenance = _provenance(sides, seed, judged_by, started_at, monotonic() - start)
    report = AuditReport(
        schema_version="1",
        subject=summaries[0],
        references=tuple(summaries[1:]),
        components=tuple(results),
        verdict=_UNJUDGED,
        evidence=tuple(evidence),
        provenance=provenance,
    )
    return judge(report, judged_by)


_UNJUDGED = Verdict(
    policy="",
    relation=Relation.NOT_TESTABLE,
    passed=False,
    conclusive=False,
    findings=(),
    summary=Localized(en="Not judged yet.", ko="아직 판정하지 않음."),
)


def _check_names(names: Sequence[str]) -> None:
    """Refuse checkpoints that could not be told apart in the report."""
    for place, name in enumerate(names):
        if name in names[:place]:
            raise SourceError(
                "named twice", uri=name, hint="Name the subject once and each reference once."
            )


def _open(stack: ExitStack, uri: str) -> _Side:
    checkpoint = stack.enter_context(open_checkpoint(uri))
    if not checkpoint.records:
        raise MalformedCheckpointError(
            "there is no tensor in it", uri=uri, hint="Is it the file that holds the weights?"
        )
    if checkpoint.tokenizer is not None:
        # A broken side file should not be found out after hours of reading weights.
        checkpoint.tokenizer.check()
    resolved = resolve(checkpoint.records, checkpoint.config)
    return _Side(checkpoint, mark_fixed_tables(resolved, checkpoint.read))


def _check_size(sides: Sequence[_Side], max_bytes: int | None) -> None:
    n_bytes = sum(side.checkpoint.n_bytes for side in sides)
    if max_bytes is not None and n_bytes > max_bytes:
        raise SourceError(
            f"the checkpoints have {n_bytes:,} bytes together, more than the {max_bytes:,} allowed",
            uri=sides[0].checkpoint.uri,
            hint="Raise --max-bytes, or name fewer references.",
        )


def _compare_all(
    sides: Sequence[_Side], seed: int, progress: Progress | None
) -> tuple[list[ComponentResult], list[Evidence]]:
    subject, *references = sides
    n_total = subject.checkpoint.n_parameters
    n_bytes = sum(side.checkpoint.n_bytes for side in references)
    meter = _Meter(progress, n_bytes + subject.checkpoint.n_bytes * len(references))
    found: dict[str, list[ComponentResult]] = {}
    parts: dict[str, MixtureParts] = {}
    evidence: list[Evidence] = []
    for reference in references:
        for component, counterpart in align_components(subject.resolved, reference.resolved):
            ref = named(reference.checkpoint)
            held = found.setdefault(component.component, [])
            if counterpart is None:
                held.append(missing_result(component, ref, n_total))
                continue
            meter.label = component.component
            data, items = compare_components(
                subject.checkpoint,
                reference.checkpoint,
                (component, counterpart),
                _entropy(seed, component),
                meter,
            )
            evidence.extend(items)
            held.append(component_result(data, n_total))
            _note(subject, reference, data)
            if len(references) > 1:
                parts.setdefault(component.component, MixtureParts()).add(data)
    evidence.extend(item for kept in parts.values() for item in kept.evidence())
    _finish_digests(sides, meter)
    for component in subject.resolved.components:
        held = found.get(component.component, [])
        for place, reference in enumerate(references):
            if place < len(held) and held[place].reference_component is None:
                held[place] = _looked_for(subject, component, reference, held[place], evidence)
    return [result for held in found.values() for result in held], evidence


def _looked_for(
    subject: _Side,
    component: ResolvedComponent,
    reference: _Side,
    missing: ComponentResult,
    evidence: list[Evidence],
) -> ComponentResult:
    """Look for a part without a counterpart by digest, and say where it stands if it does."""
    ref = named(reference.checkpoint)
    item = found_elsewhere(component, subject.digests, reference.resolved, reference.digests, ref)
    if item is None:
        return missing
    evidence.append(item)
    shares = Coverage(
        tensors=1.0,
        parameters=1.0,
        paired=item.parameter_share,
        reference_paired=item.reference_share,
    )
    fields = {name: getattr(missing, name) for name in type(missing).model_fields}
    return ComponentResult.model_validate(
        {**fields, "reference_component": item.reference_component, "coverage": shares}
    )


def _entropy(seed: int, component: ResolvedComponent) -> tuple[int, int]:
    # The name alone, so that neither the order nor the number of references changes a draw.
    return (seed, zlib.crc32(component.component.encode()))


def _note(subject: _Side, reference: _Side, data: PairData) -> None:
    """Keep the digests and oddities that reading a pair of components brought."""
    for side, kept, component in (
        (subject, data.subject, data.alignment.subject),
        (reference, data.reference_side, data.alignment.reference),
    ):
        for tensor in component.tensors:
            digest = kept.digests.get(tensor.role)
            if digest:
                side.digests[tensor.view.record] = digest
        side.n_nonfinite[component.component] = kept.n_nonfinite


def _finish_digests(sides: Sequence[_Side], meter: _Meter) -> None:
    meter.label = "digest"
    for side in sides:
        missing = [name for name in side.checkpoint.records if name not in side.digests]
        side.digests.update(digest_records(side.checkpoint, missing, progress=meter))


def _summaries(sides: Sequence[_Side]) -> list[CheckpointSummary]:
    subject = sides[0].checkpoint.tokenizer
    tokens = subject.tokens if subject is not None else None
    return [
        summarise(
            side.checkpoint,
            side.resolved,
            side.digests,
            n_nonfinite=sum(side.n_nonfinite.values()),
            other_tokens=None if place == 0 else tokens,
        )
        for place, side in enumerate(sides)
    ]


def _provenance(
    sides: Sequence[_Side], seed: int, policy: Policy, started_at: datetime, wall_s: float
) -> Provenance:
    for side in sides:
        side.checkpoint.check_unchanged()
    limits = Limits()
    return Provenance(
        dokja=version("dokja"),
        seed=seed,
        policy_digest=policy.digest,
        sources=tuple(
            SourceRecord(uri=source.uri, n_bytes=source.size, identity=source.identity)
            for side in sides
            for source in side.checkpoint.sources
        ),
        bytes_read=sum(side.checkpoint.bytes_read for side in sides),
        started_at=started_at.isoformat(timespec="seconds"),
        wall_s=round(wall_s, 3),
        parameters=tuple(
            NamedValue(name=name, value=float(getattr(limits, name))) for name in Limits.__slots__
        ),
    )
