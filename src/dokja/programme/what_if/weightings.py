"""In which share of all weightings a team is first or last.

The module knows geometry and draws, never which weighting is the right one.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from dokja.document.what_if import Weightings, WeightingShare
from dokja.programme.rounding import exactly, round_to
from dokja.programme.what_if.run import short
from dokja.programme.wording import joined, say, title_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dokja.document.common import Localized
    from dokja.document.round import RoundFile
    from dokja.programme.what_if.parts_known import KnownPart

__all__ = ["DEFAULT_DRAWS", "exact_shares", "weightings"]

DEFAULT_DRAWS: Final = 20_000
"""Weightings that are drawn where the shares are not worked out exactly."""

_DIGITS = 4
_LEVEL: Final = Decimal(95)
_CHUNK: Final = 4_000_000
_TIE: Final = 1e-12

Point = tuple[Fraction, Fraction]
Ends = tuple[float, float, float]


def weightings(
    found: RoundFile,
    parts: Sequence[KnownPart],
    *,
    over: str,
    seed: int = 0,
    n_draws: int = DEFAULT_DRAWS,
) -> Weightings:
    """Weigh parts in every possible way and say how often each team is first and last.

    Parameters
    ----------
    found
        The round.
    parts
        Blocks or items with every team's points.
    over
        ``blocks`` or ``items``.
    seed
        Seed of the draws; of no effect on exact shares.
    n_draws
        Weightings that are drawn for more than three parts.

    Returns
    -------
    Weightings
        Exact shares for up to three parts, drawn ones with intervals otherwise.

    Notes
    -----
    Weights are uniform on the simplex: none below zero, all adding up to one. A part counts by
    its points as a share of its maximum. Where a team is last, its weighted sum is at most that
    of every other team, which is a convex polygon for three parts; its area is worked out in
    fractions. For more parts weights are drawn from a flat Dirichlet distribution, in floats, and
    the interval is that of Clopper and Pearson.

    References
    ----------
    Clopper, C. J., Pearson, E. S. (1934). The use of confidence or fiducial limits illustrated in
    the case of the binomial. doi:10.1093/biomet/26.4.404
    """
    rows = {
        team: tuple(Fraction(part.points[team]) / Fraction(part.max) for part in parts)
        for team in parts[0].points
    }
    if len(parts) <= 3:
        exact = exact_shares(rows)
        shares = tuple(
            WeightingShare(team=team, first=_percent(first), last=_percent(last))
            for team, (first, last) in exact.items()
        )
    else:
        shares = _drawn(rows, seed, n_draws)
    return Weightings(
        over="blocks" if over == "blocks" else "items",
        parts=tuple(part.name for part in parts),
        method="exact" if len(parts) <= 3 else "drawn",
        shares=shares,
        n_draws=0 if len(parts) <= 3 else n_draws,
        level=None if len(parts) <= 3 else _LEVEL,
        sentence=_sentence(found, shares, over),
    )


@exactly
def _percent(share: Fraction) -> Decimal:
    return round_to(Decimal(share.numerator) * 100 / Decimal(share.denominator), _DIGITS)


# -- exactly --------------------------------------------------------------------------------------


def exact_shares(
    rows: Mapping[str, tuple[Fraction, ...]],
) -> dict[str, tuple[Fraction, Fraction]]:
    """Work out in which share of all weightings of up to three parts a team is first and last.

    Parameters
    ----------
    rows
        Points of each team on each part, as shares of the maximum.

    Returns
    -------
    dict
        Shares of the weightings in which the team is first, and last, alone or jointly.

    Examples
    --------
    >>> half = Fraction(1, 2)
    >>> rows = {"a": (Fraction(1), Fraction(0)), "b": (half, half)}
    >>> exact_shares(rows)["a"]
    (Fraction(1, 2), Fraction(1, 2))
    """
    # Fewer parts are three of which the last ones weigh as much as the first: the weights of two
    # parts are uniform only among themselves, so each number of parts has its own shape.
    size = len(next(iter(rows.values())))
    whole = _shape(size)
    full = _measure(whole, size)
    shares = {}
    for team, mine in rows.items():
        best = worst = whole
        for other, theirs in rows.items():
            if other != team:
                apart = [a - b for a, b in zip(mine, theirs, strict=True)]
                best = _cut(best, apart)
                worst = _cut(worst, [-value for value in apart])
        shares[team] = (_measure(best, size) / full, _measure(worst, size) / full)
    return shares


Corner = tuple[Fraction, ...]


def _shape(size: int) -> list[Corner]:
    """Return the corners of all weightings: a point, a segment, or a triangle."""
    return [tuple(Fraction(int(i == j)) for j in range(size)) for i in range(size)]


def _cut(corners: Sequence[Corner], apart: Sequence[Fraction]) -> list[Corner]:
    """Keep the part of a convex shape in which a weighted sum is not below zero."""
    signs = [
        sum((w * a for w, a in zip(corner, apart, strict=True)), Fraction(0)) for corner in corners
    ]
    kept: list[Corner] = []
    for step, (corner, sign) in enumerate(zip(corners, signs, strict=True)):
        if sign >= 0:
            kept.append(corner)
        after = (step + 1) % len(corners)
        # A segment has one edge, which must not be walked back.
        if sign * signs[after] < 0 and (len(corners) > 2 or step == 0):
            at = sign / (sign - signs[after])
            kept.append(
                tuple(a + at * (b - a) for a, b in zip(corner, corners[after], strict=True))
            )
    return kept


def _measure(corners: Sequence[Corner], size: int) -> Fraction:
    """Return the area, length, or presence of a shape."""
    if size == 1 or not corners:
        return Fraction(len(corners) > 0)
    if size == 2:
        ends = [corner[0] for corner in corners]
        return max(ends) - min(ends)
    twice = Fraction(0)
    for step, (x, y, _) in enumerate(corners):
        x2, y2, _ = corners[(step + 1) % len(corners)]
        twice += x * y2 - x2 * y
    return abs(twice) / 2


# -- drawn ----------------------------------------------------------------------------------------


def _drawn(
    rows: Mapping[str, tuple[Fraction, ...]], seed: int, n_draws: int
) -> tuple[WeightingShare, ...]:
    import numpy as np  # noqa: PLC0415 - loaded when weightings are drawn

    teams = list(rows)
    points = np.array([[float(value) for value in rows[team]] for team in teams])
    rng = np.random.default_rng([seed, 0x57])
    first = np.zeros(len(teams), dtype=np.int64)
    last = np.zeros(len(teams), dtype=np.int64)
    step = max(1, min(n_draws, _CHUNK // max(len(teams), points.shape[1])))
    for start in range(0, n_draws, step):
        weights = rng.standard_exponential((min(step, n_draws - start), points.shape[1]))
        sums = (weights / weights.sum(axis=1, keepdims=True)) @ points.T
        first += (sums >= sums.max(axis=1, keepdims=True) - _TIE).sum(axis=0)
        last += (sums <= sums.min(axis=1, keepdims=True) + _TIE).sum(axis=0)
    return tuple(_share(team, int(first[i]), int(last[i]), n_draws) for i, team in enumerate(teams))


def _share(team: str, first: int, last: int, n_draws: int) -> WeightingShare:
    first_low, first_high = _interval(first, n_draws)
    last_low, last_high = _interval(last, n_draws)
    return WeightingShare(
        team=team,
        first=_percent(Fraction(first, n_draws)),
        last=_percent(Fraction(last, n_draws)),
        first_low=first_low,
        first_high=first_high,
        last_low=last_low,
        last_high=last_high,
    )


def _interval(count: int, n_draws: int) -> tuple[Decimal, Decimal]:
    from scipy.special import betaincinv  # noqa: PLC0415 - loaded when weightings are drawn

    tail = (1 - float(_LEVEL) / 100) / 2
    low = 0.0 if count == 0 else float(betaincinv(count, n_draws - count + 1, tail))
    high = 1.0 if count == n_draws else float(betaincinv(count + 1, n_draws - count, 1 - tail))
    return (Decimal(f"{100 * low:.{_DIGITS}f}"), Decimal(f"{100 * high:.{_DIGITS}f}"))


# -- words ----------------------------------------------------------------------------------------


def _sentence(found: RoundFile, shares: Sequence[WeightingShare], over: str) -> Localized:
    head = say(
        f"Over all weightings of {over}:",
        f"{'영역' if over == 'blocks' else '항목'} 비중을 모든 방식으로 바꾸면",
    )
    firsts = sorted((s for s in shares if s.first > 0), key=lambda s: (-s.first, s.team))
    lasts = sorted((s for s in shares if s.last > 0), key=lambda s: (-s.last, s.team))
    first = joined(_named(found, share.team, share.first) for share in firsts[:3])
    last = joined(_named(found, share.team, share.last) for share in lasts[:3])
    return say(
        f"{head.en} first {first.en}; last {last.en}.",
        f"{head.ko} 1위는 {first.ko}, 최하위는 {last.ko}입니다.",
    )


def _named(found: RoundFile, team: str, share: Decimal) -> Localized:
    name = title_of(found, team)
    return say(f"{name.en} {short(share, 1)} %", f"{name.ko} {short(share, 1)}%")
