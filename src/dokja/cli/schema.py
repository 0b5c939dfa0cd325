"""``dokja schema``: the published schema of a document; the module only prints it."""

from __future__ import annotations

from typing import Annotated

import typer

from dokja.cli.console import print_line
from dokja.cli.language import say, use_language
from dokja.cli.options import LangOption

__all__ = ["EPILOG", "schema"]

EPILOG = "Example: dokja schema > report.schema.json"


def schema(  # numpydoc ignore=PR01
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Kind of document, such as round-1.")
    ] = "audit-1",
    *,
    lang: LangOption = None,
) -> int:
    """Print the JSON Schema of a document that Dokja reads or writes."""
    use_language(lang)
    from dokja.document.bundle_schema import bundle_schema_text, bundle_schemas
    from dokja.document.review_schema import review_schema_text, review_schemas
    from dokja.document.round_schema import round_schema_text, round_schemas
    from dokja.document.schema import schema_text
    from dokja.document.trajectory_schema import trajectory_schema_text, trajectory_schemas

    texts = {"audit-1": lambda _: schema_text()}
    texts |= dict.fromkeys(round_schemas(), round_schema_text)
    texts |= dict.fromkeys(trajectory_schemas(), trajectory_schema_text)
    texts |= dict.fromkeys(review_schemas(), review_schema_text)
    texts |= dict.fromkeys(bundle_schemas(), bundle_schema_text)
    known = tuple(texts)
    if name not in known:
        raise typer.BadParameter(
            say("there is no schema {name}; known: {names}").format(
                name=repr(name[:80]), names=", ".join(known)
            )
        )
    print_line(texts[name](name).rstrip("\n"))
    return 0
