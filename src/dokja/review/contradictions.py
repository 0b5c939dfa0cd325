"""What a dossier says of itself and cannot both be true.

The module reads the dossier alone, no file that it names; what evidence says is for the review.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from dokja.document.common import Localized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.document.dossier import Artefact, DeclaredReference, Dossier, Part

__all__ = ["contradictions", "impossible", "is_own"]

Place = tuple[str | int, ...]
Clash = tuple[Place, Localized]

_FROM_OTHERS: Final = frozenset({"finetune", "adapter", "merge", "quantized"})


def is_own(dossier: Dossier, source: str) -> bool:
    """Tell whether something that others are made from is the maker's.

    Parameters
    ----------
    dossier
        The dossier.
    source
        Id of an artefact or a reference.

    Returns
    -------
    bool
        Whether it is an artefact said to be own, or a reference whose owner is the maker.
    """
    own = any(one.id == source and one.origin == "own" for one in dossier.artefacts)
    return own or any(one.id == source and one.owner == dossier.maker for one in dossier.references)


def contradictions(dossier: Dossier) -> Iterator[Clash]:
    """Find claims that exclude each other.

    Parameters
    ----------
    dossier
        A dossier that could be read.

    Yields
    ------
    tuple
        Path to the claim that should be looked at, and what it does not go with.
    """
    yield from impossible(dossier)
    for step, artefact in enumerate(dossier.artefacts):
        where: Place = ("artefacts", step)
        yield from _of_making(dossier, artefact, None, where)
        for inner, part in enumerate(artefact.parts):
            yield from _of_making(dossier, artefact, part, (*where, "parts", inner))


def impossible(dossier: Dossier) -> Iterator[Clash]:
    """Find claims of whose something is that exclude each other, so that no review can begin.

    What is said of how something was made is left to the evidence.

    Parameters
    ----------
    dossier
        A dossier that could be read.

    Yields
    ------
    tuple
        As `contradictions` has them; all of these are among those.
    """
    for step, artefact in enumerate(dossier.artefacts):
        yield from _of_base(dossier, artefact, ("artefacts", step))
    for step, reference in enumerate(dossier.references):
        yield from _of_reference(dossier, reference, ("references", step))


def _of_base(dossier: Dossier, artefact: Artefact, where: Place) -> Iterator[Clash]:
    relation = artefact.base_model_relation
    base = _named(dossier, artefact.base_model)
    if artefact.base_model is not None and relation == "none":
        yield (
            (*where, "base_model"),
            Localized(
                en="names a base model, while base_model_relation says that there is none",
                ko="기반 모델을 적었으나 base_model_relation은 없다고 합니다",
            ),
        )
    if artefact.origin == "own" and relation in _FROM_OTHERS and not _owned(dossier, base):
        yield (
            (*where, "origin"),
            Localized(
                en=f"is own, while base_model_relation says {relation} of a model that is not said "
                "to be the maker's",
                ko=f"own이라고 하나 base_model_relation은 제작사의 것이라고 하지 않은 모델의 "
                f"{relation}이라고 합니다",
            ),
        )
    if (
        relation == "own_derivative"
        and base is not None
        and base.owner
        not in {
            None,
            dossier.maker,
        }
    ):
        yield (
            (*where, "base_model_relation"),
            Localized(
                en=f"is own_derivative, while {base.name} is owned by {base.owner}",
                ko=f"own_derivative라고 하나 {base.name}의 소유자는 {base.owner}입니다",
            ),
        )
    if relation == "none" and not artefact.parts:
        others = [one for one in artefact.trained_from if not is_own(dossier, one)]
        if others:
            yield (
                (*where, "trained_from"),
                Localized(
                    en=f"names {', '.join(others)}, while base_model_relation says none",
                    ko=f"{', '.join(others)}을(를) 적었으나 base_model_relation은 none입니다",
                ),
            )


def _named(dossier: Dossier, name: str | None) -> DeclaredReference | None:
    return next((one for one in dossier.references if name in {one.id, one.name}), None)


def _owned(dossier: Dossier, base: DeclaredReference | None) -> bool:
    return base is not None and base.owner == dossier.maker


def _of_making(
    dossier: Dossier, artefact: Artefact, part: Part | None, where: Place
) -> Iterator[Clash]:
    """Look at how an artefact, or a part of one, was made."""
    origin = artefact.origin if part is None or part.origin is None else part.origin
    frozen = artefact.frozen if part is None or part.frozen is None else part.frozen
    sources = (artefact if part is None or part.trained_from is None else part).trained_from or ()
    said = artefact if part is None else part
    own_sources = bool(sources) and all(is_own(dossier, one) for one in sources)
    if frozen and origin == "own" and not own_sources and said.frozen:
        yield (
            (*where, "frozen"),
            Localized(
                en="was kept as it was found, while its origin is own; if it was found with the "
                "maker, name that model under references and trained_from",
                ko="얻은 그대로 두었다고 하면서 origin은 own입니다. 제작사 자신의 모델에서 "
                "얻었다면 references와 trained_from에 적어야 합니다",
            ),
        )
    component = artefact.component if part is None else part.component
    if frozen and any(
        run.artefact == artefact.id and run.component == component
        for run in dossier.trajectories
        if part is None or run.component is not None
    ):
        yield (
            (*where, "frozen"),
            Localized(
                en="was not trained, while trajectories names a training run of it",
                ko="학습하지 않았다고 하나 trajectories에 학습 기록이 있습니다",
            ),
        )
    if said.retrainable is False and said.retrain_evidence:
        yield (
            (*where, "retrain_evidence"),
            Localized(
                en="gives proof that it can be trained again, while retrainable is false",
                ko="다시 학습할 수 있다는 증거를 주면서 retrainable은 false입니다",
            ),
        )
    if part is not None and artefact.origin == "own" and part.origin in {"third_party", "mixed"}:
        yield (
            (*where, "origin"),
            Localized(
                en=f"is {part.origin}, while the whole is said to be own; call the whole mixed",
                ko=f"{part.origin}라고 하나 전체는 own이라고 합니다. 전체를 mixed로 적으십시오",
            ),
        )


def _of_reference(dossier: Dossier, reference: DeclaredReference, where: Place) -> Iterator[Clash]:
    users = [
        one.id
        for one in dossier.artefacts
        if reference.id in one.trained_from
        or any(reference.id in (part.trained_from or ()) for part in one.parts)
    ]
    if reference.used is False and users:
        yield (
            (*where, "used"),
            Localized(
                en=f"nothing of it was used, while {', '.join(users)} was trained from it",
                ko=f"쓰지 않았다고 하나 {', '.join(users)}이(가) 이것에서 학습되었습니다",
            ),
        )
    earlier = itertools.takewhile(lambda one: one is not reference, dossier.references)
    other = next((one for one in earlier if _is_one_model(one, reference)), None)
    if other is not None:
        yield (
            where,
            Localized(
                en=f"is the same model as {other.id}, which is said to be "
                f"{other.owner or 'nobody'}'s",
                ko=f"{other.id}과(와) 같은 모델이며, 그 소유자는 {other.owner or '없음'}입니다",
            ),
        )
    twin = next((one for one in dossier.artefacts if _same(one, reference)), None)
    if twin is not None and reference.owner != dossier.maker:
        yield (
            where,
            Localized(
                en=f"is the same file as the artefact {twin.id}, which is submitted",
                ko=f"제출물 {twin.id}과(와) 같은 파일입니다",
            ),
        )


def _same(artefact: Artefact, reference: DeclaredReference) -> bool:
    paths = artefact.path is not None and reference.path is not None
    return (artefact.digest is not None and artefact.digest == reference.digest) or (
        paths and (artefact.path or "").rstrip("/") == (reference.path or "").rstrip("/")
    )


def _is_one_model(one: DeclaredReference, other: DeclaredReference) -> bool:
    """Tell whether two references are one model, and not of one owner."""
    shared = (
        (one.digest is not None and one.digest == other.digest)
        or one.name == other.name
        or (
            one.path is not None
            and other.path is not None
            and one.path.rstrip("/") == other.path.rstrip("/")
        )
    )
    return shared and one.owner != other.owner
