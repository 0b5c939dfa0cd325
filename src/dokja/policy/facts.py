"""The stored evidence on one component and one reference, picked out for judging.

The module sorts evidence and corrects p-values; it decides nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from dokja.document.audit import (
    AuditReport,
    CanariesEvidence,
    ComponentResult,
    DigestEvidence,
    Evidence,
    LayerSearchEvidence,
    MixtureEvidence,
    MomentsEvidence,
    NormPanelEvidence,
    OrderEvidence,
    PowerEvidence,
    RetentionEvidence,
    SelfTestEvidence,
    SwapEvidence,
    UnitsEvidence,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Facts", "collect_facts", "holm"]

IndexTest = UnitsEvidence | LayerSearchEvidence | OrderEvidence | SwapEvidence
EvidenceT = TypeVar("EvidenceT")


@dataclass(frozen=True, slots=True)
class Facts:
    """One component against one reference: its evidence, with places and corrected p-values."""

    result: ComponentResult
    evidence: tuple[tuple[int, Evidence], ...] = ()
    corrected: dict[str, float] = field(default_factory=dict)
    """Corrected log10 p by kind of test."""

    def get(self, kind: type[EvidenceT]) -> EvidenceT | None:
        """Return the evidence of a kind.

        Parameters
        ----------
        kind
            Class of the evidence.

        Returns
        -------
        EvidenceT or None
            None where there is none.
        """
        return next((item for _, item in self.evidence if isinstance(item, kind)), None)

    def places(self, *kinds: type[object]) -> tuple[int, ...]:
        """Return the report's indices of the evidence of some kinds.

        Parameters
        ----------
        *kinds
            Classes of evidence.

        Returns
        -------
        tuple of int
            In the order of the report.
        """
        return tuple(place for place, item in self.evidence if isinstance(item, kinds))

    @property
    def digest(self) -> DigestEvidence | None:
        """Equal tensors."""
        return self.get(DigestEvidence)

    @property
    def moments(self) -> MomentsEvidence | None:
        """Cosine and Pearson."""
        return self.get(MomentsEvidence)

    @property
    def retention(self) -> RetentionEvidence | None:
        """Slopes of gains and matrices."""
        return self.get(RetentionEvidence)

    @property
    def power(self) -> PowerEvidence | None:
        """Least detectable effects."""
        return self.get(PowerEvidence)

    @property
    def norms(self) -> NormPanelEvidence | None:
        """The norm panel."""
        return self.get(NormPanelEvidence)

    @property
    def self_test(self) -> SelfTestEvidence | None:
        """Guards on the reference."""
        return self.get(SelfTestEvidence)

    @property
    def best_log10_p(self) -> float | None:
        """Smallest corrected p-value of any test; None where none could be made."""
        return min(self.corrected.values(), default=None)


def collect_facts(report: AuditReport) -> tuple[Facts, ...]:
    """Sort a report's evidence by component and reference.

    Parameters
    ----------
    report
        The stored report; relations and verdict in it are not looked at.

    Returns
    -------
    tuple of Facts
        One for each entry of ``report.components``, in their order.
    """
    tests = [
        (place, log10_p)
        for place, item in enumerate(report.evidence)
        if (log10_p := _log10_p(item)) is not None
    ]
    corrected = dict(
        zip(
            (place for place, _ in tests),
            holm([log10_p for _, log10_p in tests]),
            strict=True,
        )
    )
    facts = []
    for result in report.components:
        own = tuple(
            (place, item)
            for place, item in enumerate(report.evidence)
            if item.component == result.component and item.reference == result.reference
        )
        p_values: dict[str, float] = {
            item.kind: corrected[place] for place, item in own if place in corrected
        }
        facts.append(Facts(result, own, p_values))
    return tuple(facts)


def _log10_p(item: Evidence) -> float | None:
    tests = IndexTest | MixtureEvidence | CanariesEvidence
    return item.log10_p if isinstance(item, tests) else None


def holm(log10_p: Sequence[float]) -> tuple[float, ...]:
    """Correct p-values for their number by Holm's step-down method.

    Parameters
    ----------
    log10_p
        Logarithms to base ten; each at most 0.

    Returns
    -------
    tuple of float
        Corrected logarithms in the same order, each at most 0.

    References
    ----------
    .. [1] S. Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6
       (1979) 65-70. https://www.jstor.org/stable/4615733
    """
    order = sorted(range(len(log10_p)), key=lambda index: log10_p[index])
    corrected = [0.0] * len(log10_p)
    running = -float("inf")
    for rank, index in enumerate(order):
        running = max(running, min(0.0, log10_p[index] + math.log10(len(log10_p) - rank)))
        corrected[index] = running
    return tuple(corrected)
