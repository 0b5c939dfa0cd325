"""Equal tensors under another name: a part that found no counterpart, looked for by digest.

Pairing goes by family, name and shape, one to one; a stolen part may be left over by it. The module
looks at digests of whole records alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.audit import DigestEvidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dokja.arch.role import ResolvedCheckpoint, ResolvedComponent

__all__ = ["found_elsewhere"]

MIN_ELEMENTS = 1024
"""Smaller tensors, and vectors, may be equal by convention."""


def found_elsewhere(
    component: ResolvedComponent,
    digests: Mapping[str, str],
    reference: ResolvedCheckpoint,
    reference_digests: Mapping[str, str],
    ref: str,
) -> DigestEvidence | None:
    """Look for a component's tensors in the whole of a reference.

    Parameters
    ----------
    component
        Component of the subject that has no counterpart.
    digests
        Digest of every record of the subject.
    reference
        The reference, taken apart.
    reference_digests
        Digest of every record of the reference.
    ref
        How the report names the reference.

    Returns
    -------
    DigestEvidence or None
        With the component of the reference that holds most of them; None where none is found.
    """
    own = _matrices(component, digests)
    best: tuple[int, ResolvedComponent] | None = None
    for other in reference.components:
        shared = set(own) & set(_matrices(other, reference_digests))
        n_shared = sum(own[digest] for digest in shared)
        if n_shared and (best is None or n_shared > best[0]):
            best = (n_shared, other)
    if best is None:
        return None
    n_shared, other = best
    theirs = _matrices(other, reference_digests)
    n_own, n_theirs = sum(own.values()), sum(theirs.values())
    return DigestEvidence(
        component=component.component,
        reference=ref,
        reference_component=other.component,
        n_tensors=len(own),
        n_equal=len(set(own) & set(theirs)),
        parameter_share=n_shared / n_own,
        reference_share=n_shared / n_theirs,
        same_size=n_own == n_theirs,
        fixed_equal=0,
    )


def _matrices(component: ResolvedComponent, digests: Mapping[str, str]) -> dict[str, int]:
    """Elements of each trained matrix, by digest of its record."""
    found: dict[str, int] = {}
    for tensor in component.tensors:
        digest = digests.get(tensor.view.record)
        is_matrix = len(tensor.view.record_shape) >= 2 and tensor.n_parameters >= MIN_ELEMENTS
        if digest is not None and is_matrix and not tensor.fixed:
            found[digest] = found.get(digest, 0) + tensor.n_parameters
    return found
