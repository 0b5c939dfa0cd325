"""How descent is hidden and what an audit sees, with measured figures: ``python -m bench.hiding``.

Writes ``docs/hiding.md`` from the tables of ``docs/accuracy.md`` and ``docs/robustness.md``. Knows
which operations belong to which attack; every figure comes from those pages.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "hiding.md"

INTRODUCTION = """\
<!-- Written by `python -m bench.hiding`. Do not edit: change bench/hiding.py and run it again. -->

# How an adversary would hide descent, and what we see

Whoever passes a borrowed model off as their own will change it until the usual comparison fails.
Most changes that keep a network working are known, and cheap: numbers of units, signs, scales and
whole rotations can be changed without changing a single output. This page goes through them in the
order of effort. *Measured* counts pairs of really trained small models of several kinds
([accuracy](accuracy.md)): **found** (called kin: `derived` or stronger), *undecided*
(`inconclusive`, or not readable), *missed* (called strangers, or kin of another sort than they
are). *Driven on* says where a change is no longer seen ([robustness](robustness.md)). The models
are small; whether figures hold for large ones is argued, not measured ([limits](limits.md)). What
such reports look like: [a gallery](gallery.md).
"""


@dataclass(frozen=True, slots=True)
class Attack:
    """One way to hide, in words, and the operations that measure it."""

    what: str
    seen: str
    operations: tuple[str, ...]
    curve: str | None = None


GROUPS: tuple[tuple[str, tuple[Attack, ...]], ...] = (
    (
        "Keep the weights, change how they are stored",
        (
            Attack(
                "Rename tensors, re-shard, save in another number format, tie or untie the head",
                "Names are resolved to roles and values are compared; equal values are known by "
                "[digest](method/digests.md) under any name.",
                ("head untied or tied",),
            ),
            Attack(
                "Round to 8 or 4 bits and write out again",
                "Units stay where they are; the [lattice](method/small-steps.md) is recognised, "
                "its format named, and the rounded one called the later.",
                ("quantised", "all at once, quantised"),
                "quantisation",
            ),
        ),
    ),
    (
        "Train on, or blur",
        (
            Attack(
                "Fine-tune, or train a second time in full",
                "[Units stand in place](method/in-place.md) for very long; norm gains tell a child "
                "from a twin ([retention](method/retention.md)).",
                ("fine-tuned", "trained again in full"),
                "fine-tuning",
            ),
            Attack(
                "Merge a low-rank adapter",
                "The [rank of the change](method/small-steps.md) shows behind the rounding.",
                ("LoRA merged",),
            ),
            Attack(
                "Add noise, or set small weights to zero",
                "Units stay where they are; a change as white and even as noise is called that, "
                "zeros are counted.",
                ("noise added", "noise added, everything permuted", "small weights set to zero"),
                "noise",
            ),
        ),
    ),
    (
        "Renumber, rotate, rescale: the same network under other numbers",
        (
            Attack(
                "Renumber hidden units, heads, value channels or residual channels",
                "Undone by a [search](method/reindexed.md) on half of the layers and judged on the "
                "other half. That units bear other numbers is a finding of its own: training does "
                "not do that.",
                (
                    "MLP units permuted",
                    "MLP units permuted between tunings",
                    "heads and kv groups permuted",
                    "value channels permuted",
                    "residual channels permuted",
                    "everything permuted, tuned before",
                    "everything permuted, tuned before and after",
                ),
            ),
            Attack(
                "Rotate the residual stream, or value channels inside their heads",
                "The rotation is fitted on half of the layers, from what no rotation changes; the "
                "report says how much of the basis is left.",
                ("residual stream rotated", "value channels rotated"),
            ),
            Attack(
                "Rescale units, flip signs, fold norm gains away or draw them anew",
                "Directions are compared without their length, signs of up and down together; "
                "*effective* gains live in the matrices behind the norms.",
                (
                    "units scaled",
                    "values, queries and keys scaled",
                    "signs flipped",
                    "units scaled and flipped, tuned",
                    "gains folded and reset",
                    "gains drawn anew",
                ),
            ),
            Attack(
                "All of it at once, before or after training on",
                "The same search. The answer is `derived` at the level *structure*, for a person "
                "to confirm, with what was undone in words.",
                (
                    "all at once",
                    "all at once, tuned before",
                    "all at once, tuned before and after",
                    "all at once, tuned for long",
                ),
            ),
            Attack(
                "Renumber or rescale the channels of a convolutional network",
                "Channels are units of the convolutions they join: in place they are counted like "
                "others, renumbered they are matched and carried from layer to layer.",
                ("convolution channels permuted", "convolution channels permuted and scaled"),
            ),
            Attack(
                "Re-order the vocabulary, or swap it for another",
                "Rows are laid side by [token string](method/vocabularies.md), or the order is "
                "searched for; the layers remain in any case.",
                ("vocabulary re-ordered", "vocabulary swapped"),
            ),
        ),
    ),
    (
        "Change the shape",
        (
            Attack(
                "Drop, double, move or insert layers",
                "[All layers face all layers](method/layer-search.md), and all candidates are paid "
                "for; the map is drawn.",
                (
                    "layers dropped",
                    "layers moved",
                    "layers doubled",
                    "layers inserted",
                    "depth scaled up",
                ),
            ),
            Attack(
                "Prune or widen MLPs",
                "What is left usually [keeps its order](method/order.md); shuffled as well, the "
                "search finds it.",
                (
                    "MLP units pruned in order",
                    "MLP units pruned and shuffled",
                    "MLP units pruned, all at once, tuned",
                    "MLP widened",
                    "MLP widened between tunings",
                ),
                "pruning",
            ),
            Attack(
                "Prune or widen the hidden size",
                "No channel faces another; the search for a rotation between streams of two widths "
                "speaks alone.",
                ("hidden channels pruned", "hidden size widened"),
            ),
            Attack(
                "Make experts of a dense model, shuffle, split or merge them; pool or repeat heads",
                "Experts are searched like layers; pooled heads leave all other units in place.",
                (
                    "dense to experts",
                    "experts shuffled",
                    "experts split",
                    "experts merged",
                    "experts shuffled, all at once, tuned",
                    "kv heads pooled",
                    "kv heads repeated and relabelled",
                ),
            ),
        ),
    ),
    (
        "Mix, or take a part",
        (
            Attack(
                "Merge with another model (average, SLERP)",
                "The larger part is found by itself. With both parents given, "
                "[weights with intervals](method/mixtures.md) and a test of what the others leave.",
                (
                    "linear merge, larger share",
                    "linear merge, smaller share, both given",
                    "merge, all at once, tuned",
                    "SLERP",
                    "SLERP, smaller share, both given",
                ),
                "merging",
            ),
            Attack(
                "Add up the changes of several fine-tunings (task arithmetic, TIES, DARE)",
                "Told as changes of a base, once the base is given; trimmed and dropped ones by "
                "the weights that stayed the base's.",
                ("task arithmetic", "TIES", "DARE"),
            ),
            Attack(
                "Take only the embeddings, the attention, the MLPs or some layers",
                "The [shared part](method/partial-theft.md) is named with its share. Trained on "
                "for long, it may look like a shared start.",
                (
                    "only the embeddings taken",
                    "only the attention taken",
                    "only the MLPs taken, tuned",
                    "only two layers taken, tuned",
                ),
                "partial theft",
            ),
        ),
    ),
)

ACCUSED = """\
## The other way round: to have an honest model accused

| forgery | what Dokja says | measured |
| --- | --- | --- |
| renumber a stranger so that it fits a public model (re-basin) | order shared, weights not shown: `inconclusive`, in words | {rebasin} |
| teach a model with another's outputs (distillation) | `no_evidence`: outputs leave no trace in weights, and are no descent | {distilled} |
| the same shape, data, order and tokenizer, another seed | `no_evidence` | {seed} |
| search long enough for a basis in which a stranger looks alike | the fit uses half of the layers and the verdict the other half. A test of the suite restarts the search from 1,000 bases and keeps the best: the fitted layers are overfitted visibly (effect above 0.15), the held-out ones of the independent pair stay below 0.12, and 0.20 would be needed | no accusation |
| let 48 layers or 256 experts find their best likeness | all candidates enter the p-value, never the best | [calibration](method/calibration.md), rows *layer search, 48 x 48* and *256 x 256 experts*: no inflation |
| plant rows of an honest model in one's own | evidence must stand in many layers and pass an effect floor; a person reads the heat map | – |

Strangers accused among all {n_strangers} pairs: {accused}.
"""  # noqa: E501

UNSEEN = """\
## What is still not seen

- **Distillation, synthetic data, copied ideas.** They leave no trace in weights. No tool of this kind sees them.
- **An exact rerun** of somebody's recipe, seed and data gives their weights without a copy. Ask for the logs.
- **Re-indexing *and* so much training that little of each unit is left.** The search ends where the table says:

{ends}

  The report states the least cosine it would have recovered, and `no_evidence` means no more than that.
- **Long training with the layers re-arranged, and nothing that bears a meaning on both sides** (tokens, positions, pixels):
  the search then lays the wrong layers side by side.
- **A single MLP, renumbered.** The search needs two; the report says where it was not made.
- **A part trained on for long** among other weights. It is called kin, but perhaps a shared start instead of a child.
- **A small part of a merge**, asked about without the other parents{alone}.
- **Anything below the least detectable effect** that stands in the report.
"""  # noqa: E501


def tables(page: str) -> dict[str, list[list[str]]]:
    """Read the tables of a page.

    Parameters
    ----------
    page
        Markdown.

    Returns
    -------
    dict
        The rows below each heading, without the head of the table.
    """
    found: dict[str, list[list[str]]] = {}
    heading = ""
    for line in page.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif line.startswith("|") and not set(line) <= set("|-: "):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            found.setdefault(heading, []).append(cells)
    return {name: rows[1:] for name, rows in found.items()}


def counts(rows: list[list[str]]) -> dict[str, tuple[int, int, int]]:
    """Return what Dokja said of each operation.

    Parameters
    ----------
    rows
        Of a table of accuracy.

    Returns
    -------
    dict
        Right, undecided, wrong.
    """
    found = {}
    for name, _, ours, *_ in rows:
        right, undecided, wrong = (int(part) for part in re.findall(r"\d+", ours))
        found[name] = (right, undecided, wrong)
    return found


def _added(held: dict[str, tuple[int, int, int]], names: tuple[str, ...]) -> tuple[int, int, int]:
    rows = [held[name] for name in names if name in held]
    right, undecided, wrong = (sum(column) for column in zip((0, 0, 0), *rows, strict=True))
    return right, undecided, wrong


def _measured(total: tuple[int, int, int]) -> str:
    n = sum(total)
    if not n:
        return "–"
    parts = [f"**{total[0]} of {n}** found"]
    parts += [f"{total[1]} undecided"] if total[1] else []
    parts += [f"{total[2]} missed"] if total[2] else []
    return ", ".join(parts)


def _cleared(total: tuple[int, int, int]) -> str:
    return f"{total[0]} of {sum(total)} cleared, {total[1]} undecided, {total[2]} accused"


def _table(
    attacks: tuple[Attack, ...],
    held: dict[str, tuple[int, int, int]],
    ends: dict[str, list[str]],
) -> str:
    lines = ["| what is done | what Dokja does and says | measured |", "| --- | --- | --- |"]
    for attack in attacks:
        measured = _measured(_added(held, attack.operations))
        if attack.curve in ends:
            measured += f"; driven on ({attack.curve}): {ends[attack.curve][1]}"
        lines.append(f"| {attack.what} | {attack.seen} | {measured} |")
    return "\n".join(lines) + "\n"


def written(accuracy: str, robustness: str) -> str:
    """Write the page.

    Parameters
    ----------
    accuracy, robustness
        The two pages with the figures.

    Returns
    -------
    str
        Markdown.
    """
    figures, curves = tables(accuracy), tables(robustness)
    related, strangers = counts(figures["Related"]), counts(figures["Strangers"])
    ends = {row[0]: row for row in curves["Where detection ends"]}
    parts = [INTRODUCTION]
    for title, attacks in GROUPS:
        parts += [f"## {title}\n", _table(attacks, related, ends)]
    known = {name for _, attacks in GROUPS for attack in attacks for name in attack.operations}
    others = tuple(
        Attack(name, "See [accuracy](accuracy.md).", (name,))
        for name in related
        if name not in known and name != "**all**"
    )
    if others:
        parts += ["## Others\n", _table(others, related, ends)]
    total = strangers["**all**"]
    parts.append(
        ACCUSED.format(
            rebasin=_cleared(
                _added(
                    strangers,
                    ("stranger renumbered to fit", "stranger renumbered to fit, tuned"),
                )
            ),
            distilled=_cleared(
                _added(strangers, ("distilled from the reference", "distilled from another seed"))
            ),
            seed=_cleared(_added(strangers, ("another seed",))),
            n_strangers=sum(total),
            accused=total[2],
        )
    )
    body = [f"  | {name} | {row[2]} |" for name, row in ends.items()]
    alone = counts(figures.get("What one reference cannot answer", []))
    share = _measured(alone["**all**"]) if "**all**" in alone else ""
    parts.append(
        UNSEEN.format(
            ends="\n".join(["  | change, then re-indexed | detection |", "  | --- | --- |", *body]),
            alone=f": {share}" if share else "",
        )
    )
    return "\n".join(parts)


def main() -> int:
    """Run the command; return 0."""
    pages = ((DOCS / name).read_text(encoding="utf-8") for name in ("accuracy.md", "robustness.md"))
    PAGE.write_text(written(*pages), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
