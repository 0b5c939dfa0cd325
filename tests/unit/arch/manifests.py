"""Reads the name-and-shape manifests of real architectures."""

from __future__ import annotations

import itertools
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parents[2] / "data" / "manifests"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.txt")))

_RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


class Record(NamedTuple):
    """What `resolve` reads of a record."""

    name: str
    dtype: str
    shape: tuple[int, ...]


class Manifest(NamedTuple):
    """Configuration and records of one model."""

    config: dict[str, Any]
    records: dict[str, Record]

    def subset(self, prefix: str, *, strip: bool = False) -> dict[str, Record]:
        """Records under a prefix, with it or without."""
        found = [r for r in self.records.values() if r.name.startswith(prefix)]
        if strip:
            found = [r._replace(name=r.name.removeprefix(prefix)) for r in found]
        return {r.name: r for r in found}


def _expand(pattern: str) -> list[str]:
    pieces = _RANGE.split(pattern)
    ranges = [range(int(a), int(b) + 1) for a, b in zip(pieces[1::3], pieces[2::3], strict=True)]
    texts = pieces[0::3]
    names = []
    for numbers in itertools.product(*ranges):
        tail = "".join(f"{n}{text}" for n, text in zip(numbers, texts[1:], strict=True))
        names.append(texts[0] + tail)
    return names


@cache
def load_manifest(name: str) -> Manifest:
    """Read a manifest by the name of its model."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    config, *rows = [line for line in lines if not line.startswith("#")]
    records = {}
    for row in rows:
        pattern, dtype, sizes = row.split()
        shape = () if sizes == "-" else tuple(int(n) for n in sizes.split(","))
        records |= {text: Record(text, dtype, shape) for text in _expand(pattern)}
    return Manifest(json.loads(config), records)
