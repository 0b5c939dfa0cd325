"""Logs beside the recipe and the checkpoints: order, rates, losses and amounts.

The module knows what a log of this run would say, never whether the weights bear it out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from dokja.trajectory.findings import finding
from dokja.trajectory.log_times import check_times

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dokja.document.recipe import Recipe
    from dokja.document.trajectory import TrajectoryFinding
    from dokja.trajectory.logs import LogTable
    from dokja.trajectory.schedule import Rates

__all__ = ["check_logs", "loss_at"]

_RATE: Final = 0.02
"""Part by which a logged rate may be off."""
_SAME: Final = 0.005
"""Part by which a loss that was noted may differ from the logged one."""
_LOW_START: Final = 0.75
"""Part of the loss of a blind guess below which nothing random begins."""
_SIDE: Final = 8
"""Lines of a log on each side that say what its loss is about a step."""
_SCATTER: Final = 0.5
_FAR: Final = 20.0
"""Scatter, and distance, over the scatter of the log, beyond which losses are not its own."""
_NEAR: Final = (
    "it lies near and evenly, as one taken on other data, and does not tie the log to the weights",
    "다른 데이터에서 잰 값처럼 가까이 고르게 놓여 있어, 로그를 이 가중치와 묶지 못합니다",
)
_COLUMNS: Final = {
    "step": ("step", "스텝"),
    "loss": ("loss", "손실"),
    "lr": ("learning rate", "학습률"),
    "time": ("time", "시각"),
    "tokens": ("number of tokens", "토큰 수"),
    "weight_norm": ("norm of the weights", "가중치 노름"),
    "runtime": ("running time", "실행 시간"),
}
_WINDOWS: Final = (5, 10, 20, 25, 50, 100)


def check_logs(
    recipe: Recipe, tables: Sequence[LogTable], rates: Rates | None, norms: Sequence[float]
) -> list[TrajectoryFinding]:
    """Lay logs beside the recipe.

    Parameters
    ----------
    recipe
        What is declared.
    tables
        The logs.
    rates
        Declared learning rates; None where only a log knows them.
    norms
        Norm of all weights of each checkpoint.

    Returns
    -------
    list of TrajectoryFinding
        What contradicts the recipe, or leaves it open.
    """
    found: list[TrajectoryFinding] = []
    for table in tables:
        found.extend(_order(recipe, table))
        found.extend(_digest(recipe, table))
        found.extend(_unread(table))
        found.extend(_rates(recipe, table, rates))
        found.extend(_tokens(recipe, table))
        found.extend(_norms(recipe, table, norms))
        found.extend(check_times(recipe, table))
    if tables:
        found.extend(_reach(recipe, tables))
        found.extend(_beginning(recipe, tables))
        found.extend(_losses(recipe, tables))
    return found


def _order(recipe: Recipe, table: LogTable) -> Iterator[TrajectoryFinding]:
    step = table.step
    drops = np.flatnonzero(np.diff(step) < 0) + 1
    allowed = [
        (resume.step, resume.stopped_at if resume.stopped_at is not None else recipe.steps)
        for resume in recipe.resumes
    ]
    wrong = [
        int(row)
        for row in drops
        if not _is_resumed(int(step[row - 1]), int(step[row]), allowed)
        or not _was_there(step[:row], int(step[row]))
    ]
    if wrong:
        row = wrong[0]
        before, after = int(step[row - 1]), int(step[row])
        n = len(wrong)
        yield finding(
            "log_order",
            "contradiction",
            f"The log {table.path} goes back from step {before} to step {after}"
            + (f", and in {n} places altogether" if n > 1 else "")
            + "; the recipe declares no such resumption.",
            f"로그 {table.path}가 {before} 스텝에서 {after} 스텝으로 되돌아갑니다"
            + (f"(모두 {n}곳)" if n > 1 else "")
            + ". 레시피에는 그런 재개가 없습니다.",
            steps=sorted({after, before}),
        )


def _was_there(before: NDArray[np.int64], step: int) -> bool:
    """Tell whether a log held the step that it goes back to, as it does where work is done again.

    Lines that were put in another order go back to a step that had been left out.
    """
    spacing = float(np.median(np.abs(np.diff(before)))) if before.size > 1 else 1.0
    return bool(np.any((before >= step) & (before <= step + 2.0 * max(spacing, 1.0))))


def _is_resumed(before: int, after: int, allowed: list[tuple[int, int]]) -> bool:
    """Tell whether a log goes back as a resumption does; each is used up by it."""
    for place, (first, last) in enumerate(allowed):
        if first - 1 <= after and before <= last + 1:
            del allowed[place]
            return True
    return False


def _digest(recipe: Recipe, table: LogTable) -> Iterator[TrajectoryFinding]:
    said = next((one.digest for one in recipe.logs if one.path == table.path), None)
    if said is not None and said not in {table.digest, table.sha256}:
        yield finding(
            "digest_differs",
            "contradiction",
            f"The log {table.path} does not bear the digest that the recipe names.",
            f"로그 {table.path}의 다이제스트가 레시피에 적힌 것과 다릅니다.",
        )


def _unread(table: LogTable) -> Iterator[TrajectoryFinding]:
    """Tell of lines that say nothing which could be laid beside anything."""
    for name, n in sorted(table.unread.items()):
        what, ko_what = _COLUMNS.get(name, (name, name))
        is_all = name != "step" and not table.has(name)
        yield finding(
            "log_contradicts",
            "open" if is_all and name == "loss" else "note",
            f"The log {table.path} bears no usable {what} "
            + ("in any line" if is_all else f"in {n:,} lines")
            + ": what stands there is no finite number"
            + (", or no step of a run." if name == "step" else "."),
            f"로그 {table.path}의 "
            + ("모든 줄에" if is_all else f"{n:,}개 줄에")
            + f" 쓸 수 있는 {ko_what} 값이 없습니다. 유한한 수가 아닙니다.",
        )


def _rates(recipe: Recipe, table: LogTable, rates: Rates | None) -> Iterator[TrajectoryFinding]:
    step, logged = table.known("lr")
    if rates is None or step.size < 3:
        return
    scales = [1.0, *(group.lr_scale for group in recipe.optimiser.groups)]
    wrong = min((_off(step, logged, rates, scale) for scale in scales), key=np.sum)
    share = float(wrong.mean())
    if share > 0.1:
        at = int(step[np.argmax(wrong)])
        line = int(np.argmax(wrong))
        declared = float(rates(np.array([float(at)]))[0])
        yield finding(
            "log_contradicts",
            "contradiction",
            f"The log {table.path} bears other learning rates than the declared schedule in "
            f"{share:.0%} of its lines: at step {at} {logged[line]:.3g}, declared {declared:.3g}.",
            f"로그 {table.path}의 학습률이 줄의 {share:.0%}에서 선언한 스케줄과 다릅니다. "
            f"{at} 스텝에서 {logged[line]:.3g}, 선언은 {declared:.3g}입니다.",
            steps=(at,),
        )


def _off(
    step: NDArray[np.int64], logged: NDArray[np.float64], rates: Rates, scale: float
) -> NDArray[np.bool_]:
    """Tell which lines bear a rate that no step nearby has; trainers differ by one or two."""
    s = step.astype(np.float64)
    near = np.stack([scale * rates(np.maximum(s + shift, 0.0)) for shift in (-2, -1, 0, 1)])
    room = _RATE * np.abs(logged) + 2e-3 * float(near.max(initial=0.0))
    return np.asarray((logged < near.min(axis=0) - room) | (logged > near.max(axis=0) + room))


def _tokens(recipe: Recipe, table: LogTable) -> Iterator[TrajectoryFinding]:
    batch = recipe.batch
    each = batch.tokens or (batch.sequences or 0) * (batch.length or 0)
    step, tokens = table.known("tokens")
    if not each or not step.size or step.max() < 10:
        return
    last = int(np.argmax(step))
    ratio = float(tokens[last]) / (each * float(step[last]))
    if not 0.7 < ratio < 1.4:
        yield finding(
            "log_contradicts",
            "contradiction",
            f"At step {step[last]} the log {table.path} has seen {tokens[last]:.3g} tokens; the "
            f"declared batches make {each * float(step[last]):.3g}.",
            f"로그 {table.path}는 {step[last]} 스텝까지 {tokens[last]:.3g} 토큰을 보았다고 하지만, "
            f"선언한 배치로는 {each * float(step[last]):.3g}입니다.",
            steps=(int(step[last]),),
        )


def _norms(recipe: Recipe, table: LogTable, norms: Sequence[float]) -> Iterator[TrajectoryFinding]:
    stated = next((one.columns.weight_norm for one in recipe.logs if one.path == table.path), None)
    step, logged = table.known("weight_norm")
    if stated is None or not step.size:
        return
    wrong, n = [], 0
    for entry, norm in zip(recipe.checkpoints, norms, strict=True):
        near = np.flatnonzero(np.abs(step - entry.step) <= 1)
        if near.size and norm > 0.0:
            n += 1
            if float(np.abs(logged[near] / norm - 1.0).min()) > 0.02:
                wrong.append(entry.step)
    if len(wrong) >= 2 and len(wrong) * 2 > n:
        yield finding(
            "log_contradicts",
            "contradiction",
            f"The norm of the weights in the log {table.path} is not that of the checkpoints at "
            f"{len(wrong)} of {n} steps.",
            f"로그 {table.path}의 가중치 노름이 {n}개 중 {len(wrong)}개 스텝에서 체크포인트와 "
            "다릅니다.",
            steps=wrong,
        )


def _reach(recipe: Recipe, tables: Sequence[LogTable]) -> Iterator[TrajectoryFinding]:
    last = max(int(table.step.max()) for table in tables)
    if last > recipe.steps + max(2, recipe.steps // 100):
        yield finding(
            "log_contradicts",
            "contradiction",
            f"The log reaches step {last}; the run is declared to end at {recipe.steps}.",
            f"로그는 {last} 스텝까지 이어지지만, 선언한 학습은 {recipe.steps} 스텝에서 끝납니다.",
            steps=(recipe.steps, last),
        )
    elif last < recipe.steps - max(2.0, 0.1 * recipe.steps):
        yield finding(
            "log_contradicts",
            "open",
            f"The log ends at step {last} of {recipe.steps}: of the rest it tells nothing.",
            f"로그가 {recipe.steps} 중 {last} 스텝에서 끝납니다. 나머지에 대해서는 알 수 없습니다.",
            steps=(last, recipe.steps),
        )


def _beginning(recipe: Recipe, tables: Sequence[LogTable]) -> Iterator[TrajectoryFinding]:
    said = recipe.loss
    if said.kind != "cross_entropy" or said.classes is None:
        return
    blind = math.log(said.classes) / (math.log(2.0) if said.unit == "bits" else 1.0)
    for table in tables:
        step, loss = table.known("loss")
        early = loss[step <= 1]
        if early.size and float(early.max()) < _LOW_START * blind:
            yield finding(
                "log_contradicts",
                "contradiction",
                f"The log {table.path} begins at a loss of {early.max():.3g}; a random model "
                f"that must guess among {said.classes} has about {blind:.3g}.",
                f"로그 {table.path}의 첫 손실이 {early.max():.3g}입니다. {said.classes}개 중에서 "
                f"무작위로 고르는 모델이라면 약 {blind:.3g}입니다.",
                steps=(0,),
            )


def loss_at(tables: Sequence[LogTable], step: int) -> float | None:
    """Return the logged loss at a step.

    Parameters
    ----------
    tables
        The logs.
    step
        The step.

    Returns
    -------
    float or None
        Of the last line of that step; None if there is none.
    """
    for table in tables:
        steps, loss = table.known("loss")
        found = np.flatnonzero(steps == step)
        if found.size:
            return float(loss[found[-1]])
    return None


def _losses(recipe: Recipe, tables: Sequence[LogTable]) -> Iterator[TrajectoryFinding]:
    """Compare losses noted with checkpoints, which another run's log does not have."""
    wrong, n = [], 0
    for entry in recipe.checkpoints:
        if entry.loss is None:
            continue
        agrees = [found for table in tables if (found := _agrees(table, entry.step, entry.loss))]
        if agrees:
            n += 1
            if "yes" not in agrees:
                wrong.append(entry.step)
    if len(wrong) >= 2 and 2 * len(wrong) >= n:
        far = _is_far(recipe, tables, wrong)
        why = "the log is that of another run, or was changed" if far else _NEAR[0]
        ko_why = "다른 학습의 로그이거나 고친 로그입니다" if far else _NEAR[1]
        yield finding(
            "log_contradicts",
            "contradiction" if far else "note",
            f"The loss noted with the checkpoints is not in the log at {len(wrong)} of {n} steps: "
            f"{why}.",
            f"체크포인트에 적힌 손실이 {n}개 중 {len(wrong)}개 스텝에서 로그에 없습니다. {ko_why}.",
            steps=wrong,
        )
    elif wrong:
        yield finding(
            "log_contradicts",
            "note",
            f"The loss noted with {len(wrong)} of {n} checkpoints is not in the log (step "
            f"{', '.join(map(str, wrong[:5]))}{', …' if len(wrong) > 5 else ''}).",
            f"체크포인트 {n}개 중 {len(wrong)}개에 적힌 손실이 로그에 없습니다"
            f"({', '.join(map(str, wrong[:5]))}{', …' if len(wrong) > 5 else ''} 스텝).",
            steps=wrong,
        )


def _is_far(recipe: Recipe, tables: Sequence[LogTable], steps: Sequence[int]) -> bool:
    """Tell whether noted losses scatter about the log as the losses of single steps do.

    A loss that was taken on other data, or is a mean, lies off the log by little and evenly; it is
    no sign of another log. Losses of another run's steps scatter as widely as the log itself.
    """
    noted = {one.step: one.loss for one in recipe.checkpoints if one.loss is not None}
    off, noise = [], []
    for table in tables:
        logged, loss = table.known("loss")
        for step in steps:
            near = np.abs(logged - step) <= _SIDE * max(1.0, float(np.median(np.diff(logged))))
            if near.sum() < _SIDE or step == 0:
                continue
            line = np.polyfit(logged[near], loss[near], 1)
            noise.append(float(np.std(loss[near] - np.polyval(line, logged[near]))))
            off.append(noted[step] - float(np.polyval(line, step)))
    if len(off) < 3:
        return False
    usual = float(np.median(noise)) + 1e-12
    middle = float(np.median(off))
    # By the median, since a loss that falls fast early on leaves its straight line there.
    scatter = 1.48 * float(np.median(np.abs(np.array(off) - middle)))
    # Where the log leaves these steps out, single losses scatter about it as it does itself.
    logged_steps = {int(one) for table in tables for one in table.known("loss")[0]}
    shown = sum(step in logged_steps for step in steps)
    return (2 * shown >= len(steps) and scatter > _SCATTER * usual) or abs(middle) > _FAR * usual


def _agrees(table: LogTable, step: int, noted: float) -> str | None:
    """Tell whether a log bears a loss at a step, or as a mean of the lines before it."""
    steps, loss = table.known("loss")
    order = np.argsort(steps, kind="stable")
    steps, loss = steps[order], loss[order]
    near = loss[np.abs(steps - step) <= 1]
    room = _SAME * abs(noted) + 1e-4
    if not np.any(steps == step):
        # Many trainers log every tenth step, and save at others.
        said = _between(steps, loss, step, noted)
        same = near.size and float(np.abs(near - noted).min()) <= room
        return "yes" if same else said
    until = loss[steps <= step]
    means = [float(until[-n:].mean()) for n in _WINDOWS if until.size >= n]
    candidates = np.array([*near.tolist(), *means])
    return "yes" if float(np.abs(candidates - noted).min()) <= room else "no"


def _between(
    steps: NDArray[np.int64], loss: NDArray[np.float64], step: int, noted: float
) -> str | None:
    """Where the log has no line of that step, its neighbours set the limits."""
    after = int(np.searchsorted(steps, step))
    if not 1 <= after < steps.size or steps[after] - steps[after - 1] > max(step, 50):
        return None
    window = loss[max(after - 2, 0) : after + 2]
    room = 0.1 * abs(noted) + 1e-3
    return "yes" if window.min() - room <= noted <= window.max() + room else "no"
