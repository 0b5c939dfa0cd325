"""Re-ordering a stranger's channels to fit a public convolutional network (arXiv 2209.04836)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from bench.attacks.convolution import Arrays

PER_CHANNEL = ("weight", "bias", "running_mean", "running_var")
Sides = tuple[str | None, str | None]


def _sides(tensors: Arrays) -> dict[str, Sides]:
    """Name the set of channels each kernel writes and reads, for networks of basic blocks."""
    stream, found = "stem", dict[str, Sides]()
    found["conv1.weight"] = (stream, None)
    for block in sorted({n.rsplit(".conv1.", 1)[0] for n in tensors if ".conv1." in n}):
        before = stream
        if f"{block}.downsample.0.weight" in tensors:
            stream = block
            found[f"{block}.downsample.0.weight"] = (stream, before)
        found[f"{block}.conv1.weight"] = (f"{block}.inner", before)
        found[f"{block}.conv2.weight"] = (stream, f"{block}.inner")
    found["fc.weight"] = (None, stream)
    return found


def _moved(
    kernel: NDArray[np.float64], sides: Sides, orders: dict[str, NDArray[np.int64]]
) -> NDArray[np.float64]:
    for axis, name in enumerate(sides):
        if name is not None:
            kernel = np.take(kernel, orders[name], axis=axis)
    return kernel


def _rows(kernel: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    rows = np.moveaxis(kernel, axis, 0).reshape(kernel.shape[axis], -1)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


def fit(stranger: Arrays, target: Arrays, n_rounds: int = 8) -> Arrays:
    """Renumber all sets of channels of `stranger` to be like `target` as well as weights allow."""
    sides = _sides(stranger)
    sizes = {
        name: stranger[kernel].shape[axis]
        for kernel, pair in sides.items()
        for axis, name in enumerate(pair)
        if name is not None
    }
    orders = {name: np.arange(n) for name, n in sizes.items()}
    for _ in range(n_rounds):
        for name, n in sizes.items():
            gain = np.zeros((n, n))
            for kernel, pair in sides.items():
                if name in pair:
                    axis = pair.index(name)
                    others = {**orders, name: np.arange(n)}
                    ours = _rows(_moved(stranger[kernel], pair, others), axis)
                    gain += _rows(target[kernel], axis) @ ours.T
            orders[name] = linear_sum_assignment(gain, maximize=True)[1]
    out = dict(stranger)
    for kernel, pair in sides.items():
        out[kernel] = _moved(stranger[kernel], pair, orders)
        norm = kernel.replace("conv", "bn").replace("downsample.0", "downsample.1")
        norm = norm.removesuffix(".weight")
        if pair[0] is not None:
            for parameter in PER_CHANNEL:
                out[f"{norm}.{parameter}"] = stranger[f"{norm}.{parameter}"][orders[pair[0]]]
    return out
