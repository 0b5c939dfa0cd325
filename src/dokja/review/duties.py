"""Licences behind a row: of what an audit proved, of what was declared, and of the row itself.

The module lays what a licence asks for beside what can be seen in a submission. What cannot be seen
is neither kept nor broken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dokja.document.review import LicenceRow, ObligationRow
from dokja.licensing.terms import RANK, Use, terms_of
from dokja.policy.review.facts import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dokja.document.common import Localized
    from dokja.licensing.terms import Asked, Terms

__all__ = ["Seen", "donor_licence", "own_licence"]

_CHANGED: Final = re.compile(
    r"modif|chang|adapt|tuned|tuning|fine-?tun|train|derived|converted|prun|merg"
    r"|수정|변경|미세|튜닝|학습|개조|변환"
)
_WEAK: Final = ("LGPL-", "MPL-")


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be seen in a submission of one donor's licence."""

    use: Use = Use()  # noqa: RUF009 - frozen
    shipped: bool | None = None
    """Whether the donor's licence text and notices are part of it."""
    texts: tuple[str, ...] = ()
    """Documents for readers, in small letters."""
    naming: tuple[str, ...] = ()
    """Those of them that name the donor."""
    read: bool = False
    """Whether any document for readers could be read."""
    title: str | None = None
    """What the artefact is called."""


def own_licence(
    artefact: str, component: str | None, expression: str, *, document: int
) -> LicenceRow:
    """Say what is known of the licence that a row is handed in under.

    Parameters
    ----------
    artefact, component
        The row.
    expression
        As declared.
    document
        Index of the document that declares it into the review's evidence.

    Returns
    -------
    LicenceRow
        Without duties: a maker owes nothing to itself.
    """
    terms = terms_of(expression)
    return LicenceRow(
        artefact=artefact,
        component=component,
        reference=None,
        proved=False,
        expression=expression,
        control=terms.control,
        reason=terms.reason,
        obligations=(),
        document=document,
    )


def donor_licence(
    artefact: str,
    component: str | None,
    name: str,
    expression: str | None,
    seen: Seen,
    *,
    own: str | None,
    proved: bool,
    document: int,
) -> LicenceRow:
    """Say what the licence of a donor asks of a row, and whether that is seen to be kept.

    Parameters
    ----------
    artefact, component
        The row that it binds.
    name
        As the review calls the donor.
    expression
        The donor's licence; None where nobody named one.
    seen
        What can be seen in the submission.
    own
        What the row itself is handed in under.
    proved
        Whether an audit proved the edge.
    document
        Index of the document that declares the licence into the review's evidence.

    Returns
    -------
    LicenceRow
        With control ``unknown`` where the licence is not named, cannot be read or is in no index.
    """
    terms = terms_of(expression)
    handed = None if own is None else terms_of(own)
    return LicenceRow(
        artefact=artefact,
        component=component,
        reference=name,
        proved=proved,
        expression=expression,
        control=terms.control,
        reason=terms.reason,
        obligations=tuple(_row(one, seen, handed) for one in terms.asked),
        conflicts=tuple(_conflicts(name, terms, handed)),
        document=document,
    )


def _row(asked: Asked, seen: Seen, handed: Terms | None) -> ObligationRow:
    return ObligationRow(
        kind=asked.duty.kind,
        standing=asked.duty.standing,
        text=asked.duty.text,
        applies=asked.applies(seen.use),
        kept=_kept(asked, seen, handed),
        source=asked.source,
    )


def _kept(asked: Asked, seen: Seen, handed: Terms | None) -> bool | None:
    """Tell whether a duty is seen to be kept or broken; None where neither can be seen."""
    looks = _LOOKS.get(asked.duty.kind)
    return None if looks is None else looks(asked, seen, handed)


def _is_shipped(_asked: Asked, seen: Seen, _handed: Terms | None) -> bool | None:
    return seen.shipped


def _is_told(asked: Asked, seen: Seen, _handed: Terms | None) -> bool | None:
    told = any(
        " ".join(phrase.casefold().split()) in text
        for phrase in asked.duty.phrases
        for text in seen.texts
    )
    # What stands on a web page or in an interface was not handed in.
    return True if told else None


def _is_named(asked: Asked, seen: Seen, _handed: Terms | None) -> bool | None:
    return None if seen.title is None else _begins(seen.title, asked.duty.prefix or "")


def _is_credited(_asked: Asked, seen: Seen, _handed: Terms | None) -> bool | None:
    return bool(seen.naming) if seen.read else None


def _is_marked(_asked: Asked, seen: Seen, _handed: Terms | None) -> bool | None:
    return True if any(map(_CHANGED.search, seen.naming)) else None


def _is_unpaid(_asked: Asked, seen: Seen, _handed: Terms | None) -> bool | None:
    return None if seen.use.commercial is None else not seen.use.commercial


def _begins(title: str, prefix: str) -> bool:
    def plain(words: str) -> str:
        return re.sub(r"[^a-z0-9]+", "", words.casefold())

    # A hub writes the owner before the name.
    return plain(title.rpartition("/")[2]).startswith(plain(prefix))


def _same_licence(asked: Asked, _seen: Seen, handed: Terms | None) -> bool | None:
    if handed is None or handed.expression is None or handed.expression.tree is None:
        return None
    if asked.licence in handed.keys:
        return True
    bound = asked.duty.kind == "share_alike" and not asked.licence.startswith(_WEAK)
    related = any(_family(key) == _family(asked.licence) for key in handed.keys)
    # Later versions, and what else is compatible, are for a person to say.
    return False if bound and not related and handed.control != "unknown" else None


def _family(key: str) -> str:
    return key.removeprefix("A").partition("-")[0]


_LOOKS: Final[dict[str, Callable[[Asked, Seen, Terms | None], bool | None]]] = {
    "notice": _is_shipped,
    "notice_file": _is_shipped,
    "notice_text": _is_told,
    "attribution": _is_told,
    "naming": _is_named,
    "credit": _is_credited,
    "state_changes": _is_marked,
    "share_alike": _same_licence,
    "pass_on_restrictions": _same_licence,
    "non_commercial": _is_unpaid,
}
"""What to look at for each kind; of every other kind nothing can be seen."""


def _conflicts(name: str, terms: Terms, handed: Terms | None) -> Iterator[Localized]:
    """Find what is handed in under freer terms than it was received under."""
    if handed is None or handed.control == "unknown" or terms.control != "constrained":
        return
    if RANK[handed.control] < RANK[terms.control]:
        donor = _shown(terms)
        mine = _shown(handed)
        yield say(
            f"It is handed in under {mine}, and {name} was received under {donor}, which keeps "
            "control over use: nobody can pass on more than was received.",
            f"{mine}(으)로 제출되었으나 {name}은(는) 이용 통제가 남는 {donor}(으)로 받은 것입니다. "
            "받은 것보다 넓은 권리를 넘길 수는 없습니다.",
        )


def _shown(terms: Terms) -> str:
    assert terms.expression is not None
    return terms.expression.spdx or terms.expression.found
