"""Rules of disclosure: what in a submission's own words does not fit together.

Each rule is a function of what was read; none of them knows where it was read from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from dokja.disclosure.names import is_named
from dokja.document.common import Localized

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dokja.disclosure.cards import Card
    from dokja.disclosure.configs import Named

__all__ = ["Said", "card_rules", "config_rules"]


@dataclass(frozen=True, slots=True)
class Said:
    """A rule that holds of a submission."""

    rule: str
    level: Literal["contradiction", "note"]
    text: Localized
    component: str | None = None
    """The component it is about; None for the whole."""


_LETTERS: Final = re.compile(r"[^a-z0-9가-힣]+")


def _plain(text: str) -> str:
    return _LETTERS.sub("", text.casefold())


def config_rules(
    named: Sequence[Named],
    texts: Sequence[str],
    proved: dict[str, tuple[str, ...]],
    *,
    maker: str,
) -> Iterator[Said]:
    """Find what stands in the configuration and in no document for readers.

    Parameters
    ----------
    named
        What the configuration names.
    texts
        Documents for readers; without any nothing can be absent from them.
    proved
        Donors that an audit proved, by component.
    maker
        Whose submission it is; its own models need no mention.

    Yields
    ------
    Said
        ``DKJ701`` for another model by name, or for a public family of which an audit proved a
        donor that is not named either; ``DKJ702``, a note, for a family alone: an architecture may
        be used without anybody's weights.
    """
    for one in named:
        if not texts or is_named(one.value, texts) or _is_own(one.value, maker):
            continue
        donors = proved.get(one.component or "language_model", ())
        if one.kind == "model" or (donors and not any(is_named(name, texts) for name in donors)):
            yield Said(
                "DKJ701",
                "contradiction",
                Localized(
                    en=f"The configuration names {one.value} ({one.pointer}), and no document for "
                    "readers does.",
                    ko=f"설정에는 {one.value}({one.pointer})이(가) 적혀 있으나 독자가 보는 "
                    "문서에는 없습니다.",
                ),
                one.component,
            )
        elif not donors:
            yield Said(
                "DKJ702",
                "note",
                Localized(
                    en=f"The configuration names the public architecture {one.value} "
                    f"({one.pointer}), and no document for readers does.",
                    ko=f"설정에는 공개 구조 {one.value}({one.pointer})이(가) 적혀 있으나 "
                    "독자가 보는 문서에는 없습니다.",
                ),
                one.component,
            )


def _is_own(value: str, maker: str) -> bool:
    owner = _plain(value.partition("/")[0]) if "/" in value else ""
    return bool(owner) and (owner in _plain(maker) or _plain(maker) in owner)


def card_rules(
    card: Card,
    *,
    licence: str | None,
    card_licence: str | None,
    base_model: str | None,
    relation: str | None,
    proved: Sequence[str],
    cleared: Sequence[str],
) -> Iterator[Said]:
    """Find where a card does not fit the dossier or the evidence.

    Parameters
    ----------
    card
        The card.
    licence, card_licence
        What the dossier and the card declare, in SPDX's words where they can be read.
    base_model, relation
        What the dossier declares.
    proved
        Donors that an audit proved in any component.
    cleared
        References of which an audit, able to see it, found nothing anywhere.

    Yields
    ------
    Said
        ``DKJ703`` to ``DKJ707``.
    """
    if card.base_models and card.relation is None:
        yield _note(
            "DKJ703",
            "The card names a base model and not how it was used (base_model_relation).",
            "카드가 기반 모델을 밝히면서 어떻게 썼는지(base_model_relation)는 밝히지 않습니다.",
        )
    if licence is not None and card_licence is not None and licence != card_licence:
        yield _wrong(
            "DKJ704",
            f"The card declares the licence {card_licence}, and the dossier {licence}.",
            f"카드의 라이선스는 {card_licence}, 신고서는 {licence}입니다.",
        )
    if _denies(base_model, relation) and card.base_models:
        names = ", ".join(card.base_models)
        yield _wrong(
            "DKJ705",
            f"The dossier says that there is no base model, and the card names {names}.",
            f"신고서는 기반 모델이 없다고 하나 카드는 {names}을(를) 적고 있습니다.",
        )
    if _denies(base_model, relation) and proved:
        names = ", ".join(proved)
        yield _wrong(
            "DKJ706",
            f"The dossier says that there is no base model, and weights of {names} were found.",
            f"신고서는 기반 모델이 없다고 하나 {names}의 가중치가 확인되었습니다.",
        )
    for name in card.base_models:
        if any(
            _plain(name.rpartition("/")[2]) == _plain(one.rpartition("/")[2]) for one in cleared
        ):
            yield _note(
                "DKJ707",
                f"The card names {name} as its base, and no evidence of it was found in any "
                "component.",
                f"카드는 {name}을(를) 기반 모델로 적었으나 어느 구성요소에서도 근거가 "
                "나오지 않았습니다.",
            )


def _denies(base_model: str | None, relation: str | None) -> bool:
    return base_model is None and relation == "none"


def _wrong(rule: str, en: str, ko: str) -> Said:
    return Said(rule, "contradiction", Localized(en=en, ko=ko))


def _note(rule: str, en: str, ko: str) -> Said:
    return Said(rule, "note", Localized(en=en, ko=ko))
