"""Which tensors a part of a recipe is about.

The module knows names and kinds of tensors, never what a recipe says of them.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dokja.arch.resolve import resolve
from dokja.errors import DokjaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dokja.document.recipe import Tensors
    from dokja.io.checkpoint import Checkpoint

__all__ = ["Chooser"]

_PLAIN = frozenset("*?[")
_STATISTICS = frozenset({"running_mean", "running_var", "num_batches_tracked"})
_MATRIX_AXES = 2


def _statistics(n_axes: Mapping[str, int]) -> frozenset[str]:
    """Find what norms keep of the data that passed; a matrix is no such thing, however named."""
    return frozenset(
        name
        for name, n in n_axes.items()
        if n < _MATRIX_AXES and name.rpartition(".")[2] in _STATISTICS
    )


class Chooser:
    """Tells for each tensor of a checkpoint which parts of a recipe are about it.

    Parameters
    ----------
    checkpoint
        Any checkpoint of the run.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._n_axes = {name: len(record.shape) for name, record in checkpoint.records.items()}
        self._groups: dict[str, str] = {}
        self.components: dict[str, str] = {}
        """Component that each tensor belongs to, where that is known."""
        self.fixed: frozenset[str] = frozenset()
        """Tables that are computed, and running statistics: the optimiser moves none of them."""
        self.fixed = _statistics(self._n_axes)
        try:
            found = resolve(checkpoint.records, checkpoint.config)
        except DokjaError:
            # A network of no known kind still has names.
            return
        fixed: dict[str, bool] = {}
        for component in found.components:
            for tensor in component.tensors:
                record = tensor.view.record
                self._groups.setdefault(record, tensor.role.group)
                self.components.setdefault(record, component.component)
                fixed[record] = fixed.get(record, True) and tensor.fixed
        self.fixed |= frozenset(name for name, is_fixed in fixed.items() if is_fixed)

    def fits(self, part: Tensors, name: str) -> bool:
        """Tell whether a part of a recipe is about a tensor.

        Parameters
        ----------
        part
            The part.
        name
            Name of the tensor.

        Returns
        -------
        bool
            True if the name fits one of the patterns, and the kind one of the kinds if any stand.
        """
        named = any(
            fnmatchcase(name, pattern) if _PLAIN & set(pattern) else name == pattern
            for pattern in part.tensors
        )
        return named and (not part.kinds or any(self._is(name, kind) for kind in part.kinds))

    def first(self, parts: Iterable[Tensors], name: str) -> Tensors | None:
        """Return the first part that is about a tensor.

        Parameters
        ----------
        parts
            Parts in the order of the recipe.
        name
            Name of the tensor.

        Returns
        -------
        Tensors or None
            None if none is.
        """
        return next((part for part in parts if self.fits(part, name)), None)

    def unused(self, parts: Sequence[Tensors]) -> list[int]:
        """Return the places of the parts that are about no tensor at all.

        Parameters
        ----------
        parts
            Parts in the order of the recipe.

        Returns
        -------
        list of int
            Counted from 0.
        """
        return [
            place
            for place, part in enumerate(parts)
            if not any(self.fits(part, name) for name in self._n_axes)
        ]

    def _is(self, name: str, kind: str) -> bool:
        if kind in {"matrix", "vector"}:
            return (self._n_axes.get(name, 0) >= 2) == (kind == "matrix")
        return self._groups.get(name, "other") == kind
