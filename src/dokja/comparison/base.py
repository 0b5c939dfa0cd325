"""What a comparison is, and the list of those that are built in.

The module knows how comparisons are called, never what one computes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypedDict

from dokja.catalog import Catalog
from dokja.document.audit import Evidence, NotApplicable
from dokja.document.common import Localized

if TYPE_CHECKING:
    import numpy as np

    from dokja.comparison.collect import PairData

__all__ = ["BUILTIN", "Comparison", "Identity", "identity", "not_applicable"]


class Comparison(Protocol):
    """A measure, or an independence test, on a component and its counterpart.

    A comparison without a null hypothesis is a measure. The invariances it declares are executed
    by the conformance suite: the same evidence has to come out after each of them.
    """

    name: str
    version: str
    null_hypothesis: Localized | None
    invariances: tuple[str, ...]

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Compare, and say what came out or why nothing could.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Source of randomness; the same generator state gives the same evidence.

        Returns
        -------
        tuple of Evidence
            Never empty: what cannot be compared is `NotApplicable` with its reason.
        """
        ...


class Identity(TypedDict):
    """The fields by which evidence says whom it is about."""

    component: str
    reference: str
    reference_component: str | None


def identity(data: PairData) -> Identity:
    """Return the fields by which evidence says whom it is about.

    Parameters
    ----------
    data
        What was read of the two components.

    Returns
    -------
    Identity
        Keyword arguments of every kind of evidence.
    """
    return Identity(
        component=data.component,
        reference=data.reference,
        reference_component=data.reference_component,
    )


def not_applicable(data: PairData, comparison: str, en: str, ko: str) -> tuple[NotApplicable]:
    """Return the evidence that a comparison could not be made.

    Parameters
    ----------
    data
        What was read of the two components.
    comparison
        Name of the comparison.
    en, ko
        The reason in English and Korean.

    Returns
    -------
    tuple of NotApplicable
        One item.
    """
    reason = Localized(en=en, ko=ko)
    return (NotApplicable(**identity(data), comparison=comparison, reason=reason),)


BUILTIN: Catalog[Comparison] = Catalog(
    kind="comparison",
    group="dokja.comparisons",
    builtins={
        "digest": "dokja.comparison.digests:COMPARISON",
        "moments": "dokja.comparison.similarity:COMPARISON",
        "vocabulary": "dokja.comparison.tokens:VOCABULARY",
        "canaries": "dokja.comparison.tokens:CANARIES",
        "norm_panel": "dokja.comparison.norms:COMPARISON",
        "self_test": "dokja.comparison.guards:COMPARISON",
        "units": "dokja.comparison.units:COMPARISON",
        "layer_search": "dokja.comparison.layers:COMPARISON",
        "order": "dokja.comparison.order:COMPARISON",
        "swap": "dokja.comparison.channels:COMPARISON",
        "reindexed": "dokja.comparison.reindexed:COMPARISON",
        "retention": "dokja.comparison.retention:COMPARISON",
        "steps": "dokja.comparison.steps:COMPARISON",
        "heads": "dokja.comparison.heads:COMPARISON",
        "power": "dokja.comparison.power:COMPARISON",
    },
)
"""Comparisons by name; plugins come through the entry points ``dokja.comparisons``."""
