"""Verbatim reuse: tensors that hold exactly the same values.

A measure without a null hypothesis: equality of thousands of trained values needs none. Fixed and
constant tensors do not count, since everybody has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.comparison.base import identity
from dokja.document.audit import DigestEvidence, Evidence

if TYPE_CHECKING:
    import numpy as np

    from dokja.arch.role import ResolvedComponent, TensorRole
    from dokja.comparison.collect import PairData, Side

__all__ = ["COMPARISON", "VerbatimTensors"]

MIN_VALUES = 16
"""Tensors with fewer values may be equal by chance or by convention."""
SIZE_TOLERANCE = 0.001


class VerbatimTensors:
    """Equal values by direct comparison of pairs, and by digest wherever a tensor stands.

    Notes
    -----
    A pair is equal when every decoded value is, whatever the number formats; a tensor without an
    equal partner in its own place is looked for by digest among all of the reference's component.
    """

    name = "digest"
    version = "1"
    null_hypothesis = None
    invariances = ("resharded", "renamed", "number format without loss")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Count the equal tensors and their parameters.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Not used.

        Returns
        -------
        tuple of Evidence
            One item.
        """
        del rng
        pairs = [
            pair
            for pair in data.pairs
            # Rows of tokens that were laid side by side are no equal tensors.
            if pair.n_laid is None and pair.moments.n and pair.moments.n_equal == pair.moments.n
        ]
        subject = _count(
            data.alignment.subject,
            data.subject,
            _known(data.reference_side),
            {pair.subject.role for pair in pairs},
        )
        reference = _count(
            data.alignment.reference,
            data.reference_side,
            _known(data.subject),
            {pair.reference.role for pair in pairs},
        )
        evidence = DigestEvidence(
            **identity(data),
            n_tensors=subject.n_tensors,
            n_equal=subject.n_equal,
            parameter_share=subject.share,
            reference_share=reference.share,
            same_size=abs(subject.n_parameters - reference.n_parameters)
            <= SIZE_TOLERANCE * max(subject.n_parameters, reference.n_parameters),
            fixed_equal=subject.n_trivial_equal,
        )
        return (evidence,)


@dataclass(slots=True)
class _Count:
    """Trained tensors of one side, and those with an equal on the other."""

    n_tensors: int = 0
    n_equal: int = 0
    n_parameters: int = 0
    n_equal_parameters: int = 0
    n_trivial_equal: int = 0

    @property
    def share(self) -> float:
        return self.n_equal_parameters / self.n_parameters if self.n_parameters else 0.0


def _known(side: Side) -> set[str]:
    return {digest for role, digest in side.digests.items() if role not in side.constant}


def _count(
    component: ResolvedComponent, side: Side, known: set[str], equal: set[TensorRole]
) -> _Count:
    count = _Count()
    for tensor in component.tensors:
        same = tensor.role in equal or side.digests.get(tensor.role) in known
        size = tensor.view.n_elements
        if tensor.fixed or tensor.role in side.constant or size < MIN_VALUES:
            count.n_trivial_equal += same
            continue
        count.n_tensors += 1
        count.n_parameters += size
        count.n_equal += same
        count.n_equal_parameters += size if same else 0
    return count


COMPARISON = VerbatimTensors()
