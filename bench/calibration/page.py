"""The page of the documentation that shows what was measured.

The module renders figures; every word that is not a figure stands here, every figure comes in.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from bench.calibration.power import LEVEL
from bench.calibration.size import DOUBT, LEVELS, count_limit, excess_limit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bench.calibration.power import Effect
    from bench.calibration.size import Size
    from bench.calibration.wrong import Fault

INTRODUCTION = """\
<!-- Written by `make calibrate`. Do not edit: change bench/calibration and run it again. -->

# Calibration

How often each independence test speaks where there is nothing to say, and how often it finds what
was planted. Seed {seed}; {n_draws:,} draws a row under the null hypothesis, {n_power:,} for power.

## Size: strangers

In every row the reference's indices are exchangeable and nothing else is nice. *Converged* sides
hold nearly the same units, each in an order of its own, as two models might that learnt the same
features from the same data. The *zoo* rows are really trained weights: any two layers of the small
models that the tests use, near relatives included, the reference's units or channels relabelled.
*What is left of a mixture*: the subject is a sum of a stranger's units and the drawn ones, and the
stranger's part is taken away before the reference is looked for. *Behind a re-indexing*: a basis is
searched for on half of the layers, units in place are counted on the other half. The searches over
48 layers and 256 experts are as wide as those of large models, with few units in each.

A p-value may be larger than uniform and never smaller. So of {n_draws:,} p-values at most {limits}
may be at or below {levels}, and their distribution may nowhere lie more than {excess:.4f} above
the uniform one (each limit is passed by chance once in {doubt:,} times). The bounds hold for every
size, not in the limit, and are conservative for it: most rows stay far below their limits.
"""

POWER = """\
## Power: relatives

Gaussian models of layers with 256 units of 96 values each. *Found* means p ≤ 1e{level:.0f}, the
level of an accusation. Rows without a promise show where a test ends. Of real pairs nothing is
assumed: there the least detectable effect is measured by [planting](power.md) in the data at hand.
"""

WRONG = """\
## What the rules are for

Each row breaks one rule of the method and asks strangers for a p-value. None of these procedures is
in the product.
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was measured."""

    seed: int
    n_draws: int
    n_power: int
    sizes: Sequence[Size]
    powers: Sequence[tuple[Effect, float]]
    faults: Sequence[tuple[Fault, NDArray[np.float64]]]

    @property
    def failures(self) -> list[str]:
        """What did not come out as it has to, in words."""
        wrong = [
            f"{size.case.test}: {size.case.null}: p-values smaller than uniform"
            for size in self.sizes
            if not size.passed
        ]
        weak = [
            f"{effect.test}: {effect.planted}: found in {share:.0%} only"
            for effect, share in self.powers
            if share < effect.least
        ]
        return [*wrong, *weak]


def rendered(figures: Figures) -> str:
    """Write the page.

    Parameters
    ----------
    figures
        What was measured.

    Returns
    -------
    str
        Markdown.
    """
    return "\n".join([_sizes(figures), _powers(figures), _faults(figures)])


def _sizes(figures: Figures) -> str:
    n = figures.n_draws
    text = INTRODUCTION.format(
        seed=figures.seed,
        n_draws=n,
        n_power=figures.n_power,
        limits=_listed([f"{count_limit(n, level):,}" for level in LEVELS]),
        levels=_listed([f"{level:g}" for level in LEVELS]),
        excess=excess_limit(n),
        doubt=round(1 / DOUBT),
    )
    parts = [text]
    ordered = sorted(figures.sizes, key=lambda size: size.case.test)
    for test, rows in groupby(ordered, key=lambda size: size.case.test):
        heads = ["null", *(f"p ≤ {level:g}" for level in LEVELS), "excess", "holds"]
        body = [
            [
                size.case.null,
                *(f"{count:,}" for count in size.counts),
                f"{size.excess:.4f}",
                "yes" if size.passed else "**no**",
            ]
            for size in rows
        ]
        parts += [f"### {test}\n", _table(heads, body)]
    return "\n".join(parts)


def _powers(figures: Figures) -> str:
    body = [
        [effect.test, effect.planted, f"{share:.3f}", f"{effect.least:g}" if effect.least else "–"]
        for effect, share in figures.powers
    ]
    table = _table(["test", "planted", "found", "promised"], body)
    return POWER.format(level=LEVEL) + "\n" + table


def _faults(figures: Figures) -> str:
    body = [
        [
            fault.rule,
            fault.broken,
            f"{np.mean(claims <= -3.0):.3f}",
            f"{np.median(claims):.1f}",
            f"{claims[0]:.1f}",
        ]
        for fault, claims in figures.faults
    ]
    heads = ["rule", "broken", "share of p ≤ 0.001", "median log10 p", "smallest log10 p"]
    return WRONG + "\n" + _table(heads, body)


def _table(heads: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}"
