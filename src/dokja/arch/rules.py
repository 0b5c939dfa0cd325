"""Model families as values: what names a family uses and what the tensors of these names are.

The module holds what a family file says; it reads no file and no checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dokja.arch.layout import Layout
    from dokja.arch.pattern import NamePattern
    from dokja.arch.role import Axis

__all__ = ["Family", "Target", "TensorRule", "UnitRule"]


@dataclass(frozen=True, slots=True)
class Target:
    """What one logical tensor of a rule becomes.

    Parameters
    ----------
    kind
        Its kind.
    axes
        What its axes mean.
    """

    kind: str
    axes: tuple[Axis, ...]


@dataclass(frozen=True, slots=True)
class TensorRule:
    """One line of a family file: a name, and what stands in the tensor of that name.

    Parameters
    ----------
    pattern
        The name, under the family's own root.
    targets
        The logical tensors it holds; more than one if it is fused.
    layouts
        How they may lie in it, to be tried in order; empty for a plain tensor.
    fixed
        Whether it is a table that training does not change.
    outer
        Whether it stands beside the root rather than under it.
    stage
        Which of the family's stages it stands in; blocks are numbered through all of them.
    """

    pattern: NamePattern
    targets: tuple[Target, ...]
    layouts: tuple[Layout, ...] = ()
    fixed: bool = False
    outer: bool = False
    stage: int = 0


@dataclass(frozen=True, slots=True)
class UnitRule:
    """Hidden units of a family beyond those of the usual MLP and attention.

    Parameters
    ----------
    members
        Kind, axis, and number of consecutive entries a unit has there; 0 for as many as the
        first member leaves to each.
    """

    members: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """A model family, as its file describes it.

    Parameters
    ----------
    name
        Its name.
    component
        The component its tensors form.
    model_types
        Values of ``model_type`` and ``architectures`` in configurations of it.
    required
        Names that must occur, each with its alternatives.
    forbidden
        Names that must not occur.
    under
        Last words of the prefixes it may stand under; empty for any prefix.
    config
        Sizes by symbol, each with the configuration keys that may hold it.
    tensors
        Its rules.
    tied
        Pairs of kinds that may share their values.
    units
        Hidden units beyond the usual ones.
    residual_exchangeable
        Whether residual channels may be renumbered together.
    gains_from_one
        Whether gains of norms are stored as their difference from one.
    source
        File it was read from.
    """

    name: str
    component: str
    model_types: frozenset[str]
    required: tuple[tuple[NamePattern, ...], ...]
    forbidden: tuple[NamePattern, ...]
    under: frozenset[str]
    config: Mapping[str, tuple[str, ...]]
    tensors: tuple[TensorRule, ...]
    tied: tuple[tuple[str, str], ...] = ()
    units: tuple[UnitRule, ...] = ()
    residual_exchangeable: bool = True
    gains_from_one: bool = False
    source: str = ""
