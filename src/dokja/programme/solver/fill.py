"""Scores that follow from published ones, put into a round as inferred facts.

The module writes down what has one possible value, never what has several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.document.round import Source
from dokja.document.round_facts import ScoreFact
from dokja.errors import ProgrammeError
from dokja.programme.wording import say

if TYPE_CHECKING:
    from dokja.document.round import RoundFile
    from dokja.document.solution import SolutionReport

__all__ = ["filled"]

_SOURCE: Final = Source(
    id="solution", title=say("Follows from the published figures", "공개된 수치로부터 계산")
)


def filled(found: RoundFile, solution: SolutionReport) -> RoundFile:
    """Put into a round the scores that have one possible value.

    Parameters
    ----------
    found
        The round that was solved.
    solution
        What was found.

    Returns
    -------
    RoundFile
        The same round with such scores as facts, marked ``inferred``, which it accepts from now
        on. Inferred scores that it had of the same teams and parts are replaced, others are
        dropped: they may rest on more than the figures that were solved from.

    Raises
    ------
    ProgrammeError
        If the solution is of another round, of figures taken to be off, or there is none.
    """
    wrong = None
    if (solution.round, solution.version) != (found.id, found.version):
        wrong = f"the solution is of the round {solution.round!r}, version {solution.version!r}"
    elif solution.provenance.tolerance:
        wrong = "figures were taken to be off when it was solved, so nothing follows from them"
    elif solution.outcome == "none":
        wrong = "the published figures contradict one another, so nothing follows from them"
    elif any(source.id == _SOURCE.id and source != _SOURCE for source in found.sources):
        wrong = f"a source of the round bears the name {_SOURCE.id!r}, which solutions need"
    if wrong is not None:
        raise ProgrammeError(
            wrong,
            uri=found.id,
            hint="Solve this version of the round anew and give what comes out.",
        )
    kept = tuple(
        fact
        for fact in found.facts
        if not isinstance(fact, ScoreFact) or fact.confidence != "inferred"
    )
    taken = {fact.id for fact in kept}
    new = tuple(
        ScoreFact(
            kind="score",
            id=_name(number, taken),
            source=_SOURCE.id,
            confidence="inferred",
            team=cell.team,
            of=cell.part,
            value=cell.value,
        )
        for number, cell in enumerate(solution.cells, 1)
        if cell.value is not None and not cell.said
    )
    others = tuple(source for source in found.sources if source != _SOURCE)
    accept = found.accept if "inferred" in found.accept else (*found.accept, "inferred")
    return found.model_copy(
        update={"sources": (*others, _SOURCE), "accept": accept, "facts": (*kept, *new)}
    )


def _name(number: int, taken: set[str]) -> str:
    name = f"solved-{number}"
    while name in taken:
        name = f"{name}-again"
    return name
