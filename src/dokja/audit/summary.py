"""What a checkpoint is: components, parameters, number formats, tokenizer, digest.

The module describes one checkpoint; it compares nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from dokja.arch.resolve import resolve
from dokja.comparison.hashing import checkpoint_digest, digest_records
from dokja.document.audit import (
    CheckpointSummary,
    ComponentShare,
    Leftover,
    Tokenizer,
)
from dokja.document.common import Localized, NamedValue
from dokja.io.address import public_address
from dokja.io.checkpoint import Checkpoint, open_checkpoint

if TYPE_CHECKING:
    from dokja.arch.role import ResolvedCheckpoint, ResolvedComponent

__all__ = ["inspect", "named", "summarise"]

Progress = Callable[[str, int, int], None]


def inspect(
    uri: str, *, with_digest: bool = True, progress: Progress | None = None
) -> CheckpointSummary:
    """Describe one checkpoint.

    Parameters
    ----------
    uri
        File, folder or address.
    with_digest
        Whether to read all bytes for the content digest; without, only headers are read and the
        digest is empty.
    progress
        Called with a label, bytes done and bytes in all.

    Returns
    -------
    CheckpointSummary
        Components, largest first as the anatomy has them.

    Raises
    ------
    SourceError
        If bytes cannot be read, or the source changes while they are.
    FormatError
        If the content is no checkpoint.
    """
    with open_checkpoint(uri) as checkpoint:
        resolved = resolve(checkpoint.records, checkpoint.config)
        digests: Mapping[str, str] = {}
        if with_digest:
            done = 0

            def advance(n_bytes: int) -> None:
                nonlocal done
                done += n_bytes
                if progress is not None:
                    progress("digest", done, checkpoint.n_bytes)

            digests = digest_records(checkpoint, progress=advance)
        checkpoint.check_unchanged()
        return summarise(checkpoint, resolved, digests)


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
