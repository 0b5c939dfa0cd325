"""Licences behind a row: of what an audit proved, of what was declared, and of the row itself.

The module lays what a licence asks for beside what can be seen in a submission. What cannot be seen
is neither kept nor broken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dokja.document.review import LicenceRow, ObligationRow
from dokja.licensing.compatible import clash, conflicts, may_be_under, shown
from dokja.licensing.expressions import leaves
from dokja.licensing.table import licences
from dokja.licensing.terms import Use, of_outputs, terms_of
from dokja.policy.review.facts import say
from dokja.review.shipped import Shipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dokja.document.common import Localized
    from dokja.licensing.terms import Asked, Terms
    from dokja.review.shipped import ShippedFile

__all__ = ["Received", "Seen", "donor_licence", "own_licence"]

_CHANGED: Final = re.compile(
    r"modif|chang|adapt|tuned|tuning|fine-?tun|train|derived|converted|prun|merg"
    r"|수정|변경|미세|튜닝|학습|개조|변환"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be seen in a submission of one donor's licence."""

    use: Use = Use()  # noqa: RUF009 - frozen
    word: bool | None = None
    """Whether the dossier says that the donor's licence text and notices are part of it."""
    shipped: Shipped = Shipped()  # noqa: RUF009 - frozen
    notice: tuple[str, ...] | None = None
    """Words of the donor's own NOTICE files; None where its folder cannot be looked into."""
    texts: tuple[str, ...] = ()
    """Documents for readers, in small letters."""
    naming: tuple[str, ...] = ()
    """Those of them that name the donor."""
    read: bool = False
    """Whether any document for readers could be read."""
    title: str | None = None
    """What the artefact is called."""


@dataclass(frozen=True, slots=True)
class Received:
    """Work that a row came from, and what it was received under."""

    name: str
    expression: str | None
    proved: bool
    through: tuple[str, ...] = ()
    by_outputs: bool = False
    files: tuple[ShippedFile, ...] = ()
    """Licence texts that lie beside the donor itself."""


def own_licence(
    artefact: str,
    component: str | None,
    expression: str,
    *,
    document: int,
    files: tuple[ShippedFile, ...] = (),
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
    files
        Licence texts that speak for the artefact.

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
        conflicts=tuple(_contradictions(artefact, terms, files)),
        document=document,
        made_for=tuple(
            name for key in sorted(terms.keys) if key in licences() for name in licences()[key].of
        ),
    )


def donor_licence(
    artefact: str,
    component: str | None,
    received: Received,
    seen: Seen,
    *,
    own: str | None,
    document: int,
    joined: tuple[Received, ...] = (),
) -> LicenceRow:
    """Say what the licence of a donor asks of a row, and whether that is seen to be kept.

    Parameters
    ----------
    artefact, component
        The row that it binds.
    received
        The donor's work.
    seen
        What can be seen in the submission.
    own
        What the row itself is handed in under.
    document
        Index of the document that declares the licence into the review's evidence.
    joined
        Other work that the row came from, which has to go together with this.

    Returns
    -------
    LicenceRow
        With control ``unknown`` where the licence is not named, cannot be read or is in no index.
    """
    name = received.name
    whole = terms_of(received.expression)
    terms = of_outputs(whole) if received.by_outputs else whole
    handed = None if own is None else terms_of(own)
    told = [*conflicts(name, terms, handed)]
    if not received.by_outputs:
        pairs = (clash((name, whole), (one.name, terms_of(one.expression))) for one in joined)
        told += [one for one in pairs if one is not None]
    return LicenceRow(
        artefact=artefact,
        component=component,
        reference=name,
        proved=received.proved,
        through=received.through,
        by_outputs=received.by_outputs,
        expression=received.expression,
        control=terms.control,
        reason=terms.reason,
        obligations=tuple(
            _row(one, seen, handed, by_outputs=received.by_outputs) for one in terms.asked
        ),
        conflicts=(*told, *_contradictions(name, whole, received.files)),
        document=document,
    )


def _contradictions(name: str, terms: Terms, files: tuple[ShippedFile, ...]) -> Iterator[Localized]:
    """Find licence texts that are those of another licence than the one declared."""
    if terms.expression is None or terms.expression.tree is None:
        return
    declared = {_text_of(one.key) for one in leaves(terms.expression.tree)}
    for file in files:
        if file.licence is not None and _text_of(file.licence) not in declared:
            yield say(
                f"{file.name} of {name} is the text of {file.licence}, and the dossier says "
                f"{shown(terms)}.",
                f"{name}의 {file.name}은(는) {file.licence} 전문인데 신고서는 {shown(terms)}라고 "
                "합니다.",
            )


def _text_of(key: str) -> str:
    # Versions that are only or later share one text.
    return key.removesuffix("-only").removesuffix("-or-later")


def _row(asked: Asked, seen: Seen, handed: Terms | None, *, by_outputs: bool) -> ObligationRow:
    duty = asked.duty
    applies = asked.applies(seen.use)
    kept = _kept(asked, seen, handed)
    if duty.kind == "notice_file" and seen.notice == ():
        applies = False
    if by_outputs and duty.clause == "forbidden":
        kept = False
    # Above its cap, a permission has to be shown.
    over = duty.when in {"users", "revenue"} and applies is True
    return ObligationRow(
        kind=duty.kind,
        standing="duty" if over else duty.standing,
        text=duty.text,
        applies=applies,
        kept=kept,
        source=asked.source,
    )


def _kept(asked: Asked, seen: Seen, handed: Terms | None) -> bool | None:
    """Tell whether a duty is seen to be kept or broken; None where neither can be seen."""
    looks = _LOOKS.get(asked.duty.kind)
    return None if looks is None else looks(asked, seen, handed)


def _is_shipped(asked: Asked, seen: Seen, handed: Terms | None) -> bool | None:
    if seen.word is False:
        return False
    files = seen.shipped.files
    found = [one for one in files if one.licence == asked.licence]
    shared = handed is not None and asked.licence in handed.keys
    if seen.word:
        # The dossier's word holds unless one can see that no such text is there.
        may_be = found or any(one.licence is None for one in files)
        return True if may_be or not seen.shipped.complete else None
    # A text that lies there for the submission's own sake need not bear the donor's notices.
    if found and (not shared or not all(one.own for one in found)):
        return True
    return False if seen.shipped.complete and not files else None


def _has_notice(asked: Asked, seen: Seen, handed: Terms | None) -> bool | None:
    if not seen.notice:
        return _is_shipped(asked, seen, handed)
    if seen.word is False:
        return False
    ours = [one.words for one in seen.shipped.files]
    if all(any(words in one for one in ours) for words in seen.notice):
        return True
    return False if seen.shipped.complete else None


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
    if handed is None:
        return None
    if asked.duty.kind == "share_alike":
        return may_be_under(asked.licence, handed)
    return True if asked.licence in handed.keys else None


def _is_unchanged(_asked: Asked, seen: Seen, _handed: Terms | None) -> bool | None:
    return None if seen.use.changed is None else not seen.use.changed


_LOOKS: Final[dict[str, Callable[[Asked, Seen, Terms | None], bool | None]]] = {
    "notice": _is_shipped,
    "notice_file": _has_notice,
    "notice_text": _is_told,
    "attribution": _is_told,
    "naming": _is_named,
    "credit": _is_credited,
    "state_changes": _is_marked,
    "share_alike": _same_licence,
    "pass_on_restrictions": _same_licence,
    "non_commercial": _is_unpaid,
    "no_derivatives": _is_unchanged,
}
"""What to look at for each kind; of every other kind nothing can be seen."""
