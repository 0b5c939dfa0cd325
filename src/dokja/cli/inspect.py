"""``dokja inspect``: what a checkpoint is made of; the module shows a summary it does not make."""

from __future__ import annotations

from typing import Annotated

import typer

from dokja.cli.language import use_language
from dokja.cli.options import LangOption, ProgressOption, QuietOption

__all__ = ["EPILOG", "inspect"]

EPILOG = "Example: dokja inspect ./submission --json -"


def inspect(  # numpydoc ignore=PR01
    checkpoint: Annotated[
        str, typer.Argument(metavar="CKPT", help="Checkpoint: file, folder or URL.")
    ],
    *,
    json: Annotated[
        str | None, typer.Option("--json", metavar="FILE", help="Write the summary; - for stdout.")
    ] = None,
    digest: Annotated[
        bool,
        typer.Option(
            "--digest/--no-digest", help="Read every weight for the digest, or the headers only."
        ),
    ] = True,
    lang: LangOption = None,
    quiet: QuietOption = False,
    progress: ProgressOption = False,
) -> int:
    """Show components, parameters and shares, number formats, layers, family and tokenizer."""
    from dokja.cli.outputs import Output, check_targets, write_contents
    from dokja.cli.progress import progress_bars

    language = use_language(lang)
    outputs = () if json is None else (Output("json", json),)
    check_targets(outputs, (checkpoint,))

    from dokja.audit import inspect as summarise

    with progress_bars(quiet=quiet, forced=progress) as advance:
        summary = summarise(checkpoint, with_digest=digest, progress=advance)
    text = summary.model_dump_json(indent=2) + "\n"
    write_contents([(output, text.encode()) for output in outputs], quiet=quiet)
    if not quiet and not any(output.is_stdout for output in outputs):
        from dokja.cli.tables import print_summary

        print_summary(summary, language)
    return 0
