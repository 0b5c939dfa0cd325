"""Who stands where, by model, organisation and country, from dated snapshots of an index.

The room reads snapshots and tables; it fetches nothing and fills no gap.
"""

from __future__ import annotations

from dokja.programme.leaderboard.changes import compare
from dokja.programme.leaderboard.rank import rank
from dokja.programme.leaderboard.ratios import compare_averages
from dokja.programme.leaderboard.reading import (
    bundled_snapshots,
    read_averages,
    read_countries,
    read_snapshot,
)
from dokja.programme.leaderboard.saturation import item_spreads

__all__ = [
    "bundled_snapshots",
    "compare",
    "compare_averages",
    "item_spreads",
    "rank",
    "read_averages",
    "read_countries",
    "read_snapshot",
]
