"""Whether work may be handed on as it is: a licence of its own beside those it was received under.

The module compares terms; it knows no submission, and where terms are unknown it finds nothing.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal

from dokja.document.common import Localized
from dokja.licensing.table import licences
from dokja.licensing.terms import RANK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dokja.licensing.terms import Terms

__all__ = ["clash", "conflicts", "may_be_under", "shown"]

_RESTRICTS: Final = (
    "non_commercial",
    "field_of_use",
    "acceptable_use",
    "pass_on_restrictions",
    "users_cap",
    "revenue_cap",
    "competitor",
    "territory",
)
"""What a licence keeps from those who receive the work, and nobody can give them."""


@cache
def _shares() -> Mapping[str, Mapping[str, Any]]:
    text = files("dokja.licensing").joinpath("compatible.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def shown(terms: Terms) -> str:
    """Return how an expression is called in a sentence.

    Parameters
    ----------
    terms
        What it comes to.

    Returns
    -------
    str
        In SPDX's words where it could be read.
    """
    if terms.expression is None:
        return "–"
    return terms.expression.spdx or terms.expression.found


def may_be_under(licence: str, handed: Terms) -> bool | None:
    """Tell whether work derived under a share-alike licence may be handed on under another.

    Parameters
    ----------
    licence
        Key of the share-alike licence.
    handed
        What the work is handed on under.

    Returns
    -------
    bool or None
        None where the licence is weak, has an exception or is not listed, or where what it is
        handed on under is unknown.
    """
    if licence in handed.keys:
        return True
    known = _shares().get(licence)
    if known is None or handed.control == "unknown" or not handed.keys:
        return None
    if not handed.keys.isdisjoint(known["allows"]):
        return True
    return None if known.get("weak") else False


def conflicts(name: str | Localized, received: Terms, handed: Terms | None) -> Iterator[Localized]:
    """Find what cannot be handed on as it is.

    Parameters
    ----------
    name
        Whose work was received, or what to call it.
    received
        What it was received under.
    handed
        What it is handed on under; None where nobody said.

    Yields
    ------
    Localized
        One sentence a conflict.
    """
    if handed is None or handed.control == "unknown":
        return
    called = name if isinstance(name, Localized) else Localized(en=name, ko=name)
    yield from _dropped(called, received, handed)
    for key in sorted({one.licence for one in received.asked if one.duty.kind == "share_alike"}):
        if may_be_under(key, handed) is False:
            mine = shown(handed)
            yield Localized(
                en=f"Work derived from {called.en} has to stay under {key}, and is handed in "
                f"under {mine}.",
                ko=f"{called.ko}에서 파생된 것은 {key}(으)로 남아야 하는데 "
                f"{mine}(으)로 제출되었습니다.",
            )


def _dropped(name: Localized, received: Terms, handed: Terms) -> Iterator[Localized]:
    if received.control != "constrained" or received.keys <= handed.keys:
        return
    has = {one.duty.kind for one in handed.asked}
    freer = RANK[handed.control] < RANK[received.control]
    # Licences that both keep control cannot be laid over one another but for the plainest case.
    wanted = _RESTRICTS if freer else ("non_commercial",)
    if not freer and "unlisted" in has:
        return
    lost = {one.duty.kind: one.duty.text for one in received.asked if one.duty.kind in wanted}
    left = [text for kind, text in lost.items() if kind not in has]
    if not left and not freer:
        return
    donor, mine = shown(received), shown(handed)
    listed_en = "; ".join(one.en.rstrip(".") for one in left)
    listed_ko = "; ".join(one.ko.rstrip(".") for one in left)
    yield Localized(
        en=f"It is handed in under {mine}, and {name.en} was received under {donor}: nobody can "
        f"pass on more than was received{f'. What falls away: {listed_en}' if left else ''}.",
        ko=f"{mine}(으)로 제출되었으나 {name.ko}은(는) {donor}(으)로 받은 것입니다. 받은 것보다 "
        f"넓은 권리를 넘길 수는 없습니다.{f' 빠지는 조건: {listed_ko}.' if left else ''}",
    )


def clash(first: tuple[str, Terms], second: tuple[str, Terms]) -> Localized | None:
    """Tell whether two works that were joined can be handed on together at all.

    Parameters
    ----------
    first, second
        Whose work, and what it was received under.

    Returns
    -------
    Localized or None
        None where they can, or where that cannot be told.
    """
    for (name, terms), (other, others) in ((first, second), (second, first)):
        for key in sorted({one.licence for one in terms.asked if one.duty.kind == "share_alike"}):
            why = _why(key, others)
            if why is not None:
                there = shown(others)
                return Localized(
                    en=f"{name} has to stay under {key}, which cannot be joined with {other} "
                    f"under {there}: {_WHY[why].en}.",
                    ko=f"{name}은(는) {key}(으)로 남아야 하는데 {there}(으)로 받은 {other}과(와) "
                    f"합칠 수 없습니다: {_WHY[why].ko}.",
                )
    return None


_Why = Literal["more", "both", "refused"]
_WHY: Final[dict[_Why, Localized]] = {
    "more": Localized(en="that adds restrictions", ko="제한이 더해지기 때문입니다"),
    "both": Localized(
        en="both ask for the whole to be under them",
        ko="둘 다 전체를 자기 조건으로 둘 것을 요구합니다",
    ),
    "refused": Localized(
        en="their terms on patents exclude one another", ko="특허 조항이 서로 맞지 않습니다"
    ),
}


def _why(key: str, others: Terms) -> _Why | None:
    known = _shares().get(key)
    if known is None or known.get("weak") or others.control == "unknown" or key in others.keys:
        return None
    if not others.keys.isdisjoint(known.get("refuses", ())):
        return "refused"
    if others.control == "constrained":
        return "more" if _adds(key, others) else None
    theirs = {one.licence for one in others.asked if one.duty.kind == "share_alike"}
    strict = [one for one in theirs if one in _shares() and not _shares()[one].get("weak")]
    open_to = set(known["allows"])
    apart = [one for one in strict if open_to.isdisjoint(_shares()[one]["allows"])]
    return "both" if apart else None


def _adds(key: str, others: Terms) -> bool:
    """Whether a constrained licence restricts what a share-alike licence leaves free."""
    known = licences().get(key)
    own = set() if known is None else {duty.kind for duty in known.duties}
    return any(one.duty.kind in _RESTRICTS and one.duty.kind not in own for one in others.asked)
