from __future__ import annotations

import numpy as np
import pytest

from dokja.arch.resolve import resolve
from dokja.arch.role import Axis
from dokja.arch.symmetry import check_symmetries
from tests.unit.arch.manifests import Record
from tests.unit.arch.networks import NETWORKS, Network, Weights, llama, whisper


def _network(name: str) -> Network:
    return NETWORKS[name](np.random.default_rng(0))


@pytest.mark.parametrize("name", NETWORKS)
def test_renumbering_units_leaves_the_function_alone(name: str) -> None:
    network = _network(name)
    n = check_symmetries(
        network.weights, network.config, network.forward, rng=np.random.default_rng(1)
    )
    assert n >= 7


@pytest.mark.parametrize("name", NETWORKS)
def test_the_networks_depend_on_every_weight(name: str) -> None:
    """Without this the law above could hold for want of looking."""
    network = _network(name)
    output = network.forward(network.weights)
    rng = np.random.default_rng(2)
    for record, value in network.weights.items():
        changed = {**network.weights, record: value + rng.standard_normal(value.shape)}
        if "bias" in record and ("k_proj" in record or ".key." in record):
            continue  # a bias of keys adds the same to all scores where none is rotated
        assert not np.allclose(network.forward(changed), output), record


def test_a_fixed_sinusoid_forbids_renumbering_the_residual_channels() -> None:
    network = whisper(np.random.default_rng(0))
    records = {name: Record(name, "F32", v.shape) for name, v in network.weights.items()}
    (component,) = resolve(records, network.config).components
    assert not component.residual_exchangeable
    table = component.by_role
    fixed = [t for t in table.values() if t.fixed]
    assert [t.role.kind for t in fixed] == ["position_embedding.weight"]


def test_a_wrong_group_is_caught() -> None:
    """Rows of q alone are no symmetry: the law must say so."""
    network = llama(np.random.default_rng(0))

    def swapped(weights: Weights) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        names = dict(weights)
        for i in range(2):
            block = f"model.layers.{i}.self_attn"
            for p in ("weight", "bias"):
                names[f"{block}.v_proj.{p}"] = weights[f"{block}.k_proj.{p}"]
                names[f"{block}.k_proj.{p}"] = weights[f"{block}.v_proj.{p}"]
        return network.forward(names)

    with pytest.raises(AssertionError, match="renumbering"):
        check_symmetries(network.weights, network.config, swapped, rng=np.random.default_rng(1))


def test_a_network_without_known_units_is_told() -> None:
    with pytest.raises(AssertionError, match="no units"):
        check_symmetries(
            {"a.weight": np.ones((2, 3))}, None, lambda _: np.zeros(1), rng=np.random.default_rng(1)
        )


@pytest.mark.parametrize("name", NETWORKS)
def test_rows_that_may_not_be_renumbered_are_in_no_group(name: str) -> None:
    network = _network(name)
    records = {n: Record(n, "F32", v.shape) for n, v in network.weights.items()}
    for component in resolve(records, network.config).components:
        for group in component.groups:
            for member in group.members:
                meaning = component.by_role[member.role].axes[member.axis]
                assert meaning in {Axis.MLP_UNIT, Axis.VALUE}
