"""``dokja dossier``: what a maker says of a submission; the module names commands and runs none."""

from __future__ import annotations

from typing import Final

__all__ = ["EPILOG", "HELP", "SUBCOMMANDS"]

HELP: Final = "Draft a dossier from a checkpoint, and check one before it is handed in."
EPILOG: Final = (
    "Example: dokja dossier init our-model, then: dokja dossier check dossier.yaml. What a dossier "
    "says is judged by dokja review."
)
SUBCOMMANDS: Final = ("init", "check")
"""Every command of the group, in the order of the help; each is a module of this room."""
