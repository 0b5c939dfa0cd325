"""The laws of comparisons, tried on toy models whose relation is known by construction."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dokja.arch.align import align, align_components
from dokja.arch.resolve import resolve
from dokja.comparison.collect import PairData, collect
from dokja.comparison.laid import lay_tokens
from dokja.document.audit import NotApplicable
from dokja.io.checkpoint import open_checkpoint
from dokja.testing.laws import require
from dokja.testing.relatives import TRANSFORMS, Transform, keep_layers, tune
from dokja.testing.toys import Toy, random_toy, write_toy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dokja.comparison.base import Comparison
    from dokja.document.audit import Evidence

__all__ = ["check_comparison", "read_pair"]

_SEED: Final = 20
_ACCUSATION: Final = -6.0
"""log10 p at or below which kinship counts as found."""
_INNOCENCE: Final = -4.0
"""log10 p above which strangers have to stay."""
_TOLERANCE: Final = 0.02


@dataclass(frozen=True, slots=True)
class _Story:
    """A pair and whether it is kin."""

    name: str
    subject: Toy
    reference: Toy
    kin: bool


def _stories() -> tuple[_Story, ...]:
    reference = random_toy(0)
    tuned = tune(reference)
    stranger = random_toy(9)
    dropped = TRANSFORMS["units dropped in order"](tuned, reference)[0]
    wider = random_toy(8, width=96, n_units=256)
    return (
        _Story("identical", reference, reference, kin=True),
        _Story("tuned", tuned, reference, kin=True),
        _Story("layers moved", keep_layers(tuned, (2, 0, 3)), reference, kin=True),
        _Story("units dropped in order", dropped, reference, kin=True),
        _Story("stranger", stranger, reference, kin=False),
        _Story("stranger of other depth", keep_layers(stranger, (0, 1)), reference, kin=False),
        _Story("stranger of other width", wider, reference, kin=False),
    )


def read_pair(subject: Toy, reference: Toy) -> PairData:
    """Write two models, read them as an audit does, and return what comparisons are given.

    Parameters
    ----------
    subject, reference
        The models.

    Returns
    -------
    PairData
        Of their language models.
    """
    with tempfile.TemporaryDirectory(prefix="dokja-") as folder:
        paths = [
            write_toy(toy, Path(folder) / name)
            for name, toy in (("subject", subject), ("reference", reference))
        ]
        with open_checkpoint(paths[0]) as first, open_checkpoint(paths[1]) as second:
            resolved = [resolve(side.records, side.config) for side in (first, second)]
            component, counterpart = align_components(resolved[0], resolved[1])[0]
            assert counterpart is not None, "two language models are each other's counterpart"
            alignment = align(component, counterpart)
            rng = np.random.default_rng(_SEED)
            return lay_tokens(collect(first, second, "reference", alignment, rng))


def check_comparison(
    comparison: Comparison, *, transforms: Mapping[str, Transform] | None = None
) -> None:
    """Hold a comparison to its laws.

    Parameters
    ----------
    comparison
        The comparison.
    transforms
        What to do for invariances that the suite does not know, by the words they are claimed in.

    Raises
    ------
    ConformanceError
        If it has no name or version; is without evidence on any pair; says another thing the second
        time; writes what no document may hold; accuses strangers; never finds kin though it
        has a null hypothesis; or if an invariance that it claims does not hold or is not known.
    """
    require(comparison.name == comparison.name.lower() and comparison.name, "a small-letter name")
    require(comparison.version, "a version")
    if comparison.null_hypothesis is not None:
        hypothesis = comparison.null_hypothesis
        require(hypothesis.en and hypothesis.ko, "the null hypothesis in both languages")
    found = [_check_story(comparison, story) for story in _stories()]
    require(
        comparison.null_hypothesis is None or any(found),
        f"{comparison.name} finds kin in at least one story",
    )
    known = {**TRANSFORMS, **(transforms or {})}
    for invariance in comparison.invariances:
        require(
            invariance in known, f"the invariance {invariance!r} can be tried: give `transforms`"
        )
        _check_invariance(comparison, invariance, known[invariance])


def _run(comparison: Comparison, data: PairData) -> tuple[Evidence, ...]:
    return comparison.run(data, np.random.default_rng(_SEED))


def _check_story(comparison: Comparison, story: _Story) -> bool:
    """Check one pair and return whether kinship was found on it."""
    where = f"{comparison.name} on the pair {story.name!r}"
    data = read_pair(story.subject, story.reference)
    evidence = _run(comparison, data)
    require(evidence, f"{where} has evidence, if only NotApplicable with its reason")
    require(evidence == _run(comparison, data), f"{where} says the same for the same generator")
    for item in evidence:
        _check_item(item, data, where)
    least = _least_log10_p(evidence)
    require(story.kin or least is None or least > _INNOCENCE, f"{where} accuses no stranger")
    return least is not None and least <= _ACCUSATION


def _check_item(item: Evidence, data: PairData, where: str) -> None:
    require(item.component == data.component, f"{where} names its component")
    require(item.reference == data.reference, f"{where} names its reference")
    # Reading back what was written refuses NaN, infinity and p-values above 1.
    require(
        type(item).model_validate_json(item.model_dump_json(by_alias=True)) == item,
        f"{where} can be stored and read back",
    )
    if isinstance(item, NotApplicable):
        require(item.reason.en and item.reason.ko, f"{where} gives its reason in both languages")


def _least_log10_p(evidence: tuple[Evidence, ...]) -> float | None:
    values = [getattr(item, "log10_p", None) for item in evidence]
    return min((value for value in values if value is not None), default=None)


def _check_invariance(comparison: Comparison, invariance: str, transform: Transform) -> None:
    where = f"{comparison.name}, {invariance}:"
    reference = random_toy(0)
    subjects = {"identical": reference, "tuned": tune(reference), "stranger": random_toy(9)}
    if comparison.null_hypothesis is not None:
        del subjects["identical"]
    for story, subject in subjects.items():
        before = _run(comparison, read_pair(subject, reference))
        after = _run(comparison, read_pair(*transform(subject, reference)))
        if comparison.null_hypothesis is None:
            require(_alike(before, after), f"{where} the same figures come out")
            continue
        least = _least_log10_p(after)
        innocent = least is None or least > _INNOCENCE
        require(story != "stranger" or innocent, f"{where} strangers stay strangers")
        require(
            not _is_found(before) or _is_found(after), f"{where} kin is found that was found before"
        )


def _is_found(evidence: tuple[Evidence, ...]) -> bool:
    least = _least_log10_p(evidence)
    return least is not None and least <= _ACCUSATION


def _figures(evidence: tuple[Evidence, ...]) -> dict[str, float | None]:
    """Figures that describe the whole pair; shuffled controls are drawn and left out."""
    figures: dict[str, float | None] = {}
    for place, item in enumerate(evidence):
        stack: list[tuple[str, Any]] = [(f"{place}.{item.kind}", item.model_dump())]
        while stack:
            path, value = stack.pop()
            if isinstance(value, dict):
                stack += [(f"{path}.{key}", inner) for key, inner in value.items()]
            elif value is None or isinstance(value, int | float):
                figures[path] = value
    return {path: value for path, value in figures.items() if "shuffled" not in path}


def _alike(before: tuple[Evidence, ...], after: tuple[Evidence, ...]) -> bool:
    old, new = _figures(before), _figures(after)
    if old.keys() != new.keys():
        return False
    return all(_near(value, new[path]) for path, value in old.items())


def _near(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return abs(a - b) <= _TOLERANCE * max(1.0, abs(a), abs(b))
