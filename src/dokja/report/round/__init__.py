"""Pages of the programme: a scored round, what would change it, what it discloses, leaderboards.

The room reads documents only; a page and its Markdown are made of the same parts.
"""

from __future__ import annotations
