"""``dokja judge``: a stored report judged again; the module knows documents, never weights."""

from __future__ import annotations

from dokja.cli.language import use_language
from dokja.cli.options import (
    FailOnOption,
    HtmlOption,
    JsonOption,
    LangOption,
    MarkdownOption,
    PdfOption,
    PolicyOption,
    QuietOption,
    ReportArgument,
    RequireConclusionOption,
)

__all__ = ["EPILOG", "judge"]

EPILOG = "Example: dokja judge report.json --policy press-2026 --html press.html"


def judge(  # numpydoc ignore=PR01
    report: ReportArgument,
    *,
    policy: PolicyOption = "default",
    json: JsonOption = None,
    html: HtmlOption = None,
    pdf: PdfOption = None,
    md: MarkdownOption = None,
    fail_on: FailOnOption = None,
    require_conclusion: RequireConclusionOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> int:
    """Judge a stored report again, under any policy, without the weights."""
    from dokja.cli.conclusion import conclude
    from dokja.cli.outputs import check_outputs, collect_outputs

    language = use_language(lang)
    outputs = collect_outputs({"html": html, "json": json, "markdown": md, "pdf": pdf})
    check_outputs(outputs, (), (policy,))
    # The stored report may be replaced by its re-judged self, but by no other view of it.
    check_outputs([output for output in outputs if output.renderer != "json"], (), (str(report),))

    from dokja.policy import judge as judge_again
    from dokja.policy import load_policy
    from dokja.report.json import load_report

    judged = judge_again(load_report(report), load_policy(policy))
    return conclude(
        judged,
        outputs,
        language,
        quiet=quiet,
        fail_on=fail_on,
        require_conclusion=require_conclusion,
    )
