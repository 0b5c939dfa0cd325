"""What a checkpoint is: components, parameters, number formats, tokenizer, digest.

The module describes one checkpoint; it compares nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dokja.comparison.hashing import checkpoint_digest
from dokja.document.audit import (
    CheckpointSummary,
    ComponentShare,
    Leftover,
    Tokenizer,
)
from dokja.document.common import Localized, NamedValue
from dokja.io.address import public_address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dokja.arch.role import ResolvedCheckpoint, ResolvedComponent
    from dokja.io.checkpoint import Checkpoint

__all__ = ["named", "summarise"]


def summarise(
    checkpoint: Checkpoint,
    resolved: ResolvedCheckpoint,
    digests: Mapping[str, str],
    *,
    n_nonfinite: int = 0,
    other_tokens: frozenset[str] | None = None,
) -> CheckpointSummary:
    """Describe an opened checkpoint.

    Parameters
    ----------
    checkpoint
        The checkpoint.
    resolved
        Its anatomy.
    digests
        Digest of every record; empty where they were not computed.
    n_nonfinite
        Weights met that are NaN or infinite.
    other_tokens
        Tokens of the subject, to be counted among those of a reference.

    Returns
    -------
    CheckpointSummary
        The description.
    """
    n_total = checkpoint.n_parameters
    return CheckpointSummary(
        ref=named(checkpoint),
        digest=checkpoint_digest(checkpoint.records, digests) if digests else "",
        n_parameters=n_total,
        components=tuple(_share(component, n_total) for component in resolved.components),
        format=checkpoint.format,
        n_tensors=len(checkpoint.records),
        n_bytes=checkpoint.n_bytes,
        dtypes=_dtypes(checkpoint),
        tokenizer=_tokenizer(checkpoint, other_tokens),
        license=checkpoint.license,
        n_nonfinite=n_nonfinite,
        leftovers=tuple(
            Leftover(
                side="subject",
                name=leftover.name,
                n_tensors=1,
                n_parameters=leftover.n_parameters,
                reason=Localized(en=leftover.reason_en, ko=leftover.reason_ko),
            )
            for leftover in resolved.leftovers
        ),
    )


def named(checkpoint: Checkpoint) -> str:
    """Name a checkpoint as reports do: its address without what may be a secret.

    Parameters
    ----------
    checkpoint
        The checkpoint.

    Returns
    -------
    str
        The path as given, or an address without user, password, query and fragment.
    """
    return public_address(checkpoint.uri) if "://" in checkpoint.uri else checkpoint.uri


def _share(component: ResolvedComponent, n_total: int) -> ComponentShare:
    return ComponentShare(
        component=component.component,
        n_parameters=component.n_parameters,
        share=min(component.n_parameters / n_total, 1.0) if n_total else 0.0,
        n_tensors=len(component.records),
        n_layers=component.n_layers,
        family=component.family,
        inferred=component.inferred,
    )


def _dtypes(checkpoint: Checkpoint) -> tuple[NamedValue, ...]:
    counts: Counter[str] = Counter()
    for record in checkpoint.records.values():
        counts[str(record.dtype)] += record.n_elements
    return tuple(NamedValue(name=name, value=float(n)) for name, n in sorted(counts.items()))


def _tokenizer(checkpoint: Checkpoint, other: frozenset[str] | None) -> Tokenizer | None:
    tokenizer = checkpoint.tokenizer
    if tokenizer is None:
        return None
    n_shared = len(tokenizer.tokens & other) if other is not None else None
    return Tokenizer(digest=tokenizer.digest, n_tokens=tokenizer.n_tokens, n_shared_tokens=n_shared)
