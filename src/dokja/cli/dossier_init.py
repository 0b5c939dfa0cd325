"""``dokja dossier init``: a dossier to go on from; the module writes what others drafted."""

from __future__ import annotations

import datetime as dt
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dokja.cli.console import print_line
from dokja.cli.language import say, use_language
from dokja.cli.options import LangOption, ProgressOption, QuietOption

if TYPE_CHECKING:
    from dokja.review.gaps import Gap

__all__ = ["EPILOG", "dossier_init"]

EPILOG = "Example: dokja dossier init our-model --maker 'Maker A' -o dossier.yaml"


def dossier_init(  # numpydoc ignore=PR01
    checkpoint: Annotated[
        list[str],
        typer.Argument(metavar="CKPT...", help="Checkpoints to hand in: files or folders."),
    ],
    *,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Dossier to write, above the checkpoints."
        ),
    ] = "dossier.yaml",
    maker: Annotated[
        str | None, typer.Option("--maker", metavar="NAME", help="Who hands it in.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a dossier that is there.")
    ] = False,
    digest: Annotated[
        bool,
        typer.Option(
            "--digest/--no-digest", help="Read every weight for the digest, or the headers only."
        ),
    ] = True,
    on: Annotated[
        dt.datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="Date of the dossier; today if not given."),
    ] = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
    progress: ProgressOption = False,
) -> int:
    """Draft a dossier from headers, configuration, card and licence files; list what is missing."""
    from dokja.cli.extras import require
    from dokja.cli.outputs import Output, check_targets, write_contents
    from dokja.cli.progress import progress_bars

    language = use_language(lang)
    if maker is not None and not maker.strip():
        raise typer.BadParameter(say("--maker is empty; name who hands the submission in"))
    require("ruamel.yaml", "license_expression", extra="review")
    target = Output("yaml", output)
    file = Path(output)
    if not target.is_stdout and not force and (file.exists() or file.is_symlink()):
        raise typer.BadParameter(
            say("there is a file of that name; name another one, or give --force")
        )
    check_targets([target], checkpoint)

    from dokja.audit import inspect
    from dokja.review.draft import draft
    from dokja.review.draft_text import draft_text
    from dokja.review.gaps import gaps

    day = dt.datetime.now(tz=dt.UTC).date() if on is None else on.date()
    folder = Path() if target.is_stdout else file.parent
    with progress_bars(quiet=quiet, forced=progress) as advance:
        made = draft(
            checkpoint,
            folder=folder,
            inspect=lambda uri: inspect(uri, with_digest=digest, progress=advance),
            on=day,
            maker=maker,
        )
    missing = gaps(made.dossier, made.components)
    text = draft_text(
        made.dossier,
        missing,
        made.hints,
        file="dossier.yaml" if target.is_stdout else file.name,
        language=language.value,
    )
    write_contents([(target, text.encode())], quiet=quiet)
    if not quiet and not target.is_stdout:
        _print(made.dossier.model_dump(), missing, language.value, output)
    return 0


def _print(
    dossier: dict[str, object], missing: tuple[Gap, ...], language: str, output: str
) -> None:
    from dokja.document.yamltext import place

    print_line(say("missing, in the order in which it is best mended:"))
    for number, gap in enumerate(missing, 1):
        print_line(f"  {number}. {place(dossier, gap.place)}: {gap.text.text(language)}")
    print_line(f"{say('then')}: dokja dossier check {shlex.quote(output)}")
