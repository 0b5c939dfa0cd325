"""``dokja round``: a round from data to decision; the module names its commands and runs none."""

from __future__ import annotations

from typing import Final

__all__ = ["EPILOG", "HELP", "SUBCOMMANDS"]

HELP: Final = "Run a round: check, score, ask what would change it, publish, solve, replay."
EPILOG: Final = (
    "Example: dokja round score dokpamo-2026-stage-1 --html round.html. A ROUND is a YAML file, or "
    "one that comes along: blank, dokpamo-2026-stage-1, dokpamo-2026-additional, "
    "dokpamo-2026-stage-2."
)
SUBCOMMANDS: Final = ("init", "check", "import", "score", "what-if", "publish", "solve", "replay")
"""Every command of the group, in the order of the help; each is a module of this room."""
