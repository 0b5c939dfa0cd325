"""Tables that training does not change, recognised by their values where no family names them.

The module reads position tables only, and only those of a bounded size.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dokja.arch.fixed import looks_fixed
from dokja.arch.role import (
    Axis,
    RecordReader,
    ResolvedCheckpoint,
    ResolvedComponent,
    ResolvedTensor,
)

__all__ = ["mark_fixed_tables"]

MAX_ELEMENTS = 2**24


def mark_fixed_tables(resolved: ResolvedCheckpoint, read: RecordReader) -> ResolvedCheckpoint:
    """Mark position tables whose values are a ladder of sines, whoever made them.

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
    """
    components = tuple(_marked(component, read) for component in resolved.components)
    return replace(resolved, components=components)


def _marked(component: ResolvedComponent, read: RecordReader) -> ResolvedComponent:
    tables = {
        tensor.role
        for tensor in component.tensors
        if _may_be_table(tensor) and looks_fixed(np.asarray(tensor.view.load(read)))
    }
    if not tables:
        return component
    return replace(
        component,
        tensors=tuple(
            replace(tensor, fixed=True) if tensor.role in tables else tensor
            for tensor in component.tensors
        ),
        residual_exchangeable=False,
    )


def _may_be_table(tensor: ResolvedTensor) -> bool:
    bears_positions = Axis.POSITION in tensor.axes and Axis.RESIDUAL in tensor.axes
    return bears_positions and not tensor.fixed and tensor.n_parameters <= MAX_ELEMENTS
