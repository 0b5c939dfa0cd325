"""The zoo's page of the documentation, written from ``lineage.json`` and the weights' figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.zoo.check import Figures

_TEXT = """---
orphan: true
---

# The zoo: models of known lineage

`tests/data/zoo` holds {n_members} small language models that were really trained, so that
verdicts can be checked against what is known of their making. `python -m bench.train_zoo` makes
them from seeds ({minutes} minutes of one CPU core in all, shared by two workers; PyTorch needed).
Training is single-threaded and deterministic: the same kind of machine and the same versions give
the same bytes. The tests read the committed 16-bit files and need neither PyTorch nor training.
This page is written by `python -m bench.train_zoo --page docs/zoo.md`.

The *code* corpus is the source of {code}; *docs* is made
of {docs}.
All weights are bfloat16 but those of the GPT-2 line, which are float16. Each child is made from its
parent's 16-bit file, as in life. `lineage.json` beside the models says for every ordered pair which
relations are right, and why.

Matrices start from a normal distribution of deviation 0.05 and gains at one; full trainings take
2,400 steps of AdamW (2,000 for GPT-2 and BERT) at a peak rate of 0.003 (0.002), so that a model
ends far from where it began: the table gives the Pearson correlation of its matrices with their
values before the training, and the mean distance of the norm gains from one. Loss is in nats a
token on held-out text.

## Members

| member | what it is | parameters | loss before, after | r with its start | mean \\|gain - 1\\| |
|---|---|---:|---:|---:|---:|
{members}

## Figures of kin and strangers

Plain numpy, tensors paired by name and shape (so dropped or doubled layers pair wrongly here, and
experts not at all). *r* of matrices is the mean over matrices weighted by parameters, *r* of gains
is centred norm by norm; the slopes are of the subject on the reference, and ρ is their quotient.

| subject | reference | matrices r | gains r | β matrices | β gains | ρ |
|---|---|---:|---:|---:|---:|---:|
{figures}

## What the figures teach

* Gains of strangers do not correlate although they saw the same data in the same order; those of
  twins do (0.17 on other data, 0.41 on the same data in another order), less than their matrices'
  slopes. Models that share embeddings alone share gains too (0.35): the residual basis carries it.
* ρ alone does not tell a child from a twin once one side was trained a second time in full:
  `retrained` and `new-vocabulary`, set against `twin-otherorder`, exceed one, because a longer
  training drives the gains further from one and with them the slope. The gains' correlation itself
  stays at that of the twins (0.33 to 0.41, against 0.75 and more for true children), so that the
  two must be read together.
"""


def _loss(training: Mapping[str, Any]) -> str:
    if "loss_before" not in training:
        return "not trained"
    return f"{training['loss_before']:.2f}, {training['loss_after']:.2f}"


def write(lineage: Mapping[str, Any], figures: Mapping[tuple[str, str], Figures]) -> str:
    """Text of the page."""
    members = lineage["members"]
    rows = [
        f"| `{name}` | {row['recipe']} | {row['n_parameters']:,} | {_loss(row['training'])} "
        f"| {row['training'].get('start_pearson', '')} | {row['training']['gain_deviation']:.2f} |"
        for name, row in members.items()
    ]
    pairs = []
    for (subject, reference), f in figures.items():
        ratio = f"{f.ratio:.2f}" if abs(f.slope_matrices) > 0.06 else ""
        numbers = (f.matrices, f.gains, f.slope_matrices, f.slope_gains)
        cells = " | ".join(f"{number:.3f}" for number in numbers)
        pairs.append(f"| `{subject}` | `{reference}` | {cells} | {ratio} |")
    seconds = sum(row["training"].get("wall_s", 0.0) for row in members.values())
    return _TEXT.format(
        n_members=len(members),
        minutes=round(seconds / 60),
        code="the " + lineage["corpora"]["code"]["source"],
        docs="the " + lineage["corpora"]["docs"]["source"],
        members="\n".join(rows),
        figures="\n".join(pairs),
    )
