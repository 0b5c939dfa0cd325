from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dokja.arch.align import ComponentAlignment, align, align_components
from dokja.arch.resolve import resolve
from dokja.arch.role import (
    ResolvedCheckpoint,
    ResolvedComponent,
    ResolvedTensor,
    TensorRole,
)
from tests.unit.arch.manifests import Record, load_manifest

QWEN_VL = "Qwen--Qwen2.5-VL-32B-Instruct"
OMNI = "naver-hyperclovax--HyperCLOVAX-SEED-Omni-8B"
THINK = "naver-hyperclovax--HyperCLOVAX-SEED-Think-32B"


@cache
def _resolve(name: str) -> ResolvedCheckpoint:
    manifest = load_manifest(name)
    return resolve(manifest.records, manifest.config)


def _counterpart(
    subject: ResolvedCheckpoint, reference: ResolvedCheckpoint, component: str
) -> ComponentAlignment:
    found = {a.component: (a, b) for a, b in align_components(subject, reference)}
    a, b = found[component]
    assert b is not None
    return align(a, b)


def _records_paired(alignment: ComponentAlignment) -> int:
    paired = {pair.subject.view.record for pair in alignment.pairs}
    left = {x.tensor.view.record for x in alignment.leftovers if x.side == "subject"}
    return len(paired - left)


def _reasons(alignment: ComponentAlignment, side: str) -> dict[str, int]:
    return dict(Counter(x.reason.code for x in alignment.leftovers if x.side == side))


def _is_partition(alignment: ComponentAlignment) -> bool:
    sides: dict[str, Counter[TensorRole]] = {"subject": Counter(), "reference": Counter()}
    for pair in alignment.pairs:
        sides["subject"][pair.subject.role] += 1
        sides["reference"][pair.reference.role] += 1
    for leftover in alignment.leftovers:
        sides[leftover.side][leftover.tensor.role] += 1
        assert leftover.reason.en
        assert leftover.reason.ko
    return sides["subject"] == Counter(t.role for t in alignment.subject.tensors) and sides[
        "reference"
    ] == Counter(t.role for t in alignment.reference.tensors)


def _mirror(alignment: ComponentAlignment) -> tuple[object, ...]:
    """What `align` with the sides exchanged should give."""
    other = {"subject": "reference", "reference": "subject"}
    return (
        {(pair.reference.role, pair.subject.role) for pair in alignment.pairs},
        {(other[x.side], x.tensor.role, x.reason.code) for x in alignment.leftovers},
        sorted((b, a) for a, b in alignment.layer_map),
        alignment.layers_paired,
        alignment.same_residual,
    )


def _as_it_stands(alignment: ComponentAlignment) -> tuple[object, ...]:
    return (
        {(pair.subject.role, pair.reference.role) for pair in alignment.pairs},
        {(x.side, x.tensor.role, x.reason.code) for x in alignment.leftovers},
        sorted(alignment.layer_map),
        alignment.layers_paired,
        alignment.same_residual,
    )


# -- real architectures ---------------------------------------------------------------------------


@pytest.mark.parametrize("reference", [QWEN_VL, f"{QWEN_VL}.renamed"])
def test_the_borrowed_vision_tower_is_found_whole(reference: str) -> None:
    alignment = _counterpart(_resolve(THINK), _resolve(reference), "vision_encoder")
    assert _records_paired(alignment) == 390
    assert alignment.leftovers == ()
    assert alignment.coverage == (1.0, 1.0)
    assert alignment.layers_paired
    assert alignment.same_residual


def test_the_sibling_of_another_width_is_told_apart_by_shape() -> None:
    alignment = _counterpart(
        _resolve(THINK), _resolve("Qwen--Qwen2.5-VL-7B-Instruct"), "vision_encoder"
    )
    assert _reasons(alignment, "subject") == {"other_shape": 32 * 5 + 2}
    assert 0 < alignment.coverage[1] < 0.6


def test_the_borrowed_audio_encoder_is_found_whole() -> None:
    for reference in ("Qwen--Qwen2-Audio-7B", "openai--whisper-large-v3"):
        alignment = _counterpart(_resolve(OMNI), _resolve(reference), "audio_encoder")
        assert _records_paired(alignment) == 487
        assert alignment.leftovers == ()
        fixed = [pair for pair in alignment.pairs if pair.subject.fixed]
        assert [pair.subject.role.kind for pair in fixed] == ["position_embedding.weight"]


def test_a_tower_in_a_file_of_its_own_finds_its_counterpart() -> None:
    manifest = load_manifest(QWEN_VL)
    tower = resolve(manifest.subset("visual.", strip=True), None)
    alignment = _counterpart(_resolve(THINK), tower, "vision_encoder")
    assert _records_paired(alignment) == 390


def test_a_tower_under_another_name_is_found_by_family_and_shape() -> None:
    """The discrete vision part of the subject is the whole SigLIP, not its vision encoder."""
    siglip = _resolve("google--siglip-so400m-patch14-384")
    found = {a.component: b for a, b in align_components(_resolve(OMNI), siglip)}
    encoder = found["other:model.discrete_vision_model.encoder"]
    assert encoder is not None
    assert encoder.component == "vision_encoder"
    assert found["vision_encoder"] is None
    alignment = align(
        _resolve(OMNI).component("other:model.discrete_vision_model.encoder"), encoder
    )  # type: ignore[arg-type]
    assert alignment.coverage == (1.0, 1.0)


def test_another_vocabulary_leaves_embedding_and_head_over() -> None:
    a, b = _resolve("meta-llama--Llama-3.1-8B"), _resolve("mistralai--Mistral-7B-v0.1")
    alignment = _counterpart(a, b, "language_model")
    assert _reasons(alignment, "subject") == {"vocabulary_differs": 2}
    assert _reasons(alignment, "reference") == {"vocabulary_differs": 2}


def test_packed_experts_pair_with_experts_apart() -> None:
    a, b = _resolve("Qwen--Qwen3-30B-A3B"), _resolve("Qwen--Qwen3-30B-A3B.packed")
    assert _counterpart(a, b, "language_model").coverage == (1.0, 1.0)


def test_a_descendant_without_the_extra_layer_still_pairs_layer_by_layer() -> None:
    manifest = load_manifest("zai-org--GLM-4.5-Air")
    child = {n: r for n, r in manifest.records.items() if not n.startswith("model.layers.46.")}
    config = {k: v for k, v in manifest.config.items() if k != "num_nextn_predict_layers"}
    alignment = _counterpart(
        resolve(child, config), _resolve("zai-org--GLM-4.5-Air"), "language_model"
    )
    assert alignment.layers_paired
    assert alignment.coverage == (1.0, 1.0)
    left = {x.tensor.role.kind[:4] for x in alignment.leftovers}
    assert left == {"mtp."}


def test_dense_against_experts_is_left_to_the_caller() -> None:
    dense = _resolve("Qwen--Qwen3-8B").components[0]
    experts = _resolve("Qwen--Qwen3-30B-A3B").components[0]
    layers = [(i, i) for i in range(36)]
    alignment = align(dense, experts, layer_map=layers)
    reasons = {x.reason.code for x in alignment.leftovers if x.tensor.role.kind == "mlp.up.weight"}
    assert reasons == {"dense_against_experts", "layer_without_counterpart"}


# -- small components -----------------------------------------------------------------------------


def _llama(
    n_layers: int, *, vocab: int = 50, units: int = 40, experts: int = 0, first: int = 0
) -> ResolvedComponent:
    shapes: dict[str, tuple[int, ...]] = {
        "model.embed_tokens.weight": (vocab, 24),
        "model.norm.weight": (24,),
        "lm_head.weight": (vocab, 24),
    }
    for i in range(first, first + n_layers):
        block = f"model.layers.{i}"
        shapes |= {
            f"{block}.input_layernorm.weight": (24,),
            f"{block}.post_attention_layernorm.weight": (24,),
        }
        for name in "qkvo":
            shapes[f"{block}.self_attn.{name}_proj.weight"] = (24, 24)
        owners = [f"{block}.mlp.experts.{e}" for e in range(experts)] or [f"{block}.mlp"]
        if experts:
            shapes[f"{block}.mlp.gate.weight"] = (experts, 24)
        for owner in owners:
            shapes[f"{owner}.gate_proj.weight"] = (units, 24)
            shapes[f"{owner}.up_proj.weight"] = (units, 24)
            shapes[f"{owner}.down_proj.weight"] = (24, units)
    records = {name: Record(name, "F32", shape) for name, shape in shapes.items()}
    (component,) = resolve(records, None).components
    return component


def test_layers_that_are_not_mapped_stay_over_and_the_rest_is_paired() -> None:
    alignment = align(_llama(3), _llama(5))
    assert not alignment.layers_paired
    assert alignment.layer_map == ()
    assert {pair.subject.role.layer for pair in alignment.pairs} == {None}
    assert len(alignment.pairs) == 3
    assert set(_reasons(alignment, "subject")) == {"layers_not_mapped"}
    assert set(_reasons(alignment, "reference")) == {"layers_not_mapped"}


def test_a_layer_map_is_followed() -> None:
    alignment = align(_llama(3), _llama(5), layer_map=[(2, 4), (0, 0)])
    assert alignment.layer_map == ((0, 0), (2, 4))
    assert not alignment.layers_paired
    layers = {(p.subject.role.layer, p.reference.role.layer) for p in alignment.pairs}
    assert layers == {(None, None), (0, 0), (2, 4)}
    assert set(_reasons(alignment, "subject")) == {"layer_without_counterpart"}


def test_a_map_in_order_is_the_same_as_none() -> None:
    a, b = _llama(3), _llama(3)
    assert _as_it_stands(align(a, b)) == _as_it_stands(
        align(a, b, layer_map=[(i, i) for i in range(3)])
    )
    assert not align(a, b, layer_map=[(0, 1), (1, 0), (2, 2)]).layers_paired


def test_as_many_layers_with_other_numbers_are_paired_in_order() -> None:
    alignment = align(_llama(3), _llama(3, first=2))
    assert alignment.layers_paired
    assert alignment.layer_map == ((0, 2), (1, 3), (2, 4))
    assert alignment.leftovers == ()


@pytest.mark.parametrize(
    ("layer_map", "why"),
    [
        ([(0, 0), (0, 1)], "subject stands twice"),
        ([(0, 1), (1, 1)], "reference stands twice"),
        ([(7, 0)], r"subject has no layers \[7\]"),
        ([(0, 7)], r"reference has no layers \[7\]"),
    ],
)
def test_an_impossible_layer_map_is_refused(layer_map: list[tuple[int, int]], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        align(_llama(2), _llama(2), layer_map=layer_map)


def test_a_head_that_is_tied_on_the_other_side_is_told() -> None:
    manifest = load_manifest("Qwen--Qwen3-8B")
    tied = {name: r for name, r in manifest.records.items() if name != "lm_head.weight"}
    alignment = align(_resolve("Qwen--Qwen3-8B").components[0], resolve(tied, None).components[0])
    assert _reasons(alignment, "subject") == {"tied": 1}
    assert _reasons(alignment, "reference") == {}


def test_another_number_of_experts_is_left_over() -> None:
    alignment = align(_llama(2, experts=2), _llama(2, experts=3))
    codes = {
        x.reason.code
        for x in alignment.leftovers
        if x.tensor.role.expert is not None and x.side == "subject"
    }
    assert codes == {"experts_differ"}


def test_other_units_are_left_over_for_their_shape() -> None:
    alignment = align(_llama(2), _llama(2, units=36))
    assert _reasons(alignment, "subject") == {"other_shape": 6}
    (reason,) = {
        x.reason for x in alignment.leftovers if x.side == "subject" and x.tensor.shape == (40, 24)
    }
    assert "36 × 24" in reason.en
    assert "36 × 24" in reason.ko


def test_a_component_aligned_with_itself_leaves_nothing_over() -> None:
    component = _llama(2, experts=2)
    alignment = align(component, component)
    assert alignment.leftovers == ()
    assert alignment.coverage == (1.0, 1.0)


def test_an_empty_component_is_no_error() -> None:
    empty = ResolvedComponent("language_model", None, inferred=True, tensors=())
    alignment = align(empty, _llama(1))
    assert alignment.pairs == ()
    assert alignment.coverage == (0.0, 0.0)
    assert not alignment.same_residual
    assert _is_partition(alignment)


variants = st.builds(
    _llama,
    st.integers(1, 3),
    vocab=st.sampled_from([50, 60]),
    units=st.sampled_from([40, 36]),
    experts=st.sampled_from([0, 2, 3]),
    first=st.integers(0, 1),
)


@st.composite
def mutilated(draw: st.DrawFn) -> ResolvedComponent:
    """A component that lost some tensors, as files of strangers do."""
    component = draw(variants)
    kept: list[ResolvedTensor] = [t for t in component.tensors if draw(st.integers(0, 9)) > 0]
    return ResolvedComponent(
        component.component,
        component.family,
        inferred=False,
        tensors=tuple(kept),
        tied=component.tied,
        n_residual=component.n_residual,
    )


def _layer_numbers(component: ResolvedComponent) -> list[int]:
    return sorted({t.role.layer for t in component.tensors if t.role.layer is not None})


@settings(max_examples=150, deadline=None)
@given(mutilated(), mutilated(), st.data())
def test_every_tensor_stands_once_and_the_mirror_image_is_the_same(
    a: ResolvedComponent, b: ResolvedComponent, data: st.DataObject
) -> None:
    own, other = _layer_numbers(a), _layer_numbers(b)
    n = data.draw(st.integers(0, min(len(own), len(other))))
    layer_map: Any = None
    if data.draw(st.booleans()):
        chosen = data.draw(st.permutations(other))[:n]
        layer_map = list(zip(data.draw(st.permutations(own))[:n], chosen, strict=True))
    alignment = align(a, b, layer_map=layer_map)
    assert _is_partition(alignment)
    assert all(pair.subject.shape == pair.reference.shape for pair in alignment.pairs)
    back = None if layer_map is None else [(y, x) for x, y in layer_map]
    assert _as_it_stands(align(b, a, layer_map=back)) == _mirror(alignment)


CLIP = "openai--clip-vit-large-patch14"
SIGLIP = "google--siglip-so400m-patch14-384"
AUDIO = "Qwen--Qwen2-Audio-7B"
WHISPER = "openai--whisper-large-v3"
real = st.sampled_from([OMNI, THINK, QWEN_VL, f"{QWEN_VL}.renamed", AUDIO, WHISPER, CLIP, SIGLIP])


@settings(max_examples=40, deadline=None)
@given(real, real)
def test_components_find_the_same_counterparts_from_both_sides(one: str, two: str) -> None:
    a, b = _resolve(one), _resolve(two)
    forth = {(x.component, y.component) for x, y in align_components(a, b) if y is not None}
    back = {(y.component, x.component) for x, y in align_components(b, a) if y is not None}
    assert forth == back
    assert len({y for _, y in forth}) == len(forth)
    assert [x for x, _ in align_components(a, b)] == list(a.components)
