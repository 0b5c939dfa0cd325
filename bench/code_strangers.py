"""Lay other packages' code beside the known: ``python bench/code_strangers.py WHEEL...``.

What was written independently must not read as copied; the largest shares are printed.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from dokja.disclosure.code import compare_code


def main(wheels: list[Path]) -> None:
    """Print how many files of each wheel were compared, and the largest shares."""
    for wheel in wheels:
        total, found = 0, []
        with zipfile.ZipFile(wheel) as held:
            for name in sorted(held.namelist()):
                if name.endswith(".py"):
                    text = held.read(name).decode("utf-8", "replace")
                    matches, compared = compare_code([(name, text)])
                    total += compared
                    found += matches
        print(f"{wheel.name}: {total} files compared, {len(found)} with 5 % or more in a known one")
        for one in sorted(found, key=lambda match: -match.share)[:10]:
            print(f"  {one.share:.1%} of {one.file} stands in {one.known.name} ({one.header})")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
