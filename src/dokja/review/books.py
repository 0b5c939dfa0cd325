"""Documents as a review reads them, and where each stands in its evidence.

The module holds what was read; it opens nothing and judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dokja.document.audit import AuditReport, CheckpointSummary
    from dokja.document.review import EvidenceDocument
    from dokja.document.trajectory import TrajectoryReport

__all__ = ["WEIGHTS", "Books"]

WEIGHTS: Final = frozenset({"model", "encoder"})
"""Kinds of artefacts that hold weights."""


@dataclass(slots=True)
class Books:
    """Everything that was read of a submission."""

    evidence: list[EvidenceDocument] = field(default_factory=list)
    audits: dict[str, list[tuple[int, AuditReport]]] = field(default_factory=dict)
    """Of each artefact, with the place of the document."""
    runs: dict[str, list[tuple[int, str | None, TrajectoryReport]]] = field(default_factory=dict)
    """Of each artefact, with the place of the document and the component it is of."""
    proofs: dict[str, int] = field(default_factory=dict)
    weights: dict[str, CheckpointSummary] = field(default_factory=dict)
    """Of each artefact whose checkpoint lies there."""

    def add(self, document: EvidenceDocument) -> int:
        """Add a document.

        Parameters
        ----------
        document
            What was read.

        Returns
        -------
        int
            Its place in the evidence.
        """
        self.evidence.append(document)
        return len(self.evidence) - 1

    def subject(self, artefact: str) -> CheckpointSummary | None:
        """Return what a checkpoint is made of.

        Parameters
        ----------
        artefact
            Id of the artefact.

        Returns
        -------
        CheckpointSummary or None
            As it lies there, else as the first audit of it has it; None where nothing is known.
        """
        audits = self.audits.get(artefact)
        return self.weights.get(artefact) or (audits[0][1].subject if audits else None)
