"""What an expression comes to: the control its licensors keep, and everything it asks for.

The module combines licences; it knows no submission and no donor. Controls form one order, from
free over mild and unknown to constrained: of licences that all hold the worst counts, of those that
can be chosen from the best. Unknown stands below constrained, since it may be that too, and above
everything that is known to be milder; so it is never permission.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dokja.document.common import Localized
from dokja.licensing.expressions import Group, Leaf, parse_expression
from dokja.licensing.table import licences, unlisted

if TYPE_CHECKING:
    from dokja.licensing.expressions import Expression, Node
    from dokja.licensing.table import Control, Duty

__all__ = ["RANK", "Asked", "Terms", "Use", "of_outputs", "terms_of"]

RANK: Final[dict[Control, int]] = {"free": 0, "mild": 1, "unknown": 2, "constrained": 3}
"""Order of controls, from the least on."""
_BY_CATEGORY: Final[dict[str, Control]] = {
    "Permissive": "free",
    "Public Domain": "free",
    "Copyleft": "mild",
    "Copyleft Limited": "mild",
    "Proprietary Free": "constrained",
    "Free Restricted": "constrained",
    "Source-available": "constrained",
    "Commercial": "constrained",
}
_REASONS: Final[dict[Control, Localized]] = {
    "free": Localized(en="It leaves use free.", ko="이용을 제약하지 않습니다."),
    "mild": Localized(
        en="It leaves use free and puts conditions on what is passed on.",
        ko="이용은 자유롭지만 배포에 조건을 붙입니다.",
    ),
    "constrained": Localized(
        en="Its licensor keeps control over use.",
        ko="라이선스 제공자가 이용에 대한 통제를 유지합니다.",
    ),
    "unknown": Localized(
        en="What control its licensor keeps is not known here; read its text.",
        ko="라이선스 제공자가 어떤 통제를 갖는지 여기서는 알 수 없습니다. 전문을 확인하십시오.",
    ),
}

_BARS: Final = frozenset({"non_commercial", "no_derivatives"})
"""Duties that weigh more than any number of others."""
_FREE_OUTPUTS: Final = Localized(
    en="It asks nothing of models that are trained on its outputs.",
    ko="출력으로 학습한 모델에는 아무것도 요구하지 않습니다.",
)


@dataclass(frozen=True, slots=True)
class Use:
    """What is done with something; None where nobody said."""

    distributed: bool | None = None
    changed: bool | None = None
    commercial: bool | None = None
    monthly_users: int | None = None
    revenue_usd: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One duty, and the licence that asks for it."""

    licence: str
    duty: Duty
    source: str | None

    def applies(self, use: Use) -> bool | None:
        """Tell whether it applies.

        Parameters
        ----------
        use
            What is done.

        Returns
        -------
        bool or None
            None where that depends on what nobody said.
        """
        match self.duty.when:
            case "always":
                return True
            case "distributed":
                return use.distributed
            case "changed":
                return _both(use.distributed, use.changed)
            case "users":
                return _above(use.monthly_users, self.duty.limit)
            case "revenue":
                return _above(use.revenue_usd, self.duty.limit)
            case "unknown":
                return None


def _both(first: bool | None, second: bool | None) -> bool | None:  # noqa: FBT001
    if first is False or second is False:
        return False
    return None if first is None or second is None else True


def _above(value: int | None, limit: int | None) -> bool | None:
    return None if value is None or limit is None else value > limit


@dataclass(frozen=True, slots=True)
class Terms:
    """What an expression comes to."""

    expression: Expression | None
    control: Control
    reason: Localized
    asked: tuple[Asked, ...]
    chosen: str | None = None
    """Which branch was taken where there was a choice, in SPDX's words."""
    keys: frozenset[str] = frozenset()
    """Licences of the branch that was taken, each with its exception."""


def terms_of(text: str | None) -> Terms:
    """Tell what an expression comes to.

    Parameters
    ----------
    text
        The expression; None where none is declared.

    Returns
    -------
    Terms
        Unknown for whatever cannot be read or is in no index. Of several to choose from, the one
        with the least control is taken, then one that bars neither commerce nor changes, then the
        one with the fewest duties, then the first by name; the result does not depend on the order
        they are written in.
    """
    if text is None:
        nothing = Localized(en="No licence is declared.", ko="신고된 라이선스가 없습니다.")
        return Terms(None, "unknown", nothing, ())
    expression = parse_expression(text)
    if expression.tree is None:
        problem = expression.problem
        assert problem is not None
        reason = Localized(
            en=f"{_REASONS['unknown'].en} {problem.en}", ko=f"{_REASONS['unknown'].ko} {problem.ko}"
        )
        return Terms(expression, "unknown", reason, ())
    weighed = _weigh(expression.tree)
    chosen = weighed.name if _has_choice(expression.tree) else None
    reason = _reason(weighed.control, chosen)
    return Terms(expression, weighed.control, reason, weighed.asked, chosen, weighed.keys)


def _reason(control: Control, chosen: str | None) -> Localized:
    plain = _REASONS[control]
    if chosen is None:
        return plain
    return Localized(
        en=f"{plain.en} Of what can be chosen from, {chosen} is taken here.",
        ko=f"{plain.ko} 선택할 수 있는 것 가운데 {chosen}을(를) 기준으로 합니다.",
    )


def _has_choice(tree: Node) -> bool:
    if isinstance(tree, Leaf):
        return False
    return tree.operator == "OR" or any(map(_has_choice, tree.parts))


@dataclass(frozen=True, slots=True)
class _Weighed:
    control: Control
    asked: tuple[Asked, ...]
    name: str
    keys: frozenset[str]


def _weigh(tree: Node) -> _Weighed:
    if isinstance(tree, Leaf):
        return _leaf(tree)
    weighed = [_weigh(part) for part in tree.parts]
    if tree.operator == "OR":
        return min(weighed, key=_weight)
    return _all_of(tree, sorted(weighed, key=lambda one: one.name))


def _weight(one: _Weighed) -> tuple[int, int, int, str]:
    barred = sum(asked.duty.kind in _BARS for asked in one.asked)
    return RANK[one.control], barred, len(one.asked), one.name


def _all_of(tree: Group, weighed: list[_Weighed]) -> _Weighed:
    asked = {(one.licence, one.duty.kind): one for part in weighed for one in part.asked}
    return _Weighed(
        max((one.control for one in weighed), key=RANK.__getitem__),
        tuple(asked.values()),
        f" {tree.operator} ".join(sorted({one.name for one in weighed})),
        frozenset().union(*(one.keys for one in weighed)),
    )


def _leaf(leaf: Leaf) -> _Weighed:
    name = leaf.key if leaf.exception is None else f"{leaf.key} WITH {leaf.exception}"
    known = licences().get(leaf.key)
    keys = frozenset({name})
    # An exception only adds permission; one that no index knows is no licence that is known.
    if known is not None and leaf.category is not None:
        asked = tuple(Asked(name, duty, known.source) for duty in known.duties)
        return _Weighed(known.control, asked, name, keys)
    control = _BY_CATEGORY.get(leaf.category or "", "unknown")
    return _Weighed(control, _generic(leaf, control), name, keys)


def _generic(leaf: Leaf, control: Control) -> tuple[Asked, ...]:
    """Return what a licence asks for of which only the category is known."""
    if leaf.category == "Public Domain":
        return ()
    if control == "free":
        notice = licences()["MIT"].duties[0]
        return (Asked(leaf.key, notice, None),)
    return (Asked(leaf.key, unlisted(), None),)


_OF_CLAUSES: Final[dict[str, Control]] = {
    "named": "mild",
    "unread": "unknown",
    "derivative": "constrained",
    "forbidden": "constrained",
}


def of_outputs(terms: Terms) -> Terms:
    """Tell what terms ask of a model that was only trained on what another generated.

    Parameters
    ----------
    terms
        What the other model's licence comes to.

    Returns
    -------
    Terms
        Free, and without duties, where no licence in it speaks of outputs; unknown where that
        was not read.
    """
    clauses = {one.licence: one.duty for one in terms.asked if one.duty.clause is not None}
    unread = [one for one in terms.asked if one.duty.kind == "unlisted"]
    if not clauses and not unread and terms.control != "unknown":
        return replace(terms, control="free", reason=_FREE_OUTPUTS, asked=())
    asked = tuple(one for one in terms.asked if one in unread or _binds(one, clauses))
    controls: list[Control] = [
        *(_OF_CLAUSES[duty.clause or "unread"] for duty in clauses.values()),
        *(["unknown"] if unread or terms.control == "unknown" else []),  # type: ignore[list-item]
    ]
    control = max(controls, key=RANK.__getitem__)
    return replace(terms, control=control, reason=_reason(control, terms.chosen), asked=asked)


def _binds(asked: Asked, clauses: dict[str, Duty]) -> bool:
    duty = clauses.get(asked.licence)
    if duty is None:
        return False
    whole = duty.clause == "derivative"
    return whole or asked.duty.kind == "outputs" or asked.duty.kind in duty.binds
