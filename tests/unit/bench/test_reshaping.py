"""Changes of shape that keep the function, and what the others leave behind."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bench.attacks import (
    convolution,
    experts,
    gains,
    heads,
    layers,
    lora,
    lossy,
    merge,
    permute,
    rebasin,
    theft,
    vocabulary,
    width,
)
from bench.attacks.network import Network, NotValidError
from tests.unit.bench.functions import answers, difference, network, outputs, pictured

RNG = np.random.default_rng
Change = Callable[[Network], Network]

PRESERVING: list[tuple[str, str, Change]] = [
    *(
        (
            f"widen units by {how}",
            kind,
            lambda net, how=how: width.widen_units(net, 6, RNG(1), how=how),
        )
        for how in ("zero", "duplicate")
        for kind in ("llama", "mixtral", "gpt2", "bert", "vit", "whisper")
    ),
    *(
        ("widen channels", kind, lambda net: width.widen_channels(net, 8, RNG(1)))
        for kind in ("llama", "qwen2", "qwen3", "mixtral")
    ),
    *(
        ("insert silent layers", kind, lambda net: layers.insert_silent(net, [0, 2]))
        for kind in ("llama", "qwen3", "gpt2", "vit", "whisper")
    ),
    ("upcycle", "llama", lambda net: experts.upcycle(net, 4, RNG(1))),
    ("shuffle experts", "mixtral", lambda net: experts.shuffle(net, RNG(1))),
    ("split experts", "mixtral", lambda net: experts.split(net, RNG(1))),
    ("repeat kv heads", "llama", lambda net: heads.repeat(net, 4)),
    ("repeat kv heads", "qwen2", lambda net: heads.repeat(net, 4)),
    ("untie", "llama", gains.untie),
    ("untie", "gpt2", gains.untie),
]


@pytest.mark.parametrize(
    ("kind", "change"),
    [row[1:] for row in PRESERVING],
    ids=[f"{name}-{kind}" for name, kind, _ in PRESERVING],
)
def test_the_function_stays(kind: str, change: Change) -> None:
    before = network(kind)
    assert difference(before, change(before)) < 1e-4


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("gpt2", lambda net: width.prune_channels(net, 0.2)),
        ("vit", lambda net: width.widen_channels(net, 8, RNG(1))),
        ("bert", lambda net: layers.insert_silent(net, [1])),
        ("gpt2", lambda net: experts.upcycle(net, 4, RNG(1))),
        ("llama", lambda net: experts.shuffle(net, RNG(1))),
        ("gpt2", lambda net: heads.pool(net, 1)),
        ("vit", lambda net: vocabulary.reorder(net, np.arange(3))),
    ],
)
def test_what_a_format_cannot_hold_is_refused(kind: str, change: Change) -> None:
    with pytest.raises(NotValidError):
        change(network(kind))


def test_convolution_channels_are_carried_through_the_layers() -> None:
    tensors, config = pictured()
    before = answers(tensors, config)
    for after in (convolution.permute(tensors, RNG(1)), convolution.scale(tensors, RNG(1))):
        assert np.abs(answers(after, config) - before).max() < 1e-4 * before.std()
        assert np.abs(after["layer2.1.conv2.weight"] - tensors["layer2.1.conv2.weight"]).max() > 0.1


def test_a_reordered_vocabulary_answers_in_its_order() -> None:
    before = network("llama")
    order = RNG(1).permutation(50)
    after = vocabulary.reorder(before, order)
    assert np.allclose(
        after.tensors["embedding.weight"][3], before.tensors["embedding.weight"][order[3]]
    )
    again = vocabulary.reorder(after, np.argsort(order))
    assert difference(before, again) == 0.0


def test_a_swapped_vocabulary_keeps_the_rows_of_shared_tokens() -> None:
    net = network("qwen2")
    old = [f"t{i}" for i in range(50)]
    new = ["t7", "new", "t3"]
    after = vocabulary.swap(net, old, new, RNG(1))
    assert np.array_equal(after.tensors["head.weight"][2], net.tensors["head.weight"][3])
    assert after.tensors["embedding.weight"].shape == (3, 24)
    assert after.size("vocabulary") == 3


def test_layers_are_taken_in_the_order_named() -> None:
    net = network("llama")
    role = "attention.q.weight"
    after = layers.take(net, [2, 0, 0, 1])
    assert [
        next(
            i
            for i in range(3)
            if np.array_equal(
                after.tensors[f"layers.{place}.{role}"], net.tensors[f"layers.{i}.{role}"]
            )
        )
        for place in after.layers
    ] == [2, 0, 0, 1]
    assert list(layers.scale_up(net, 1).layers) == [0, 1, 2, 3]
    outputs(after)


def test_a_strange_layer_stands_where_it_was_put() -> None:
    net, donor = network("llama"), network("llama", 1)
    after = layers.insert_strange(net, donor, [1])
    role = "mlp.up.weight"
    assert np.array_equal(after.tensors[f"layers.1.{role}"], donor.tensors[f"layers.1.{role}"])
    assert np.array_equal(after.tensors[f"layers.2.{role}"], net.tensors[f"layers.1.{role}"])


def test_pruning_keeps_the_strongest_units_in_order() -> None:
    net = network("llama")
    strongest = np.sort(np.argsort(-width.strength(net, "layers.1.mlp"))[:14])
    after = width.prune_units(net, 0.3)
    role = "layers.1.mlp.gate.weight"
    assert np.array_equal(after.tensors[role], net.tensors[role][strongest])
    shuffled = width.prune_units(net, 0.3, shuffle=RNG(1))
    assert difference(after, shuffled) < 1e-9
    assert not np.array_equal(after.tensors[role], shuffled.tensors[role])
    assert width.prune_channels(net, 0.25).size("width") == 18
    outputs(width.prune_channels(net, 0.25))


def test_merged_experts_and_pooled_heads_are_means() -> None:
    moe = network("mixtral")
    after = experts.merge(moe)
    pair = [moe.tensors[f"layers.0.experts.{i}.up.weight"] for i in (2, 3)]
    assert np.allclose(after.tensors["layers.0.experts.1.up.weight"], np.mean(pair, axis=0))
    net = network("llama")
    pooled = heads.pool(net, 1).tensors["layers.0.attention.v.weight"]
    assert np.allclose(pooled, net.tensors["layers.0.attention.v.weight"].reshape(2, 8, -1).mean(0))
    outputs(after)
    outputs(heads.pool(net, 1))


def test_merges_do_what_their_papers_say() -> None:
    base, a, b = (network("llama", seed) for seed in range(3))
    role = "layers.0.mlp.up.weight"
    x, y, z = (net.tensors[role] for net in (base, a, b))
    assert np.allclose(merge.linear([(0.7, a), (0.3, b)]).tensors[role], 0.7 * y + 0.3 * z)
    assert np.allclose(merge.slerp(a, b, 0.0).tensors[role], y)
    assert np.allclose(merge.slerp(a, b, 1.0).tensors[role], z)
    task = merge.task_arithmetic(base, [(0.5, a), (0.5, b)])
    assert np.allclose(task.tensors[role], 0.5 * y + 0.5 * z)
    change = merge.ties(base, [a], density=0.2, scale=1.0).tensors[role] - x
    assert np.mean(change != 0) == pytest.approx(0.2, abs=0.01)
    assert np.allclose(change[change != 0], (y - x)[change != 0])
    change = merge.dare(base, [(1.0, a)], RNG(1), drop=0.9).tensors[role] - x
    assert np.allclose(change[change != 0], 10 * (y - x)[change != 0])


@pytest.mark.parametrize(
    ("how", "worst"), [("int8", 0.01), ("int4", 0.16), ("nf4", 0.12), ("fp8", 0.04)]
)
def test_quantised_weights_are_near_and_few(how: str, worst: float) -> None:
    net = network("llama")
    role = "layers.0.mlp.down.weight"
    after = lossy.quantise(net, how).tensors[role]  # type: ignore[arg-type]
    residual = np.linalg.norm(after - net.tensors[role]) / np.linalg.norm(net.tensors[role])
    assert 0 < residual < worst
    if how == "int4":
        block = after.reshape(-1, 32)[0]
        assert len(np.unique(np.round(block / np.abs(block).max(), 9))) <= 16


def test_fp8_values_are_those_of_torch() -> None:
    import torch

    array = RNG(1).normal(size=(40, 50))
    scaled = array * (448 / np.abs(array).max())
    wanted = torch.from_numpy(scaled).to(torch.float8_e4m3fn).double().numpy()
    assert np.allclose(lossy._fp8(array) * (448 / np.abs(array).max()), wanted, rtol=1e-6)


def test_noise_and_zeros_are_as_large_as_asked() -> None:
    net = network("llama")
    role = "layers.0.mlp.down.weight"
    change = lossy.noise(net, 0.5, RNG(1)).tensors[role] - net.tensors[role]
    assert change.std() / net.tensors[role].std() == pytest.approx(0.5, abs=0.05)
    zeros = lossy.prune_magnitude(net, 0.5).tensors[role]
    assert np.mean(zeros == 0) == pytest.approx(0.5, abs=0.01)


def test_a_low_rank_change_has_its_rank() -> None:
    base, tuned = network("llama"), network("llama", 1)
    role = "layers.0.mlp.down.weight"
    for after in (lora.of_low_rank(base, tuned, 3), lora.random(base, 3, 0.1, RNG(1))):
        assert np.linalg.matrix_rank(after.tensors[role] - base.tensors[role], tol=1e-9) == 3
        assert np.array_equal(after.tensors["embedding.weight"], base.tensors["embedding.weight"])


def test_a_stolen_part_is_the_only_one() -> None:
    owner, donor = network("qwen2"), network("qwen2", 1)
    wanted = {
        "embeddings": {"embedding.weight", "head.weight"},
        "attention": {r for r in owner.tensors if ".attention." in r and ".norm." not in r},
        "mlp": {r for r in owner.tensors if ".mlp." in r and ".norm." not in r},
        "layers": {r for r in owner.tensors if r.startswith("layers.0.")},
    }
    for part, roles in wanted.items():
        after = theft.graft(owner, donor, part, n_layers=1)  # type: ignore[arg-type]
        found = {r for r in owner.tensors if np.array_equal(after.tensors[r], donor.tensors[r])}
        assert found == roles


@pytest.mark.parametrize("kind", ["llama", "gpt2", "bert", "vit"])
def test_a_renumbered_copy_is_put_back_and_a_stranger_stays_one(kind: str) -> None:
    target = network(kind)
    hidden = permute.values(permute.units(permute.channels(target, RNG(1)), RNG(2)), RNG(3))
    found = rebasin.fit(hidden, target)
    assert all(np.allclose(found.tensors[r], target.tensors[r]) for r in target.tensors)
    stranger = network(kind, 7)
    fitted = rebasin.fit(stranger, target, 2)
    assert difference(stranger, fitted) < 1e-4
