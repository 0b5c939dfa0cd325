"""Licences behind a row: of what an audit proved, of what was declared, and of the row itself.

The module knows a few licences that leave use free; of every other it says that it does not know,
which is never permission.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.document.review import LicenceRow, ObligationRow
from dokja.policy.review.facts import say

if TYPE_CHECKING:
    from dokja.document.dossier import DeclaredReference

__all__ = ["licence_row", "reference_licence"]

_FREE: Final = frozenset(
    {"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD", "Unlicense", "CC0-1.0"}
)
_NOTICE: Final = say(
    "Keep the licence text and the notices with whatever is passed on.",
    "배포물에 라이선스 전문과 고지를 함께 둘 것.",
)
_NO_NOTICE: Final = frozenset({"0BSD", "Unlicense", "CC0-1.0"})


def licence_row(
    artefact: str,
    component: str | None,
    expression: str | None,
    *,
    reference: str | None = None,
    proved: bool = False,
    shipped: bool | None = None,
    document: int | None = None,
) -> LicenceRow:
    """Say what is known of one licence.

    Parameters
    ----------
    artefact, component
        The row that it binds.
    expression
        As declared; None where nothing is.
    reference
        The donor whose licence it is; None for the row's own.
    proved
        Whether an audit proved that the row comes from the donor.
    shipped
        Whether its text and notices are part of the submission; None where that is not known.
    document
        Index of the document that declares it into the review's evidence.

    Returns
    -------
    LicenceRow
        With control ``unknown`` for whatever is not one of the few.
    """
    free = expression in _FREE
    if expression is None:
        reason = say("No licence is declared.", "신고된 라이선스가 없습니다.")
    elif free:
        reason = say("It leaves use free.", "이용을 제약하지 않습니다.")
    else:
        reason = say(
            "What control its licensor keeps is not known here; read its text.",
            "라이선스 제공자가 어떤 통제를 갖는지 여기서는 알 수 없습니다. 전문을 확인하십시오.",
        )
    duties = (
        ()
        # A maker owes nothing to itself.
        if reference is None or not free or expression in _NO_NOTICE
        else (ObligationRow(kind="notice", text=_NOTICE, applies=True, kept=shipped),)
    )
    return LicenceRow(
        artefact=artefact,
        component=component,
        reference=reference,
        proved=proved,
        expression=expression,
        control="free" if free else "unknown",
        reason=reason,
        obligations=duties,
        document=document,
    )


def reference_licence(
    artefact: str,
    component: str | None,
    name: str,
    reference: DeclaredReference | None,
    *,
    proved: bool,
    document: int,
) -> LicenceRow:
    """Say what is known of the licence of a donor.

    Parameters
    ----------
    artefact, component
        The row that it binds.
    name
        As the review calls the donor.
    reference
        What the dossier says of it, if anything.
    proved
        Whether an audit proved the edge.
    document
        Index of the dossier into the review's evidence.

    Returns
    -------
    LicenceRow
        Unknown where the dossier does not name its licence.
    """
    return licence_row(
        artefact,
        component,
        None if reference is None else reference.licence,
        reference=name,
        proved=proved,
        shipped=None if reference is None else reference.licence_shipped,
        document=document,
    )
