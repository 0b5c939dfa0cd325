"""In which order the tensors of a reading pass are read, so that each byte is read once.

The module knows where logical tensors lie in their records, never what any of them holds.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from dokja.arch.role import ResolvedTensor
from dokja.comparison.hashing import LEAF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dokja.arch.role import TensorView

__all__ = ["Cluster", "Piece", "Record", "Rows", "Segment", "plan_reading"]

Record = tuple[int, str]
"""A record by side and name."""
Rows = Sequence[tuple[ResolvedTensor, ...]]


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive elements of a row whose tensors are whole records, to be read at any time."""

    row: int
    first: int
    stop: int
    hashed: tuple[bool, ...]
    """For each side, whether this is where the elements are hashed."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive elements of a record that hold one or several logical tensors."""

    first: int
    stop: int
    rows: tuple[int, ...]
    is_held: bool
    """Whether it has to be in memory as a whole: tensors in it overlap, or do not lie in order."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Rows that have parts of records in common, to be read one after the other."""

    rows: tuple[int, ...]
    records: tuple[Record, ...]
    segments: Mapping[tuple[int, int], Segment]
    """By side and row."""


def plan_reading(rows: Rows) -> list[Piece | Cluster]:
    """Decide in which order a pass reads.

    Parameters
    ----------
    rows
        Tensors to be read side by side, one of each checkpoint; all of one shape.

    Returns
    -------
    list of Piece or Cluster
        Work that may be done in any order, and by several threads at once.

    Raises
    ------
    ValueError
        If the tensors of a row differ in shape.

    Notes
    -----
    Nearly all tensors are whole records and are cut into pieces of one leaf digest. Where a record
    holds several tensors (fused projections, stacked experts) the rows that share records make a
    cluster. Inside, records are streamed in order wherever the tensors lie in one run and an order
    of rows exists that goes forward in all records; only what is interleaved or transposed is
    held in memory, from the first to the last row of the record it touches. Where no such order
    exists, the records of the cluster are held whole.
    """
    for tensors in rows:
        if len({tensor.view.shape for tensor in tensors}) > 1:
            shapes = " and ".join(str(tensor.view.shape) for tensor in tensors)
            raise ValueError(f"{tensors[0].role} cannot be paired: shapes {shapes}")
    plan: list[Piece | Cluster] = []
    hashed: set[Record] = set()
    for members in _connected(rows):
        if all(_is_whole(tensor.view) for row in members for tensor in rows[row]):
            for row in members:
                keys = _records(rows[row])
                plan.extend(_pieces(row, rows[row], tuple(key not in hashed for key in keys)))
                hashed.update(keys)
        else:
            plan.append(_cluster(members, rows))
    return plan


def _records(row: tuple[ResolvedTensor, ...]) -> list[Record]:
    return [(side, tensor.view.record) for side, tensor in enumerate(row)]


def _is_whole(view: TensorView) -> bool:
    return view.is_contiguous and view.n_elements == math.prod(view.record_shape)


def _pieces(
    row: int, tensors: tuple[ResolvedTensor, ...], hashed: tuple[bool, ...]
) -> Iterator[Piece]:
    n_elements = tensors[0].view.n_elements
    for first in range(0, n_elements, LEAF):
        yield Piece(row, first, min(first + LEAF, n_elements), hashed)


def _connected(rows: Rows) -> list[list[int]]:
    """Group rows that have a record in common, directly or through others, in order."""
    of_record: dict[Record, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        for key in _records(row):
            of_record[key].append(index)
    groups = []
    seen = [False] * len(rows)
    for start in range(len(rows)):
        group, waiting = [], [] if seen[start] else [start]
        while waiting:
            index = waiting.pop()
            if not seen[index]:
                seen[index] = True
                group.append(index)
                waiting.extend(other for key in _records(rows[index]) for other in of_record[key])
        if group:
            groups.append(sorted(group))
    return groups


def _cluster(members: list[int], rows: Rows) -> Cluster:
    views: dict[Record, list[tuple[int, TensorView]]] = defaultdict(list)
    for index in members:
        for (side, name), tensor in zip(_records(rows[index]), rows[index], strict=True):
            views[side, name].append((index, tensor.view))
    segments = {key: _segments(held) for key, held in views.items()}
    try:
        order = _forward_order(members, segments.values())
    except CycleError:
        segments = {key: [_all_of(held)] for key, held in views.items()}
        order = members
    found = {
        (side, row): segment
        for (side, _), of_record in segments.items()
        for segment in of_record
        for row in segment.rows
    }
    return Cluster(tuple(order), tuple(views), found)


def _forward_order(members: list[int], records: Iterable[list[Segment]]) -> list[int]:
    """Order rows so that every record is read from its first segment to its last."""
    sorter: TopologicalSorter[int] = TopologicalSorter(dict.fromkeys(members, ()))
    for segments in records:
        for before, after in itertools.pairwise(segments):
            for row in after.rows:
                sorter.add(row, *before.rows)
    return list(sorter.static_order())


def _segments(views: list[tuple[int, TensorView]]) -> list[Segment]:
    """Merge the spans of views that overlap."""
    merged: list[Segment] = []
    for first, stop, row, in_order in sorted((*_span(view), row, view.is_contiguous)
                                             for row, view in views):  # fmt: skip
        if merged and first < merged[-1].stop:
            last = merged.pop()
            merged.append(
                Segment(last.first, max(last.stop, stop), (*last.rows, row), is_held=True)
            )
        else:
            merged.append(Segment(first, stop, (row,), is_held=not in_order))
    return merged


def _all_of(views: list[tuple[int, TensorView]]) -> Segment:
    rows = tuple(row for row, _ in views)
    return Segment(0, math.prod(views[0][1].record_shape), rows, is_held=True)


def _span(view: TensorView) -> tuple[int, int]:
    """First element of a view in its record and one past the last, in whole rows if scattered."""
    if view.is_contiguous:
        return view.first_element, view.first_element + view.n_elements
    width = math.prod(view.record_shape[1:])
    first, stop = view.rows()
    return first * width, stop * width
