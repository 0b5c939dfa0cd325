"""Verbatim reuse: tensors that hold exactly the same values.

A measure without a null hypothesis: equality of thousands of trained values needs none. Fixed and
constant tensors do not count, since everybody has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.comparison.base import identity
from dokja.document.audit import DigestEvidence, Evidence

if TYPE_CHECKING:
    import numpy as np

    from dokja.comparison.collect import PairData

__all__ = ["COMPARISON", "VerbatimTensors"]

MIN_VALUES = 16
"""Tensors with fewer values may be equal by chance or by convention."""


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
        equal = {
            pair.subject.role
            for pair in data.pairs
            if pair.moments.n and pair.moments.n_equal == pair.moments.n
        }
        known = {
            digest
            for role, digest in data.reference_side.digests.items()
            if role not in data.reference_side.constant
        }
        n_tensors = n_equal = n_parameters = n_equal_parameters = fixed_equal = 0
        for tensor in data.alignment.subject.tensors:
            same = tensor.role in equal or data.subject.digests.get(tensor.role) in known
            trivial = tensor.fixed or tensor.role in data.subject.constant
            size = tensor.view.n_elements
            if trivial or size < MIN_VALUES:
                fixed_equal += same
                continue
            n_tensors += 1
            n_parameters += size
            n_equal += same
            n_equal_parameters += size if same else 0
        evidence = DigestEvidence(
            **identity(data),
            n_tensors=n_tensors,
            n_equal=n_equal,
            parameter_share=n_equal_parameters / n_parameters if n_parameters else 0.0,
            fixed_equal=fixed_equal,
        )
        return (evidence,)


COMPARISON = VerbatimTensors()
