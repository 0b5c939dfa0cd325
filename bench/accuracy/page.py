"""The page of the documentation that shows who was right about what.

Renders figures; every word that is not a figure stands here, every figure comes in.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.accuracy.answers import Answer, Mark, mark
from bench.accuracy.pairs import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.accuracy.pairs import Pair

INTRODUCTION = """\
<!-- Written by `make accuracy`. Do not edit: change bench/accuracy and run it again. -->

# Accuracy

Small models really trained for the purpose, what is done to them in life and by those who hide, and
what each tool then says. {n_related} pairs are related, by {n_operations} operations. {n_unrelated}
ordered pairs are strangers; {n_hardest} of them are of the hardest kind: the same shape throughout,
first taught the same data in the same order, with the same tokenizer where there is one, from
another seed. Kinds of network: {kinds}. Each model has 0.25 to 1 million parameters, so what is
measured here is whether the mathematics holds, not how large models look; the p-values are
[calibrated](method/calibration.md) apart.

**Right** of a related pair means that kin is named (*derived* or stronger), **undecided** that the
tool abstains or cannot read the pair, **wrong** that it calls kin strangers; of strangers the other
way round: wrong is a false accusation.
"""

LEGEND = {
    "mean cosine > 0.98": "kin if the mean cosine over tensors of one name and shape is above 0.98",
    "AWM (own reading)": "the score of arXiv 2510.06738, written from its description: channels "
    "matched by assignment on embedding rows, then unbiased CKA of queries and keys. The line is "
    "drawn where it accuses no stranger of this table ({line:.3f}), its most favourable place; "
    "models without token embeddings it cannot read",
    "modelDNA 0.1.0": "from the package index, each pair compared as `modeldna compare` does. It "
    "knows decoders of language only",
    "Cisco kit 1.0.0": "`cisco-ai-provenance-kit`, each pair compared as `provenancekit compare` "
    "does; a weak match counts as kin. It confirms a match wherever the configurations agree",
}

BOUND = """\
The bound is exact (Clopper and Pearson, one-sided): were the true rate of false accusations higher,
so few would be seen in at most one run in twenty. The pairs share models, so they are not fully
independent.
"""

STRANGERS = """\
## Strangers

A stranger renumbered to fit the reference has taken its order from there and no weights: to abstain
is as much as the evidence allows, and counts as undecided here all the same.
"""

ALONE = """\
## What one reference cannot answer

The smaller share of a merge, asked about alone. Not counted above; with both parents given it is.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that was asked and answered."""

    pairs: Sequence[Pair]
    answers: Mapping[str, Mapping[str, Answer]]
    """By tool, then by pair."""
    missing: Mapping[str, str]
    """Tools that were not run, and why."""
    line: float
    """Where AWM's line was drawn."""
    n_hardest: int = 0
    """Strangers of the same shape."""

    def counts(self, tool: str, pairs: Iterable[Pair]) -> Counter[Mark]:
        """Count the marks of a tool."""
        held = self.answers[tool]
        return Counter(mark(pair, held[pair.key]) for pair in pairs if pair.key in held)


def upper_bound(n_wrong: int, n: int, confidence: float = 0.95) -> float:
    """Return the exact one-sided upper limit of a rate (Clopper and Pearson, 1934)."""
    from scipy.stats import beta

    return 1.0 if n_wrong == n else float(beta.ppf(confidence, n_wrong + 1, n - n_wrong))


def _cell(counts: Counter[Mark]) -> str:
    return " / ".join(str(counts[value]) for value in Mark)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] + ["--:"] * (len(heads) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _by_operation(outcome: Outcome, pairs: Sequence[Pair]) -> str:
    tools = list(outcome.answers)
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(pair.operation, []).append(pair)
    rows = [
        [name, str(len(held)), *(_cell(outcome.counts(tool, held)) for tool in tools)]
        for name, held in groups.items()
    ]
    total = ["**all**", f"**{len(pairs)}**"]
    total += [f"**{_cell(outcome.counts(tool, pairs))}**" for tool in tools]
    return _table(["operation", "pairs", *tools], [*rows, total])


def _summary(outcome: Outcome) -> str:
    related = [pair for pair in outcome.pairs if pair.related and pair.counted]
    strangers = [pair for pair in outcome.pairs if not pair.related]
    rows = []
    for tool in outcome.answers:
        kin, others = outcome.counts(tool, related), outcome.counts(tool, strangers)
        bound = upper_bound(others[Mark.WRONG], others.total())
        rows.append([tool, _cell(kin), _cell(others), f"{bound:.2%}"])
    heads = ["tool", "related: right / undecided / wrong", "strangers: right / undecided / wrong"]
    return _table([*heads, "accused, 95 % upper bound"], rows)


def _missed(outcome: Outcome, tool: str) -> str:
    rows = []
    for pair in outcome.pairs:
        answer = outcome.answers[tool].get(pair.key)
        if answer is None or not pair.counted or mark(pair, answer) is Mark.RIGHT:
            continue
        reason = str(answer.figures.get("reason", ""))
        cells = [pair.key, pair.operation, mark(pair, answer).value, answer.words, reason]
        rows.append([cell.replace("|", "\\|") for cell in cells])
    if not rows:
        return "None.\n"
    heads = ["pair", "operation", "mark", "said", "why"]
    lines = [heads, ["---"] * 5, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def written(outcome: Outcome, own: str) -> str:
    """Write the page.

    Parameters
    ----------
    outcome
        What was asked and answered.
    own
        The tool whose faults are listed pair by pair.

    Returns
    -------
    str
        Markdown.
    """
    related = [pair for pair in outcome.pairs if pair.related and pair.counted]
    strangers = [pair for pair in outcome.pairs if not pair.related]
    alone = [pair for pair in outcome.pairs if not pair.counted]
    kinds = sorted({kind_of(pair.subject) for pair in outcome.pairs})
    text = INTRODUCTION.format(
        n_related=len(related),
        n_operations=len({pair.operation for pair in related}),
        n_unrelated=len(strangers),
        n_hardest=outcome.n_hardest,
        kinds=", ".join(kinds),
    )
    legend = [
        f"- *{tool}*: {LEGEND[tool].format(line=outcome.line)}."
        for tool in outcome.answers
        if tool in LEGEND
    ]
    legend += [f"- *{tool}*: {why}." for tool, why in outcome.missing.items()]
    parts = [
        text,
        _summary(outcome),
        BOUND,
        "\n".join(legend) + "\n",
        "Each cell below: right / undecided / wrong.\n",
        "## Related\n",
        _by_operation(outcome, related),
        STRANGERS,
        _by_operation(outcome, strangers),
    ]
    if alone:
        parts += [ALONE, _by_operation(outcome, alone)]
    if own in outcome.answers:
        parts += [f"## Where {own} was not right\n", _missed(outcome, own)]
    return "\n".join(parts)
