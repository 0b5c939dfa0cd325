"""Realistic audit reports, built without any weights, for tests of views and policies.

The figures are drawn from a seeded generator so that every builder gives the same report each
time; what they mean together is plausible, not measured.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, Literal

from dokja.document.audit import (
    Aggregated,
    AuditReport,
    CheckpointSummary,
    ComponentResult,
    ComponentShare,
    Coverage,
    DigestEvidence,
    Evidence,
    Finding,
    InPlacePower,
    LayerFigures,
    LayerSearchEvidence,
    LeastDetectable,
    Leftover,
    MomentsEvidence,
    NormPanelEvidence,
    NormPanelRow,
    NotApplicable,
    OrderEvidence,
    OtherEvidence,
    PowerEvidence,
    PowerPoint,
    Provenance,
    Relation,
    RetentionEvidence,
    RoleFigures,
    SelfTestEvidence,
    SourceRecord,
    SwapEvidence,
    TensorFigures,
    Tokenizer,
    UnitGroupFigures,
    UnitsEvidence,
    Verdict,
)
from dokja.document.common import Localized, NamedValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "BUILDERS",
    "HOSTILE_NAMES",
    "bare_report",
    "demo_report",
    "empty_report",
    "experts_report",
    "hostile_report",
    "huge_report",
    "inconclusive_report",
    "not_testable_report",
    "null_report",
    "shared_init_report",
    "two_references_report",
]

HOSTILE_NAMES = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a\u202egnp.\u2066exe\u2069",
    'quote" onmouseover="alert(1)',
    "back`tick``s | pipe | **bold** [x](javascript:alert(1))",
    "line\nbreak\r\ttab\u2028sep\u2029par\x00nul\x1b[31m",
    "@everyone #1 https://example.org &amp; {{ 7*7 }} {% raw %}",
    "x" * 10_000,
    "한글.가중치",
    "$(touch pwned); 'single'",
    "",
)
"""Names that a checkpoint can bear and that no page may obey."""


def both(en: str, ko: str | None = None) -> Localized:
    """Put a sentence into both languages."""
    return Localized(en=en, ko=ko or en)


@dataclass(frozen=True)
class Anatomy:
    """The tensors of a component: kinds per layer and outside, with shapes."""

    n_layers: int
    inside: tuple[tuple[str, str, tuple[int, ...]], ...]
    outside: tuple[tuple[str, str, tuple[int, ...]], ...]
    n_experts: int = 0


def transformer(n_layers: int, width: int, hidden: int, *, gated: bool, outside: str) -> Anatomy:
    """Describe a transformer of the usual kind."""
    inside: list[tuple[str, str, tuple[int, ...]]] = [
        ("norm.attention.weight", "norm", (width,)),
        ("attention.q.weight", "attention", (width, width)),
        ("attention.k.weight", "attention", (width, width)),
        ("attention.v.weight", "attention", (width, width)),
        ("attention.o.weight", "attention", (width, width)),
        ("norm.mlp.weight", "norm", (width,)),
        ("mlp.up.weight", "mlp", (hidden, width)),
        ("mlp.down.weight", "mlp", (width, hidden)),
    ]
    if gated:
        inside.insert(6, ("mlp.gate.weight", "mlp", (hidden, width)))
    else:
        inside.append(("mlp.up.bias", "bias", (hidden,)))
    ends: dict[str, tuple[tuple[str, str, tuple[int, ...]], ...]] = {
        "text": (
            ("token_embedding.weight", "embedding", (32_000, width)),
            ("norm.final.weight", "norm", (width,)),
            ("head.weight", "head", (32_000, width)),
        ),
        "image": (
            ("patch_embedding.weight", "conv", (width, 588)),
            ("norm.final.weight", "norm", (width,)),
        ),
        "sound": (
            ("conv1.weight", "conv", (width, 240)),
            ("position_embedding.weight", "embedding", (1500, width)),
        ),
    }
    return Anatomy(n_layers, tuple(inside), ends[outside])


PROJECTOR = Anatomy(
    0,
    (),
    (
        ("projector.0.weight", "other", (2048, 1024)),
        ("projector.0.bias", "bias", (2048,)),
        ("projector.2.weight", "other", (2048, 2048)),
    ),
)


@dataclass(frozen=True)
class Story:
    """What happened to a component, as far as the figures show it."""

    component: str
    anatomy: Anatomy
    relation: Relation
    correlation: Callable[[random.Random, str, float], float]
    """Pearson of a tensor from its group and its depth between 0 and 1."""
    reference: str
    reference_component: str
    log10_p: float | None
    found: float
    """Share of units found in place."""
    en: str
    ko: str
    reason_en: str
    reason_ko: str
    direction: Literal["from_reference", "to_reference", "undetermined"] = "undetermined"
    extra: Sequence[Evidence] = ()
    leftovers: tuple[Leftover, ...] = ()
    level: Literal["index", "structure"] = "index"
    least: LeastDetectable | None = field(
        default_factory=lambda: LeastDetectable(
            in_place=InPlacePower(cosine_0_9=0.005, cosine_0_5=0.01, cosine_0_2=0.02),
            diffuse=0.03,
            reindexed=None,
        )
    )


def tuned(rng: random.Random, group: str, depth: float) -> float:
    """Pearson after light further training: lowest in the middle of the depth."""
    if group in {"norm", "bias"}:
        return 0.9995 + 0.0004 * rng.random()
    return 0.983 + 0.012 * (2 * depth - 1) ** 2 + 0.004 * rng.random()


def twin(rng: random.Random, group: str, depth: float) -> float:
    """Pearson of two trainings from one random start."""
    if group == "norm":
        return rng.gauss(0.05, 0.05)
    return 0.42 - 0.15 * depth + rng.gauss(0, 0.01)


def same(rng: random.Random, group: str, depth: float) -> float:
    """Pearson of a copy."""
    del rng, group, depth
    return 1.0


def stranger(rng: random.Random, group: str, depth: float) -> float:
    """Pearson of models that have nothing to do with each other."""
    del depth
    return rng.gauss(0.0, 0.06 if group in {"norm", "bias"} else 0.002)


def n_elements(shape: Iterable[int]) -> int:
    """Count the weights of a shape."""
    n = 1
    for length in shape:
        n *= length
    return n


def tensor_rows(story: Story, rng: random.Random) -> tuple[TensorFigures, ...]:
    """Make the figures of all tensors of a component."""
    anatomy = story.anatomy
    rows = [tensor_row(story, rng, None, None, spec) for spec in anatomy.outside]
    for layer in range(anatomy.n_layers):
        for spec in anatomy.inside:
            if anatomy.n_experts and spec[1] == "mlp":
                rows += [
                    tensor_row(story, rng, layer, expert, spec)
                    for expert in range(anatomy.n_experts)
                ]
            else:
                rows.append(tensor_row(story, rng, layer, None, spec))
    return tuple(rows)


def tensor_row(
    story: Story,
    rng: random.Random,
    layer: int | None,
    expert: int | None,
    spec: tuple[str, str, tuple[int, ...]],
) -> TensorFigures:
    """Make the figures of one tensor."""
    kind, group, shape = spec
    n_layers = max(story.anatomy.n_layers - 1, 1)
    pearson = min(1.0, story.correlation(rng, group, (layer or 0) / n_layers))
    fixed = kind == "position_embedding.weight"
    if fixed:
        pearson = 1.0
    verbatim = story.relation is Relation.VERBATIM or fixed
    # Norm gains hang around 1, so that their cosine is high whatever their Pearson is.
    cosine = 0.985 + 0.015 * max(pearson, 0.0) if group == "norm" else min(1.0, pearson + 1e-3)
    if verbatim:
        cosine = 1.0
    where = "".join(
        [
            f"layers.{layer}/" if layer is not None else "",
            f"experts.{expert}/" if expert is not None else "",
        ]
    )
    inner = f"blocks.{layer}." if layer is not None else ""
    return TensorFigures(
        subject=f"model.{story.component}.{inner}{kind}",
        reference=f"{story.reference_component}.{inner}{kind}",
        role=f"{story.component}/{where}{kind}",
        group=group,
        layer=layer,
        expert=expert,
        shape=shape,
        n_parameters=n_elements(shape),
        cosine=cosine,
        pearson=pearson,
        relative_residual=0.0 if verbatim else sqrt(max(0.0, 2 - 2 * cosine)),
        slope=pearson,
        reverse_slope=pearson,
        equal_share=1.0 if verbatim else 0.0,
        max_abs_difference=0.0 if verbatim else 0.05,
        n_nonfinite=0,
        fixed=fixed,
    )


def aggregate(rows: Sequence[TensorFigures], name: str) -> Aggregated:
    """Aggregate one figure both ways."""
    values = [(getattr(row, name), row.n_parameters) for row in rows]
    known = [(value, n) for value, n in values if value is not None]
    if not known:
        return Aggregated(unweighted=None, weighted=None)
    total = sum(n for _, n in known)
    return Aggregated(
        unweighted=sum(value for value, _ in known) / len(known),
        weighted=sum(value * n for value, n in known) / total if total else None,
    )


def by_role(rows: Sequence[TensorFigures]) -> tuple[RoleFigures, ...]:
    """Aggregate by group of roles."""
    groups = sorted({row.group for row in rows})
    members = [(name, [row for row in rows if row.group == name]) for name in groups]
    return tuple(
        RoleFigures(
            role=name,
            n_tensors=len(part),
            n_parameters=sum(row.n_parameters for row in part),
            cosine=aggregate(part, "cosine"),
            pearson=aggregate(part, "pearson"),
        )
        for name, part in members
    )


def by_layer(rows: Sequence[TensorFigures]) -> tuple[LayerFigures, ...]:
    """Aggregate by layer."""
    layers = sorted({row.layer for row in rows}, key=lambda layer: (layer is None, layer or 0))
    members = [(layer, [row for row in rows if row.layer == layer]) for layer in layers]
    return tuple(
        LayerFigures(
            layer=layer,
            reference_layer=layer,
            n_tensors=len(part),
            n_parameters=sum(row.n_parameters for row in part),
            cosine=aggregate(part, "cosine"),
            pearson=aggregate(part, "pearson"),
        )
        for layer, part in members
    )


def unit_groups(story: Story, rng: random.Random) -> tuple[UnitGroupFigures, ...]:
    """Make the neighbours found in every layer."""
    groups = []
    for layer in range(story.anatomy.n_layers):
        for units, n in (("mlp", 512), ("value", 64)):
            found = round(n * story.found) if story.found else rng.choice([0, 0, 1, 1, 2])
            groups.append(
                UnitGroupFigures(
                    layer=layer,
                    reference_layer=layer,
                    expert=None,
                    units=units,
                    n=n,
                    n_mutual=max(found, n // 3),
                    n_in_place=found,
                    mean_cosine=0.98 if story.found else (0.12 if found else None),
                )
            )
    return tuple(groups)


def unit_evidence(story: Story, rng: random.Random, where: dict[str, str]) -> list[Evidence]:
    """Make the evidence that rests on units and channels."""
    groups = unit_groups(story, rng)
    if not groups:
        return [
            NotApplicable(
                **where,
                comparison="units",
                reason=both(
                    "there are no hidden units that both sides number alike",
                    "양쪽에서 같은 방식으로 번호를 매길 수 있는 은닉 유닛이 없습니다",
                ),
            )
        ]
    expected = sum(group.n_mutual / group.n for group in groups)
    n_units = sum(group.n for group in groups)
    found = sum(group.n_in_place for group in groups)
    return [
        UnitsEvidence(
            **where,
            statistic=found,
            expected=expected,
            n_units=n_units,
            n_mutual=sum(group.n_mutual for group in groups),
            log10_p=story.log10_p or 0.0,
            in_place_share=found / n_units,
            in_place_cosine=0.98 if story.found else 0.11,
            off_map_cosine=0.12,
            off_map_statistic=round(expected) + 1,
            off_map_expected=expected,
            off_map_log10_p=-0.02,
            shuffled_statistic=max(round(expected) - 2, 0),
            shuffled_expected=expected * 0.98,
            groups=groups,
        ),
        SwapEvidence(
            **where,
            statistic=38.2 if story.found else 0.74,
            log10_p=-316.9 if story.found else -0.12,
            n_channels=256,
            n_tensors=story.anatomy.n_layers * 8,
            effect=0.985 if story.found else 0.003,
            permutation_z=212.5 if story.found else 0.9,
            kappa=3.1,
            shuffled_statistic=-0.41,
        ),
        SelfTestEvidence(
            **where,
            passed=True,
            norm_against_index_z=0.8,
            neighbours_alike_z=-0.3,
            duplicate_units=0,
            zero_units=2,
            matching_layers=(),
            notes=(),
        ),
    ]


def norm_evidence(rows: Sequence[TensorFigures], where: dict[str, str]) -> list[Evidence]:
    """Make the panel of norm vectors."""
    norms = [row for row in rows if row.group == "norm"]
    if not norms:
        return []
    panel = tuple(
        NormPanelRow(
            role=row.role,
            layer=row.layer,
            n=row.n_parameters,
            cosine=row.cosine,
            shuffled_cosine=0.984 + 0.001 * ((row.layer or 0) % 3),
            pearson=row.pearson,
        )
        for row in norms
    )
    return [
        NormPanelEvidence(
            **where,
            rows=panel,
            mean_cosine=aggregate(norms, "cosine").unweighted,
            mean_shuffled_cosine=0.985,
            mean_pearson=aggregate(norms, "pearson").unweighted,
            joint_z=0.4,
        )
    ]


def power_evidence(where: dict[str, str]) -> PowerEvidence:
    """Make what would have been found."""
    return PowerEvidence(
        **where,
        points=(
            *(
                PowerPoint(
                    route="in_place", cosine=cosine, least=least, n_plantings=20, detected_share=1.0
                )
                for cosine, least in ((0.9, 0.005), (0.5, 0.01), (0.2, 0.02))
            ),
            PowerPoint(
                route="diffuse", cosine=None, least=0.03, n_plantings=20, detected_share=0.95
            ),
        ),
        threshold_log10_p=-6.0,
        reindexed="not_examined",
    )


def tell(story: Story, seed: int) -> tuple[ComponentResult, list[Evidence]]:
    """Make the result of one component and the evidence for it."""
    rng = random.Random(seed)
    rows = tensor_rows(story, rng)
    n_parameters = sum(row.n_parameters for row in rows)
    where = {
        "component": story.component,
        "reference": story.reference,
        "reference_component": story.reference_component,
    }
    free = [row for row in rows if not row.fixed]
    n_equal = sum(row.equal_share == 1.0 for row in free)
    matrices = [row for row in free if len(row.shape) > 1]
    evidence: list[Evidence] = [
        DigestEvidence(
            **where,
            n_tensors=len(free),
            n_equal=n_equal,
            parameter_share=1.0 if n_equal else 0.0,
            fixed_equal=len(rows) - len(free),
        ),
        MomentsEvidence(
            **where,
            cosine=aggregate(rows, "cosine"),
            pearson=aggregate(rows, "pearson"),
            matrix_cosine=aggregate(matrices, "cosine"),
            matrix_pearson=aggregate(matrices, "pearson"),
            matrix_slope=aggregate(matrices, "slope").weighted,
            matrix_reverse_slope=aggregate(matrices, "reverse_slope").weighted,
            equal_share=1.0 if n_equal else 0.0,
            n_matrices=len(matrices),
        ),
        *unit_evidence(story, rng, where),
        *norm_evidence(rows, where),
        power_evidence(where),
        *story.extra,
    ]
    result = ComponentResult(
        component=story.component,
        reference=story.reference,
        reference_component=story.reference_component,
        relation=story.relation,
        reason=both(story.reason_en, story.reason_ko),
        level=story.level,
        log10_p=story.log10_p,
        direction=story.direction,
        least_detectable=story.least,
        coverage=Coverage(
            tensors=0.99 if story.leftovers else 1.0, parameters=0.995 if story.leftovers else 1.0
        ),
        cosine=aggregate(rows, "cosine"),
        pearson=aggregate(rows, "pearson"),
        equal_share=1.0 if n_equal else 0.0,
        n_parameters=n_parameters,
        share=0.0,
        by_role=by_role(rows),
        by_layer=by_layer(rows),
        tensors=rows,
        leftovers=story.leftovers,
        transformation=None,
        summary=both(story.en, story.ko),
    )
    return result, evidence


def summarize(
    ref: str, stories: Sequence[Story], results: Sequence[ComponentResult]
) -> CheckpointSummary:
    """Describe a checkpoint that holds the components of the stories."""
    sizes: dict[str, tuple[int, Story]] = {}
    for story, result in zip(stories, results, strict=True):
        sizes.setdefault(story.component, (result.n_parameters, story))
    total = sum(n for n, _ in sizes.values())
    return CheckpointSummary(
        ref=ref,
        digest="blake3:" + "5f" * 32,
        n_parameters=total,
        components=tuple(
            ComponentShare(
                component=name,
                n_parameters=n,
                share=n / total if total else 0.0,
                n_tensors=len(story.anatomy.outside)
                + story.anatomy.n_layers * len(story.anatomy.inside),
                n_layers=story.anatomy.n_layers,
                family="llama" if name == "language_model" else None,
                inferred=name == "projector",
            )
            for name, (n, story) in sizes.items()
        ),
        n_tensors=sum(len(result.tensors) for result in results),
        n_bytes=2 * total,
        dtypes=(NamedValue(name="BF16", value=float(total)),),
        tokenizer=Tokenizer(digest="blake3:" + "0a" * 32, n_tokens=32_000),
        license="apache-2.0",
    )


def compose(
    stories: Sequence[Story],
    *,
    subject: str = "submission/omni-8b",
    policy: str = "default",
    findings: tuple[Finding, ...] = (),
    summary: Localized | None = None,
    passed: bool = True,
) -> AuditReport:
    """Put stories together into a report."""
    results, evidence = [], []
    for seed, story in enumerate(stories):
        result, items = tell(story, seed)
        results.append(result)
        evidence += items
    head = summarize(subject, stories, results)
    shares = {part.component: part.share for part in head.components}
    placed = [
        ComponentResult.model_validate({**dict(result), "share": shares[result.component]})
        for result in results
    ]
    relations = list(Relation)
    strongest = min((story.relation for story in stories), key=relations.index)
    references = list(dict.fromkeys(story.reference for story in stories))
    open_ends = {Relation.INCONCLUSIVE, Relation.NOT_TESTABLE}
    return AuditReport(
        schema_version="1",
        subject=head,
        references=tuple(reference_summary(ref, stories, results) for ref in references),
        components=tuple(placed),
        verdict=Verdict(
            policy=policy,
            relation=strongest,
            passed=passed,
            conclusive=not any(story.relation in open_ends for story in stories),
            findings=findings,
            summary=summary or both("An example.", "보기입니다."),
        ),
        evidence=tuple(evidence),
        provenance=provenance(subject, references),
    )


def reference_summary(
    ref: str, stories: Sequence[Story], results: Sequence[ComponentResult]
) -> CheckpointSummary:
    """Describe a reference by the components that were compared with it."""
    pairs = [(s, r) for s, r in zip(stories, results, strict=True) if s.reference == ref]
    return summarize(ref, [s for s, _ in pairs], [r for _, r in pairs])


def provenance(subject: str, references: Sequence[str]) -> Provenance:
    """Say how the example came about."""
    return Provenance(
        dokja="0.1.0",
        seed=0,
        policy_digest="blake3:" + "c4" * 32,
        sources=tuple(
            SourceRecord(uri=f"{ref}/model.safetensors", n_bytes=16_777_216, identity="16777216-1")
            for ref in (subject, *references)
        ),
        bytes_read=33_554_432,
        started_at="2026-01-17T09:30:00Z",
        wall_s=12.34,
        parameters=(
            NamedValue(name="n_rows", value=4096.0),
            NamedValue(name="n_plantings", value=20.0),
        ),
    )


TEXT = transformer(12, 1024, 2816, gated=True, outside="text")
IMAGE = transformer(16, 512, 1536, gated=False, outside="image")
SOUND = transformer(6, 384, 1536, gated=False, outside="sound")


def own_language_model(reference: str = "references/open-lm-1b") -> Story:
    """Tell of a language model that nothing was found for."""
    return Story(
        component="language_model",
        anatomy=TEXT,
        relation=Relation.NO_EVIDENCE,
        correlation=stranger,
        reference=reference,
        reference_component="language_model",
        log10_p=-0.2,
        found=0.0,
        en="No sign that the language model comes from this reference.",
        ko="언어 모델이 이 비교 모델에서 나왔다는 근거가 없습니다.",
        reason_en="Units stand in place no more often than chance puts them there, and a copy of "
        "0.5 % of them would have been seen.",
        reason_ko="같은 자리에서 발견된 유닛은 우연히 기대되는 수를 넘지 않으며, 유닛의 0.5%만 "
        "가져왔더라도 드러났을 것입니다.",
    )


def borrowed_vision() -> Story:
    """Tell of a vision encoder that was taken over and tuned a little."""
    where = {
        "component": "vision_encoder",
        "reference": "references/open-vision",
        "reference_component": "vision_encoder",
    }
    return Story(
        component="vision_encoder",
        anatomy=IMAGE,
        relation=Relation.REUSED,
        correlation=tuned,
        reference="references/open-vision",
        reference_component="vision_encoder",
        log10_p=-812.4,
        found=1.0,
        en="The vision encoder is that of the reference, changed a little.",
        ko="비전 인코더는 비교 모델의 것을 조금 고친 것입니다.",
        reason_en="The parameter-weighted Pearson correlation of the matrices is 0.9898, and every "
        "unit stands where it stands in the reference.",
        reason_ko="행렬의 매개변수 가중 피어슨 상관이 0.9898이고, 모든 유닛이 비교 모델과 같은 "
        "자리에 있습니다.",
        direction="from_reference",
        extra=(
            RetentionEvidence(
                **where,
                n_layers=16,
                matrix_slope=0.99,
                gain_slope=1.0,
                ratio=1.01,
                ratio_low=0.98,
                ratio_high=1.03,
                reverse_matrix_slope=0.97,
                reverse_gain_slope=0.99,
                reverse_ratio=1.02,
                reverse_ratio_low=0.99,
                reverse_ratio_high=1.05,
                matrix_pearson=0.99,
                gain_pearson=0.999,
                effective_gain_pearson=0.995,
            ),
        ),
        leftovers=(
            Leftover(
                side="subject",
                name="model.vision_model.merger.*",
                n_tensors=3,
                n_parameters=1_048_576,
                reason=both(
                    "no tensor of this shape there", "그쪽에는 이런 형태의 텐서가 없습니다"
                ),
            ),
        ),
    )


def copied_audio() -> Story:
    """Tell of an audio encoder that is a copy."""
    return Story(
        component="audio_encoder",
        anatomy=SOUND,
        relation=Relation.VERBATIM,
        correlation=same,
        reference="references/open-audio",
        reference_component="audio_encoder",
        log10_p=-402.0,
        found=1.0,
        en="The audio encoder is that of the reference, weight for weight.",
        ko="오디오 인코더는 비교 모델의 것과 가중치 하나하나까지 같습니다.",
        reason_en="All tensors hold exactly the same values.",
        reason_ko="모든 텐서의 값이 정확히 같습니다.",
    )


def open_projector() -> Story:
    """Tell of a projector that is too small to decide."""
    return Story(
        component="projector",
        anatomy=PROJECTOR,
        relation=Relation.INCONCLUSIVE,
        correlation=stranger,
        reference="references/open-vision",
        reference_component="projector",
        log10_p=None,
        found=0.0,
        en="Whether the projector comes from this reference cannot be said.",
        ko="프로젝터가 이 비교 모델에서 나왔는지 판단할 수 없습니다.",
        reason_en="No test had enough power: there are too few units.",
        reason_ko="유닛이 너무 적어 어느 검정도 검출력이 충분하지 않았습니다.",
        least=LeastDetectable(in_place=None, diffuse=None, reindexed=None),
    )


def demo_report() -> AuditReport:
    """Build the case of the demo: own language model, borrowed encoders, open projector."""
    stories = [own_language_model(), borrowed_vision(), copied_audio(), open_projector()]
    message = both(
        "The vision encoder is reused from references/open-vision.",
        "비전 인코더는 references/open-vision의 것을 재사용했습니다.",
    )
    copied = both(
        "The audio encoder is a copy of references/open-audio.",
        "오디오 인코더는 references/open-audio를 그대로 옮긴 것입니다.",
    )
    return compose(
        stories,
        policy="press-2026",
        passed=False,
        findings=(
            Finding(
                rule="DKJ101",
                level="error",
                component="audio_encoder",
                reference="references/open-audio",
                message=copied,
                evidence=(14,),
            ),
            Finding(
                rule="DKJ102",
                level="error",
                component="vision_encoder",
                reference="references/open-vision",
                message=message,
                evidence=(8, 9),
            ),
            Finding(
                rule="DKJ301",
                level="note",
                component="projector",
                reference=None,
                message=both("The projector stays open.", "프로젝터는 판단되지 않았습니다."),
                evidence=(),
            ),
        ),
        summary=both(
            "Two encoders come from other models; the language model shows no sign of reuse.",
            "두 인코더는 다른 모델에서 왔고, 언어 모델에서는 재사용의 근거가 나오지 않았습니다.",
        ),
    )


def shared_init_report() -> AuditReport:
    """Build the case of two trainings from one random start."""
    where = {
        "component": "language_model",
        "reference": "references/sibling",
        "reference_component": "language_model",
    }
    story = Story(
        component="language_model",
        anatomy=TEXT,
        relation=Relation.SHARED_INIT,
        correlation=twin,
        reference="references/sibling",
        reference_component="language_model",
        log10_p=-2210.7,
        found=0.97,
        en="Both grew from the same random start and were then trained apart.",
        ko="두 모델은 같은 무작위 초깃값에서 출발해 따로 학습되었습니다.",
        reason_en="Matrices are related, but norm gains are not: nothing learnt was handed on.",
        reason_ko="행렬은 관련되지만 정규화 이득은 그렇지 않습니다. 배운 것은 전해지지 않았습니다.",
        extra=(
            RetentionEvidence(
                **where,
                n_layers=12,
                matrix_slope=0.36,
                gain_slope=0.014,
                ratio=0.04,
                ratio_low=-0.06,
                ratio_high=0.14,
                reverse_matrix_slope=0.35,
                reverse_gain_slope=0.02,
                reverse_ratio=0.06,
                reverse_ratio_low=-0.05,
                reverse_ratio_high=0.16,
                matrix_pearson=0.36,
                gain_pearson=0.02,
                effective_gain_pearson=0.05,
            ),
        ),
    )
    return compose([story], subject="ours/lm-1b")


def inconclusive_report() -> AuditReport:
    """Build a case with another number of layers and units, and with evidence of every kind."""
    where = {
        "component": "language_model",
        "reference": "references/deeper",
        "reference_component": "language_model",
    }
    best = tuple(
        UnitGroupFigures(
            layer=layer,
            reference_layer=layer if layer < 6 else layer + 4,
            expert=None,
            units="mlp",
            n=512,
            n_mutual=300,
            n_in_place=120 if layer % 2 else 40,
            mean_cosine=0.31,
        )
        for layer in range(12)
    )
    story = Story(
        component="language_model",
        anatomy=TEXT,
        relation=Relation.INCONCLUSIVE,
        correlation=twin,
        reference="references/deeper",
        reference_component="language_model",
        log10_p=-38.0,
        found=0.2,
        en="Related, but whether derived or only sharing a start could not be separated.",
        ko="관련이 있으나, 파생된 것인지 출발점만 같은 것인지 구별되지 않았습니다.",
        reason_en="The limits of the retention ratio leave both readings open.",
        reason_ko="유지 비율의 구간이 두 해석을 모두 허용합니다.",
        level="structure",
        extra=(
            LayerSearchEvidence(
                **where,
                log10_e=38.4,
                log10_p=-38.4,
                n_groups=12,
                n_candidates=16,
                in_place_share=0.16,
                in_place_cosine=0.31,
                off_map_cosine=0.12,
                best_map=best,
                description=both("four layers were dropped", "층 네 개가 빠졌습니다"),
            ),
            OrderEvidence(
                **where,
                log10_p=-12.0,
                n_groups=12,
                n_tries=144,
                longest=388,
                n_matched=1200,
                n_units=4300,
                mean_cosine=0.4,
                off_map_cosine=0.12,
                groups=best[:4],
            ),
            RetentionEvidence(
                **where,
                n_layers=12,
                matrix_slope=0.4,
                gain_slope=0.36,
                ratio=0.9,
                ratio_low=0.55,
                ratio_high=1.22,
                reverse_matrix_slope=0.4,
                reverse_gain_slope=0.34,
                reverse_ratio=0.85,
                reverse_ratio_low=0.5,
                reverse_ratio_high=1.2,
                matrix_pearson=0.4,
                gain_pearson=0.34,
                effective_gain_pearson=None,
            ),
            SelfTestEvidence(
                **where,
                passed=False,
                norm_against_index_z=8.1,
                neighbours_alike_z=4.4,
                duplicate_units=12,
                zero_units=3,
                matching_layers=((2, 3), (4, 5)),
                notes=(both("units are sorted by norm", "유닛이 노름 순으로 정렬되어 있습니다"),),
            ),
            OtherEvidence(
                **where,
                comparison="spectra",
                version="2",
                null_hypothesis=both("spectra differ", "스펙트럼이 다르다"),
                log10_p=-1.0,
                values=(NamedValue(name="distance", value=0.25),),
            ),
        ),
    )
    return compose([story], subject="ours/lm-1b")


def not_testable_report() -> AuditReport:
    """Build a case in which no reference has a counterpart."""
    result = ComponentResult(
        component="speech_decoder",
        reference=None,
        reference_component=None,
        relation=Relation.NOT_TESTABLE,
        reason=both(
            "no reference has such a component", "비교 모델 어디에도 이 구성요소가 없습니다"
        ),
        level="index",
        log10_p=None,
        direction="undetermined",
        least_detectable=None,
        coverage=Coverage(tensors=0.0, parameters=0.0),
        cosine=Aggregated(unweighted=None, weighted=None),
        pearson=Aggregated(unweighted=None, weighted=None),
        equal_share=0.0,
        n_parameters=4_000_000,
        share=1.0,
        by_role=(),
        by_layer=(),
        tensors=(),
        leftovers=(),
        transformation=None,
        summary=both(
            "There was nothing to compare the speech decoder with.",
            "음성 디코더와 비교할 대상이 없었습니다.",
        ),
    )
    base = compose([own_language_model()])
    return AuditReport.model_validate(
        {
            **dict(base),
            "components": (result,),
            "evidence": (),
            "verdict": Verdict(
                policy="default",
                relation=Relation.NOT_TESTABLE,
                passed=True,
                conclusive=False,
                findings=(),
                summary=both("Nothing could be tested.", "검정할 수 있는 것이 없었습니다."),
            ),
        }
    )


def two_references_report() -> AuditReport:
    """Build a case with several references for the same components."""
    stories = [
        own_language_model("references/open-lm-1b"),
        own_language_model("https://models.example.org/other-lm/resolve/main"),
        borrowed_vision(),
        copied_audio(),
        open_projector(),
    ]
    return compose(stories, passed=False)


def hostile_report() -> AuditReport:
    """Build a report whose every name tries to break out of the page."""
    base = two_references_report()
    names = HOSTILE_NAMES
    ref = names[0]
    message = both(" ".join(names[:7]))
    components = []
    for place, result in enumerate(base.components):
        tensors = tuple(
            TensorFigures.model_validate(
                {
                    **dict(row),
                    "subject": names[index % len(names)],
                    "reference": names[(index + 1) % len(names)],
                    "role": f"other:{names[index % 3]}/layers.{row.layer}/{names[index % 7]}",
                }
            )
            for index, row in enumerate(result.tensors[:40])
        )
        components.append(
            ComponentResult.model_validate(
                {
                    **dict(result),
                    "component": f"other:{names[place]}",
                    "reference": ref,
                    "reference_component": names[place + 1],
                    "tensors": tensors,
                    "summary": message,
                    "reason": message,
                }
            )
        )
    evidence = tuple(
        type(item).model_validate(
            {**dict(item), "component": "other:" + names[0], "reference": ref}
        )
        for item in base.evidence
    )
    return AuditReport.model_validate(
        {
            **dict(base),
            "subject": CheckpointSummary.model_validate({**dict(base.subject), "ref": names[9]}),
            "references": tuple(
                CheckpointSummary.model_validate({**dict(one), "ref": name})
                for one, name in zip(base.references, names, strict=False)
            ),
            "components": tuple(components),
            "evidence": evidence,
            "verdict": Verdict(
                policy=names[4],
                relation=Relation.VERBATIM,
                passed=False,
                conclusive=True,
                findings=(
                    Finding(
                        rule=names[1],
                        level="error",
                        component=names[3],
                        reference=names[2],
                        message=message,
                        evidence=(0, 999),
                    ),
                ),
                summary=message,
            ),
        }
    )


def experts_report(n_layers: int = 24, n_experts: int = 128) -> AuditReport:
    """Build a report of a mixture of experts with many thousands of tensors."""
    dense = transformer(n_layers, 512, 256, gated=True, outside="text")
    anatomy = Anatomy(n_layers, dense.inside, dense.outside, n_experts)
    base = own_language_model()
    story = Story(**{**vars(base), "anatomy": anatomy})
    return compose([story], subject="ours/moe-30b")


def huge_report() -> AuditReport:
    """Build a report with more than 20,000 tensors."""
    return experts_report(48, 144)


def empty_report() -> AuditReport:
    """Build a report of a checkpoint without any component."""
    base = compose([own_language_model()])
    bare = CheckpointSummary(ref="empty", digest="blake3:00", n_parameters=0, components=())
    return AuditReport.model_validate(
        {
            **dict(base),
            "subject": bare,
            "references": (),
            "components": (),
            "evidence": (),
            "verdict": Verdict(
                policy="default",
                relation=Relation.NOT_TESTABLE,
                passed=True,
                conclusive=False,
                findings=(),
                summary=both("Nothing was compared.", "비교된 것이 없습니다."),
            ),
        }
    )


def null_report() -> AuditReport:
    """Build a report in which everything that may be null is null."""
    base = inconclusive_report()
    nothing = Aggregated(unweighted=None, weighted=None)

    def emptied(item: Evidence) -> Evidence:
        fields = {
            name: None
            for name in type(item).model_fields
            if name in NULLABLE and name in dict(item)
        }
        return type(item).model_validate({**dict(item), **fields})

    result = base.components[0]
    bare = ComponentResult.model_validate(
        {
            **dict(result),
            "reference_component": None,
            "log10_p": None,
            "least_detectable": None,
            "cosine": nothing,
            "pearson": nothing,
            "tensors": tuple(
                TensorFigures.model_validate(
                    {**dict(row), **dict.fromkeys(TENSOR_NULLABLE), "layer": row.layer}
                )
                for row in result.tensors
            ),
            "by_role": tuple(
                RoleFigures.model_validate({**dict(row), "cosine": nothing, "pearson": nothing})
                for row in result.by_role
            ),
        }
    )
    return AuditReport.model_validate(
        {
            **dict(base),
            "components": (bare,),
            "evidence": tuple(emptied(item) for item in base.evidence),
        }
    )


NULLABLE = frozenset(
    {
        "reference_component",
        "matrix_slope",
        "matrix_reverse_slope",
        "in_place_cosine",
        "off_map_cosine",
        "mean_cosine",
        "permutation_z",
        "kappa",
        "gain_slope",
        "ratio",
        "ratio_low",
        "ratio_high",
        "reverse_matrix_slope",
        "reverse_gain_slope",
        "reverse_ratio",
        "reverse_ratio_low",
        "reverse_ratio_high",
        "matrix_pearson",
        "gain_pearson",
        "effective_gain_pearson",
        "mean_shuffled_cosine",
        "mean_pearson",
        "joint_z",
        "norm_against_index_z",
        "neighbours_alike_z",
        "null_hypothesis",
    }
) - {"matrix_pearson"}
TENSOR_NULLABLE = (
    "expert",
    "cosine",
    "pearson",
    "relative_residual",
    "slope",
    "reverse_slope",
    "max_abs_difference",
)


def bare_report() -> AuditReport:
    """Build a report with results but no evidence at all."""
    return AuditReport.model_validate({**dict(demo_report()), "evidence": ()})


BUILDERS: dict[str, Callable[[], AuditReport]] = {
    "bare": bare_report,
    "demo": demo_report,
    "empty": empty_report,
    "hostile": hostile_report,
    "inconclusive": inconclusive_report,
    "not_testable": not_testable_report,
    "null": null_report,
    "shared_init": shared_init_report,
    "two_references": two_references_report,
}
"""Every builder that is small enough for goldens, by name."""
