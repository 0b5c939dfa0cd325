"""Documents as tables on a terminal; the module knows their fields, never how they came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.cli.console import print_line, results, visible
from dokja.cli.language import Language, say

if TYPE_CHECKING:
    from rich.table import Table

    from dokja.document.audit import AuditReport, CheckpointSummary, ComponentResult

__all__ = ["make_table", "plain_cell", "print_summary", "print_verdict"]

_STYLES = {
    "verbatim": "bold red",
    "reused": "bold red",
    "derived": "bold red",
    "shared_init": "yellow",
    "inconclusive": "yellow",
    "not_testable": "yellow",
    "no_evidence": "green",
}


def make_table(*headings: str, right: frozenset[str] = frozenset()) -> Table:
    """Return an empty table in the command line's manner.

    Parameters
    ----------
    *headings
        Names of the columns, in English.
    right
        Those of them that hold numbers.

    Returns
    -------
    Table
        Headings stand in the language of the run.
    """
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(say(heading), justify="right" if heading in right else "left")
    return table


def plain_cell(text: str) -> str:
    """Put a name into a cell: all of it visible, none of it markup.

    Parameters
    ----------
    text
        A name of any origin.

    Returns
    -------
    str
        What the cell holds.
    """
    from rich.markup import escape

    return escape(visible(text))


def _figure(value: float | None, digits: int = 4) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _verdict_row(result: ComponentResult, short: dict[str, str]) -> tuple[str, ...]:
    style = _STYLES[result.relation.value]
    # Without a counterpart anywhere, no single reference is to be named.
    name = (
        short.get(result.reference, result.reference)
        if result.reference and result.reference_component
        else "–"
    )
    return (
        plain_cell(result.component),
        f"{result.share:.1%}",
        plain_cell(name),
        f"[{style}]{say(result.relation.value)}[/]",
        _figure(result.cosine.weighted),
        _figure(result.pearson.weighted),
        "–" if result.log10_p is None else f"{result.log10_p:,.1f}",
    )


def _shorten(refs: tuple[str, ...]) -> dict[str, str]:
    """Last part of each address where that tells them apart, the whole address otherwise."""
    short = {ref: ref.rstrip("/").rsplit("/", 1)[-1] for ref in refs}
    unique = len(set(short.values())) == len(short)
    return short if unique else {ref: ref for ref in refs}


def _rows_to_show(report: AuditReport) -> list[ComponentResult]:
    """Leave out references without a counterpart, unless a component has none anywhere."""
    paired = {result.component for result in report.components if result.reference_component}
    shown: list[ComponentResult] = []
    alone: set[str] = set()
    for result in report.components:
        if result.reference_component is None:
            if result.component in paired or result.component in alone:
                continue
            alone.add(result.component)
        shown.append(result)
    return shown


def _print_findings(report: AuditReport, short: dict[str, str], language: Language) -> None:
    """Print errors and warnings; notes are counted, and stand in the report."""
    n_notes = 0
    for finding in report.verdict.findings:
        if finding.level == "note":
            n_notes += 1
            continue
        whom = (
            ""
            if finding.reference is None
            else f", {short.get(finding.reference, finding.reference)}"
        )
        where = f"{finding.component}{whom}"
        message = finding.message.text(language.value)
        print_line(f"{finding.rule} {say(finding.level)} ({where}): {message}")
    if n_notes:
        print_line(say("notes in the report: {n}").format(n=n_notes))


def print_verdict(report: AuditReport, language: Language) -> None:
    """Print the verdict: one row for each component and reference, then the sentence.

    Parameters
    ----------
    report
        The judged report.
    language
        Language of headings and sentences.
    """
    headings = ("component", "share", "reference", "relation", "cosine", "Pearson", "log10 p")
    right = frozenset({"share", "cosine", "Pearson", "log10 p"})
    table = make_table(*headings, right=right)
    short = _shorten(tuple(reference.ref for reference in report.references))
    for result in _rows_to_show(report):
        table.add_row(*_verdict_row(result, short))
    results().print(table)
    _print_findings(report, short, language)
    print_line(report.verdict.summary.text(language.value))


def _print_facts(summary: CheckpointSummary) -> None:
    facts = [
        ("checkpoint", summary.ref),
        ("format", f"{summary.format}, {summary.n_bytes:,} B"),
        ("parameters", f"{summary.n_parameters:,}"),
        ("tensors", f"{summary.n_tensors:,}"),
        ("number formats", ", ".join(f"{d.name} {int(d.value):,}" for d in summary.dtypes)),
        ("license", summary.license or "–"),
        ("digest", summary.digest or "–"),
    ]
    if summary.tokenizer is not None:
        tokenizer = f"{summary.tokenizer.n_tokens:,} tokens, {summary.tokenizer.digest}"
        facts.append(("tokenizer", tokenizer))
    if summary.n_nonfinite:
        facts.append(("NaN or infinite", f"{summary.n_nonfinite:,}"))
    for name, value in facts:
        print_line(f"{say(name)}: {value}")


def print_summary(summary: CheckpointSummary, language: Language) -> None:
    """Print what a checkpoint is made of.

    Parameters
    ----------
    summary
        The checkpoint as it was read.
    language
        Language of headings.
    """
    right = frozenset({"parameters", "share", "tensors", "layers"})
    table = make_table(
        "component", "family", "layers", "tensors", "parameters", "share", right=right
    )
    for part in summary.components:
        family = part.family or "–"
        table.add_row(
            plain_cell(part.component),
            plain_cell(f"{family} ({say('inferred', language)})" if part.inferred else family),
            str(part.n_layers or "–"),
            f"{part.n_tensors:,}",
            f"{part.n_parameters:,}",
            f"{part.share:.1%}",
        )
    _print_facts(summary)
    results().print(table)
