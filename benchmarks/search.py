"""``python -m benchmarks.search``: time and memory of the search for re-indexed copies.

Audits laundered copies and strangers of growing width and depth, and a pair with the shapes of a
whole Llama-3.2-1B. The module knows sizes and limits, never how the search works.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from benchmarks.measure import Run, run
from benchmarks.pairs import ModelShape, bfloat16_bytes, header

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

Kind = Literal["copy", "stranger"]
KINDS: Final[tuple[Kind, ...]] = ("copy", "stranger")
ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "speed-search.md"
WANTED_SECONDS: Final = 300.0
WANTED_BYTES: Final = 4 * 2**30
GIB: Final = 2**30
_NOISE: Final = 0.1
"""Of the weights' spread, as after some further training."""

_MEDIUM = ModelShape("Llama", 1024, 4096, 16, 4, 64, 32_768, 8)
WIDTHS: Final = tuple(
    replace(_MEDIUM, hidden=d, mlp=4 * d, n_heads=d // 64, n_kv_heads=d // 256)
    for d in (512, 1024, 2048)
)
DEPTHS: Final = tuple(replace(_MEDIUM, n_layers=n) for n in (8, 16, 32))
WHOLE: Final = ModelShape("Llama-3.2-1B", 2048, 8192, 32, 8, 64, 128_256, 16)


@dataclass(frozen=True, slots=True)
class Measured:
    """One audit."""

    shape: ModelShape
    kind: Kind
    run: Run
    relation: str


class _Laundering:
    """One rotation of the residual stream, and for each layer an order and scales of the units."""

    def __init__(self, shape: ModelShape, rng: np.random.Generator) -> None:
        square = rng.standard_normal((shape.hidden, shape.hidden))
        self._rotation = np.linalg.qr(square)[0].astype(np.float32)
        self._rng = rng
        self._shape = shape
        self._order = np.zeros(0, np.int64)
        self._scale = np.zeros(0, np.float32)
        self._gain = np.ones(shape.hidden, np.float32)

    def __call__(self, name: str, values: Matrix) -> Matrix:
        part = name.split(".")[-2]
        if values.ndim == 1:
            self._gain = values
            return np.ones_like(values)
        if part in {"q_proj", "k_proj", "v_proj", "gate_proj", "up_proj"}:
            values = values * self._gain
        if part == "gate_proj":
            self._order = self._rng.permutation(self._shape.mlp)
            self._scale = np.exp(self._rng.normal(0, 0.5, self._shape.mlp)).astype(np.float32)
            return values[self._order] @ self._rotation
        if part == "up_proj":
            return (values[self._order] * self._scale[:, None]) @ self._rotation
        if part == "down_proj":
            return self._rotation.T @ (values[:, self._order] * (1.0 / self._scale))
        return self._rotation.T @ values if part == "o_proj" else values @ self._rotation


def main() -> None:
    """Measure every size, print the table and write it to the docs."""
    cache = Path(os.environ.get("DOKJA_BENCH_CACHE", ROOT / ".cache" / "bench")) / "search"
    found: dict[tuple[ModelShape, Kind], Measured] = {}
    for shape in dict.fromkeys((*WIDTHS, *DEPTHS, WHOLE)):
        for kind in KINDS:
            found[shape, kind] = _measure(cache, shape, kind)
            one = found[shape, kind]
            print(
                f"{shape.hidden} wide, {shape.n_layers} layers, {kind}: {one.relation}, "
                f"{one.run.seconds:.1f} s, {one.run.peak_bytes / GIB:.2f} GiB",
                flush=True,
            )
    PAGE.write_text(_page(found), encoding="utf-8")
    print(PAGE)


def _measure(cache: Path, shape: ModelShape, kind: Kind) -> Measured:
    folder = cache / f"{shape.hidden}-{shape.n_layers}-{shape.vocabulary}"
    try:
        reference = _write(folder / "reference", shape, seed=1)
        if kind == "copy":
            subject = _write(folder / kind, shape, seed=1, change=_copied(shape))
        else:
            subject = _write(folder / kind, shape, seed=2)
        report = folder / "report.json"
        command = [sys.executable, "-m", "dokja", "audit", subject, reference, "--json", report]
        ran = run([str(part) for part in command])
        told = json.loads(report.read_text(encoding="utf-8"))["components"][0]["relation"]
        return Measured(shape, kind, ran, told)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copied(shape: ModelShape) -> Callable[[str, Matrix], Matrix]:
    rng = np.random.default_rng(3)
    launder = _Laundering(shape, rng)

    def change(name: str, values: Matrix) -> Matrix:
        if values.ndim > 1:
            noise = rng.standard_normal(values.shape, dtype=np.float32)
            values = values + noise * np.float32(0.02 * _NOISE)
        return launder(name, values)

    return change


def _write(
    folder: Path,
    shape: ModelShape,
    *,
    seed: int,
    change: Callable[[str, Matrix], Matrix] | None = None,
) -> Path:
    """Write a model tensor by tensor."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(shape.config(), indent=2), encoding="utf-8")
    rng = np.random.default_rng(seed)
    with (folder / "model.safetensors").open("wb") as file:
        file.write(header(shape)[0])
        for name, lengths in shape.tensors():
            values = rng.standard_normal(lengths, dtype=np.float32) * np.float32(0.02)
            if len(lengths) == 1:
                values += np.float32(1.0)
            if change is not None:
                values = change(name, values)
            file.write(bfloat16_bytes(np.ascontiguousarray(values)).data)
    return folder


def _page(found: dict[tuple[ModelShape, Kind], Measured]) -> str:
    def row(shape: ModelShape) -> str:
        cells = []
        for kind in KINDS:
            one = found[shape, kind]
            memory = f"{one.run.peak_bytes / GIB:.2f} GiB"
            cells += [f"{one.run.seconds:.0f} s", memory, f"`{one.relation}`"]
        return f"| {shape.hidden} | {shape.n_layers} | {' | '.join(cells)} |"

    head = (
        "| hidden size | layers | copy: time | memory | said | stranger: time | memory | said |\n"
        "| --: | --: | --: | --: | --- | --: | --: | --- |"
    )
    wholes = [found[WHOLE, kind] for kind in KINDS]
    seconds = max(one.run.seconds for one in wholes)
    memory = max(one.run.peak_bytes for one in wholes)
    width = found[WIDTHS[-1], "stranger"].run.seconds / found[WIDTHS[0], "stranger"].run.seconds
    depth = found[DEPTHS[-1], "stranger"].run.seconds / found[DEPTHS[0], "stranger"].run.seconds
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    return f"""# Time and memory of the search

<!-- Written by `make bench-search`; do not edit. -->

Measured on {today} on {os.cpu_count()} processors. Each line is two whole commands, `dokja audit`
from start to end: of a copy whose residual stream was rotated, whose units were shuffled and
scaled, whose gains were folded away and to which noise of a tenth of the weights was added; and of
a stranger, where copies are planted as well to say what the search would have found.

{head}
{chr(10).join(row(shape) for shape in dict.fromkeys((*WIDTHS, *DEPTHS, WHOLE)))}

| wanted at the size of Llama-3.2-1B | measured | |
| --- | --- | --- |
| within 5 minutes on two processors | {seconds:.0f} s | {_met(met=seconds <= WANTED_SECONDS)} |
| below 4 GiB | {memory / GIB:.2f} GiB | {_met(met=memory <= WANTED_BYTES)} |

Four times the width takes {width:.1f} times as long, four times the depth {depth:.1f} times. The
time grows with the bytes read and with the units and layers sampled, of which there are at most
as many as [the method](method/reindexed.md) says, so that no step is cubic in the width of a real
layer.
"""


def _met(*, met: bool) -> str:
    return "met" if met else "**missed**"


if __name__ == "__main__":
    main()
