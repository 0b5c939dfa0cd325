"""The whole report in the language of a reader: one view for every page, so that none disagree.

The module knows the order of the story, never how a page is set. Everything in a view comes from
the document; nothing is measured or judged here.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.document.audit import AuditReport, ComponentResult, Relation
from dokja.report.digits import amount, count, data_size, decimal, share
from dokja.report.figures import Table
from dokja.report.findings import FindingView, make_findings
from dokja.report.lead import make_lead
from dokja.report.matrix import Matrix, make_matrix
from dokja.report.names import component_name, moment, show
from dokja.report.pair import Pair, make_pair
from dokja.report.tables import RowBudget
from dokja.report.text import Text, clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.audit import CheckpointSummary, Tokenizer
    from dokja.report.evidence import Indexed
    from dokja.report.renderer import Language

__all__ = ["ComponentView", "Provenance", "View", "make_view"]

_ORDER = list(Relation)
_KIN = (Relation.VERBATIM, Relation.REUSED, Relation.DERIVED)


@dataclass(frozen=True, slots=True)
class ComponentView:
    """One component of the subject and its pairs, the strongest relation first."""

    name: str
    share: str
    share_value: float
    parameters: str
    best: Pair
    others: tuple[Pair, ...]
    lead: str
    """What the component is, in one sentence; against every reference where none shares it."""
    sure: tuple[str, ...]
    not_examined: tuple[str, ...]
    compared: tuple[Pair, ...]
    """Pairs that `lead` is about; none where no reference has such a component."""
    further: tuple[Pair, ...]
    """Other pairs that could be compared."""
    without: tuple[str, ...]
    """References that have no such component."""

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Pairs there is evidence on."""
        tested = (self.best, *self.others)
        return tuple(pair for pair in tested if pair.relation is not Relation.NOT_TESTABLE)


@dataclass(frozen=True, slots=True)
class Provenance:
    """How the report came about."""

    command: str
    rejudge: str
    facts: tuple[tuple[str, str], ...]
    checkpoints: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Name, and facts with their labels; the subject first."""
    sources: Table
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class View:
    """Everything a report says, in words."""

    text: Text
    subject: str
    subject_facts: str
    references: tuple[str, ...]
    date: str
    version: str
    headline: str
    headline_share: str
    relation: Relation
    passed: bool
    verdict: str
    conclusive: str
    is_conclusive: bool
    policy: str
    components: tuple[ComponentView, ...]
    matrix: Matrix | None
    """None where there is but one reference."""
    findings: tuple[FindingView, ...]
    method: tuple[str, ...]
    limits: tuple[str, ...]
    provenance: Provenance


def make_view(report: AuditReport, language: Language) -> View:
    """Tell a report in one language.

    Parameters
    ----------
    report
        The document.
    language
        Language of the reader.

    Returns
    -------
    View
        Everything that a page shows.
    """
    text = Text(language)
    components = _components(report, text)
    headline, headline_share = _headline(report, components, text)
    verdict = report.verdict
    policy = show(verdict.policy, text, longest=80)
    n_nonfinite = report.subject.n_nonfinite
    facts = _facts(report.subject, text)
    return View(
        text=text,
        subject=show(report.subject.ref, text),
        subject_facts=facts
        + (" · " + text("subject.nonfinite", n=count(n_nonfinite)) if n_nonfinite else ""),
        references=tuple(show(reference.ref, text) for reference in report.references),
        date=moment(report.provenance.started_at, text),
        version=show(report.provenance.dokja, text, longest=60),
        headline=headline,
        headline_share=headline_share,
        relation=verdict.relation,
        passed=verdict.passed,
        verdict=text("verdict.passed" if verdict.passed else "verdict.failed", policy=policy),
        conclusive=text("verdict.conclusive" if verdict.conclusive else "verdict.open"),
        is_conclusive=verdict.conclusive,
        policy=policy,
        components=components,
        matrix=make_matrix(
            [show(reference.ref, text) for reference in report.references],
            [(component.name, component.pairs) for component in components],
            text,
        ),
        findings=make_findings(report, text),
        method=_method(text),
        limits=tuple(text(f"limits.{name}") for name in _LIMITS),
        provenance=_provenance(report, text),
    )


_LIMITS = (
    "references",
    "distillation",
    "rerun",
    "laundering",
    "direction",
    "forgery",
    "licence",
)


# -- components -----------------------------------------------------------------------------------


def _belongs(item: Indexed, result: ComponentResult) -> bool:
    evidence = item[1]
    parts = {evidence.reference_component, result.reference_component} - {None}
    return (
        evidence.component == result.component
        and evidence.reference == result.reference
        and len(parts) <= 1
    )


def _components(report: AuditReport, text: Text) -> tuple[ComponentView, ...]:
    evidence = tuple(enumerate(report.evidence))
    by_component: dict[str, list[tuple[int, ComponentResult]]] = {
        part.component: [] for part in report.subject.components
    }
    for place, result in enumerate(report.components):
        by_component.setdefault(result.component, []).append((place, result))
    budget = RowBudget()
    return tuple(
        _component(results, evidence, budget, text) for results in by_component.values() if results
    )


def _component(
    results: Sequence[tuple[int, ComponentResult]],
    evidence: Sequence[Indexed],
    budget: RowBudget,
    text: Text,
) -> ComponentView:
    # Stable: of two equal relations the nearer reference, which stands first, stays first.
    ordered = sorted(results, key=lambda item: _ORDER.index(item[1].relation))
    pairs = [
        make_pair(
            f"pair-{place}",
            result,
            [item for item in evidence if _belongs(item, result)],
            budget,
            text,
        )
        for place, result in ordered
    ]
    first = ordered[0][1]
    told = make_lead(pairs, text)
    tested = [pair for pair in pairs if pair.relation is not Relation.NOT_TESTABLE]
    return ComponentView(
        name=component_name(first.component, text),
        share=share(first.share),
        share_value=first.share,
        parameters=amount(first.n_parameters, text),
        best=pairs[0],
        others=tuple(pairs[1:]),
        lead=told.lead,
        sure=told.sure,
        not_examined=told.not_examined,
        compared=told.pairs if tested else (),
        further=tuple(pair for pair in tested if pair not in told.pairs),
        without=tuple(
            pair.reference
            for pair in pairs
            if pair.relation is Relation.NOT_TESTABLE and pair.reference is not None
        ),
    )


def _counted(key: str, n: int, total: int, text: Text) -> str:
    """Say how many components something holds for, in the number that language asks for."""
    some, every = ("_one" if n == 1 else ""), ("_whole" if total == 1 else "_all")
    return text(f"headline.{key}{every if n == total else some}", n=count(n), total=count(total))


def _headline(
    report: AuditReport, components: Sequence[ComponentView], text: Text
) -> tuple[str, str]:
    """Say the result in one sentence, and how much of the model it concerns in another."""
    total = len(components)
    best = [component.best.relation for component in components]
    kin = [component for component in components if component.best.relation in _KIN]
    if kin:
        concerned = "" if len(kin) == total else _concerned(report, kin, text)
        return _counted("kin", len(kin), total, text), concerned
    if Relation.SHARED_INIT in best:
        return _counted("shared_init", best.count(Relation.SHARED_INIT), total, text), ""
    if all(relation is Relation.NOT_TESTABLE for relation in best):
        return text("headline.not_testable"), ""
    open_ones = sum(r in {Relation.INCONCLUSIVE, Relation.NOT_TESTABLE} for r in best)
    if open_ones:
        return _counted("inconclusive", open_ones, total, text), ""
    return text("headline.no_evidence"), ""


def _concerned(report: AuditReport, kin: Sequence[ComponentView], text: Text) -> str:
    held = min(1.0, sum(component.share_value for component in kin))
    parameters = amount(report.subject.n_parameters, text)
    key = "share_one" if len(kin) == 1 else "share"
    return text(f"headline.{key}", share=share(held), parameters=parameters)


# -- method, provenance -----------------------------------------------------------------


def _method(text: Text) -> tuple[str, ...]:
    tests = tuple(
        text(f"method.{name}", hypothesis=text(f"hypothesis.{name}"))
        for name in ("units", "swap", "order", "layer_search")
    )
    return (
        text("method.intro"),
        text("method.digests"),
        text("method.moments"),
        *tests,
        text("method.retention"),
        text("method.correction"),
        text("method.power"),
    )


def _facts(checkpoint: CheckpointSummary, text: Text) -> str:
    return text(
        "subject.facts",
        parameters=amount(checkpoint.n_parameters, text),
        tensors=count(checkpoint.n_tensors),
        size=data_size(checkpoint.n_bytes),
    )


def _tokenizer(tokenizer: Tokenizer, text: Text) -> str:
    if tokenizer.n_shared_tokens is None:
        return text("provenance.tokens", n=count(tokenizer.n_tokens))
    shared = count(tokenizer.n_shared_tokens)
    return text("provenance.tokens_shared", n=count(tokenizer.n_tokens), shared=shared)


def _checkpoint(checkpoint: CheckpointSummary, text: Text) -> tuple[tuple[str, str], ...]:
    components = []
    for part in checkpoint.components:
        notes = [share(part.share)]
        if part.n_layers:
            notes.append(text("provenance.layers", n=count(part.n_layers)))
        if part.family:
            notes.append(show(part.family, text, longest=40))
        if part.inferred:
            notes.append(text("provenance.inferred"))
        components.append(f"{component_name(part.component, text)} ({', '.join(notes)})")
    dtypes = ", ".join(
        f"{show(kind.name, text, longest=20)} {amount(int(kind.value), text)}"
        for kind in checkpoint.dtypes
    )
    facts = [
        ("digest", show(checkpoint.digest, text)),
        ("parameters", count(checkpoint.n_parameters)),
        ("components", "; ".join(components)),
        ("dtypes", dtypes),
        ("format", show(checkpoint.format, text, longest=40)),
    ]
    if checkpoint.tokenizer is not None:
        facts.append(("tokenizer", _tokenizer(checkpoint.tokenizer, text)))
    if checkpoint.license is not None:
        facts.append(("license", show(checkpoint.license, text, longest=80)))
    return tuple((text(f"provenance.{name}"), value) for name, value in facts if value)


def _command(report: AuditReport) -> str:
    refs = [report.subject.ref, *(reference.ref for reference in report.references)]
    words = ["dokja", "audit", *refs, "--policy", report.verdict.policy]
    words += ["--seed", str(report.provenance.seed), "--json", "report.json"]
    return " ".join(_argument(word) for word in words)


def _argument(word: str) -> str:
    """Quote a word for a shell; what cannot be typed becomes visible, and wrong on purpose."""
    return shlex.quote(clean(word[:400]))


def _provenance(report: AuditReport, text: Text) -> Provenance:
    facts = report.provenance
    shown = (
        ("version", show(facts.dokja, text, longest=60)),
        ("started", moment(facts.started_at, text)),
        ("duration", text("provenance.seconds", n=decimal(facts.wall_s))),
        ("read", f"{data_size(facts.bytes_read)} ({count(facts.bytes_read)} B)"),
        ("seed", str(facts.seed)),
        ("policy", show(report.verdict.policy, text, longest=80)),
        ("policy_digest", show(facts.policy_digest, text)),
    )
    rows = tuple(
        (
            show(source.uri, text),
            data_size(source.n_bytes),
            show(source.identity, text, longest=80),
        )
        for source in facts.sources
    )
    columns = tuple(text(f"provenance.{name}") for name in ("file", "size", "identity"))
    policy = _argument(report.verdict.policy)
    return Provenance(
        command=_command(report),
        rejudge=f"dokja judge report.json --policy {policy}",
        facts=tuple((text(f"provenance.{name}"), value) for name, value in shown),
        checkpoints=tuple(
            (show(checkpoint.ref, text), _checkpoint(checkpoint, text))
            for checkpoint in (report.subject, *report.references)
        ),
        sources=Table(columns, rows, numeric=(1,)),
        settings=tuple(
            (show(value.name, text, longest=60), decimal(value.value, 6))
            for value in facts.parameters
        ),
    )
