"""``dokja licence``: what a licence expression asks for; the module shows what it does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dokja.cli.console import print_line
from dokja.cli.language import Language, say, use_language
from dokja.cli.options import LangOption, QuietOption

if TYPE_CHECKING:
    from dokja.document.licences import LicenceFacts

__all__ = ["EPILOG", "licence"]

EPILOG = "Example: dokja licence 'llama3.1 OR MIT' --handed-under Apache-2.0"


def licence(  # numpydoc ignore=PR01
    expression: Annotated[
        str,
        typer.Argument(metavar="EXPR", help="SPDX expression, or a name such as llama3.1."),
    ],
    *,
    handed_under: Annotated[
        str | None,
        typer.Option(
            "--handed-under", metavar="EXPR", help="Licence that what was made from it bears."
        ),
    ] = None,
    outputs_only: Annotated[
        bool,
        typer.Option("--outputs-only", help="Only what it generates is used, to train a model."),
    ] = False,
    distributed: Annotated[
        bool | None,
        typer.Option("--distributed/--not-distributed", help="Whether the work is passed on."),
    ] = None,
    changed: Annotated[
        bool | None,
        typer.Option("--changed/--unchanged", help="Whether the work is changed."),
    ] = None,
    monthly_users: Annotated[
        int | None,
        typer.Option("--monthly-users", min=0, metavar="N", help="Monthly active users."),
    ] = None,
    revenue: Annotated[
        int | None,
        typer.Option("--revenue-usd", min=0, metavar="N", help="Revenue a year in US dollars."),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option("--json", metavar="FILE", help="Write the answer; - for stdout."),
    ] = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> int:
    """Show what a licence asks for, what control it keeps, and what conflicts with it."""
    from dokja.cli.extras import require
    from dokja.cli.outputs import Output, check_targets, write_contents

    language = use_language(lang)
    for given in (expression, handed_under or ""):
        # Bytes of a shell that are no text come as lone surrogates.
        if any("\ud800" <= letter <= "\udfff" for letter in given):
            raise typer.BadParameter(say("a licence expression is text in UTF-8"))
    require("license_expression", extra="review")
    outputs = () if json is None else (Output("json", json),)
    check_targets(outputs, ())

    from dokja.licensing.facts import licence_facts
    from dokja.licensing.terms import Use

    facts = licence_facts(
        expression,
        use=Use(
            distributed=distributed,
            changed=changed,
            monthly_users=monthly_users,
            revenue_usd=revenue,
        ),
        handed=handed_under,
        by_outputs=outputs_only,
    )
    text = facts.model_dump_json(indent=2) + "\n"
    write_contents([(output, text.encode()) for output in outputs], quiet=quiet)
    if not quiet and not any(output.is_stdout for output in outputs):
        _print(facts, language)
    return 0


def _print(facts: LicenceFacts, language: Language) -> None:
    from dokja.cli.console import results
    from dokja.cli.tables import make_table, plain_cell
    from dokja.report.text import Text

    text = Text("ko" if language is Language.KO else "en", "review")
    words = {True: say("yes"), False: say("no"), None: say("depends")}
    if facts.duties:
        table = make_table("licence", "asks for", "applies")
        for duty in facts.duties:
            table.add_row(
                plain_cell(duty.licence.removeprefix("LicenseRef-").removeprefix("scancode-")),
                plain_cell(duty.text.text(language.value)),
                words[duty.applies],
            )
        results().print(table)
    kept = f"{text('licence.control')}: {text(f'control.{facts.control}')}"
    print_line(f"{kept}. {facts.reason.text(language.value)}")
    for one in facts.conflicts:
        print_line(f"{say('conflict')}: {one.text(language.value)}")
