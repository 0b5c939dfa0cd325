"""Write which characters the fonts of a PDF have.

``python bench/font_coverage.py DEJAVU.ttf`` reads the fonts that are shipped and DejaVu Sans Mono,
which the typesetter carries, and writes their common coverage beside them; needs fonttools.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parents[1] / "src" / "dokja" / "report" / "pdf" / "fonts"


def main(arguments: list[str]) -> None:
    """Read the fonts and write the ranges of characters that both weights have."""
    weights = [set(TTFont(path).getBestCmap()) for path in sorted(FONTS.glob("*.otf"))]
    held = set.intersection(*weights)
    for path in arguments:
        held |= set(TTFont(path).getBestCmap())
    ranges: list[list[int]] = []
    for point in sorted(held):
        if ranges and point == ranges[-1][1] + 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    (FONTS / "coverage.json").write_text(json.dumps(ranges, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
