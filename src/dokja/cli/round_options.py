"""Options that the commands of rounds share, declared once.

The module knows how they are spelt, never what a command does with them.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AcceptOption",
    "CsvOption",
    "DrawsOption",
    "LockOption",
    "MappingOption",
    "Mark",
    "PanelOption",
    "ResultsArgument",
    "RoundArgument",
    "StepsOption",
    "XlsxOption",
]


class Mark(StrEnum):
    """Who says so, strongest first."""

    OFFICIAL = "official"
    PRESS = "press"
    THIRD_PARTY = "third_party"
    INFERRED = "inferred"


RoundArgument = Annotated[
    str, typer.Argument(metavar="ROUND", help="Round file, or the name of one that comes along.")
]
ResultsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="RESULTS", help="Files or folders of results, of any known format."),
]
MappingOption = Annotated[
    Path | None,
    typer.Option(
        "--mapping", metavar="FILE", help="What is known of the results and not in them (YAML)."
    ),
]
PanelOption = Annotated[
    list[str] | None,
    typer.Option("--panel", metavar="FILE", help="Forms of a panel, YAML or JSON; repeatable."),
]
LockOption = Annotated[
    Path | None,
    typer.Option("--lock", metavar="FILE", help="Criteria as they were locked."),
]
AcceptOption = Annotated[
    Mark | None,
    typer.Option(
        "--accept",
        metavar="MARK",
        help="Weakest mark of published values that may stand in for results: official, press, "
        "third_party or inferred. Default: what the round says.",
    ),
]
DrawsOption = Annotated[
    int,
    typer.Option(
        "--draws", metavar="N", min=0, max=100_000, help="Times that raters are drawn anew."
    ),
]
CsvOption = Annotated[
    str | None, typer.Option("--csv", metavar="FILE", help="Write the table as CSV.")
]
XlsxOption = Annotated[
    str | None, typer.Option("--xlsx", metavar="FILE", help="Write the table as a workbook.")
]
StepsOption = Annotated[
    int,
    typer.Option(
        "--steps",
        metavar="N",
        min=1000,
        max=50_000_000,
        help="Work allowed for one count of possibilities; 200,000 take about a second.",
    ),
]
