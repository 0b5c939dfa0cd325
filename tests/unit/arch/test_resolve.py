from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dokja.arch.pattern import skeleton
from dokja.arch.resolve import resolve
from dokja.arch.role import Axis, ResolvedCheckpoint, ResolvedComponent, TensorRole
from tests.unit.arch.manifests import NAMES, Manifest, Record, load_manifest

LLAMA = "meta-llama--Llama-3.1-8B"
QWEN_VL_7B = "Qwen--Qwen2.5-VL-7B-Instruct"
QWEN_VL_32B = "Qwen--Qwen2.5-VL-32B-Instruct"
OMNI = "naver-hyperclovax--HyperCLOVAX-SEED-Omni-8B"
THINK = "naver-hyperclovax--HyperCLOVAX-SEED-Think-32B"

PUBLISHED = {
    # parameters as published (buffers of masks and positions not counted)
    LLAMA: 8_030_261_248,
    "mistralai--Mistral-7B-v0.1": 7_241_732_096,
    "Qwen--Qwen2.5-7B": 7_615_616_512,
    "Qwen--Qwen3-8B": 8_190_735_360,
    "Qwen--Qwen3-30B-A3B": 30_532_122_624,
    "Qwen--Qwen3-30B-A3B.packed": 30_532_122_624,
    "google--gemma-2-2b": 2_614_341_888,
    "mistralai--Mixtral-8x7B-v0.1": 46_702_792_704,
    "deepseek-ai--DeepSeek-V3": 684_531_386_000,
    "openai-community--gpt2": 124_439_808,
    "EleutherAI--pythia-1.4b": 1_414_647_808,
    "sentence-transformers--all-MiniLM-L6-v2": 22_713_216,
    "google--vit-base-patch16-224": 86_567_656,
    "microsoft--resnet-50": 25_557_032,
    "timm--resnet18.tv_in1k": 11_689_512,
    "openai--clip-vit-large-patch14": 427_616_513,
    "openai--whisper-large-v3": 1_543_490_560,
    QWEN_VL_7B: 8_292_166_656,
    "Qwen--Qwen2-Audio-7B": 8_397_094_912,
}

COMPONENTS = {
    LLAMA: {"language_model": "llama"},
    "mistralai--Mistral-7B-v0.1": {"language_model": "llama"},
    "Qwen--Qwen2.5-7B": {"language_model": "llama"},
    "Qwen--Qwen3-8B": {"language_model": "llama"},
    "google--gemma-2-2b": {"language_model": "gemma"},
    "LGAI-EXAONE--EXAONE-4.0-32B": {"language_model": "exaone4"},
    "Qwen--Qwen3-30B-A3B": {"language_model": "moe"},
    "Qwen--Qwen3-30B-A3B.packed": {"language_model": "moe_packed"},
    "mistralai--Mixtral-8x7B-v0.1": {"language_model": "mixtral"},
    "deepseek-ai--DeepSeek-V3": {"language_model": "deepseek"},
    "upstage--Solar-Open-100B": {"language_model": "moe"},
    "zai-org--GLM-4.5-Air": {"language_model": "moe"},
    "openai--gpt-oss-20b": {"language_model": "gpt_oss"},
    "openai-community--gpt2": {"language_model": "gpt2"},
    "EleutherAI--pythia-1.4b": {"language_model": "gpt_neox"},
    "google-bert--bert-base-uncased": {"language_model": "bert"},
    "sentence-transformers--all-MiniLM-L6-v2": {"language_model": "bert"},
    "google--vit-base-patch16-224": {"vision_encoder": "vit"},
    "microsoft--resnet-50": {"vision_encoder": "resnet_bottleneck_hf"},
    "timm--resnet18.tv_in1k": {"vision_encoder": "resnet"},
    "openai--clip-vit-large-patch14": {
        "vision_encoder": "clip_vision",
        "language_model": "clip_text",
    },
    "google--siglip-so400m-patch14-384": {
        "vision_encoder": "siglip_vision",
        "language_model": "clip_text",
    },
    "openai--whisper-large-v3": {
        "audio_encoder": "whisper_encoder",
        "language_model": "whisper_decoder",
    },
    QWEN_VL_7B: {"language_model": "llama", "vision_encoder": "qwen2_5_vl_vision"},
    QWEN_VL_32B: {"language_model": "llama", "vision_encoder": "qwen2_5_vl_vision"},
    f"{QWEN_VL_32B}.renamed": {
        "language_model": "llama",
        "vision_encoder": "qwen2_5_vl_vision",
    },
    "Qwen--Qwen2-Audio-7B": {
        "language_model": "llama",
        "audio_encoder": "whisper_encoder",
        "projector": "projector",
    },
    THINK: {
        "language_model": "llama",
        "vision_encoder": "qwen2_5_vl_vision",
        "projector": "projector",
    },
    OMNI: {
        "language_model": "llama",
        "vision_encoder": "qwen2_5_vl_vision",
        "audio_encoder": "whisper_encoder",
        "projector": "projector",
        "other:model.audio_projector": "projector",
        "other:model.discrete_vision_model.encoder": "siglip_vision",
        "other:model.discrete_vision_model.decoder.vision_model": "siglip_vision",
        "other:model.discrete_vision_model": None,
        "other:model.discrete_audio_model": None,
        "other:model.video_audio_compressor": None,
    },
}

BUFFERS = ("statistics", "position_ids", "mask", "rotary.inv_freq")


@cache
def _resolve(name: str) -> ResolvedCheckpoint:
    manifest = load_manifest(name)
    return resolve(manifest.records, manifest.config)


def _component(name: str, component: str) -> ResolvedComponent:
    found = _resolve(name).component(component)
    assert found is not None
    return found


def _is_partition(manifest: Manifest, resolved: ResolvedCheckpoint) -> bool:
    """Every element of every record stands in exactly one logical tensor or leftover."""
    n_found: Counter[str] = Counter()
    for component in resolved.components:
        for tensor in component.tensors:
            n_found[tensor.view.record] += tensor.n_parameters
    for leftover in resolved.leftovers:
        n_found[leftover.name] += leftover.n_parameters
    expected = {record.name: prod(record.shape) for record in manifest.records.values()}
    return dict(n_found) == expected


def test_there_is_a_manifest_for_everything_and_nothing_more() -> None:
    assert set(NAMES) == set(COMPONENTS)
    assert len(NAMES) >= 14


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_manifests_hold_as_many_parameters_as_published(name: str) -> None:
    resolved = _resolve(name)
    n = sum(
        tensor.n_parameters
        for component in resolved.components
        for tensor in component.tensors
        if not tensor.role.kind.startswith(BUFFERS)
    )
    assert n == PUBLISHED[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_tensor_of_a_real_architecture_finds_its_place(name: str) -> None:
    manifest = load_manifest(name)
    resolved = _resolve(name)
    assert _is_partition(manifest, resolved)
    assert not resolved.leftovers
    assert {c.component: c.family for c in resolved.components} == COMPONENTS[name]
    for component in resolved.components:
        assert component.notes == ()
        roles = [tensor.role for tensor in component.tensors]
        assert roles == sorted(set(roles))
        for tensor in component.tensors:
            if component.family is not None and tensor.inferred:
                assert tensor.note is not None
                assert tensor.note.code == "scales"
            elif component.family is not None:
                assert tensor.note is None, tensor.role


@pytest.mark.parametrize("name", NAMES)
def test_residual_axes_have_one_width(name: str) -> None:
    for component in _resolve(name).components:
        for tensor in component.tensors:
            for axis, size in zip(tensor.axes, tensor.shape, strict=True):
                if axis is Axis.RESIDUAL:
                    assert size == component.n_residual


@pytest.mark.parametrize("name", [n for n in NAMES if n != "openai--gpt-oss-20b"])
def test_every_layer_of_a_known_component_has_its_units(name: str) -> None:
    for component in _resolve(name).components:
        if component.family in {None, "projector"}:
            continue
        layers = {t.role.layer for t in component.tensors} - {None}
        kinds = ("mlp",) if component.family.startswith("resnet") else ("mlp", "value")
        for units in kinds:
            assert {g.layer for g in component.groups if g.units == units} - {None} == layers


def test_four_bit_experts_are_left_whole() -> None:
    component = _component("openai--gpt-oss-20b", "language_model")
    assert {g.units for g in component.groups} == {"value"}
    packed = [t for t in component.tensors if t.role.kind == "mlp.down.packed"]
    assert {t.axes[0] for t in packed} == {Axis.EXPERT}


@pytest.mark.parametrize(
    ("name", "n_tensors", "n_parameters"),
    [(QWEN_VL_7B, 390, 676_550_144), (QWEN_VL_32B, 390, 688_841_984), (THINK, 390, 688_841_984)],
)
def test_the_vision_tower_of_qwen(name: str, n_tensors: int, n_parameters: int) -> None:
    tower = _component(name, "vision_encoder")
    assert len(tower.records) == n_tensors
    assert tower.n_parameters == n_parameters
    assert (tower.n_layers, tower.n_residual, tower.n_heads) == (32, 1280, 16)
    assert tower.residual_exchangeable


@pytest.mark.parametrize(
    ("name", "component"),
    [
        ("openai--whisper-large-v3", "audio_encoder"),
        ("Qwen--Qwen2-Audio-7B", "audio_encoder"),
        (OMNI, "audio_encoder"),
    ],
)
def test_the_encoder_of_whisper(name: str, component: str) -> None:
    tower = _component(name, component)
    assert len(tower.records) == 487
    assert tower.n_parameters == 636_968_960
    assert not tower.residual_exchangeable
    assert [t.role.kind for t in tower.tensors if t.fixed] == ["position_embedding.weight"]


TOWERS = [
    (QWEN_VL_7B, "visual.", "vision_encoder", "qwen2_5_vl_vision"),
    ("openai--clip-vit-large-patch14", "vision_model.", "vision_encoder", "clip_vision"),
    ("google--siglip-so400m-patch14-384", "vision_model.", "vision_encoder", "siglip_vision"),
    ("openai--whisper-large-v3", "model.encoder.", "audio_encoder", "whisper_encoder"),
    ("openai--whisper-large-v3", "model.decoder.", "language_model", "whisper_decoder"),
    ("google--vit-base-patch16-224", "vit.", "vision_encoder", "vit"),
    ("google-bert--bert-base-uncased", "bert.", "language_model", "bert"),
    (LLAMA, "model.", "language_model", "llama"),
]


@pytest.mark.parametrize(("name", "prefix", "component", "family"), TOWERS)
@pytest.mark.parametrize("wrapper", ["", "a.", "model.unheard_of_part.inner.", "0.auto_model."])
def test_a_tower_is_known_by_its_inner_names_wherever_it_stands(
    name: str, prefix: str, component: str, family: str, wrapper: str
) -> None:
    part = load_manifest(name).subset(prefix, strip=True)
    records = {wrapper + key: r._replace(name=wrapper + key) for key, r in part.items()}
    resolved = resolve(records, None)
    assert [(c.component, c.family) for c in resolved.components] == [(component, family)]
    assert not resolved.leftovers
    assert not any(t.inferred for t in resolved.components[0].tensors)


@pytest.mark.parametrize(
    ("prefix", "component"),
    [
        ("audio_spectrogram_transformer.", "audio_encoder"),
        ("model.discrete_vision_model.", "other:model.discrete_vision_model"),
        ("talker.", "speech_decoder"),
        ("language_model.", "vision_encoder"),
    ],
)
def test_the_prefix_tells_what_a_family_cannot(prefix: str, component: str) -> None:
    part = load_manifest("google--vit-base-patch16-224").subset("vit.", strip=True)
    records = {prefix + key: r._replace(name=prefix + key) for key, r in part.items()}
    assert [c.component for c in resolve(records, None).components] == [component]


shapes = st.lists(st.sampled_from([0, 1, 2, 8, 16, 24]), max_size=4).map(tuple)
small = st.sampled_from([n for n in NAMES if len(load_manifest(n).records) < 1300])


@settings(max_examples=60, deadline=None)
@given(small, st.data())
def test_damaged_shapes_are_taken_apart_without_loss(name: str, data: st.DataObject) -> None:
    manifest = load_manifest(name)
    records = dict(manifest.records)
    for victim in data.draw(st.lists(st.sampled_from(sorted(records)), max_size=4, unique=True)):
        shape = data.draw(st.permutations(records[victim].shape) | shapes.map(list))
        records[victim] = records[victim]._replace(shape=tuple(shape))
    for victim in data.draw(st.lists(st.sampled_from(sorted(records)), max_size=4, unique=True)):
        del records[victim]
    damaged = Manifest(manifest.config, records)
    assert _is_partition(damaged, resolve(records, manifest.config))


def test_raw_and_renamed_names_mean_the_same() -> None:
    raw, renamed = _resolve(QWEN_VL_32B), _resolve(f"{QWEN_VL_32B}.renamed")
    for a, b in zip(raw.components, renamed.components, strict=True):
        assert [t.role for t in a.tensors] == [t.role for t in b.tensors]
        assert [t.axes for t in a.tensors] == [t.axes for t in b.tensors]
        assert a.groups == b.groups


def test_experts_packed_and_apart_mean_the_same() -> None:
    apart = _component("Qwen--Qwen3-30B-A3B", "language_model")
    packed = _component("Qwen--Qwen3-30B-A3B.packed", "language_model")
    assert [t.role for t in apart.tensors] == [t.role for t in packed.tensors]
    assert [t.shape for t in apart.tensors] == [t.shape for t in packed.tensors]
    gate = packed.by_role[TensorRole("language_model", 3, 7, "mlp.gate.weight")]
    assert gate.view.is_contiguous
    assert gate.view.first_element == 7 * 2 * 768 * 2048


def test_scales_of_eight_bit_weights_stand_beside_them() -> None:
    component = _component("deepseek-ai--DeepSeek-V3", "language_model")
    role = TensorRole("language_model", 3, 7, "mlp.up.weight_scale_inv")
    scale = component.by_role[role]
    assert scale.shape == (16, 56)
    assert set(scale.axes) == {Axis.OTHER}


def test_the_layer_that_predicts_further_ahead_is_counted_apart() -> None:
    component = _component("zai-org--GLM-4.5-Air", "language_model")
    assert component.n_layers == 46
    extra = [t.role for t in component.tensors if t.role.kind.startswith("mtp.")]
    assert {role.layer for role in extra} == {None}
    assert TensorRole("language_model", None, 5, "mtp.mlp.up.weight") in extra


def test_sixty_thousand_tensors_take_little_time() -> None:
    manifest = load_manifest("deepseek-ai--DeepSeek-V3")
    records = {
        name: record
        for name, record in manifest.records.items()
        if not name.startswith("model.layers.") or int(name.split(".")[2]) < 43
    }
    assert 60_000 < len(records) < 65_000

    def seconds(work: Callable[[], object]) -> float:
        times = []
        for _ in range(3):
            start = time.process_time()
            work()
            times.append(time.process_time() - start)
        return min(times)

    # On a machine that is slow, or under a tracer, the names alone take longer too.
    names = seconds(lambda: [skeleton(name) for name in records])
    assert seconds(lambda: resolve(records, manifest.config)) < max(1.5, 12 * names)


# -- configuration and shapes ---------------------------------------------------------------------


def _mutated(name: str, **changes: Any) -> ResolvedComponent:
    manifest = load_manifest(name)
    resolved = resolve(manifest.records, {**manifest.config, **changes})
    assert _is_partition(manifest, resolved)
    return resolved.components[0]


@pytest.mark.parametrize(
    "changes",
    [{"num_attention_heads": 31}, {"head_dim": 64}, {"num_key_value_heads": 4}],
)
def test_heads_that_contradict_the_shapes_are_not_used(changes: dict[str, int]) -> None:
    component = _mutated(LLAMA, **changes)
    assert component.n_heads is None
    assert {g.units for g in component.groups} == {"mlp"}
    assert [note.code for note in component.notes] == ["heads_disagree"]


def test_a_configuration_of_another_width_is_not_used() -> None:
    component = _mutated(LLAMA, hidden_size=2048)
    assert component.n_heads is None
    assert component.n_residual == 4096
    assert component.notes == ()


@pytest.mark.parametrize("heads", [None, 24, 0, -16, "16", 16.0, True, 10**30])
def test_interleaved_parts_are_split_only_where_the_heads_are_known(heads: Any) -> None:
    component = _mutated("EleutherAI--pythia-1.4b", num_attention_heads=heads)
    role = TensorRole("language_model", 0, None, "attention.q+k+v.weight")
    whole = component.by_role[role]
    assert whole.axes == (Axis.OTHER, Axis.RESIDUAL)
    assert whole.note is not None
    assert whole.note.code == "not_split"
    assert whole.note.en
    assert whole.note.ko
    assert whole.view.is_contiguous


def test_without_a_configuration_units_of_the_mlp_remain() -> None:
    manifest = load_manifest("Qwen--Qwen3-8B")
    component = resolve(manifest.records, None).components[0]
    # Norms on q and k tell the size of a head.
    assert (component.n_heads, component.n_kv_heads) == (32, 8)
    llama = resolve(load_manifest(LLAMA).records, None).components[0]
    assert llama.n_heads is None
    assert {g.units for g in llama.groups} == {"mlp"}


def test_each_tower_finds_its_own_part_of_the_configuration() -> None:
    think = _resolve(THINK)
    heads = {c.component: (c.n_heads, c.n_kv_heads) for c in think.components}
    assert heads["language_model"] == (40, 8)
    assert heads["vision_encoder"] == (16, 16)


def test_square_experts_whose_layout_cannot_be_told_are_left_whole() -> None:
    records = dict(load_manifest("Qwen--Qwen3-30B-A3B.packed").records)
    for name, record in records.items():
        if name.endswith("experts.down_proj"):
            records[name] = record._replace(shape=(128, 2048, 2048))
        if name.endswith("experts.gate_up_proj"):
            records[name] = record._replace(shape=(128, 2048, 2048))
    component = resolve(records, None).components[0]
    whole = component.by_role[TensorRole("language_model", 0, None, "mlp.down.weight")]
    assert whole.note is not None
    assert "two layouts fit" in whole.note.en
    assert whole.axes == (Axis.OTHER,) * 3


def test_two_names_of_one_role_leave_one_over() -> None:
    records = dict(load_manifest("google-bert--bert-base-uncased").records)
    extra = "bert.embeddings.LayerNorm.weight"
    records[extra] = Record(extra, "F32", (768,))
    resolved = resolve(records, None)
    (leftover,) = resolved.leftovers
    assert leftover.name in {extra, "bert.embeddings.LayerNorm.gamma"}
    assert "same role" in leftover.reason_en
    assert leftover.reason_ko
    assert _is_partition(Manifest({}, records), resolved)


def test_an_unknown_tensor_joins_the_component_it_stands_in() -> None:
    records = dict(load_manifest(LLAMA).records)
    extra = "model.layers.3.self_attn.temperature"
    records[extra] = Record(extra, "F32", (4096,))
    (component,) = resolve(records, None).components
    tensor = component.by_role[TensorRole("language_model", 3, None, "self_attn.temperature")]
    assert tensor.inferred
    # As wide as the residual stream, but nobody said that it is.
    assert tensor.axes == (Axis.OTHER,)
    assert tensor.note is not None


def test_a_buffer_that_no_family_names_is_fixed_by_its_name() -> None:
    records = dict(load_manifest(LLAMA).records)
    extra = "model.layers.3.rotary.cos_cached"
    records[extra] = Record(extra, "F32", (2048, 128))
    (component,) = resolve(records, None).components
    assert [t.view.record for t in component.tensors if t.fixed] == [extra]


# -- anything at all ------------------------------------------------------------------------------

WORDS = (
    "model layers 0 1 7 self_attn q_proj mlp experts weight bias visual blocks attn qkv a/b ~ "
    "embed_tokens input_layernorm up_proj down_proj gate_proj norm lm_head inv_freq encoder "
    "projector"
)
segments = st.sampled_from(WORDS.split()) | st.text(max_size=3)
names = st.lists(segments, min_size=1, max_size=7).map(".".join)
configs = st.none() | st.dictionaries(
    st.sampled_from(["hidden_size", "num_attention_heads", "model_type", "text_config"]),
    st.none()
    | st.integers(-1, 20)
    | st.text(max_size=5)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    max_size=4,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(names, shapes, max_size=25), configs)
def test_anything_is_taken_apart_without_loss(
    found: dict[str, tuple[int, ...]], config: dict[str, Any] | None
) -> None:
    records = {name: Record(name, "F32", shape) for name, shape in found.items()}
    resolved = resolve(records, config)
    n_found: Counter[str] = Counter()
    for component in resolved.components:
        assert len({t.role for t in component.tensors}) == len(component.tensors)
        for tensor in component.tensors:
            assert TensorRole.parse(str(tensor.role)) == tensor.role
            assert tensor.role.component == component.component
            n_found[tensor.view.record] += tensor.n_parameters
    for leftover in resolved.leftovers:
        n_found[leftover.name] += leftover.n_parameters
    assert set(n_found) == set(records)
    assert all(n_found[name] == prod(record.shape) for name, record in records.items())
    components = [c.component for c in resolved.components]
    assert len(set(components)) == len(components)
