"""``dokja bom``: what a model is made of, in the formats that other tools and forms ask for.

The module picks a format; what stands in it another room decides.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dokja.cli.codes import EXIT_OK
from dokja.cli.language import use_language
from dokja.cli.options import LangOption, QuietOption

if TYPE_CHECKING:
    from dokja.attestation.facts import Facts
    from dokja.review.dossier import DossierFiles

__all__ = ["EPILOG", "BomFormat", "bom"]

EPILOG = "Example: dokja bom audit.json review.json --format cyclonedx -o model.cdx.json"


class BomFormat(StrEnum):
    """Formats that can be written."""

    CYCLONEDX = "cyclonedx"
    SPDX = "spdx"
    EU = "eu"
    EU_JSON = "eu-json"
    CARD = "card"


def bom(  # numpydoc ignore=PR01
    reports: Annotated[
        list[Path],
        typer.Argument(metavar="REPORT.json...", help="An audit, and the review of it if any."),
    ],
    *,
    format: Annotated[  # noqa: A002  # the option's name is the contract
        BomFormat,
        typer.Option("--format", help="CycloneDX, SPDX, fields of the EU's form, a hub's card."),
    ] = BomFormat.CYCLONEDX,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="File to write; - for stdout.")
    ] = "-",
    dossier: Annotated[
        Path | None, typer.Option("--dossier", metavar="FILE", help="What the maker says of it.")
    ] = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> int:
    """Write a bill of materials: what a model is made of and where that is from."""
    from dokja.attestation.facts import gather_facts
    from dokja.attestation.kinds import read_report
    from dokja.cli.bundle import read_file
    from dokja.cli.extras import require
    from dokja.cli.outputs import Output, check_targets, write_contents

    use_language(lang)
    require("license_expression", extra="review")
    outputs = (Output("bom", output),)
    files = [str(path) for path in (*reports, *([] if dossier is None else [dossier]))]
    check_targets(outputs, (), files)
    read = [read_report(read_file(path), uri=str(path))[1] for path in reports]
    found = None if dossier is None else _dossier(dossier)
    facts = gather_facts(
        read,
        None if found is None else found.dossier,
        dossier_digest=None if found is None else found.digest,
    )
    write_contents([(outputs[0], _written(format, facts))], quiet=quiet)
    return EXIT_OK


def _dossier(path: Path) -> DossierFiles:
    import datetime as dt

    from dokja.cli.extras import require
    from dokja.review.dossier import read_dossier

    require("ruamel.yaml", extra="review")
    return read_dossier(path, on=dt.datetime.now(tz=dt.UTC).date())


def _written(name: BomFormat, facts: Facts) -> bytes:
    import json

    from dokja.attestation.cyclonedx import cyclonedx_bom
    from dokja.attestation.forms import eu_fields, eu_markdown, hub_card
    from dokja.attestation.spdx import spdx_document

    if name is BomFormat.EU:
        return eu_markdown(facts).encode()
    if name is BomFormat.CARD:
        return hub_card(facts).encode()
    made = {
        BomFormat.CYCLONEDX: cyclonedx_bom,
        BomFormat.SPDX: spdx_document,
        BomFormat.EU_JSON: eu_fields,
    }
    return (json.dumps(made[name](facts), indent=2, ensure_ascii=False) + "\n").encode()
