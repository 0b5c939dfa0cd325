"""The policy view: whether the maker may use, change and train every part, whatever others decide.

The module knows licences as documents tell them and never reads one itself; what nobody knows is
never taken as permission.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.document.review import Pointer
from dokja.policy.review.facts import Told, say
from dokja.policy.review.names import same_name
from dokja.policy.review.run import trained_from_start
from dokja.policy.review.technical import borrowed, called
from dokja.policy.wording import with_particle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dokja.document.common import Localized
    from dokja.document.review import LicenceRow
    from dokja.policy.review.facts import Case

__all__ = ["CONTROL_WORDS", "can_retrain", "licence_free", "licence_open", "no_remote"]

CONTROL_WORDS: Final = {
    "free": say("free", "제약 없음"),
    "mild": say("mild duties", "가벼운 의무"),
    "constrained": say("constrained", "제약 있음"),
    "unknown": say("unknown", "알 수 없음"),
}


def licence_free(case: Case) -> Told:
    """Judge whether a row is own technology or open without licence constraints.

    Parameters
    ----------
    case
        What is known of the row.

    Returns
    -------
    Told
        Not met by a licence that leaves its licensor more control than the policy allows;
        inconclusive where somebody else's part has no licence that is known; an unknown licence
        is never permissive.
    """
    foreign = [row for row in case.licences if row.reference is not None]
    if foreign:
        return _judged(case, foreign)
    if _is_foreign(case):
        return _licensed_as_declared(case)
    if case.row.origin == "own":
        strange = next((row for row in case.licences if _is_of_another(case, row)), None)
        if strange is not None:
            return _made_for_another(case, strange)
        return Told(
            "met",
            say(
                "It is the maker's own; no licence of anybody else was found on it.",
                "제작자의 자체 기술이며, 다른 이의 라이선스가 걸린 것이 확인되지 않았습니다.",
            ),
            case.row.declared,
        )
    return _of_unknown_origin(case)


def licence_open(case: Case) -> Told:
    """Judge whether the licences of a row leave its use free, whosesoever it is.

    Parameters
    ----------
    case
        What is known of the row.

    Returns
    -------
    Told
        Not met by a licence that leaves its licensor more control than the policy allows, the
        maker among them; inconclusive where no licence is known.
    """
    if case.licences:
        return _judged(case, case.licences)
    if _is_foreign(case):
        return _licensed_as_declared(case)
    return Told(
        "inconclusive",
        say(
            "Under which licence it is handed on is not known.",
            "어떤 라이선스로 제공되는지 알 수 없습니다.",
        ),
        case.row.declared,
    )


def _is_of_another(case: Case, row: LicenceRow) -> bool:
    """Tell whether a maker's own part stands under a licence made for somebody else's models."""
    words = [same_name(word) for word in case.maker.split()]
    known = [same_name(name) for name in row.made_for]
    return bool(known) and not any(word.startswith(name) for word in words for name in known)


def _made_for_another(case: Case, row: LicenceRow) -> Told:
    whose = row.made_for[0]
    return Told(
        "inconclusive",
        say(
            f"It is said to be the maker's own, and to stand under {row.expression}, a licence "
            f"that is made for models of {whose}.",
            f"제작자의 자체 기술이라고 하나 {whose}의 모델을 위한 라이선스 {row.expression}이(가) "
            "적용된다고 합니다.",
        ),
        case.row.declared,
    )


def _is_foreign(case: Case) -> bool:
    return case.row.origin in {"third_party", "mixed"} or bool(borrowed(case.matches, case.policy))


def _licensed_as_declared(case: Case) -> Told:
    if case.licences:
        return _judged(case, case.licences)
    return Told(
        "inconclusive",
        say(
            "It is not the maker's own, and under which licence it stands is not known.",
            "자체 기술이 아니며, 어떤 라이선스가 적용되는지 알 수 없습니다.",
        ),
        case.row.declared,
    )


def _of_unknown_origin(case: Case) -> Told:
    """Judge a row of which nobody says whose it is: a licence can only make it worse."""
    told = _judged(case, case.licences) if case.licences else None
    if told is not None and told.outcome != "met":
        return told
    return Told(
        "inconclusive",
        say(
            "The dossier does not say whether it is the maker's own.",
            "신고서가 자체 기술인지 밝히지 않았습니다.",
        ),
        case.row.declared if told is None else told.evidence,
    )


def _judged(case: Case, licences: Sequence[LicenceRow]) -> Told:
    allowed = case.policy.thresholds.licence
    unknown = [row for row in licences if row.control == "unknown"]
    bad = [row for row in licences if row.control != "unknown" and row.control not in allowed]
    for outcome, rows in (("not_met", bad), ("inconclusive", unknown), ("met", licences)):
        if rows:
            words = [_words(row) for row in rows]
            return Told(
                outcome,  # type: ignore[arg-type]  # one of the three above
                say(" ".join(one.en for one in words), " ".join(one.ko for one in words)),
                tuple(_pointer(row) for row in rows if row.document is not None),
            )
    return _licensed_as_declared(case)


def _pointer(row: LicenceRow) -> Pointer:
    assert row.document is not None
    return Pointer(document=row.document)


def _words(row: LicenceRow) -> Localized:
    whose = row.reference or row.artefact
    control = CONTROL_WORDS[row.control]
    expression = row.expression or say("no licence", "라이선스 없음").en
    shown_ko = row.expression or "라이선스 없음"
    return say(
        f"{whose}: {expression} ({control.en}). {row.reason.en}",
        f"{whose}: {shown_ko} ({control.ko}). {row.reason.ko}",
    )


def can_retrain(case: Case) -> Told:
    """Judge whether the maker can train a row anew.

    Parameters
    ----------
    case
        What is known of the row.

    Returns
    -------
    Told
        Met by a run of its own that fits, or by evidence the dossier names; not met where the
        dossier says that it cannot; a mere statement is inconclusive.
    """
    if not case.row.is_model:
        return Told("not_applicable", say("It is not trained.", "학습하는 대상이 아닙니다."))
    run = trained_from_start(case)
    ran = {one.pointer for one in case.runs}
    if run.outcome == "met" and ran.intersection(run.evidence):
        return Told(
            "met",
            say("It was trained in a recorded run.", "기록된 학습으로 만들었습니다."),
            run.evidence,
        )
    if case.row.retrainable is False:
        return Told(
            "not_met",
            say(
                "The dossier says that the maker cannot train it anew.",
                "신고서가 다시 학습할 수 없다고 밝혔습니다.",
            ),
            case.row.declared,
        )
    if case.row.retrainable and case.row.retrain_evidence:
        return Told(
            "met",
            say(
                "The dossier names evidence that the maker can train it anew; whether it suffices, "
                "people have to look.",
                "신고서가 다시 학습할 수 있다는 자료를 제시했습니다. 충분한지는 사람이 "
                "살펴야 합니다.",
            ),
            case.row.retrain_evidence,
        )
    name = called(case.row)
    return Told(
        "inconclusive",
        say(
            f"That the maker can train the {name.en} anew is not shown.",
            f"{with_particle(name.ko, '을/를')} 다시 학습할 수 있음이 확인되지 않았습니다.",
        ),
        case.row.declared,
    )


def no_remote(case: Case) -> Told:
    """Judge whether an artefact needs code or services from elsewhere.

    Parameters
    ----------
    case
        What is known of the row.

    Returns
    -------
    Told
        Not met where a configuration fetches code from elsewhere; inconclusive where no
        configuration was read.
    """
    remote = [claim for claim in case.claims if claim.kind == "remote"]
    if remote:
        return Told(
            "not_met",
            say(
                " ".join(claim.text.en for claim in remote),
                " ".join(claim.text.ko for claim in remote),
            ),
            tuple(claim.pointer for claim in remote),
            tuple(sorted({rule for claim in remote for rule in claim.findings})),
        )
    if not case.row.is_model:
        return Told("not_applicable", say("It loads nothing.", "불러오는 것이 없습니다."))
    if not case.configuration_read:
        return Told(
            "inconclusive",
            say("No configuration was read.", "설정을 읽지 못했습니다."),
        )
    return Told(
        "met",
        say(
            "Nothing in its configuration is fetched from elsewhere.",
            "설정에 외부에서 가져오는 것이 없습니다.",
        ),
        case.row.declared,
    )
