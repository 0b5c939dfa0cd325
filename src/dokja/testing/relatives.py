"""What can happen to a toy model: training, relabelling, resharding, losing layers or units.

Each function gives a new model and leaves the old one; the module knows no comparison.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from dokja.io.dtype import DType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from dokja.testing.toys import Arrays, Toy

    Values = NDArray[np.float32]

__all__ = ["TRANSFORMS", "Transform", "keep_layers", "tune"]

_ROWS: Final = re.compile(r"mlp\.(gate|up)_proj")
_COLUMNS: Final = re.compile(r"mlp\.down_proj")
_RESIDUAL_ROWS: Final = re.compile(r"(o_proj|down_proj|norm)\.weight|layernorm")
_LAYER: Final = re.compile(r"layers\.(\d+)\.")


class Transform(Protocol):
    """Something done to a subject and a reference that must not change what is found."""

    def __call__(self, subject: Toy, reference: Toy, /) -> tuple[Toy, Toy]:
        """Return both, changed."""
        ...


def _mapped(toy: Toy, change: Callable[[str, Values], Values]) -> Toy:
    return toy.having({name: change(name, values) for name, values in toy.arrays.items()})


def tune(toy: Toy, *, seed: int = 1, noise: float = 0.2) -> Toy:
    """Train a model on a little: every weight moves by a fraction of its tensor's spread.

    Parameters
    ----------
    toy
        The model.
    seed
        Decides the changes.
    noise
        Size of the change over the spread of the tensor.

    Returns
    -------
    Toy
        A child of the model.
    """
    rng = np.random.default_rng(seed)

    def change(_: str, values: Values) -> Values:
        step = rng.normal(0.0, noise * float(values.std()), values.shape)
        return values + step.astype(np.float32)

    return _mapped(toy, change)


def keep_layers(toy: Toy, layers: Sequence[int]) -> Toy:
    """Keep some layers, in an order.

    Parameters
    ----------
    toy
        The model.
    layers
        Old number of each new layer; a number may stand twice.

    Returns
    -------
    Toy
        The cut model.
    """
    outside = {n: values for n, values in toy.arrays.items() if not _LAYER.match(n)}
    inside: Arrays = {}
    for new, old in enumerate(layers):
        stem = f"layers.{old}."
        inside |= {
            f"layers.{new}." + name.removeprefix(stem): values
            for name, values in toy.arrays.items()
            if name.startswith(stem)
        }
    return toy.having(outside | inside, n_layers=len(layers))


def _take_units(toy: Toy, units: NDArray[np.int64]) -> Toy:
    def change(name: str, values: Values) -> Values:
        if _ROWS.search(name):
            return values[units]
        return values[:, units] if _COLUMNS.search(name) else values

    return toy.having(_mapped(toy, change).arrays, n_units=len(units))


def _relabel_units(subject: Toy, reference: Toy, /) -> tuple[Toy, Toy]:
    units = np.random.default_rng(3).permutation(subject.n_units)
    return _take_units(subject, units), _take_units(reference, units)


def _relabel_channels(subject: Toy, reference: Toy, /) -> tuple[Toy, Toy]:
    channels = np.random.default_rng(4).permutation(subject.width)

    def change(name: str, values: Values) -> Values:
        if values.ndim == 1 or _RESIDUAL_ROWS.search(name):
            return values[channels]
        return values[:, channels]

    return _mapped(subject, change), _mapped(reference, change)


def _scale(subject: Toy, reference: Toy, /) -> tuple[Toy, Toy]:
    rng = np.random.default_rng(5)
    return _mapped(subject, lambda _, values: values * np.float32(2.0 ** rng.integers(-2, 3))), (
        reference
    )


def _reorder_layers(subject: Toy, reference: Toy, /) -> tuple[Toy, Toy]:
    order = [*range(1, subject.n_layers), 0]
    return keep_layers(subject, order), reference


def _drop_units(subject: Toy, reference: Toy, /) -> tuple[Toy, Toy]:
    kept = np.random.default_rng(6).choice(subject.n_units, 2 * subject.n_units // 3, replace=False)
    return _take_units(subject, np.sort(kept)), reference


def _stored_as(dtype: DType) -> Transform:
    def change(subject: Toy, reference: Toy, /) -> tuple[Toy, Toy]:
        return subject.having(subject.arrays, dtype=dtype), reference

    return change


TRANSFORMS: Final[Mapping[str, Transform]] = {
    "resharded": lambda s, r: (s.having(s.arrays, n_shards=3), r),
    "renamed": lambda s, r: (s.having(s.arrays, prefix="model.language_model."), r),
    "number format": _stored_as(DType.F16),
    "number format without loss": _stored_as(DType.F32),
    "units relabelled on both sides": _relabel_units,
    "channels relabelled on both sides": _relabel_channels,
    "scaled tensors": _scale,
    "layers reordered": _reorder_layers,
    "units dropped in order": _drop_units,
}
"""What is done for each invariance that a comparison can claim, by the words it claims it in."""
