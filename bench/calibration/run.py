"""All cases measured, one after another, into one page.

The module knows which tests there are and under which nulls they stand.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from bench.calibration import canaries, composed, convolutions, nulls, weights
from bench.calibration.draws import N_UNITS, Case, channel_cases, unit_cases
from bench.calibration.page import Figures, rendered
from bench.calibration.power import EFFECTS, found_share
from bench.calibration.size import Size, measure
from bench.calibration.wrong import FAULTS, claimed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def synthetic_cases() -> list[Case]:
    """List every test under every synthetic null.

    Returns
    -------
    list of Case
        Tests on units first.
    """
    return [
        *(case for name, null in nulls.UNIT_NULLS.items() for case in unit_cases(name, null)),
        *(composed.left_case(name, null) for name, null in nulls.UNIT_NULLS.items()),
        *composed.reindexed_cases(),
        *convolutions.cases(),
        *(case for name, null in nulls.CHANNEL_NULLS.items() for case in channel_cases(name, null)),
        *canaries.cases(),
    ]


def real_cases(name: str, files: Iterable[Path]) -> list[Case]:
    """List every test on relabelled weights.

    Parameters
    ----------
    name
        What the weights are called in the table.
    files
        Safetensors files. Of their layers, those of the commonest shape take part.

    Returns
    -------
    list of Case
        Empty if there are no layers with enough units, and no two embeddings of one shape.
    """
    tensors = [weights.read_tensors(path) for path in files]
    tokens = canaries.trained_cases(name, tensors)
    units = _alike([layer for held in tensors for layer in weights.mlp_layers(held)])
    rows = _alike([layer for held in tensors for layer in weights.mlp_channels(held)])
    if not units or len(units[0]) < N_UNITS:
        return tokens
    relabelled = nulls.relabelled_units(units)
    return [
        *unit_cases(f"{name}, units relabelled", relabelled),
        composed.left_case(f"{name}, units relabelled", relabelled),
        *channel_cases(f"{name}, channels relabelled", nulls.relabelled_channels(rows)),
        *tokens,
    ]


def calibrate(
    output: Path,
    *,
    seed: int,
    n_draws: int,
    n_power: int,
    zoo: Path,
    weights: Sequence[Path] = (),
) -> list[str]:
    """Measure everything and write the page.

    Parameters
    ----------
    output
        File to write.
    seed
        Decides every draw: the same seed and zoo give the same page.
    n_draws, n_power
        Draws a row, under the null and planted.
    zoo
        Folder of small trained models.
    weights
        Further safetensors files.

    Returns
    -------
    list of str
        Promises that were not kept.
    """
    cases = [
        *synthetic_cases(),
        *composed.large_cases(),
        *real_cases("zoo", sorted(zoo.glob("*/model.safetensors"))),
        *(case for path in weights for case in real_cases(path.stem, [path])),
    ]
    sizes = [_measured(case, n_draws, seed) for case in cases]
    powers = [(effect, found_share(effect, n_power, seed)) for effect in EFFECTS]
    faults = [(fault, claimed(fault, n_power, seed)) for fault in FAULTS]
    figures = Figures(seed, n_draws, n_power, sizes, powers, faults)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(rendered(figures), encoding="utf-8")
    return figures.failures


def _measured(case: Case, n_draws: int, seed: int) -> Size:
    print(f"{case.test}: {case.null}", file=sys.stderr)
    return measure(case, n_draws, seed)


def _alike(layers: Sequence[Array]) -> list[Array]:
    """Keep the layers of the commonest shape; of shapes as common, the first."""
    shapes = Counter(layer.shape for layer in layers)
    return [layer for layer in layers if layer.shape == shapes.most_common(1)[0][0]]
