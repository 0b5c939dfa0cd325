"""``dokja round init``: a round file to begin with; the module copies text and reads none."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dokja.cli.language import say, use_language
from dokja.cli.options import LangOption, QuietOption

__all__ = ["EPILOG", "Sample", "round_init"]

EPILOG = "Example: dokja round init my-round.yaml"


class Sample(StrEnum):
    """Rounds that come along."""

    BLANK = "blank"
    STAGE_1 = "dokpamo-2026-stage-1"
    ADDITIONAL = "dokpamo-2026-additional"
    STAGE_2 = "dokpamo-2026-stage-2"


def round_init(  # numpydoc ignore=PR01
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Round file to write; it must not be there yet.")
    ] = Path("round.yaml"),
    *,
    sample: Annotated[
        Sample, typer.Option("--from", help="Template, or a real round with its sources.")
    ] = Sample.BLANK,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> int:
    """Write a round file to fill in, or one that comes along."""
    from dokja.cli.outputs import Output, check_targets, write_contents
    from dokja.programme.round_file import sample_text

    use_language(lang)
    output = Output("yaml", str(file))
    if not output.is_stdout and (file.exists() or file.is_symlink()):
        raise typer.BadParameter(say("there is a file of that name; name another one"))
    check_targets([output], ())
    write_contents([(output, sample_text(sample.value))], quiet=quiet)
    return 0
