"""What a dossier does not say yet, in the order in which a maker should mend it.

The module reads the dossier and what is known of its checkpoints; it knows no rule of a policy, and
demands nothing: whoever leaves a gap gets an inconclusive answer there, no bad one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dokja.document.common import Localized

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dokja.document.dossier import Artefact, DeclaredReference, Dossier

__all__ = ["NOBODY", "Gap", "gaps"]

Place = tuple[str | int, ...]

NOBODY: Final = "?"
"""What a draft has for a maker that it does not know."""

_WEIGHTS: Final = frozenset({"model", "encoder"})
_MADE: Final = frozenset({"model", "encoder", "tokenizer", "code", "data"})
_FROM_OTHERS: Final = frozenset({"finetune", "adapter", "merge", "quantized", "own_derivative"})


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is not said."""

    step: int
    """Its turn."""
    place: Place
    text: Localized


def gaps(dossier: Dossier, components: Mapping[str, Sequence[str]]) -> tuple[Gap, ...]:
    """Find what a dossier does not say.

    Parameters
    ----------
    dossier
        A dossier that could be read.
    components
        Components of each artefact whose checkpoint could be opened, by id.

    Returns
    -------
    tuple of Gap
        First whose it is, then licences, what it was made from, whom that belongs to, documents for
        readers, and proofs.
    """
    found: list[Gap] = []
    if dossier.maker == NOBODY:
        found.append(
            _gap(1, ("maker",), "name who hands this in", "제출하는 제작사의 이름을 적으십시오")
        )
    for step, artefact in enumerate(dossier.artefacts):
        if artefact.kind in _MADE:
            where: Place = ("artefacts", step)
            found += _of_artefact(artefact, where)
            found += _of_base(dossier, artefact, where)
            found += _of_proofs(dossier, artefact, components.get(artefact.id, ()), where)
    for step, reference in enumerate(dossier.references):
        found += _of_reference(dossier, reference, ("references", step))
    found += _of_whole(dossier)
    return tuple(sorted(found, key=lambda one: one.step))


def _gap(step: int, place: Place, en: str, ko: str) -> Gap:
    return Gap(step, place, Localized(en=en, ko=ko))


def _of_artefact(artefact: Artefact, where: Place) -> Iterator[Gap]:
    parts = artefact.parts
    if artefact.origin == "unknown" and not (parts and all(one.origin for one in parts)):
        yield _gap(
            2,
            (*where, "origin"),
            "say whose it is: own, third_party or mixed",
            "누구의 것인지 적으십시오: own, third_party 또는 mixed",
        )
    if artefact.origin == "mixed" and not any(one.origin for one in parts):
        yield _gap(
            2,
            (*where, "parts"),
            "it is mixed: say component by component which parts are own",
            "mixed입니다. 어느 부분이 own인지 구성요소마다 적으십시오",
        )
    if artefact.licence is None and not (parts and all(one.licence for one in parts)):
        yield _gap(
            3,
            (*where, "licence"),
            "say under which licence it is handed in; an unknown licence is never taken as free",
            "어떤 라이선스로 제출하는지 적으십시오. 알 수 없는 라이선스는 자유로운 것으로 보지 "
            "않습니다",
        )


def _of_base(dossier: Dossier, artefact: Artefact, where: Place) -> Iterator[Gap]:
    if artefact.kind not in _WEIGHTS:
        return
    relation, base = artefact.base_model_relation, artefact.base_model
    if relation is None:
        yield _gap(
            4,
            (*where, "base_model_relation"),
            "say how the base model was used: finetune, adapter, merge, quantized, own_derivative; "
            "or none, if there is no base model",
            "기반 모델을 어떻게 썼는지 적으십시오: finetune, adapter, merge, quantized, "
            "own_derivative. 기반 모델이 없으면 none",
        )
    if relation in _FROM_OTHERS and base is None:
        yield _gap(
            4,
            (*where, "base_model"),
            f"name the model that this is a {relation} of",
            f"어느 모델의 {relation}인지 적으십시오",
        )
    known = {name for one in dossier.references for name in (one.id, one.name)}
    if base is not None and base not in known:
        yield _gap(
            5,
            (*where, "base_model"),
            f"list {base} under references, with its owner and licence",
            f"{base}을(를) 소유자와 라이선스와 함께 references에 적으십시오",
        )
    borrowed = artefact.origin in {"third_party", "mixed"} or relation in _FROM_OTHERS
    sources = artefact.trained_from or any(one.trained_from for one in artefact.parts)
    if borrowed and not sources:
        yield _gap(
            5,
            (*where, "trained_from"),
            "say which references it, or each part of it, was trained on from",
            "전체 또는 각 부분이 어느 reference에서 이어 학습되었는지 적으십시오",
        )


def _of_reference(dossier: Dossier, reference: DeclaredReference, where: Place) -> Iterator[Gap]:
    used = reference.used or any(
        reference.id in (*one.trained_from, *(x for p in one.parts for x in p.trained_from or ()))
        for one in dossier.artefacts
    )
    if reference.used is None and not used:
        yield _gap(
            6,
            (*where, "used"),
            "say whether anything of it went into the submission",
            "제출물에 조금이라도 쓰였는지 적으십시오",
        )
    if not used:
        return
    if reference.owner is None:
        yield _gap(6, (*where, "owner"), "say who owns it", "소유자를 적으십시오")
    if reference.licence is None:
        yield _gap(
            6,
            (*where, "licence"),
            "say under which licence it was received",
            "어떤 라이선스로 받았는지 적으십시오",
        )
    if reference.licence_shipped is None and reference.owner != dossier.maker:
        yield _gap(
            6,
            (*where, "licence_shipped"),
            "say whether its licence text and notice are part of the submission",
            "라이선스 본문과 고지가 제출물에 들어 있는지 적으십시오",
        )
    if not reference.declared_in and reference.owner != dossier.maker:
        yield _gap(
            7,
            (*where, "declared_in"),
            "say which document for readers names it: the card, the report, the notice",
            "독자가 보는 어느 문서(카드, 보고서, 고지)에 적혀 있는지 적으십시오",
        )


def _of_proofs(
    dossier: Dossier, artefact: Artefact, components: Sequence[str], where: Place
) -> Iterator[Gap]:
    if artefact.path is None:
        yield _gap(8, (*where, "path"), "say where it lies", "어디에 있는지 적으십시오")
    if artefact.kind not in _WEIGHTS:
        return
    if artefact.digest is None:
        yield _gap(
            8,
            (*where, "digest"),
            "give its digest, as dokja inspect prints it, so that nothing can be exchanged",
            "바꿔치기할 수 없도록 dokja inspect가 알려 주는 digest를 적으십시오",
        )
    yield from _of_runs(dossier, artefact, components)
    audited = any(one.artefact == artefact.id for one in dossier.audits)
    compared = any(one.path for one in dossier.references if one.kind == "model")
    if not audited and not compared:
        yield _gap(
            10,
            ("audits",),
            f"audit {artefact.id} against models it might be taken for, or give references with a "
            "path",
            f"{artefact.id}을(를) 닮았다고 할 만한 모델과 감사하거나, 경로가 있는 reference를 "
            "적으십시오",
        )
    if artefact.retrainable is None and not any(
        one.retrainable is not None for one in artefact.parts
    ):
        yield _gap(
            11,
            (*where, "retrainable"),
            "say whether the maker can train it again, and name the proof under retrain_evidence",
            "제작사가 다시 학습할 수 있는지 적고 retrain_evidence에 증거를 적으십시오",
        )


def _of_runs(dossier: Dossier, artefact: Artefact, components: Sequence[str]) -> Iterator[Gap]:
    runs = {one.component for one in dossier.trajectories if one.artefact == artefact.id}
    # Parts that are said to be another's, or kept as found, need no run.
    open_ = [
        name
        for name in components or ("",)
        if not runs & {name, None} and _needs_run(artefact, name)
    ]
    if open_:
        names = ", ".join(name for name in open_ if name)
        whole = f"{artefact.id} ({names})" if names else artefact.id
        yield _gap(
            9,
            ("trajectories",),
            f"give the recorded training run of {whole}: without one nobody can see that it began "
            "from random weights",
            f"{whole}의 학습 기록을 주십시오. 없으면 무작위 가중치에서 시작했음을 아무도 알 수 "
            "없습니다",
        )


def _needs_run(artefact: Artefact, component: str) -> bool:
    part = next((one for one in artefact.parts if one.component == component), None)
    origin = artefact.origin if part is None or part.origin is None else part.origin
    frozen = artefact.frozen if part is None or part.frozen is None else part.frozen
    return origin != "third_party" and not frozen and component != "tokenizer"


def _of_whole(dossier: Dossier) -> Iterator[Gap]:
    kinds = {one.kind for one in dossier.artefacts}
    if not kinds & {"card", "report"}:
        yield _gap(
            7,
            ("artefacts",),
            "add a document for readers (kind: card or report) that names whatever was used",
            "쓰인 것을 모두 밝히는 독자용 문서(kind: card 또는 report)를 추가하십시오",
        )
    if kinds & _WEIGHTS and "data" not in kinds:
        yield _gap(
            12,
            ("artefacts",),
            "say what it was trained on (kind: data), as far as it can be told",
            "무엇으로 학습했는지 밝힐 수 있는 만큼 적으십시오(kind: data)",
        )
