"""The report of an audit as the nodes of a PDF, in the order of its page.

The module knows both shapes, never what the report means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.report.html import heat_legend
from dokja.report.pdf.sheet import (
    Drawing,
    Node,
    Sheet,
    facts,
    heading,
    items,
    outcome,
    shell,
    table,
    words,
)
from dokja.report.plots import draw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.report.figures import Block, Figure, Table
    from dokja.report.matrix import Matrix, MatrixCell
    from dokja.report.pair import Pair
    from dokja.report.view import ComponentView, View

__all__ = ["view_sheet"]


def view_sheet(view: View) -> Sheet:
    """Lay a report out as a sheet.

    Parameters
    ----------
    view
        The report in the language of its reader.

    Returns
    -------
    Sheet
        Everything that the page shows.
    """
    text = view.text
    badges = (
        (view.verdict, "good" if view.passed else "bad"),
        (view.conclusive, "plain" if view.is_conclusive else "open"),
    )
    return Sheet(
        language=text.language,
        kicker=text("page.kicker"),
        stamp=view.date,
        label=text("subject.label"),
        subject=view.subject,
        facts=view.subject_facts,
        headline=view.headline,
        summary=view.headline_share,
        badges=badges,
        made_by=text("page.made_by", version=view.version, date=view.date),
        nodes=tuple(_nodes(view)),
    )


def _nodes(view: View) -> Iterator[Node | Drawing]:
    text = view.text
    if view.components:
        yield heading(1, text("ledger.title"))
        yield from (_component(one, view) for one in view.components)
    if view.matrix is not None:
        yield heading(1, text("matrix.title"))
        yield words([text("matrix.lead")])
        yield _matrix(view.matrix, view)
    yield from _findings(view)
    if view.components:
        yield heading(1, text("evidence.title"))
        yield words([text("evidence.lead")])
        for component in view.components:
            for pair in component.pairs:
                yield from _pair(pair, view)
    yield heading(1, text("method.title"))
    yield words(view.method)
    yield heading(1, text("limits.title"))
    yield items(view.limits)
    yield from _provenance(view)


def _component(one: ComponentView, view: View) -> Node:
    text = view.text
    rows: list[tuple[str, str]] = []
    if one.compared:
        rows.append((text("ledger.why"), " ".join((one.best.reason, *one.best.remarks))))
        rows.append((text("ledger.sure"), " ".join(one.sure)))
        if one.not_examined:
            rows.append((text("ledger.not_examined"), " ".join(one.not_examined)))
        if len(one.compared) > 1:
            named = "; ".join(pair.origin for pair in one.compared)
            rows.append((text("ledger.from"), named))
        if one.further:
            others = "; ".join(f"{pair.origin}: {pair.word}" for pair in one.further)
            rows.append((text("ledger.other_references"), others))
        if one.without:
            rows.append((text("ledger.without"), ", ".join(one.without)))
    amount = (
        f"{text('ledger.share_of', share=one.share)} {text('ledger.parameters', n=one.parameters)}"
    )
    tone = f"tone-{one.best.relation}"
    return outcome(one.name, one.best.word, tone, [amount, one.best.plain, one.lead], rows)


def _matrix(matrix: Matrix, view: View) -> Node:
    def cell(one: MatrixCell | None) -> tuple[str, str, str]:
        if one is None:
            return view.text("matrix.absent"), "quiet", ""
        return one.word, f"tone-{one.relation}", one.pearson

    rows = [[(name, "plain", ""), *map(cell, cells)] for name, cells in matrix.rows]
    return table([matrix.corner, *matrix.columns], rows)


def _findings(view: View) -> Iterator[Node]:
    text = view.text
    yield heading(1, text("findings.title"))
    yield words([text("findings.lead", policy=view.policy)])
    if not view.findings:
        yield words([text("findings.none")])
    for one in view.findings:
        places = " ".join(f"[{place}]" for place in one.evidence)
        said = [one.message, "; ".join(one.where)]
        if places:
            said.append(f"{text('findings.evidence')} {places}")
        yield outcome(one.level_word, one.rule, "plain", said)


def _pair(pair: Pair, view: View) -> Iterator[Node | Drawing]:
    text = view.text
    title = text("evidence.pair", component=pair.component, reference=pair.origin)
    yield heading(2, title, tone=f"tone-{pair.relation}", word=pair.word)
    yield words([" ".join((pair.reason, *pair.remarks))])
    for block in pair.blocks:
        yield from _block(block, view)
    if not pair.blocks:
        yield words([text("evidence.none")])


def _block(block: Block, view: View) -> Iterator[Node | Drawing]:
    places = "".join(f" [{place}]" for place in block.anchors)
    yield heading(3, block.title + places)
    yield words(block.paragraphs)
    if block.items:
        yield items(block.items)
    for record in block.records:
        at = "".join(f" [{place}]" for place in record.anchors)
        yield facts(record.fields, title=record.title + at)
    for figure in block.figures:
        yield _figure(figure, block, view)
    for one in block.tables:
        yield _table(one)
    if block.caption:
        yield words([block.caption], quiet=True)


def _figure(figure: Figure, block: Block, view: View) -> Drawing:
    legend: tuple[tuple[str, str], ...] = ()
    title = ""
    if block.kind == "heat":
        legend = tuple((f"heat-{step}", label) for step, label in heat_legend(view))
        legend = (*legend, ("undefined", view.text("heat.undefined")))
        title = view.text(f"heat.{getattr(figure, 'name', '')}")
    return Drawing(draw(figure, view.text), figure.alt, title, "", legend)


def _table(one: Table) -> Node:
    rows = [[(cell, "plain", "") for cell in row] for row in one.rows]
    return table(one.columns, rows, numeric=one.numeric)


def _provenance(view: View) -> Iterator[Node]:
    text, told = view.text, view.provenance
    yield heading(1, text("provenance.title"))
    yield words([text("provenance.lead")])
    yield heading(2, text("provenance.command"))
    yield shell(told.command)
    yield heading(2, text("provenance.rejudge"))
    yield shell(told.rejudge)
    yield facts((*told.facts, *told.settings))
    for place, (name, shown) in enumerate(told.checkpoints):
        label = text("subject.references" if place else "subject.label")
        yield facts(shown, title=f"{label}: {name}")
    yield heading(2, text("provenance.sources"))
    yield _table(told.sources)
