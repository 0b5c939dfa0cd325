"""Digests of files, as manifests and the tools of every system write them.

The module reads bytes in blocks; it never looks into them.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from blake3 import blake3

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["digests_of", "sums_text"]

_BLOCK: Final = 1 << 20


def digests_of(path: Path) -> tuple[int, str, str]:
    """Hash a file.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    tuple
        Bytes, SHA-256 and BLAKE3 in hexadecimal.
    """
    first, second = hashlib.sha256(), blake3()
    n_bytes = 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            n_bytes += len(block)
            first.update(block)
            second.update(block)
    return n_bytes, first.hexdigest(), second.hexdigest()


def sums_text(digests: Mapping[str, str]) -> bytes:
    """Write SHA-256 digests as ``sha256sum --check`` reads them.

    Parameters
    ----------
    digests
        SHA-256 by name.

    Returns
    -------
    bytes
        One line a file, in the order of names.
    """
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()
