"""Points of every team on every item, in every block and in total.

The module knows formulas, rounding and sums, never ranks, gates or decisions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from dokja.document.number import Known, Unknown, weakest
from dokja.document.round_report import BlockScore, ItemScore, SubScore
from dokja.document.round_rules import BestTeamFull, Share
from dokja.programme.bounds import narrowed
from dokja.programme.formulas import depends_on_others, explain, points_alone, points_among
from dokja.programme.parts import total_max
from dokja.programme.published import Published
from dokja.programme.rounding import exactly, round_at, total
from dokja.programme.values import Value, value_of
from dokja.programme.wording import joined, same, say, title_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.document.common import Localized
    from dokja.document.number import Figure
    from dokja.document.round import Item, RoundFile, SubItem
    from dokja.programme.table import Table

__all__ = ["Score", "Standing", "stand"]


@dataclass(frozen=True, slots=True)
class Score:
    """All points of one team."""

    items: Mapping[str, ItemScore]
    blocks: Mapping[str, BlockScore]
    total: Figure

    def figure(self, name: str) -> Figure | None:
        """Return points by the name that facts and rules use.

        Parameters
        ----------
        name
            ``total``, an item, ``item.sub_item``, or a block.

        Returns
        -------
        Known, Unknown or None
            None if there is nothing of that name.
        """
        if name == "total":
            return self.total
        item, _, sub_item = name.partition(".")
        if item in self.items:
            score = self.items[item]
            if not sub_item:
                return score.score
            return next((s.score for s in score.sub_items if s.sub_item == sub_item), None)
        return self.blocks[name].score if name in self.blocks else None


@dataclass(frozen=True, slots=True)
class Standing:
    """All points of all teams that take part."""

    scores: Mapping[str, Score]
    notes: tuple[Localized, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class _Given:
    """What every step of the calculation looks into."""

    found: RoundFile
    table: Table
    teams: Sequence[str]
    published: Published
    notes: list[Localized] = field(default_factory=list)


@exactly
def stand(
    found: RoundFile, table: Table, scored: Mapping[str, Mapping[str, ItemScore]] | None = None
) -> Standing:
    """Work out the points of every team that has not withdrawn.

    Parameters
    ----------
    found
        The round.
    table
        All results.
    scored
        Points of all teams on items that were scored before under the same rules, by item; their
        results are not looked at.

    Returns
    -------
    Standing
        What cannot be computed stands as published if that is accepted, and is unknown
        otherwise, with the bounds that follow from maxima and from who was published as best.
    """
    teams = [team.id for team in found.teams if team.status == "submitted"]
    published = Published(found)
    given = _Given(found, table, teams, published)
    before = scored or {}
    items = {item.id: before.get(item.id) or _item(given, item) for item in found.items}
    scores = {}
    for team in teams:
        mine = {name: scored[team] for name, scored in items.items()}
        blocks = _blocks(found, team, mine, published)
        everything = _sum(
            found,
            ("total", "total"),
            [block.score for block in blocks.values()],
            total_max(found),
            published.figure(team, "total"),
        )
        scores[team] = Score(mine, blocks, everything)
    return Standing(narrowed(found, scores, published), tuple(dict.fromkeys(given.notes)))


# -- one item -------------------------------------------------------------------------------------


def _item(given: _Given, item: Item) -> dict[str, ItemScore]:
    published = given.published
    subs = {sub.id: _scored(given, item, sub) for sub in item.sub_items}
    by_parts = bool(item.sub_items) and (item.raters is None or item.raters.over == "sub_item")
    whole = _scored(given, item, None)
    found_items = {}
    for team in given.teams:
        parts = tuple(
            SubScore(
                sub_item=sub.id,
                max=sub.max,
                score=_or_published(
                    subs[sub.id][team].score, team, f"{item.id}.{sub.id}", published
                ),
            )
            for sub in item.sub_items
        )
        own = whole[team]
        if by_parts and isinstance(own.score, Unknown):
            own = _of_parts(
                given.found, item, parts, [subs[sub.id][team] for sub in item.sub_items]
            )
        own = _by_construction(item, own, team, published)
        figure = _or_published(own.score, team, item.id, published)
        found_items[team] = own.model_copy(update={"score": figure, "sub_items": parts})
    return found_items


def _by_construction(item: Item, own: ItemScore, team: str, published: Published) -> ItemScore:
    """Give the best team the maximum where that is all the formula says of it."""
    top = published.top(item.id)
    if isinstance(own.score, Known) or not isinstance(item.formula, BestTeamFull):
        return own
    if top is None or team not in top.teams:
        return own
    figure = Known(value=item.max, basis="computed", confidence=top.confidence)
    how = say("the best team has the maximum", "최고 팀은 만점입니다")
    return own.model_copy(update={"score": figure, "how": how})


def _or_published(figure: Figure, team: str, name: str, published: Published) -> Figure:
    if isinstance(figure, Known):
        return figure
    return published.figure(team, name) or figure


def _of_parts(
    found: RoundFile, item: Item, parts: Sequence[SubScore], scored: Sequence[ItemScore]
) -> ItemScore:
    figure = _sum(found, ("item", item.id), [part.score for part in parts], item.max, None)
    words = None
    if isinstance(figure, Known):
        left = " + ".join(
            format(part.score.value, "f") for part in parts if isinstance(part.score, Known)
        )
        words = same(f"{left} = {figure.value:f}")
    return ItemScore(
        item=item.id,
        max=item.max,
        score=figure,
        unrounded=None,
        how=words,
        n_values=sum(score.n_values for score in scored),
        spot_checks=tuple(check for score in scored for check in score.spot_checks),
    )


def _scored(given: _Given, item: Item, sub: SubItem | None) -> dict[str, ItemScore]:
    """Score an item, or a part of one, for all teams at once."""
    most = item.max if sub is None else sub.max
    part = None if sub is None else sub.id
    found, teams = given.found, given.teams
    values = {team: value_of(found, given.table, team, item, part) for team in teams}
    # Raters whose totals count would be noted again for each part.
    whole_counts = sub is not None and item.raters is not None and item.raters.over == "total"
    for team, value in values.items() if not whole_counts else ():
        where = joined([title_of(found, team), item.title if sub is None else sub.title])
        given.notes.extend(joined([where, note], separator=": ") for note in value.notes)
    points, reason = _points(found, item, most, values)
    among = [value.value for value in values.values() if value.value is not None]
    scores = {}
    for team, value in values.items():
        scores[team] = _one(found, (item, sub), (value, points.get(team)), reason, among)
    return scores


def _points(
    found: RoundFile, item: Item, most: Decimal, values: Mapping[str, Value]
) -> tuple[Mapping[str, Decimal], Localized | None]:
    known = {team: value.value for team, value in values.items() if value.value is not None}
    if not depends_on_others(item.formula):
        return {t: points_alone(value, most, item.formula) for t, value in known.items()}, None
    missing = [team for team in values if team not in known]
    if missing:
        names = joined(title_of(found, team) for team in sorted(missing))
        return {}, say(
            f"the formula needs the values of all teams; unknown: {names.en}",
            f"모든 팀의 값이 필요한 산식이며, 알 수 없는 팀이 있습니다: {names.ko}",
        )
    among = points_among(known, most, item.formula)
    if among is None:
        return {}, say(
            "the values of all teams are equal or zero, so the formula has no result",
            "모든 팀의 값이 같거나 0이어서 산식을 적용할 수 없습니다",
        )
    return among, None


def _one(
    found: RoundFile,
    part: tuple[Item, SubItem | None],
    got: tuple[Value, Decimal | None],
    reason: Localized | None,
    among: Sequence[Decimal],
) -> ItemScore:
    (item, sub), (value, points) = part, got
    most = item.max if sub is None else sub.max
    stage = "item" if sub is None else "sub_item"
    figure: Figure
    how = None
    if value.value is None or points is None:
        words = value.reason or reason or say("not known", "알 수 없습니다")
        figure = Unknown(
            reason=words, low=round_at(found, stage, item.id, _least(item, most)), high=most
        )
    else:
        rounded = round_at(found, stage, item.id, points)
        figure = Known(value=rounded, basis="computed", confidence=value.confidence)
        how = explain(value.value, most, item.formula, (points, rounded), among)
    return ItemScore(
        item=item.id,
        max=most,
        score=figure,
        value=value.value,
        unrounded=points if isinstance(figure, Known) else None,
        how=how,
        n_values=value.n_values,
        spot_checks=value.checks,
    )


def _least(item: Item, most: Decimal) -> Decimal:
    """Return the points that the lowest mark of a scale gives anyway."""
    scale = item.raters.scale if item.raters is not None else None
    if scale is None or scale.low <= 0 or not isinstance(item.formula, Share):
        return Decimal(0)
    return points_alone(scale.low, most, item.formula)


# -- sums -----------------------------------------------------------------------------------------


def _blocks(
    found: RoundFile, team: str, items: Mapping[str, ItemScore], published: Published
) -> dict[str, BlockScore]:
    scores = {}
    for block in found.blocks:
        mine = [items[item.id].score for item in found.items if item.block == block.id]
        figure = _sum(found, ("block", block.id), mine, block.max, published.figure(team, block.id))
        scores[block.id] = BlockScore(block=block.id, max=block.max, score=figure)
    return scores


def _sum(
    found: RoundFile,
    step: tuple[str, str],
    parts: Sequence[Figure],
    most: Decimal,
    stated: Known | None,
) -> Figure:
    """Add figures up; a sum with an unknown part is unknown unless it was published itself."""
    known = [part for part in parts if isinstance(part, Known)]
    if len(known) == len(parts) and parts:
        value = round_at(found, *step, total(part.value for part in known))
        return Known(
            value=value, basis="computed", confidence=weakest(*(part.confidence for part in known))
        )
    if stated is not None:
        return stated
    missing = len(parts) - len(known)
    if not parts:
        nothing = say("nothing is scored", "채점하는 항목이 없습니다")
        return Unknown(reason=nothing, low=Decimal(0), high=most)
    return Unknown(
        reason=say(
            f"{missing} of its {len(parts)} parts are unknown",
            f"{len(parts)}개 구성 항목 중 {missing}개를 알 수 없습니다",
        ),
        low=Decimal(0),
        high=most,
    )
