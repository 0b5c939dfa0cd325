"""Write the tables of licences into the documentation: ``python bench/licence_page.py``."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path

from dokja.licensing.table import licences

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "licences.md"
_BLOCK = re.compile(r"(<!-- (kinds|licences) -->\n)(.*?)(<!-- /\2 -->)", re.DOTALL)


def kinds() -> str:
    """Return one line a kind of duty."""
    text = files("dokja.licensing").joinpath("duties.toml").read_text(encoding="utf-8")
    held = tomllib.loads(text)
    clauses = "; ".join(one["en"].rstrip(".") for one in held.pop("clauses").values())
    lines = ["| kind | | in words |", "| --- | --- | --- |"]
    for kind, one in held.items():
        words = one["en"].replace("{clause}", f"One of: {clauses}.")
        lines.append(f"| `{kind}` | {one['standing']} | {words} |")
    return "\n".join(lines) + "\n"


def table() -> str:
    """Return one line a licence."""
    lines = ["| licence | control kept | asks for | source |", "| --- | --- | --- | --- |"]
    for one in licences().values():
        asked = ", ".join(f"`{duty.kind}`" for duty in one.duties) or "nothing"
        lines.append(f"| `{one.key}` | {one.control} | {asked} | {one.source} |")
    return "\n".join(lines) + "\n"


def filled(page: str) -> str:
    """Return the page with both tables as they are now."""
    made = {"kinds": kinds, "licences": table}
    return _BLOCK.sub(lambda found: found[1] + made[found[2]]() + found[4], page)


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
