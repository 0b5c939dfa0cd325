"""Options that several commands share, declared once.

The module knows how they are spelt, never what a command does with them.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dokja.cli.language import Language

__all__ = [
    "Device",
    "DeviceOption",
    "FailOn",
    "FailOnOption",
    "HtmlOption",
    "JsonOption",
    "LangOption",
    "MarkdownOption",
    "MaxBytesOption",
    "PdfOption",
    "PolicyOption",
    "ProgressOption",
    "QuietOption",
    "ReportArgument",
    "RequireConclusionOption",
    "SeedOption",
    "TrustConfigOption",
]


class Device(StrEnum):
    """Where large matrices are multiplied."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class FailOn(StrEnum):
    """Relations a run can be made to fail on, strongest first."""

    VERBATIM = "verbatim"
    REUSED = "reused"
    DERIVED = "derived"
    SHARED_INIT = "shared_init"


LangOption = Annotated[
    Language | None,
    typer.Option(
        "--lang", help="Language of texts and pages; default from DOKJA_LANG or the locale."
    ),
]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print no progress and no summary.")
]
ProgressOption = Annotated[
    bool,
    typer.Option("--progress", help="Show progress on stderr even where it is no terminal."),
]
PolicyOption = Annotated[
    str, typer.Option("--policy", metavar="NAME|FILE", help="Policy that judges the evidence.")
]
FailOnOption = Annotated[
    FailOn | None,
    typer.Option(
        "--fail-on",
        metavar="RELATION",
        help="Exit with 1 if any component is related this closely: "
        "verbatim, reused, derived or shared_init.",
    ),
]
RequireConclusionOption = Annotated[
    bool,
    typer.Option("--require-conclusion", help="Exit with 4 if any component stays inconclusive."),
]
SeedOption = Annotated[
    int,
    typer.Option("--seed", metavar="N", min=0, help="Seed of every random choice the audit makes."),
]
DeviceOption = Annotated[
    Device,
    typer.Option(
        "--device",
        help="Where large matrices are multiplied: a graphics processor (cuda) needs the extra "
        "torch; the verdict is the same.",
    ),
]
MaxBytesOption = Annotated[
    int | None,
    typer.Option(
        "--max-bytes", metavar="N", min=1, help="Refuse to begin if more bytes had to be read."
    ),
]
JsonOption = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="Write the report; - for stdout.")
]
HtmlOption = Annotated[
    str | None, typer.Option("--html", metavar="FILE", help="Write the page, self-contained.")
]
PdfOption = Annotated[
    str | None, typer.Option("--pdf", metavar="FILE", help="Write a PDF (needs the extra pdf).")
]
MarkdownOption = Annotated[
    str | None, typer.Option("--md", metavar="FILE", help="Write Markdown for an issue or a mail.")
]
TrustConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--trust-config",
        metavar="FILE",
        help="Services to believe in place of Sigstore's public ones.",
    ),
]
ReportArgument = Annotated[
    Path, typer.Argument(metavar="REPORT.json", help="A report written by dokja audit --json.")
]
