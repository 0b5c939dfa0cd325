from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest

from dokja.comparison.base import BUILTIN
from dokja.comparison.collect import PairData
from dokja.document.audit import Evidence, OtherEvidence
from dokja.document.common import Localized, NamedValue
from dokja.testing import ConformanceError, check_comparison, random_toy, read_pair
from dokja.testing.relatives import TRANSFORMS, tune


@pytest.mark.parametrize("name", BUILTIN.names())
def test_comparison_keeps_the_laws(name: str) -> None:
    comparison = BUILTIN.get(name)
    assert comparison.name == name
    check_comparison(comparison)


NULL = Localized(en="made independently", ko="서로 독립")


def _evidence(data: PairData, value: float, log10_p: float | None = None) -> OtherEvidence:
    return OtherEvidence(
        component=data.component,
        reference=data.reference,
        reference_component=data.reference_component,
        comparison="largest",
        version="1",
        null_hypothesis=None,
        log10_p=log10_p,
        values=(NamedValue(name="value", value=value),),
    )


class _Comparison:
    """A good measure, with what a test exchanges."""

    name = "largest"
    version = "1"
    null_hypothesis: Localized | None = None
    invariances: tuple[str, ...] = ()

    def __init__(self, **changes: Any) -> None:
        vars(self).update(changes)

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        largest = max((p.moments.max_abs_difference for p in data.pairs), default=0.0)
        return (_evidence(data, largest),)


_COUNTER = count()


def _running(
    make: Callable[[PairData], tuple[Evidence, ...]],
) -> Callable[..., tuple[Evidence, ...]]:
    return lambda data, rng: make(data)


@pytest.mark.parametrize(
    ("changes", "law"),
    [
        ({"name": "Largest"}, "small-letter name"),
        ({"version": ""}, "version"),
        ({"null_hypothesis": Localized(en="x", ko="")}, "both languages"),
        ({"run": _running(lambda _: ())}, "has evidence"),
        (
            {"run": _running(lambda data: (_evidence(data, float(next(_COUNTER))),))},
            "same generator",
        ),
        (
            {"null_hypothesis": NULL, "run": _running(lambda data: (_evidence(data, 0, -9.0),))},
            "accuses no stranger",
        ),
        (
            {"null_hypothesis": NULL, "run": _running(lambda data: (_evidence(data, 0, -1.0),))},
            "finds kin",
        ),
        ({"invariances": ("whatever I like",)}, "can be tried"),
        ({"run": lambda self, data: ()}, "has evidence"),
    ],
)
def test_broken_comparison_is_named_with_its_law(changes: dict[str, Any], law: str) -> None:
    with pytest.raises(ConformanceError, match=law):
        check_comparison(_Comparison(**changes))


def test_false_claim_of_an_invariance_is_found_out() -> None:
    honest = BUILTIN.get("moments")
    boastful = _Comparison(run=honest.run, name="moments", invariances=("scaled tensors",))
    with pytest.raises(ConformanceError, match="the same figures"):
        check_comparison(boastful)


def test_smallest_good_measure_passes() -> None:
    check_comparison(_Comparison())


def test_own_transforms_are_tried() -> None:
    tried = []

    def nothing(subject: Any, reference: Any) -> tuple[Any, Any]:
        tried.append(True)
        return subject, reference

    check_comparison(_Comparison(invariances=("nothing",)), transforms={"nothing": nothing})
    assert len(tried) == 3


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_change_the_files_and_keep_the_models_whole(name: str) -> None:
    reference = random_toy(0)
    subject, other = TRANSFORMS[name](tune(reference), reference)
    data = read_pair(subject, other)
    tensors = data.alignment.subject.tensors
    assert len(tensors) == 2 + 9 * subject.n_layers + 1
    assert len(data.pairs) + len(data.alignment.leftovers) >= len(tensors)
