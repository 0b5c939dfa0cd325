"""The ethical view: whether all that a part comes from is named, and its licences are kept.

The module knows what was declared and found, never how either was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.review import Pointer
from dokja.policy.review.facts import Told, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dokja.document.common import Localized
    from dokja.document.review import LicenceRow, ObligationRow
    from dokja.policy.review.facts import Case, Code, Donor

__all__ = ["code_notices", "consistent", "licences_kept", "references_named"]


def references_named(case: Case) -> Told:
    """Judge whether readers are told where a row comes from.

    Parameters
    ----------
    case
        What is known of the row.

    Returns
    -------
    Told
        Not met where a donor that was proved, or that a configuration gives away, is named in no
        document for readers; inconclusive where there is no such document, or nothing was tested.
    """
    donors = [donor for donor in case.donors if not donor.own]
    hidden = [donor for donor in donors if not donor.named_in]
    if hidden:
        return _hidden(case, hidden)
    if donors:
        return _named(donors)
    if not case.declarations_read:
        return Told(
            "inconclusive",
            say(
                "No model card, report or notice was read.",
                "모델 카드, 보고서, 고지문을 읽지 못했습니다.",
            ),
        )
    if case.row.is_model and not case.matches:
        return Told(
            "inconclusive",
            say(
                "Nothing is named, and no audit looked whether there is anything to name.",
                "고지한 출처가 없으며, 고지할 출처가 있는지 살핀 감사도 없습니다.",
            ),
        )
    return Told(
        "met",
        say(
            "Nothing was found that would have to be named.",
            "고지해야 할 출처가 나오지 않았습니다.",
        ),
        tuple(match.pointer for match in case.matches),
    )


def _hidden(case: Case, hidden: list[Donor]) -> Told:
    names = ", ".join(donor.name for donor in hidden)
    looked = sorted({place for donor in hidden for place in donor.looked_in})
    proved = any(donor.proved for donor in hidden)
    pointers = tuple(pointer for donor in hidden for pointer in donor.pointers)
    findings = tuple(sorted({rule for donor in hidden for rule in donor.findings}))
    if not looked and not case.declarations_read:
        return Told(
            "inconclusive",
            say(
                f"It comes from {names}; no document for readers was handed in that could name it.",
                f"{names}에서 왔으나, 이를 고지할 문서가 제출되지 않았습니다.",
            ),
            pointers,
            findings,
        )
    where = ", ".join(looked)
    how_en = "was found in the weights" if proved else "is used"
    how_ko = "가중치에서 확인되었으나" if proved else "사용되었으나"
    aside_en = f" ({where})" if where else ""
    aside_ko = f"({where})" if where else ""
    return Told(
        "not_met",
        say(
            f"{names} {how_en} and is named in no document for readers{aside_en}.",
            f"{names}이(가) {how_ko} 독자가 보는 문서{aside_ko} 어디에도 고지되지 않았습니다.",
        ),
        pointers,
        findings,
    )


def _named(donors: list[Donor]) -> Told:
    parts = [(donor.name, ", ".join(donor.named_in)) for donor in donors]
    return Told(
        "met",
        say(
            "Named: " + "; ".join(f"{name} in {where}" for name, where in parts) + ".",
            "고지됨: " + "; ".join(f"{name} ({where})" for name, where in parts) + ".",
        ),
        tuple(pointer for donor in donors for pointer in donor.pointers),
    )


def licences_kept(case: Case) -> Told:
    """Judge whether the duties of every licence behind a row are seen to be kept.

    Parameters
    ----------
    case
        What is known of the row.

    Returns
    -------
    Told
        Not met by a duty that is seen to be broken; inconclusive where one cannot be seen, or
        where somebody else's part has no known licence.
    """
    foreign = [row for row in case.licences if row.reference is not None]
    rows = foreign or (list(case.licences) if case.row.origin in {"third_party", "mixed"} else [])
    conflicts = [words for row in case.licences for words in row.conflicts]
    if not rows and not conflicts:
        return _no_licences(case)
    broken = [(row, duty) for row in rows for duty in row.obligations if _is(duty, kept=False)]
    unseen = [
        (row, duty)
        for row in rows
        for duty in row.obligations
        if duty.standing == "duty" and _is(duty, kept=None)
    ]
    unknown = [row for row in rows if row.control == "unknown"]
    looked = rows or case.licences
    pointers = tuple(Pointer(document=row.document) for row in looked if row.document is not None)
    if broken or conflicts:
        return Told(
            "not_met",
            say(
                " ".join([*_duties(broken, "en"), *(words.en for words in conflicts)]),
                " ".join([*_duties(broken, "ko"), *(words.ko for words in conflicts)]),
            ),
            pointers,
        )
    if unknown:
        names = ", ".join(row.reference or row.artefact for row in unknown)
        return Told(
            "inconclusive",
            say(
                f"Which licence binds {names} is not known, and so neither what it asks for.",
                f"{names}에 어떤 라이선스가 걸려 있는지 알 수 없어 의무도 알 수 없습니다.",
            ),
            pointers,
        )
    if unseen:
        return Told(
            "inconclusive",
            say(
                "Whether these duties are kept cannot be seen: "
                + "; ".join(duty.text.en.rstrip(".") for _, duty in unseen)
                + ".",
                "다음 의무를 지켰는지 확인할 수 없습니다: "
                + "; ".join(duty.text.ko.rstrip(".") for _, duty in unseen)
                + ".",
            ),
            pointers,
        )
    return Told(
        "met",
        say("Every duty that can be seen is kept.", "확인할 수 있는 의무를 모두 지켰습니다."),
        pointers,
    )


def _is(duty: ObligationRow, *, kept: bool | None) -> bool:
    return duty.applies is not False and duty.kept is kept


def _duties(broken: Iterable[tuple[LicenceRow, ObligationRow]], language: str) -> list[str]:
    if language == "ko":
        return [
            f"{row.reference or row.artefact}({row.expression})의 의무를 지키지 않았습니다: "
            f"{duty.text.ko}"
            for row, duty in broken
        ]
    return [
        f"A duty of {row.reference or row.artefact} ({row.expression}) is not kept: {duty.text.en}"
        for row, duty in broken
    ]


def _no_licences(case: Case) -> Told:
    foreign = [donor for donor in case.donors if not donor.own]
    if foreign or case.row.origin in {"third_party", "mixed"}:
        return Told(
            "inconclusive",
            say(
                "It comes from somebody else, and under which licence is not known.",
                "다른 곳에서 왔으나 어떤 라이선스인지 알 수 없습니다.",
            ),
            tuple(pointer for donor in foreign for pointer in donor.pointers),
        )
    if case.row.is_model and case.row.origin == "unknown" and not case.matches:
        return Told(
            "inconclusive",
            say(
                "Whose it is was neither said nor tested.",
                "누구의 것인지 밝히지도 확인하지도 않았습니다.",
            ),
        )
    return Told(
        "not_applicable",
        say("No licence of anybody else binds it.", "다른 이의 라이선스가 걸려 있지 않습니다."),
    )


def code_notices(case: Case) -> Told:
    """Judge whether notices in reused code are kept.

    Parameters
    ----------
    case
        What is known of the row.

    Returns
    -------
    Told
        Not met where a known file was reused and its licence header stripped.
    """
    if case.row.kind != "code":
        return Told("not_applicable", say("It is no code.", "코드가 아닙니다."))
    least = case.policy.thresholds.min_code_share
    reused = [code for code in case.code if code.share >= least]
    stripped = [code for code in reused if code.header == "stripped"]
    if stripped:
        return Told(
            "not_met",
            say(
                " ".join(_code_words(code).en for code in stripped),
                " ".join(_code_words(code).ko for code in stripped),
            ),
            tuple(code.pointer for code in stripped),
            _rules(stripped),
        )
    if not case.code_compared:
        return Told(
            "inconclusive",
            say("Its code was laid beside no public code.", "공개 코드와 견주지 못했습니다."),
        )
    if reused:
        return Told(
            "met",
            say(
                " ".join(_code_words(code).en for code in reused),
                " ".join(_code_words(code).ko for code in reused),
            ),
            tuple(code.pointer for code in reused),
            _rules(reused),
        )
    return Told(
        "met",
        say(
            "None of the public code it was laid beside stands in it.",
            "견준 공개 코드가 들어 있지 않습니다.",
        ),
    )


def _code_words(code: Code) -> Localized:
    kept = {
        "kept": say("with its licence header", "라이선스 머리글을 유지한 채"),
        "stripped": say("without its licence header", "라이선스 머리글을 지운 채"),
        "none": say("which has no licence header", "머리글이 없는 원본에서"),
    }[code.header]
    return say(
        f"{code.share:.0%} of {code.path} stands in {code.known}, {kept.en}.",
        f"{code.path}의 {code.share:.0%}가 {code.known}에서 {kept.ko} 쓰였습니다.",
    )


def _rules(codes: Iterable[Code]) -> tuple[str, ...]:
    return tuple(sorted({rule for code in codes for rule in code.findings}))


def consistent(case: Case) -> Told:
    """Judge whether what a submission says in several places agrees.

    Parameters
    ----------
    case
        What is known of the row.

    Returns
    -------
    Told
        Not met by a contradiction.
    """
    wrong = [claim for claim in case.claims if claim.kind == "contradiction"]
    if wrong:
        return Told(
            "not_met",
            say(
                " ".join(claim.text.en for claim in wrong),
                " ".join(claim.text.ko for claim in wrong),
            ),
            tuple(claim.pointer for claim in wrong),
            tuple(sorted({rule for claim in wrong for rule in claim.findings})),
        )
    if not case.declarations_read:
        return Told(
            "inconclusive",
            say("Nothing declared was read.", "신고된 내용을 읽지 못했습니다."),
        )
    notes = [claim for claim in case.claims if claim.kind == "note"]
    return Told(
        "met",
        say(
            " ".join(["No two statements contradict each other.", *(one.text.en for one in notes)]),
            " ".join(["서로 어긋나는 진술이 없습니다.", *(one.text.ko for one in notes)]),
        ),
        tuple(claim.pointer for claim in notes),
        tuple(sorted({rule for claim in notes for rule in claim.findings})),
    )
