"""The report as Markdown, short enough for an issue or a mail.

The module knows Markdown and its traps, never what the report means: names are set as code or
escaped, so that none can make a link, a mention, a heading or a column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.report.view import make_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dokja.document.audit import AuditReport
    from dokja.report.figures import Block, Table
    from dokja.report.findings import FindingView
    from dokja.report.renderer import Language
    from dokja.report.view import ComponentView, View

__all__ = ["RENDERER", "MarkdownRenderer", "code", "prose"]

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~$])")
_REFERENCE = re.compile(r"([@#])(?=\w)")
_ADDRESS = re.compile(r"(?i)\b(https?:|www\.|mailto:)(?=\S)")
_KINDS = frozenset(
    {
        "digest",
        "power",
        "guards",
        "mixture",
        "steps",
        "heads",
        "vocabulary",
        "canaries",
    }
)
"""Blocks that are short and tell something that the tables do not."""


def code(name: str) -> str:
    """Set a name as code, whatever it holds.

    Parameters
    ----------
    name
        A visible name on one line.

    Returns
    -------
    str
        A code span that is safe inside of a table, too.
    """
    longest = max((len(run) for run in re.findall("`+", name)), default=0)
    fence = "`" * (longest + 1)
    gap = " " if name.startswith("`") or name.endswith("`") or name.strip() != name else ""
    return f"{fence}{gap}{name}{gap}{fence}".replace("|", "\\|")


def prose(words: str) -> str:
    """Set a sentence as plain text, whatever it holds.

    Parameters
    ----------
    words
        A visible sentence on one line.

    Returns
    -------
    str
        The sentence with every mark of Markdown escaped; mentions, references and addresses are
        broken by an invisible joiner, since no escape keeps a page from linking them.
    """
    escaped = _SPECIAL.sub(r"\\\1", words).replace("&", "&amp;")
    return _ADDRESS.sub("\\1\u2060", _REFERENCE.sub("\\1\u2060", escaped))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], numeric: Sequence[int]) -> str:
    marks = ("---:" if place in numeric else "---" for place in range(len(columns)))
    return "\n".join([_row(columns), _row(marks), *map(_row, rows)])


def _plain_table(table: Table) -> str:
    return _table(
        [prose(name) for name in table.columns],
        [[prose(cell) for cell in row] for row in table.rows],
        table.numeric,
    )


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {prose(item)}" for item in items)


def _overview(view: View) -> str:
    text = view.text
    names = ("component", "relation", "reference", "share", "cosine", "pearson", "sure")
    rows = [
        (
            prose(component.name),
            f"**{prose(component.best.word)}**",
            ", ".join(code(pair.origin) for pair in component.compared) or text("page.unknown"),
            component.share,
            component.best.cosine[1],
            component.best.pearson[1],
            prose(" ".join(component.sure)),
        )
        for component in view.components
    ]
    return _table([text(f"markdown.{name}") for name in names], rows, (3, 4, 5))


def _matrix(view: View) -> list[str]:
    if view.matrix is None:
        return []
    text = view.text
    columns = [view.matrix.corner, *map(prose, view.matrix.columns)]
    rows = [
        [
            prose(name),
            *(
                f"{prose(cell.word)} ({cell.pearson})" if cell else prose(text("matrix.absent"))
                for cell in cells
            ),
        ]
        for name, cells in view.matrix.rows
    ]
    title = f"## {prose(text('matrix.title'))}"
    return [title, text("matrix.lead"), _table(columns, rows, ())]


def _block(block: Block) -> list[str]:
    parts = [f"**{prose(block.title)}.** " + " ".join(map(prose, block.paragraphs))]
    parts += [_bullets(block.items)] if block.items else []
    parts += [_plain_table(table) for table in block.tables]
    return parts


def _component(component: ComponentView, view: View) -> list[str]:
    text, pair = view.text, component.best
    parts = [f"### {prose(component.name)}: {prose(pair.word)}", prose(component.lead)]
    if not component.compared:
        return parts
    parts += [prose(" ".join([pair.reason, *pair.remarks]))]
    parts += [f"**{text('ledger.sure')}.** {prose(' '.join(component.sure))}"]
    if component.not_examined:
        parts += [f"**{text('markdown.not_examined')}.**\n\n{_bullets(component.not_examined)}"]
    if component.without:
        names = ", ".join(code(name) for name in component.without)
        parts += [f"**{text('ledger.without')}.** {names}"]
    if len(component.compared) > 1:
        where = text("evidence.pair", component=component.name, reference=pair.origin)
        parts += [f"#### {prose(where)}"]
    figures = [block for block in pair.blocks if block.kind == "figures"]
    parts += [_plain_table(block.tables[0]) for block in figures]
    for block in pair.blocks:
        if block.kind in _KINDS:
            parts += _block(block)
    return [part for part in parts if part]


def _findings(view: View) -> list[str]:
    text = view.text
    parts = [f"## {text('findings.title')}"]
    if not view.findings:
        return [*parts, text("findings.none")]
    columns = [text(f"findings.{name}") for name in ("rule", "level", "message")]
    rows = [(code(f.rule), f.level_word, _finding(f)) for f in view.findings]
    return [*parts, _table(columns, rows, ())]


def _finding(finding: FindingView) -> str:
    where = f" ({prose('; '.join(finding.where))})" if finding.where else ""
    return prose(finding.message) + where


def _provenance(view: View) -> list[str]:
    text, facts = view.text, view.provenance
    parts = [f"## {text('provenance.title')}"]
    parts.append(
        "\n".join(
            f"- {code(name)}: {code(dict(shown)[text('provenance.digest')])}"
            for name, shown in facts.checkpoints
        )
    )
    parts.append(_bullets(f"{label}: {value}" for label, value in facts.facts))
    # A fence longer than any run of backticks inside, so that no name can close it.
    longest = max((len(run) for run in re.findall("`+", facts.command)), default=0)
    fence = "`" * max(3, longest + 1)
    parts.append(f"{text('provenance.command')}:\n\n{fence}sh\n{facts.command}\n{fence}")
    return parts


@dataclass(frozen=True, slots=True)
class MarkdownRenderer:
    """Writes the verdict, the key figures, what they mean, limits and provenance."""

    name: str = "markdown"
    suffix: str = ".md"
    media_type: str = "text/markdown"

    def render(self, report: AuditReport, *, language: Language = "en") -> bytes:
        """Write the report as Markdown.

        Parameters
        ----------
        report
            The report.
        language
            Language of all words that are not names.

        Returns
        -------
        bytes
            UTF-8 with a final line break.
        """
        view = make_view(report, language)
        text = view.text
        parts = [
            f"# {text('markdown.title', subject=code(view.subject))}",
            f"**{prose(view.headline)}** {prose(view.headline_share)}".rstrip(),
            f"{prose(view.verdict)} · {prose(view.conclusive)} · {prose(view.subject_facts)}",
        ]
        if view.components:
            parts += [_overview(view), text("markdown.table_note")]
            parts += _matrix(view)
            parts += [f"## {text('markdown.reading')}"]
        for component in view.components:
            parts += _component(component, view)
        parts += _findings(view)
        parts += [f"## {text('limits.title')}", _bullets(view.limits)]
        parts += _provenance(view)
        made = text("page.made_by", version=prose(view.version), date=prose(view.date))
        parts.append(f"---\n\n{made}")
        return ("\n\n".join(part for part in parts if part) + "\n").encode()


RENDERER = MarkdownRenderer()
"""The renderer in the catalog."""
