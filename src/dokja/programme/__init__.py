"""Rounds of a programme: items, scores, panels, gates, decisions and leaderboards.

The room reads documents and tables and never opens a checkpoint.
"""

from __future__ import annotations
