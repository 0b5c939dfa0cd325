"""What is measured inside a process of its own: ``python -m benchmarks.children TASK ...``.

Each task prints one line of JSON. The module knows the library's functions, never how often or
beside what they are run.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from dokja.arch.role import ResolvedTensor
    from dokja.io.checkpoint import Checkpoint

__all__ = ["main"]


def _rows(checkpoint: Checkpoint) -> list[ResolvedTensor]:
    from dokja.arch.role import Axis, ResolvedTensor, TensorRole, TensorView

    return [
        ResolvedTensor(
            TensorRole("language_model", None, None, name),
            TensorView.whole(name, record.shape),
            (Axis.OTHER,) * len(record.shape),
        )
        for name, record in checkpoint.records.items()
    ]


def _run_pass(subject_uri: str, reference_uri: str) -> dict[str, Any]:
    """Digests and moments of all pairs; compiling, which happens once a machine, is not timed."""
    from dokja.comparison.scan import scan_pair
    from dokja.io.checkpoint import open_checkpoint
    from dokja.numerics.moments import pooled

    with open_checkpoint(subject_uri) as subject, open_checkpoint(reference_uri) as reference:
        pairs = list(zip(_rows(subject), _rows(reference), strict=True))
        scan_pair(subject, reference, [min(pairs, key=lambda pair: pair[0].n_parameters)])
        start = time.perf_counter()
        scans = scan_pair(subject, reference, pairs)
        seconds = time.perf_counter() - start
    total = pooled(scan.moments for scan in scans.values())
    return {"seconds": seconds, "cosine": total.cosine, "norm_square": total.sum_aa}


def _run_moments(subject_uri: str, reference_uri: str) -> dict[str, Any]:
    """Moments alone."""
    from dokja.comparison.scan import scan_pair
    from dokja.io.checkpoint import open_checkpoint

    with open_checkpoint(subject_uri) as subject, open_checkpoint(reference_uri) as reference:
        pairs = list(zip(_rows(subject), _rows(reference), strict=True))
        scan_pair(subject, reference, [min(pairs, key=lambda pair: pair[0].n_parameters)])
        start = time.perf_counter()
        scan_pair(subject, reference, pairs, with_digests=False)
        return {"seconds": time.perf_counter() - start}


def _run_digest(uri: str) -> dict[str, Any]:
    """Digest of one checkpoint alone."""
    from dokja.comparison.hashing import checkpoint_digest, digest_records
    from dokja.io.checkpoint import open_checkpoint

    with open_checkpoint(uri) as checkpoint:
        start = time.perf_counter()
        digest = checkpoint_digest(checkpoint.records, digest_records(checkpoint))
        return {"seconds": time.perf_counter() - start, "digest": digest}


def _run_blake3(subject_uri: str, reference_uri: str) -> dict[str, Any]:
    """Hash both files, mapped, by the bare library: the least that digests cost."""
    from blake3 import blake3

    start = time.perf_counter()
    for path in (subject_uri, reference_uri):
        blake3(max_threads=blake3.AUTO).update_mmap(path).digest()
    return {"seconds": time.perf_counter() - start}


def _run_truth(subject_uri: str, reference_uri: str) -> dict[str, Any]:
    """Flat cosine by numpy in float64 throughout, block by block: slow, and right."""
    import numpy as np

    from dokja.io.checkpoint import open_checkpoint
    from dokja.io.dtype import decode

    sums = np.zeros(3)
    with open_checkpoint(subject_uri) as subject, open_checkpoint(reference_uri) as reference:
        for name, record in subject.records.items():
            other = reference.records[name]
            step = 2**20
            for first in range(0, record.n_elements, step):
                count = min(step, record.n_elements - first)
                blocks = []
                for checkpoint, held in ((reference, other), (subject, record)):
                    raw = np.empty(count * held.dtype.itemsize, np.uint8)
                    checkpoint.read_into(held, first, raw.data)
                    blocks.append(decode(raw, held.dtype).astype(np.float64))
                a, b = blocks
                sums += (a @ b, a @ a, b @ b)
    return {"cosine": sums[0] / np.sqrt(sums[1] * sums[2]), "norm_square": sums[1]}


_TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "pass": _run_pass,
    "moments": _run_moments,
    "digest": _run_digest,
    "blake3": _run_blake3,
    "truth": _run_truth,
}


def main(arguments: list[str]) -> None:
    """Run one task and print what it found.

    Parameters
    ----------
    arguments
        Name of the task, then its addresses.
    """
    task, *addresses = arguments
    print(json.dumps(_TASKS[task](*addresses)))


if __name__ == "__main__":
    main(sys.argv[1:])
