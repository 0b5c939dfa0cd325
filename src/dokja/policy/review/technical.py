"""The technical view, first half: whether a row holds nobody else's weights.

The module knows relations as audits tell them, never how one was measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.audit import Relation
from dokja.policy.review.facts import Match, Told, say
from dokja.policy.wording import component_name, with_particle

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dokja.document.common import Localized
    from dokja.document.review_policy import ReviewPolicy
    from dokja.policy.review.facts import Case, Row

__all__ = [
    "borrowed",
    "called",
    "declared_foreign",
    "own_descent",
    "own_met",
    "rules_of",
    "weights_own",
]

_OPEN = frozenset({Relation.INCONCLUSIVE, Relation.SHARED_INIT, Relation.NOT_TESTABLE})
_WORDS = {
    Relation.VERBATIM: ("is identical to", "그대로입니다"),
    Relation.REUSED: (
        "holds, but for small changes, the weights of",
        "가중치를 거의 그대로 담고 있습니다",
    ),
    Relation.DERIVED: ("holds weights of", "가중치에서 나왔습니다"),
}
_OPEN_WORDS = {
    Relation.SHARED_INIT: say(
        "it started from the same random weights as {name} and was trained apart; whose start that "
        "was cannot be told",
        "{name}와(과) 같은 무작위 초깃값에서 출발해 따로 학습되었으나 그 초깃값이 누구의 것인지 "
        "알 수 없습니다",
    ),
    Relation.INCONCLUSIVE: say(
        "whether it shares weights with {name} could not be decided",
        "{name}와(과) 가중치를 공유하는지 판단하지 못했습니다",
    ),
    Relation.NOT_TESTABLE: say(
        "it could not be tested against {name}", "{name}와(과) 견줄 수 없었습니다"
    ),
}


def called(row: Row) -> Localized:
    """Name a row inside of a sentence.

    Parameters
    ----------
    row
        The row.

    Returns
    -------
    Localized
        Such as ``vision encoder``; the artefact's id where it has no components.
    """
    if row.component is None:
        return say(f"artefact {row.artefact}", f"제출물 {row.artefact}")
    return component_name(row.component)


def borrowed(matches: Iterable[Match], policy: ReviewPolicy) -> tuple[Match, ...]:
    """Keep what was found in a row of somebody else's weights.

    Parameters
    ----------
    matches
        What audits say of the row.
    policy
        Which relations are not met.

    Returns
    -------
    tuple of Match
        Without references that descend from the row itself, and without the maker's own.
    """
    fails = policy.thresholds.fails_on
    return tuple(
        match
        for match in matches
        if not match.own and match.relation in fails and match.direction != "to_reference"
    )


def own_descent(matches: Iterable[Match], policy: ReviewPolicy) -> tuple[Match, ...]:
    """Keep what proves that a row descends from an earlier model of the maker's own.

    Parameters
    ----------
    matches
        What audits say of the row.
    policy
        Which relations prove it.

    Returns
    -------
    tuple of Match
        Only references whose owner the dossier names.
    """
    proves = policy.thresholds.own_on
    return tuple(
        match
        for match in matches
        if match.own
        and match.owner is not None
        and match.relation in proves
        and match.direction != "to_reference"
    )


def weights_own(case: Case) -> Told:
    """Judge whether a row holds nobody else's weights.

    Parameters
    ----------
    case
        What is known of the row.

    Returns
    -------
    Told
        Not met by a relation to somebody else's weights or by the dossier's own word, met by an
        audit that would have seen one or by proved descent from an own model, else inconclusive.
    """
    if not case.row.is_model:
        return Told("not_applicable", say("It holds no weights.", "가중치가 없습니다."))
    taken = borrowed(case.matches, case.policy)
    if taken:
        return _taken(case, taken)
    if case.row.origin == "third_party":
        return declared_foreign(case)
    open_ = _left_open(case)
    descent = own_descent(case.matches, case.policy)
    if open_:
        return _open(case, open_)
    if descent:
        return own_met(case, descent)
    return _clear(case)


def _taken(case: Case, taken: Sequence[Match]) -> Told:
    name = called(case.row)
    parts_en, parts_ko = [], []
    for match in taken:
        en, ko = _WORDS.get(match.relation, ("is related to", "관련이 있습니다"))
        parts_en.append(f"{en} {match.reference}")
        link = "과(와)" if match.relation is Relation.VERBATIM else "의"
        parts_ko.append(f"{match.reference}{link} {ko}")
    frozen = case.row.frozen
    tail_en = " The dossier says that it was not trained." if frozen else ""
    tail_ko = " 신고서는 이 부분을 학습하지 않았다고 밝혔습니다." if frozen else ""
    return Told(
        "not_met",
        say(
            f"The {name.en} {'; it '.join(parts_en)}.{tail_en}",
            f"{with_particle(name.ko, '은/는')} {', '.join(parts_ko)}.{tail_ko}".replace(
                "니다, ", "니다. "
            ),
        ),
        tuple(match.pointer for match in taken),
        rules_of(taken),
    )


def declared_foreign(case: Case) -> Told:
    """Say that the dossier itself calls a row somebody else's.

    Parameters
    ----------
    case
        What is known of the row.

    Returns
    -------
    Told
        Not met.
    """
    name = called(case.row)
    return Told(
        "not_met",
        say(
            f"The dossier itself says that the {name.en} holds somebody else's weights.",
            f"신고서 스스로 {with_particle(name.ko, '이/가')} 제3자의 가중치라고 밝혔습니다.",
        ),
        case.row.declared,
    )


def _left_open(case: Case) -> tuple[Match, ...]:
    """Relations that were looked for and not decided; a reference without such a part says none."""
    return tuple(
        match
        for match in case.matches
        if match.counterpart
        and not match.own
        and (match.relation in _OPEN or match.direction == "to_reference")
        and match.relation is not Relation.NO_EVIDENCE
    )


def _open(case: Case, open_: Sequence[Match]) -> Told:
    words = [_open_words(match) for match in open_]
    name = called(case.row)
    return Told(
        "inconclusive",
        say(
            f"The {name.en} is left open: {'; '.join(one.en for one in words)}.",
            f"{with_particle(name.ko, '은/는')} 미결입니다. "
            f"{' '.join(f'{one.ko}.' for one in words)}",
        ),
        tuple(match.pointer for match in open_),
        rules_of(open_),
    )


def _open_words(match: Match) -> Localized:
    if match.direction == "to_reference":
        return say(
            f"{match.reference} seems to descend from it, not the other way round",
            f"오히려 {match.reference}가(이) 이것에서 나온 것으로 보입니다",
        )
    words = _OPEN_WORDS[match.relation]
    return say(words.en.format(name=match.reference), words.ko.format(name=match.reference))


def own_met(case: Case, descent: Sequence[Match]) -> Told:
    """Say that a row descends from an earlier model of the maker's own.

    Parameters
    ----------
    case
        What is known of the row.
    descent
        What proves it, as `own_descent` returns it.

    Returns
    -------
    Told
        Met.
    """
    name = called(case.row)
    first = descent[0]
    return Told(
        "met",
        say(
            f"The {name.en} descends from {first.reference}, an earlier model which the dossier "
            f"says is {first.owner}'s own; the descent is proved by an audit.",
            f"{with_particle(name.ko, '은/는')} {first.reference}에서 나왔으며, 신고서는 이를 "
            f"{first.owner}의 자체 이전 모델이라고 밝혔습니다. 이어짐은 감사로 입증되었습니다.",
        ),
        tuple(match.pointer for match in descent),
        rules_of(descent),
    )


def _clear(case: Case) -> Told:
    name = called(case.row)
    seen = [match for match in case.matches if match.counterpart and not match.own]
    if not seen:
        return _nothing(case)
    least = case.policy.thresholds.min_coverage
    thin = [match for match in seen if match.coverage < least]
    if thin:
        return Told(
            "inconclusive",
            say(
                f"Too little of the {name.en} could be laid beside {thin[0].reference}: "
                f"{thin[0].coverage:.0%} of its parameters, at least {least:.0%} are needed.",
                f"{with_particle(name.ko, '은/는')} {thin[0].reference}와(과) 견줄 수 있었던 "
                f"부분이 매개변수의 {thin[0].coverage:.0%}로, 필요한 {least:.0%}에 못 미칩니다.",
            ),
            tuple(match.pointer for match in thin),
        )
    names = ", ".join(dict.fromkeys(match.reference for match in seen))
    return Told(
        "met",
        say(
            f"No weights of {names} were found in the {name.en}; copies would have been seen.",
            f"{name.ko}에서 {names}의 가중치가 나오지 않았습니다. 복제가 있었다면 드러났을 "
            "것입니다.",
        ),
        tuple(match.pointer for match in seen),
        rules_of(seen),
    )


def _nothing(case: Case) -> Told:
    name = called(case.row)
    unowned = [match for match in case.matches if match.own]
    if unowned:
        return Told(
            "inconclusive",
            say(
                f"The {name.en} was laid beside {unowned[0].reference} alone, and descent from an "
                "own earlier model is not shown by it.",
                f"{with_particle(name.ko, '은/는')} {unowned[0].reference}하고만 견주었으며, 자체 "
                "이전 모델에서 왔다는 것이 이것으로 입증되지 않습니다.",
            ),
            tuple(match.pointer for match in unowned),
        )
    if case.matches:
        return Told(
            "inconclusive",
            say(
                f"None of the references has a {name.en}; nothing was laid beside it.",
                f"비교 모델 가운데 {with_particle(name.ko, '이/가')} 있는 것이 없어 견주지 "
                "못했습니다.",
            ),
            tuple(match.pointer for match in case.matches),
        )
    return Told(
        "inconclusive",
        say(
            f"There is no audit of the {name.en}.",
            f"{with_particle(name.ko, '을/를')} 감사한 보고서가 없습니다.",
        ),
    )


def rules_of(matches: Iterable[Match]) -> tuple[str, ...]:
    """Return the rules of audits behind some relations.

    Parameters
    ----------
    matches
        What audits say of a row.

    Returns
    -------
    tuple of str
        Sorted, each once.
    """
    return tuple(sorted({rule for match in matches for rule in match.findings}))
