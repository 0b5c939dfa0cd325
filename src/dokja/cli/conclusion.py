"""The end every judging command shares: write the views, print the summary, choose the exit code.

The module reads the document alone and knows nothing of how it came about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.cli.codes import EXIT_FINDING, EXIT_INCONCLUSIVE, EXIT_OK
from dokja.cli.outputs import Output, write_outputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.cli.language import Language
    from dokja.cli.options import FailOn
    from dokja.document.audit import AuditReport

__all__ = ["conclude", "exit_code"]


def exit_code(report: AuditReport, *, fail_on: FailOn | None, require_conclusion: bool) -> int:
    """Translate a verdict into the contract with scripts.

    Parameters
    ----------
    report
        The judged report.
    fail_on
        Weakest relation that counts as a finding; None if none does.
    require_conclusion
        Whether an inconclusive component matters.

    Returns
    -------
    int
        1 for a finding, else 4 for a missing conclusion, else 0.
    """
    from dokja.document.audit import Relation

    if fail_on is not None:
        strongest_first = list(Relation)
        if strongest_first.index(report.verdict.relation) <= strongest_first.index(
            Relation(fail_on.value)
        ):
            return EXIT_FINDING
    if require_conclusion and not report.verdict.conclusive:
        return EXIT_INCONCLUSIVE
    return EXIT_OK


def conclude(
    report: AuditReport,
    outputs: Sequence[Output],
    language: Language,
    *,
    quiet: bool,
    fail_on: FailOn | None = None,
    require_conclusion: bool = False,
) -> int:
    """Write what was asked for, print the summary unless stdout is taken, and judge the run.

    Parameters
    ----------
    report
        The judged report.
    outputs
        Views to write.
    language
        Language of views and summary.
    quiet
        Print nothing but what was asked for.
    fail_on
        See `exit_code`.
    require_conclusion
        See `exit_code`.

    Returns
    -------
    int
        The exit code.
    """
    write_outputs(outputs, report, language, quiet=quiet)
    if not quiet and not any(output.is_stdout for output in outputs):
        from dokja.cli.tables import print_verdict

        print_verdict(report, language)
    return exit_code(report, fail_on=fail_on, require_conclusion=require_conclusion)
