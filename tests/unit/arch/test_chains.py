"""Kernels of unknown convolutional networks, put in order by name and shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from dokja.arch.carried import chain_joints
from dokja.arch.chains import chain_of
from dokja.arch.infer import infer_components
from dokja.arch.role import ResolvedComponent


@dataclass(frozen=True)
class Record:
    name: str
    shape: tuple[int, ...]


def _component(**shapes: tuple[int, ...]) -> ResolvedComponent:
    records = [Record(name.replace("__", "."), shape) for name, shape in shapes.items()]
    (found,) = infer_components(records, set())
    return found


PLAIN = {
    "classifier__weight": (10, 64),
    "features__0__weight": (16, 3, 3, 3),
    "features__10__weight": (64, 48, 3, 3),
    "features__2__weight": (32, 16, 3, 3),
    "features__4__weight": (32, 1, 3, 3),
    "features__6__weight": (48, 32, 1, 1),
}


def test_kernels_stand_in_the_order_of_their_numbers_and_heads_last() -> None:
    names = [kernel.tensor.view.record for kernel in chain_of(_component(**PLAIN).tensors)]
    assert names == [
        *(f"features.{n}.weight" for n in (0, 2, 4, 6, 10)),
        "classifier.weight",
    ]


def test_each_kernel_reads_what_the_one_before_it_writes() -> None:
    joints = chain_joints(_component(**PLAIN))
    assert [(joint.into, joint.out) for joint in joints] == [
        (None, "stream.0"),
        ("stream.0", "stream.1"),
        (None, "stream.1"),  # over each channel by itself: its window means the same everywhere
        ("stream.1", "stream.3"),
        ("stream.3", "stream.4"),
        ("stream.4", None),
    ]


def test_groups_leave_every_channel_its_own_number_out() -> None:
    component = _component(**PLAIN)
    assert component.groups
    for group in component.groups:
        for member in group.members:
            tensor = component.by_role[member.role]
            assert member.index.max() < tensor.shape[member.axis]
            if member.others is None:
                continue
            stored = tensor.view.record_shape
            window = int(np.prod(stored[2:], dtype=int))
            widths = (1, window) if member.axis == 0 else (window, 1)
            channels = set((member.index // widths[0]).ravel().tolist())
            others = set((member.others // widths[1]).tolist())
            assert channels.isdisjoint(others)
            assert {one % 2 for one in channels} != {one % 2 for one in others}


def test_a_matrix_over_all_places_is_read_channel_by_channel() -> None:
    shapes = {**PLAIN, "classifier__weight": (10, 64 * 9)}
    last = chain_of(_component(**shapes).tensors)[-1]
    assert (last.n_in, last.window) == (64, 9)


@pytest.mark.parametrize(
    "name", ["features__3__attn__q__weight", "lstm__weight_ih_l0", "embed_tokens__weight"]
)
def test_what_may_be_in_an_order_of_its_own_is_left_alone(name: str) -> None:
    component = _component(**PLAIN, **{name: (64, 64)})
    assert not chain_of(component.tensors)
    assert not component.groups


def test_kernels_under_weight_norm_are_kernels() -> None:
    shapes: dict[str, tuple[int, ...]] = {}
    for n in range(4):
        shapes[f"conv__{n}__weight_v"] = (32, 32 if n else 1, 7)
        shapes[f"conv__{n}__weight_g"] = (32, 1, 1)
    assert _component(**shapes).groups


def test_few_kernels_make_no_convolutional_network() -> None:
    shapes = {"a__weight": (64, 64), "b__weight": (64, 64), "c__weight": (64, 16, 3, 3)}
    assert not _component(**shapes).groups
