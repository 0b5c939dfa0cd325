"""``python -m benchmarks``: measure everything in one run, print the table, write the page.

The module knows what is compared with what, and the figures that are wanted.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measure import Run, best, cat, run, task
from benchmarks.page import Figures, render, table
from benchmarks.pairs import SHAPES, PairFiles, make_pair

_ROOT = Path(__file__).resolve().parent.parent
_PAGE = _ROOT / "docs" / "speed.md"
_DOKJA = (sys.executable, "-m", "dokja")
_FINDING = (0, 1)
"""A derived subject is a finding, and no failure of the benchmark."""


def main() -> None:
    """Measure, print, and write the page if all sizes were measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    cache = Path(os.environ.get("DOKJA_BENCH_CACHE", _ROOT / ".cache" / "bench"))
    help_run = best([run([*_DOKJA, "--help"]) for _ in range(2 * options.repeats)])
    figures = []
    for size in sorted(options.sizes):
        print(f"{size} GiB: making the pair, unless it is there", file=sys.stderr)
        figures.append(_measure(make_pair(size, cache), options.repeats))
        print(table(figures, help_run), flush=True)
    if set(options.sizes) == set(SHAPES):
        _PAGE.write_text(render(figures, help_run))
        print(f"wrote {_PAGE}", file=sys.stderr)


def _measure(pair: PairFiles, repeats: int) -> Figures:
    both = [str(path) for path in pair.weights]
    folders = [str(pair.subject), str(pair.reference)]
    cat(both)  # into the page cache
    runs: dict[str, list[Run]] = {}
    for _ in range(repeats):
        # In turns, so that whatever else the machine does slows all of them alike.
        for name, measured in (
            ("cat", lambda: cat(both)),
            ("pass", lambda: task("benchmarks.children", "pass", *both)),
            ("moments", lambda: task("benchmarks.children", "moments", *both)),
            ("blake3", lambda: task("benchmarks.children", "blake3", *both)),
            ("digest", lambda: task("benchmarks.children", "digest", both[0])),
            ("inspect", lambda: run([*_DOKJA, "inspect", folders[0]])),
        ):
            runs.setdefault(name, []).append(measured())
    for _ in range(max(1, repeats // 2)):
        runs.setdefault("audit", []).append(_audit(folders))
    script = _script(both)
    return Figures(
        n_bytes=pair.n_bytes,
        shape=pair.shape,
        runs={name: best(held) for name, held in runs.items()},
        script=script,
        truth=task("benchmarks.children", "truth", *both).found,
    )


def _audit(folders: list[str]) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        outputs = ["--json", f"{folder}/report.json", "--html", f"{folder}/report.html"]
        return run([*_DOKJA, "audit", *folders, *outputs], codes=_FINDING)


def _script(both: list[str]) -> Run | None:
    if find_spec("torch") is None or find_spec("safetensors") is None:
        return None
    return best([task("benchmarks.torch_script", *both) for _ in range(2)])


if __name__ == "__main__":
    main()
