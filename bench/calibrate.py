"""Measure size and power of every independence test and write the page that shows them.

``make calibrate``, or ``python bench/calibrate.py [--draws N] [--seed N] [--output FILE]``. Ends
with 1 if a test breaks its promise. Knows no test by itself.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments
        Those of the command line, if not given.

    Returns
    -------
    int
        0 if all tests keep what they promise, else 1.
    """
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))  # so that the file can be run by its path as well
    from bench.calibration import run

    parser = argparse.ArgumentParser(description="Measure size and power of the tests.")
    parser.add_argument("--draws", type=int, default=4000, help="draws a row under the null")
    parser.add_argument("--power-draws", type=int, default=500, help="plantings a row")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--zoo", type=Path, default=ROOT / "tests" / "data" / "zoo")
    parser.add_argument(
        "--weights", type=Path, action="append", default=[], help="further safetensors files"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "method" / "calibration.md")
    options = parser.parse_args(arguments)
    failures = run.calibrate(
        options.output,
        seed=options.seed,
        n_draws=options.draws,
        n_power=options.power_draws,
        zoo=options.zoo,
        weights=options.weights,
    )
    for failure in failures:
        print(failure, file=sys.stderr)
    print(options.output)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
