"""``dokja audit``: one subject against its references; the module only parses, calls and shows."""

from __future__ import annotations

from typing import Annotated

import typer

from dokja.cli.language import use_language
from dokja.cli.options import (
    Device,
    DeviceOption,
    FailOnOption,
    HtmlOption,
    JsonOption,
    LangOption,
    MarkdownOption,
    MaxBytesOption,
    PdfOption,
    PolicyOption,
    ProgressOption,
    QuietOption,
    RequireConclusionOption,
    SeedOption,
)

__all__ = ["EPILOG", "audit"]

EPILOG = "Example: dokja audit ./submission ./candidate-a ./candidate-b --html report.html"


def audit(  # numpydoc ignore=PR01
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="Checkpoint under audit: file, folder or URL.")
    ],
    references: Annotated[
        list[str],
        typer.Argument(metavar="REFERENCE", help="Checkpoints it might come from."),
    ],
    *,
    json: JsonOption = None,
    html: HtmlOption = None,
    pdf: PdfOption = None,
    md: MarkdownOption = None,
    policy: PolicyOption = "default",
    fail_on: FailOnOption = None,
    require_conclusion: RequireConclusionOption = False,
    seed: SeedOption = 0,
    max_bytes: MaxBytesOption = None,
    device: DeviceOption = Device.AUTO,
    lang: LangOption = None,
    quiet: QuietOption = False,
    progress: ProgressOption = False,
) -> int:
    """Say of every component where it came from, and how sure that is."""
    from dokja.cli.conclusion import conclude
    from dokja.cli.outputs import check_outputs, collect_outputs
    from dokja.cli.progress import progress_bars

    language = use_language(lang)
    outputs = collect_outputs({"html": html, "json": json, "markdown": md, "pdf": pdf})
    check_outputs(outputs, (subject, *references), (policy,))

    from dokja.policy import load_policy

    judged_by = load_policy(policy)

    from dokja.audit import audit as run_audit

    with progress_bars(quiet=quiet, forced=progress) as advance:
        report = run_audit(
            subject,
            references,
            policy=judged_by,
            seed=seed,
            max_bytes=max_bytes,
            device=device.value,
            progress=advance,
        )
    return conclude(
        report,
        outputs,
        language,
        quiet=quiet,
        fail_on=fail_on,
        require_conclusion=require_conclusion,
    )
