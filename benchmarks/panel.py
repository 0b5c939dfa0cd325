"""``python -m benchmarks.panel``: time the statistics of a large panel of raters.

The module knows the size that is wanted and the limit, never what a panel decides.
"""

from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING

import numpy as np

from dokja.programme.agreement import krippendorff_alpha
from dokja.programme.bootstrap import (
    Ratings,
    drawn_panels,
    interval_ends,
    place_ranges,
    short_panels,
    totals_of_panels,
)
from dokja.programme.raters import rater_severity

if TYPE_CHECKING:
    from collections.abc import Callable

_TEAMS, _RATERS, _ITEMS, _PANELS = 200, 500, 50, 2000
_WANTED_SECONDS = 20.0


def main() -> None:
    """Time drawing panels, with and without trimming and missing marks, and the rest."""
    rng = np.random.default_rng(0)
    whole = rng.integers(1, 6, size=(_RATERS, _TEAMS, _ITEMS)).astype(np.float64)
    holed = np.where(rng.random(whole.shape) < 0.3, np.nan, whole)
    print(f"{_TEAMS} teams x {_RATERS} raters x {_ITEMS} items, {_PANELS} drawn panels")
    worst = 0.0
    for name, marks in (("complete", whole), ("30 % missing", holed)):
        for drop in (0, 1):
            seconds, own = _timed(lambda m=marks, d=drop: _bootstrap(m, d, rng))
            worst = max(worst, own)
            print(
                f"  intervals and places, {name}, {drop} dropped at each end: "
                f"{seconds:.1f} s, of the processors {own:.1f} s"
            )
    flat = holed.reshape(_RATERS, -1)
    print("  severity of raters: {:.1f} s, {:.1f} s".format(*_timed(lambda: rater_severity(flat))))
    found = _timed(lambda: krippendorff_alpha(flat, "ordinal"))
    print("  alpha with its error: {:.1f} s, {:.1f} s".format(*found))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    met = "met" if worst < _WANTED_SECONDS else "missed"
    # Time of the processors, so that whatever else the machine does makes no difference; on a
    # quiet machine it is no less than the time that passes.
    print(f"  peak memory {peak:.2f} GiB; wanted below {_WANTED_SECONDS:.0f} s: {met}")


def _bootstrap(marks: np.ndarray, drop: int, rng: np.random.Generator) -> None:
    ratings = Ratings(marks, np.full(_ITEMS, 0.1), drop, drop)
    totals = totals_of_panels(ratings, drawn_panels(_RATERS, _PANELS, rng))
    interval_ends(totals, n_marks=_RATERS - 2 * drop)
    place_ranges(totals)
    place_ranges(totals_of_panels(ratings, short_panels(_RATERS)))


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    start, own = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - own


if __name__ == "__main__":
    main()
