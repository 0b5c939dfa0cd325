"""Tables that training does not change, recognised by their values where no family names them.

The module reads position tables, and a block of every tensor that no family knows, of bounded size.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dokja.arch.fixed import looks_fixed
from dokja.arch.role import (
    Axis,
    RecordReader,
    ResolvedCheckpoint,
    ResolvedComponent,
    ResolvedTensor,
)
from dokja.numerics.computed import looks_computed

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["mark_fixed_tables"]

MAX_ELEMENTS = 2**24
BLOCK_ELEMENTS = 2**17
MIN_ROWS = 64
MAX_WIDTH = 2**18


def mark_fixed_tables(resolved: ResolvedCheckpoint, read: RecordReader) -> ResolvedCheckpoint:
    """Mark position tables whose values are a ladder of sines, and what a formula gives.

    Parameters
    ----------
    resolved
        A checkpoint taken apart by names and shapes.
    read
        Reads decoded rows of a record.

    Returns
    -------
    ResolvedCheckpoint
        The same; where a table was found, the residual channels it is added to are not
        exchangeable any more.

    Notes
    -----
    Masks, windows, filter banks and grids of positions are equal in models that have nothing else
    in common. They are looked for among tensors that no family knows; a family says itself which
    of its tensors are fixed.
    """
    components = tuple(_marked(component, read) for component in resolved.components)
    return replace(resolved, components=components)


def _marked(component: ResolvedComponent, read: RecordReader) -> ResolvedComponent:
    tables = {
        tensor.role
        for tensor in component.tensors
        if _may_be_table(tensor) and looks_fixed(np.asarray(tensor.view.load(read)))
    }
    computed = {
        tensor.role
        for tensor in component.tensors
        if tensor.inferred and not tensor.fixed and looks_computed(_block(tensor, read))
    }
    if not tables | computed:
        return component
    return replace(
        component,
        tensors=tuple(
            replace(tensor, fixed=True) if tensor.role in tables | computed else tensor
            for tensor in component.tensors
        ),
        residual_exchangeable=component.residual_exchangeable and not tables,
    )


def _block(tensor: ResolvedTensor, read: RecordReader) -> NDArray[np.generic]:
    """Read the first rows of a tensor, and of a very wide one their first columns."""
    if not tensor.shape or tensor.n_parameters <= BLOCK_ELEMENTS:
        return np.asarray(tensor.view.load(read))
    width = tensor.n_parameters // max(tensor.shape[0], 1)
    n_rows = min(tensor.shape[0], max(MIN_ROWS, BLOCK_ELEMENTS // max(width, 1)))
    if width > MAX_WIDTH or not tensor.view.is_contiguous:
        return np.empty(0)
    return np.asarray(tensor.view.load_rows(read, 0, n_rows))


def _may_be_table(tensor: ResolvedTensor) -> bool:
    bears_positions = Axis.POSITION in tensor.axes and Axis.RESIDUAL in tensor.axes
    return bears_positions and not tensor.fixed and tensor.n_parameters <= MAX_ELEMENTS
