from __future__ import annotations

import itertools

import numpy as np
import pytest

from dokja.arch.carried import convolution_joints
from dokja.arch.resolve import resolve
from dokja.arch.role import Member, TensorRole, UnitGroup, affine_index
from dokja.arch.symmetry import check_symmetries
from dokja.arch.units import independent_groups
from tests.unit.arch.convolutional import huggingface_names, resnet
from tests.unit.arch.manifests import Record

N_GROUPS = {2: 4, 3: 8}
FAMILY = {2: "resnet", 3: "resnet_bottleneck"}


@pytest.mark.parametrize("n", [2, 3])
def test_inner_channels_may_be_renumbered(n: int) -> None:
    network = resnet(np.random.default_rng(0), n_convolutions=n)
    found = check_symmetries(
        network.weights, network.config, network.forward, rng=np.random.default_rng(1)
    )
    assert found == N_GROUPS[n]


@pytest.mark.parametrize("n", [2, 3])
def test_both_namings_are_taken_apart_alike(n: int) -> None:
    network = resnet(np.random.default_rng(0), n_convolutions=n)
    found = []
    for weights in (network.weights, huggingface_names(network.weights)):
        records = {k: Record(k, "F32", v.shape) for k, v in weights.items()}
        resolved = resolve(records, network.config)
        assert not resolved.leftovers
        (component,) = resolved.components
        assert not any(tensor.inferred for tensor in component.tensors)
        found.append(component)
    assert [c.family for c in found] == [FAMILY[n], f"{FAMILY[n]}_hf"]
    assert found[0].by_role.keys() == found[1].by_role.keys()
    assert found[0].groups == found[1].groups
    assert {t.role.layer for t in found[0].tensors} == {None, 0, 1, 2, 3}


@pytest.mark.parametrize("n", [2, 3])
def test_joints_close_on_themselves(n: int) -> None:
    network = resnet(np.random.default_rng(0), n_convolutions=n)
    records = {k: Record(k, "F32", v.shape) for k, v in network.weights.items()}
    outside, blocks = convolution_joints(resolve(records, network.config).components[0])
    assert [len(block.joints) for block in blocks] == [n] * 4
    assert len({block.name for block in blocks}) == 4
    for block in blocks:
        for first, second in itertools.pairwise(block.joints):
            assert first.out == second.into
            assert first.shape[0] == second.shape[1]
    assert outside[0].into is None
    assert outside[-1].out is None
    assert outside[-1].into == blocks[-1].joints[-1].out


def test_kernels_over_groups_of_channels_offer_no_units() -> None:
    """Channels of a convolution in groups may not change places across groups."""
    network = resnet(np.random.default_rng(0), n_convolutions=3)
    shapes = {k: v.shape for k, v in network.weights.items()}
    for name, shape in shapes.items():
        if name.endswith("conv2.weight"):
            shapes[name] = (shape[0], 1, *shape[2:])
    records = {k: Record(k, "F32", shape) for k, shape in shapes.items()}
    (component,) = resolve(records, network.config).components
    assert not component.groups
    assert convolution_joints(component) == ((), ())


def _chain(*names: str) -> list[UnitGroup]:
    index = affine_index(4)

    def role(name: str) -> TensorRole:
        return TensorRole("x", None, None, name)

    return [
        UnitGroup("mlp", None, None, 0, 4, (Member(role(a), 0, index), Member(role(b), 1, index)))
        for a, b in itertools.pairwise(names)
    ]


def test_groups_that_are_each_others_coordinates_are_not_counted_together() -> None:
    first, second, third = _chain("a", "b", "c", "d")
    assert independent_groups((first, second, third)) == (first, third)
    assert independent_groups((second, third)) == (second,)
