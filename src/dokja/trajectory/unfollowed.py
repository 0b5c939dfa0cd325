"""What of a run could not be followed from step 0 to the end.

The module names what no test vouches for; it accuses nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.trajectory.continuity import are_followed
from dokja.trajectory.findings import finding, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.document.trajectory import TrajectoryFinding
    from dokja.trajectory.context import Context

__all__ = ["unfollowed"]

_FEW: Final = 0.01
_MOST_SMALL: Final = 0.2
"""Share of the parameters that norms, biases and the like may hold."""


def unfollowed(context: Context) -> Iterator[TrajectoryFinding]:
    """Find what neither was seen to grow from step 0 nor could have been seen not to.

    Parameters
    ----------
    context
        The run.

    Yields
    ------
    TrajectoryFinding
        Each leaves the run open.
    """
    last = context.n_checkpoints - 1
    trained = [one for one in context.matrices() if not context.is_always_frozen(one.name)]
    yield from _small(context, {stack.name for stack in trained})
    loose = [stack for stack in trained if last and not are_followed(context, [stack])]
    share = context.share(loose)
    # Tensors too small to tell alone may tell together.
    if share <= _FEW or are_followed(context, loose):
        return
    names = [stack.name for stack in loose]
    en, ko = listed(names)
    yield finding(
        "not_testable",
        "open",
        f"Whether {share:.0%} of the parameters grew from step 0 cannot be told: nothing of it is "
        f"seen at the end, and as decay is declared nothing need be left: {en}.",
        f"매개변수의 {share:.0%}가 0 스텝에서 자란 것인지 알 수 없습니다. 끝에 그 흔적이 보이지 "
        f"않고, 선언한 감쇠로는 남아 있지 않을 수도 있습니다: {ko}.",
        tensors=names,
        steps=(0, context.steps[last]),
        share=share,
    )


def _small(context: Context, followed: set[str]) -> Iterator[TrajectoryFinding]:
    """Tell of vectors and small tensors where they hold more than norms and biases do."""
    small = [
        stack
        for stack in context.stacks
        if stack.name not in followed
        and stack.name not in context.chooser.fixed
        and not context.is_always_frozen(stack.name)
    ]
    share = context.share(small)
    if share > _MOST_SMALL:
        en, ko = listed([stack.name for stack in small])
        yield finding(
            "not_testable",
            "open",
            f"{share:.0%} of the parameters lie in vectors and in tensors of less than 256 values, "
            f"which are too small to be followed one by one: {en}.",
            f"매개변수의 {share:.0%}가 벡터와 값이 256개가 안 되는 텐서에 있어 하나씩 따라갈 수 "
            f"없습니다: {ko}.",
            tensors=[stack.name for stack in small],
            share=share,
        )
