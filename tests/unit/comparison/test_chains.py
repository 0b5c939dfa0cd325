"""What judges a chain has no part in the fit."""

from __future__ import annotations

import itertools

import numpy as np

from dokja.arch.carried import Joint
from dokja.arch.role import Axis, ResolvedTensor, TensorRole, TensorView
from dokja.comparison.convolutions import KernelSide, laid_kernels


def _side(seed: int) -> KernelSide:
    rng = np.random.default_rng(seed)
    sizes = (3, 24, 32, 40, 24)
    kernels = []
    for place, (n_in, n_out) in enumerate(itertools.pairwise(sizes)):
        role = TensorRole("other:model", place, None, "weight")
        view = TensorView.whole(f"{place}.weight", (n_out, n_in, 3, 3))
        tensor = ResolvedTensor(role, view, (Axis.OTHER,) * 4)
        into = f"stream.{place - 1}" if place else None
        joint = Joint(tensor, (n_out, n_in, 9), f"stream.{place}", into)
        kernels.append((joint, rng.standard_normal((n_out, n_in, 9)).astype(np.float32)))
    return KernelSide(tuple(kernels), ())


def test_no_number_that_judges_has_a_part_in_the_fit() -> None:
    laid = laid_kernels(_side(1), _side(2))
    assert laid is not None
    fitted = {(pair.out, pair.into): pair.reference for pair in laid.pairs}
    assert len(fitted) == len(laid.pairs) == 4
    assert len(laid.held) == 2
    for block in laid.held:
        writes = block.pairs[1]
        judged = writes.reference != 0.0
        used = fitted[writes.out, writes.into] != 0.0
        assert judged.any()
        assert used.any()
        assert not np.any(judged & used)
        assert np.all(judged | used)
        assert all(pair is not writes for other in laid.fit for pair in other.pairs)


def test_chains_that_do_not_face_each_other_are_not_searched() -> None:
    short = KernelSide(_side(1).outside[:2], ())
    assert laid_kernels(short, _side(2)) is None
