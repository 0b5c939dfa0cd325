"""What the policy says, each thing once.

The module knows which findings are alike, never what one of them means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.report.names import component_name, sentence, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.audit import AuditReport, Finding
    from dokja.report.text import Text

__all__ = ["FindingView", "make_findings"]


@dataclass(frozen=True, slots=True)
class FindingView:
    """What a rule says."""

    rule: str
    level: str
    level_word: str
    message: str
    where: tuple[str, ...]
    """What it is said of, for what is said of many alike."""
    evidence: tuple[int, ...]


def make_findings(report: AuditReport, text: Text) -> tuple[FindingView, ...]:
    """Tell each finding once, with everything it is said of.

    Parameters
    ----------
    report
        The document.
    text
        Language of the reader.

    Returns
    -------
    tuple of FindingView
        In the order of the document; equal sentences of one rule at the place of the first.
    """
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in report.verdict.findings:
        key = (finding.rule, finding.level, finding.message.text(text.language))
        groups.setdefault(key, []).append(finding)
    return tuple(_finding(alike, report, text) for alike in groups.values())


def _finding(alike: Sequence[Finding], report: AuditReport, text: Text) -> FindingView:
    first = alike[0]
    places = dict.fromkeys(i for one in alike for i in one.evidence if i < len(report.evidence))
    # What is more than a note names its component in its own words.
    is_told = first.level != "note" and len(alike) == 1
    return FindingView(
        rule=show(first.rule, text, longest=40),
        level=first.level,
        level_word=text(f"findings.{first.level}"),
        message=sentence(first.message.text(text.language), text),
        where=() if is_told else _where(alike, text),
        evidence=tuple(sorted(places)),
    )


def _where(alike: Sequence[Finding], text: Text) -> tuple[str, ...]:
    references: dict[str, list[str]] = {}
    for one in alike:
        names = references.setdefault(one.component, [])
        if one.reference is not None:
            names.append(show(one.reference, text))
    return tuple(
        text(
            "findings.place" if names else "findings.alone",
            component=component_name(component, text),
            references=text("lead.comma").join(names),
        )
        for component, names in references.items()
    )
