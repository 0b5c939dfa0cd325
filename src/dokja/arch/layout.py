"""How logical tensors lie inside a stored one: axis expressions, solved against real sizes.

The module does arithmetic on shapes; it knows no names and reads no values.

An axis is written as a product of factors, outermost first: ``"heads parts head_dim"``. The
factor ``parts`` counts the logical tensors that are interleaved there, ``experts`` the experts.
A factor that is a sum, ``"heads*head_dim+kv_heads*head_dim+kv_heads*head_dim"``, lays the parts
end to end with sizes of their own.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.arch.role import Span

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EXPERTS", "PARTS", "Layout", "Piece", "SizeError"]

PARTS = "parts"
EXPERTS = "experts"

_MAX_EXPERTS = 1 << 14
_SYMBOL = re.compile(r"[a-z][a-z0-9_]*|[1-9][0-9]*")

Term = tuple[str | int, ...]
Factor = tuple[Term, ...]
AxisExpression = tuple[Factor, ...]


class SizeError(ValueError):
    """The sizes needed are unknown, or contradict the shape."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One logical tensor inside a record, before it bears a name.

    Parameters
    ----------
    part
        Which of the parts.
    expert
        Which of the packed experts, or None.
    split_shape, index, permute, shape
        As in `dokja.arch.role.TensorView`.
    """

    part: int
    expert: int | None
    split_shape: tuple[int, ...]
    index: tuple[int | Span, ...]
    permute: tuple[int, ...]
    shape: tuple[int, ...]


def _parse_factor(text: str) -> Factor:
    terms = []
    for term in text.split("+"):
        symbols = term.split("*")
        if not all(_SYMBOL.fullmatch(symbol) for symbol in symbols):
            raise ValueError(f"{text!r} is not a sum of products of sizes")
        terms.append(tuple(int(s) if s.isdecimal() else s for s in symbols))
    return tuple(terms)


def _product(term: Term, sizes: Mapping[str, int]) -> int | None:
    """Size of a product, or None if a symbol is unknown."""
    total = 1
    for symbol in term:
        size = symbol if isinstance(symbol, int) else sizes.get(symbol)
        if size is None:
            return None
        total *= size
    return total


def _factor_size(factor: Factor, sizes: Mapping[str, int]) -> int | None:
    terms = [_product(term, sizes) for term in factor]
    return None if None in terms else sum(t for t in terms if t is not None)


@dataclass(frozen=True, slots=True)
class Layout:
    """Axis expressions of a record.

    Parameters
    ----------
    axes
        One expression for each axis of the record.
    transpose
        Whether the logical tensor has the remaining axes in reverse order.
    n_parts
        Number of logical tensors (for each expert) in the record.
    """

    axes: tuple[AxisExpression, ...]
    transpose: bool
    n_parts: int

    @classmethod
    def parse(cls, shape: list[str], *, transpose: bool, n_parts: int) -> Layout:
        """Read axis expressions.

        Parameters
        ----------
        shape
            One expression for each axis.
        transpose
            Whether the remaining axes are to be reversed.
        n_parts
            Number of parts the record is divided into.

        Returns
        -------
        Layout
            The layout.

        Raises
        ------
        ValueError
            If an expression cannot be read, or if the parts are not told apart exactly once.
        """
        axes = tuple(tuple(_parse_factor(f) for f in axis.split()) for axis in shape)
        if not all(axes):
            raise ValueError("an axis has no size")
        choosers = [f for axis in axes for f in axis if f == ((PARTS,),) or len(f) > 1]
        if len(choosers) != (n_parts > 1):
            raise ValueError(f"{n_parts} parts need exactly one factor that tells them apart")
        if choosers and len(choosers[0]) not in {1, n_parts}:
            raise ValueError(f"a sum of {len(choosers[0])} sizes for {n_parts} parts")
        if sum(f == ((EXPERTS,),) for axis in axes for f in axis) > 1:
            raise ValueError("experts stand twice")
        return cls(axes, transpose, n_parts)

    @property
    def symbols(self) -> frozenset[str]:
        """Names of all sizes that occur."""
        return frozenset(
            s for axis in self.axes for f in axis for t in f for s in t if isinstance(s, str)
        )

    def _solve_axis(
        self, axis: AxisExpression, size: int, sizes: dict[str, int]
    ) -> tuple[int, ...]:
        """Sizes of the factors of one axis; one unknown symbol is solved from the whole."""
        known = [_factor_size(factor, sizes) for factor in axis]
        unknown = [i for i, k in enumerate(known) if k is None]
        if unknown:
            rest = math.prod(k for k in known if k is not None)
            factor = axis[unknown[0]]
            if len(unknown) > 1 or len(factor) > 1 or len(factor[0]) > 1:
                names = sorted({str(s) for i in unknown for t in axis[i] for s in t} - set(sizes))
                raise SizeError(f"unknown sizes: {', '.join(names)}")
            if rest == 0 or size % rest:
                raise SizeError(f"{size} is not a multiple of {rest}")
            known[unknown[0]] = sizes[str(factor[0][0])] = size // rest
        solved = tuple(k for k in known if k is not None)
        if math.prod(solved) != size:
            raise SizeError(f"an axis has {size} entries where {math.prod(solved)} are expected")
        return solved

    def solve(self, shape: tuple[int, ...], sizes: Mapping[str, int]) -> list[Piece]:
        """Find the logical tensors in a record of a given shape.

        Parameters
        ----------
        shape
            Shape of the record.
        sizes
            Known sizes by symbol.

        Returns
        -------
        list of Piece
            For each expert, if there are any, each part in order. Together they hold every
            element exactly once.

        Raises
        ------
        SizeError
            If the shape does not agree with the sizes, or if too few are known.
        """
        if len(shape) != len(self.axes):
            raise SizeError(f"{len(shape)} axes where {len(self.axes)} are expected")
        local = {**sizes, PARTS: self.n_parts}
        solved = [self._solve_axis(*item, local) for item in zip(self.axes, shape, strict=True)]
        if any(0 in factors for factors in solved):
            raise SizeError("an axis is empty")
        split_shape = tuple(n for factors in solved for n in factors)
        n_experts = local[EXPERTS] if EXPERTS in self.symbols else None
        if n_experts is not None and n_experts > _MAX_EXPERTS:
            raise SizeError(f"{n_experts} experts in one tensor")
        return [
            self._piece(part, expert, split_shape, local)
            for expert in (range(n_experts) if n_experts is not None else (None,))
            for part in range(self.n_parts)
        ]

    def _piece(
        self, part: int, expert: int | None, split_shape: tuple[int, ...], sizes: dict[str, int]
    ) -> Piece:
        index: list[int | Span] = []
        axis_shapes: list[list[int]] = []
        kept: list[list[int]] = []
        position = n_kept = 0
        for axis in self.axes:
            shapes, order = list[int](), list[int]()
            for factor in axis:
                item = _index_of(factor, part, expert, split_shape[position], sizes)
                index.append(item)
                position += 1
                if isinstance(item, Span):
                    shapes.append(item.stop - item.start)
                    order.append(n_kept)
                    n_kept += 1
            if order:
                axis_shapes.append(shapes)
                kept.append(order)
        if self.transpose:
            kept.reverse()
            axis_shapes.reverse()
        permute = tuple(i for order in kept for i in order)
        out = tuple(math.prod(shapes) for shapes in axis_shapes)
        return Piece(part, expert, split_shape, tuple(index), permute, out)


def _index_of(
    factor: Factor, part: int, expert: int | None, size: int, sizes: Mapping[str, int]
) -> int | Span:
    if factor == ((PARTS,),):
        return part
    if factor == ((EXPERTS,),) and expert is not None:
        return expert
    if len(factor) == 1:
        return Span(0, size)
    ends = [0]
    for term in factor:
        ends.append(ends[-1] + (_product(term, sizes) or 0))
    return Span(ends[part], ends[part + 1])
