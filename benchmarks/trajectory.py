"""Time of one pass over a run against ``cat``: ``python -m benchmarks.trajectory``.

Refuses to extrapolate: what is printed was measured, at the size that was asked for.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.measure import cat as read_files
from benchmarks.measure import run as run_command
from benchmarks.pairs import bfloat16_bytes

_N_TIMES = 3


def make_run(folder: Path, n_checkpoints: int, gib: float) -> None:
    """Write checkpoints of a run: normal weights in bfloat16, each a step on from the last."""
    rng = np.random.default_rng(0)
    width = 1024
    rows = 2048
    n_tensors = max(1, round(gib * 2**30 / (2 * width * rows)))
    shapes = [(f"model.layers.{k}.mlp.up_proj.weight", (rows, width)) for k in range(n_tensors)]
    weights = rng.normal(0.0, 0.02, rows * width).astype(np.float32)
    steps = []
    for k in range(n_checkpoints):
        path = folder / f"step-{k * 1000:06d}"
        path.mkdir(parents=True, exist_ok=True)
        with (path / "model.safetensors").open("wb") as stream:
            stream.write(_header(shapes))
            for place in range(n_tensors):
                drift = np.roll(weights, 7919 * place)
                moved = np.roll(weights, 104_729 * place + 17) * (0.02 * k)
                stream.write(bfloat16_bytes(drift + moved).tobytes())
        steps.append({"step": k * 1000, "path": path.name})
    recipe = {
        "schema_version": "1",
        "id": "speed",
        "initialiser": [{"distribution": "normal", "std": 0.02}],
        "optimiser": {"name": "adamw", "betas": [0.9, 0.95], "weight_decay": 0.1},
        "schedule": {"kind": "constant", "peak": 0.0003},
        "steps": (n_checkpoints - 1) * 1000,
        "checkpoints": steps,
        "submission": {"path": steps[-1]["path"]},
    }
    (folder / "recipe.yaml").write_text(json.dumps(recipe), encoding="utf-8")


def _header(shapes: list[tuple[str, tuple[int, int]]]) -> bytes:
    described: dict[str, object] = {}
    offset = 0
    for name, lengths in shapes:
        end = offset + 2 * lengths[0] * lengths[1]
        described[name] = {"dtype": "BF16", "shape": lengths, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(described).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def pass_only(folder: Path) -> None:
    """Read a run once and print seconds, bytes and peak memory; compiling is not counted."""
    from dokja.io.checkpoint import open_checkpoint
    from dokja.trajectory.reading import read_run

    paths = sorted(folder.glob("step-*"))
    rng = np.random.default_rng(0)
    warm = [open_checkpoint(str(path)) for path in paths[:2]]
    _warm_up()
    for one in warm:
        one.close()
    checkpoints = [open_checkpoint(str(path)) for path in paths]
    start = time.perf_counter()
    found = read_run(checkpoints, lambda _name, _k: 0.01, rng, budget=2**18)
    seconds = time.perf_counter() - start
    n_bytes = sum(one.n_bytes for one in checkpoints)
    read = sum(one.bytes_read for one in checkpoints)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "n_bytes": n_bytes, "read": read, "peak": peak,
                      "n_tensors": len(found.stacks)}))  # fmt: skip


def _warm_up() -> None:
    from dokja.numerics.movement import add_movement, new_totals

    for kind in (np.uint16, np.float32):
        block = np.ones(8192, kind)
        add_movement(block, block, block, 0.0, new_totals(1)[0])


def main() -> None:
    """Make a run, time ``cat`` and the pass in turns, print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoints", type=int, default=6)
    parser.add_argument("--gib", type=float, default=0.5, help="size of each checkpoint")
    parser.add_argument("--folder", type=Path, help="keep the run here")
    parser.add_argument("--pass-only", type=Path, help="time the pass over a run that is there")
    options = parser.parse_args()
    if options.pass_only:
        pass_only(options.pass_only)
        return
    with tempfile.TemporaryDirectory(dir=os.environ.get("DOKJA_BENCH_CACHE")) as kept:
        folder = options.folder or Path(kept)
        if not (folder / "recipe.yaml").exists():
            make_run(folder, options.checkpoints, options.gib)
        _report(folder)


def _report(folder: Path) -> None:
    files = sorted(str(path) for path in folder.glob("step-*/*.safetensors"))
    cats, passes = [], []
    for _ in range(_N_TIMES):
        cats.append(read_files(files).seconds)
        command = [sys.executable, "-m", "benchmarks.trajectory", "--pass-only", str(folder)]
        passes.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
    command = [sys.executable, "-m", "dokja", "trajectory", str(folder / "recipe.yaml"), "-q"]
    whole = run_command(command)
    cat, best = min(cats), min(passes, key=lambda one: one["seconds"])
    size = best["n_bytes"] / 2**30
    print(f"{len(files)} checkpoints, {size:.2f} GiB together, {best['n_tensors']} tensors each")
    print(f"cat                    {cat:7.2f} s  {size / cat:6.2f} GiB/s")
    seconds = best["seconds"]
    every = ", ".join(f"{one['seconds'] / cat:.2f}" for one in passes)
    print(f"one pass               {seconds:7.2f} s  {seconds / cat:6.2f} x cat  (all: {every})")
    print(f"  per neighbouring pair{seconds / (len(files) - 1):7.3f} s")
    print(f"  bytes read / bytes   {best['read'] / best['n_bytes']:7.3f}")
    print(f"  peak memory          {best['peak'] / 2**20:7.0f} MiB")
    print(f"whole command          {whole.seconds:7.2f} s  {whole.seconds / cat:6.2f} x cat, "
          f"{whole.peak_bytes / 2**20:.0f} MiB")  # fmt: skip


if __name__ == "__main__":
    main()
