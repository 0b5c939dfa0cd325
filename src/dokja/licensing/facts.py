"""What is known of an expression, laid out as a document.

The module puts together what the room knows; it reads no submission.
"""

from __future__ import annotations

from dokja.document.common import Localized
from dokja.document.licences import LicenceDuty, LicenceFacts
from dokja.licensing.compatible import conflicts
from dokja.licensing.terms import Use, of_outputs, terms_of

__all__ = ["licence_facts"]

_WORK = Localized(en="the work", ko="원저작물")


def licence_facts(
    text: str, *, use: Use | None = None, handed: str | None = None, by_outputs: bool = False
) -> LicenceFacts:
    """Tell what is known of a licence expression.

    Parameters
    ----------
    text
        The expression, as anybody writes it.
    use
        What is done with the work; nothing is known if not given.
    handed
        What work that was made from it is handed on under.
    by_outputs
        Tell what binds a model that was only trained on what the work generated.

    Returns
    -------
    LicenceFacts
        With control ``unknown`` and the reason where the expression cannot be read.

    Raises
    ------
    MissingDependencyError
        If the extra ``review`` is not installed.

    Examples
    --------
    >>> [one.kind for one in licence_facts("MIT OR GPL-3.0-only").duties]
    ['notice']
    """
    whole = terms_of(text)
    terms = of_outputs(whole) if by_outputs else whole
    given = use or Use()
    expression = whole.expression
    under = None if handed is None else terms_of(handed)
    found = tuple(conflicts(_WORK, terms, under))
    if under is not None and under.control == "unknown":
        found += (_unknown_under(handed or ""),)
    return LicenceFacts(
        schema_version="1",
        found=text.strip()[:200],
        expression=None if expression is None else expression.spdx,
        control=terms.control,
        reason=terms.reason,
        chosen=terms.chosen,
        unknown=() if expression is None else expression.unknown,
        by_outputs=by_outputs,
        duties=tuple(
            LicenceDuty(
                licence=one.licence,
                kind=one.duty.kind,
                standing=one.duty.standing,
                text=one.duty.text,
                applies=one.applies(given),
                source=one.source,
            )
            for one in terms.asked
        ),
        handed=handed,
        conflicts=found,
    )


def _unknown_under(handed: str) -> Localized:
    shown = handed.strip()[:100]
    return Localized(
        en=f"Whether it may be handed on under {shown!r} cannot be told: that licence is not "
        "known.",
        ko=f"{shown!r}(으)로 제출해도 되는지 알 수 없습니다. 알려진 라이선스가 아닙니다.",
    )
