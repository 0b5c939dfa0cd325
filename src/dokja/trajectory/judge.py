"""From findings to a verdict, and what cannot be told.

The module puts the judgements of a run together; each is made elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dokja.trajectory.averages import check_average
from dokja.trajectory.continuity import check_continuity
from dokja.trajectory.facts import norm_of
from dokja.trajectory.findings import finding, listed
from dokja.trajectory.jumps import check_jumps
from dokja.trajectory.log_check import check_logs
from dokja.trajectory.stillness import check_stillness
from dokja.trajectory.unfollowed import unfollowed
from dokja.trajectory.untold import untold
from dokja.trajectory.verdict import verdict_of
from dokja.trajectory.ways import check_gaps, check_order, check_way

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dokja.document.common import Localized
    from dokja.document.trajectory import Reason, StartFit, TrajectoryFinding, TrajectoryVerdict
    from dokja.trajectory.context import Context
    from dokja.trajectory.directions import Directions
    from dokja.trajectory.logs import LogTable
    from dokja.trajectory.schedule import Rates
    from dokja.trajectory.submission import End

__all__ = ["Judged", "judge_run"]

_ORDER: Final[tuple[Reason, ...]] = (
    "borrowed_start",
    "frozen_borrowed",
    "pasted_start",
    "swap",
    "interpolated",
    "wrong_order",
    "standstill",
    "jump",
    "end_differs",
    "start_not_as_declared",
    "noise_added",
    "frozen_moved",
    "log_order",
    "log_back_dated",
    "log_contradicts",
    "digest_differs",
    "seed_differs",
    "gap",
    "no_start",
    "no_end",
    "structure",
    "not_testable",
)
"""Strongest first."""

_FEW: Final = 0.01
"""Share of parameters that may lie in tensors which not all checkpoints hold."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Findings in the order of their weight, what cannot be told, and the verdict."""

    findings: tuple[TrajectoryFinding, ...]
    untold: tuple[Localized, ...]
    verdict: TrajectoryVerdict


def judge_run(
    context: Context,
    directions: Directions,
    *,
    fits: Sequence[StartFit],
    redrawn: tuple[bool, tuple[str, ...]] | None,
    tables: Sequence[LogTable],
    declared: Rates | None,
    end: End,
    file_digests: Mapping[int, str],
    further: Iterable[TrajectoryFinding],
) -> Judged:
    """Judge a run.

    Parameters
    ----------
    context
        The run.
    directions
        Of its matrices.
    fits
        Tensors of step 0 beside their initialiser.
    redrawn
        What came of drawing step 0 again; None if it was not tried.
    tables
        Its logs.
    declared
        Declared learning rates; None where only a log knows them.
    end
        How it ends.
    file_digests
        SHA-256 of the files of checkpoints, where the recipe names one.
    further
        What references gave.

    Returns
    -------
    Judged
        Findings and verdict.
    """
    has_start = context.steps[0] == 0
    by_name = {fit.name: fit for fit in fits} if has_start else {}
    found = [*further, *_digests(context, file_digests), *_ends(context, end)]
    found += [*_structure(context), *_not_numbers(context)]
    # Without step 0, none of the rules of the initialiser is about the first checkpoint.
    still = check_stillness(context, by_name)
    frozen = {name for one in still if one.reason == "frozen_borrowed" for name in one.tensors}
    if has_start:
        found += _start(context, [fit for fit in fits if fit.name not in frozen])
        found += _seed(redrawn)
    else:
        found.append(_no_start(context))
    found += still
    found += _movement(context, directions)
    if has_start and not any(one.level == "contradiction" for one in found):
        found += unfollowed(context)
    norms = [norm_of(context, k) for k in range(context.n_checkpoints)]
    found += check_logs(context.recipe, tables, declared, norms)
    found += check_gaps(context)
    ordered = tuple(sorted(_unique(found), key=_weight))
    told = untold(context, fits, tables, tried=redrawn is not None)
    return Judged(ordered, told, verdict_of(context, ordered, fits))


def _weight(one: TrajectoryFinding) -> tuple[int, int, tuple[int, ...]]:
    levels = ("contradiction", "open", "note")
    return levels.index(one.level), _ORDER.index(one.reason), one.steps


def _unique(found: Iterable[TrajectoryFinding]) -> list[TrajectoryFinding]:
    return list(dict.fromkeys(found))


def _movement(context: Context, directions: Directions) -> list[TrajectoryFinding]:
    if context.n_checkpoints < 2:
        return []
    lost = check_continuity(context)
    explained = {
        (first, last)
        for one in lost
        if not one.tensors
        for first, last in zip(one.steps, one.steps[1:], strict=False)
    }
    if _is_averaged(context):
        # An average stands nowhere on the way: what can be asked is whether it grew from the
        # start, and lies among the others.
        off = check_average(directions.distances, context.steps)
        return [*lost, *off, *_before_the_end(context, directions, explained, lost)]
    # Samples hold nought where there is no number, which is a place like any other.
    order = [] if _nonfinite(context) > _FEW else check_order(context, directions)
    if order and not any(not one.tensors for one in lost):
        return [*order, *lost]
    found = list(lost)
    if not any(one.reason == "interpolated" for one in lost):
        found += check_way(context, directions)
    if not any(one.reason == "interpolated" for one in found):
        found += [one for one in check_jumps(context, explained) if not _is_known(one, lost)]
    return found


def _is_averaged(context: Context) -> bool:
    said = context.recipe.submission
    return said is not None and said.averaged


def _before_the_end(
    context: Context,
    directions: Directions,
    explained: set[tuple[int, int]],
    lost: Sequence[TrajectoryFinding],
) -> list[TrajectoryFinding]:
    """Judge the way without its last interval; the order rests on distances to the end too."""
    found = [*check_way(context, directions), *check_jumps(context, explained)]
    last = context.steps[-1]
    return [one for one in found if last not in one.steps and not _is_known(one, lost)]


def _is_known(one: TrajectoryFinding, lost: Sequence[TrajectoryFinding]) -> bool:
    """Tell whether a jump is about tensors and steps that were found exchanged."""
    return any(
        set(one.steps) <= set(other.steps)
        and (not other.tensors or set(one.tensors) <= set(other.tensors))
        for other in lost
    )


def _start(context: Context, fits: Sequence[StartFit]) -> Iterator[TrajectoryFinding]:
    matrices = {stack.name for stack in context.stacks if len(stack.shape) >= 2}
    structured = [fit.name for fit in fits if fit.outcome == "structured"]
    differs = [fit.name for fit in fits if fit.outcome in {"differs", "not_random"}]
    differs = [
        name
        for name in differs
        if not any(fit.name == name and fit.declared.startswith("given") for fit in fits)
    ]
    if structured:
        names = structured + [name for name in differs if name in matrices]
        edge = max(fit.edge or 0.0 for fit in fits if fit.outcome == "structured")
        en, ko = listed(names)
        yield finding(
            "borrowed_start",
            "contradiction",
            f"Step 0 is not random: largest singular values lie up to {edge:.2f} times beyond "
            f"where random ones end. It was trained before: {en}.",
            f"0 스텝이 무작위가 아닙니다. 최대 특잇값이 무작위 행렬의 경계의 {edge:.2f}배까지 "
            f"나갑니다. 전에 학습된 값입니다: {ko}.",
            tensors=names,
            steps=(0,),
            share=_share(context, names),
        )
    elif differs:
        en, ko = listed(differs)
        yield finding(
            "start_not_as_declared",
            "contradiction",
            f"At step 0 they are not drawn as the recipe says: {en}.",
            f"0 스텝의 값이 레시피에 적힌 분포에서 나온 것이 아닙니다: {ko}.",
            tensors=differs,
            steps=(0,),
            share=_share(context, differs),
        )
    undeclared = [fit for fit in fits if fit.outcome == "not_declared" and fit.name in matrices]
    share = _share(context, [fit.name for fit in undeclared])
    if share > _FEW:
        names = [fit.name for fit in undeclared]
        en, ko = listed(names)
        yield finding(
            "not_testable",
            "open",
            f"For {share:.0%} of the parameters the recipe does not say how they were drawn: {en}.",
            f"매개변수의 {share:.0%}에 대해 레시피가 초기화 방법을 말하지 않습니다: {ko}.",
            tensors=names,
            steps=(0,),
            share=share,
        )


def _share(context: Context, names: Iterable[str]) -> float:
    wanted = set(names)
    return context.share([stack for stack in context.stacks if stack.name in wanted])


def _no_start(context: Context) -> TrajectoryFinding:
    return finding(
        "no_start",
        "open",
        f"The first checkpoint is that of step {context.steps[0]}: whether the run began from "
        "random weights cannot be seen.",
        f"첫 체크포인트가 {context.steps[0]} 스텝의 것입니다. 무작위 가중치에서 시작했는지 알 수 "
        "없습니다.",
        steps=(context.steps[0],),
    )


def _seed(redrawn: tuple[bool, tuple[str, ...]] | None) -> Iterator[TrajectoryFinding]:
    if redrawn is None or redrawn[0]:
        return
    en, ko = listed(redrawn[1])
    yield finding(
        "seed_differs",
        "open",
        f"The declared seed does not give step 0 again, for {en}; another version of the library "
        "may draw otherwise.",
        f"선언한 시드로 0 스텝이 다시 나오지 않습니다: {ko}. 라이브러리 버전이 달라서일 수도 "
        "있습니다.",
        tensors=redrawn[1],
        steps=(0,),
    )


def _digests(context: Context, file_digests: Mapping[int, str]) -> Iterator[TrajectoryFinding]:
    for k, entry in enumerate(context.recipe.checkpoints):
        taken = {context.run.checkpoint_digests[k], file_digests.get(k)}
        unknown = entry.digest is not None and entry.digest.startswith("sha256:")
        if entry.digest is None or entry.digest in taken or (unknown and k not in file_digests):
            continue
        yield finding(
            "digest_differs",
            "contradiction",
            f"The checkpoint of step {entry.step} does not bear the digest that the recipe names.",
            f"{entry.step} 스텝 체크포인트의 다이제스트가 레시피에 적힌 것과 다릅니다.",
            steps=(entry.step,),
        )


def _ends(context: Context, end: End) -> Iterator[TrajectoryFinding]:
    said = context.recipe.submission
    last = context.steps[-1]
    if last < context.recipe.steps - max(1, context.recipe.steps // 500):
        yield finding(
            "no_end",
            "open",
            f"The last checkpoint is that of step {last} of {context.recipe.steps}: the end of "
            "the run is not shown.",
            f"마지막 체크포인트가 {context.recipe.steps} 중 {last} 스텝의 것입니다. 학습의 끝이 "
            "없습니다.",
            steps=(last, context.recipe.steps),
        )
    if said is None:
        yield finding(
            "no_end",
            "open",
            "The recipe names no submission: that the run ends in it cannot be seen.",
            "레시피에 제출물이 없습니다. 학습이 제출물로 끝나는지 알 수 없습니다.",
            steps=(last,),
        )
    elif not end.same and not end.rounded:
        en, ko = listed(end.differing)
        yield finding(
            "end_differs",
            "contradiction",
            f"The submission is not the last checkpoint: {en}.",
            f"제출물이 마지막 체크포인트가 아닙니다: {ko}.",
            tensors=end.differing,
            steps=(last,),
        )
    stated = said.digest if said is not None else None
    if stated is not None and stated.startswith("blake3:") and stated != end.digest:
        yield finding(
            "digest_differs",
            "contradiction",
            "The submission does not bear the digest that the recipe names.",
            "제출물의 다이제스트가 레시피에 적힌 것과 다릅니다.",
            steps=(last,),
        )


def _nonfinite(context: Context) -> float:
    """Share of weights that are no number in the worst checkpoint."""
    bad = sum(context.move(stack).n_nonfinite for stack in context.stacks)
    return bad / (sum(stack.n_elements for stack in context.stacks) or 1)


def _not_numbers(context: Context) -> Iterator[TrajectoryFinding]:
    names = [stack.name for stack in context.stacks if context.move(stack).n_nonfinite]
    if names:
        share = _nonfinite(context)
        en, ko = listed(names)
        yield finding(
            "not_testable",
            "open" if share > _FEW else "note",
            f"Some weights are NaN or infinite and were left out: {en}.",
            f"NaN이거나 무한대여서 제외한 가중치가 있습니다: {ko}.",
            tensors=names,
            share=share,
        )


def _structure(context: Context) -> Iterator[TrajectoryFinding]:
    apart = context.run.apart
    if not apart:
        return
    en, ko = listed(apart)
    yield finding(
        "structure",
        "open",
        f"Not all checkpoints hold these tensors in one shape, so that nothing is told of them: "
        f"{en}.",
        f"모든 체크포인트에 같은 모양으로 있지 않아 아무것도 말할 수 없는 텐서: {ko}.",
        tensors=apart,
    )
