"""What a tensor is: component, layer, expert, kind, axes, and which units may be renumbered.

The module defines these words and the laws between them; it knows no family, reads no names
of a checkpoint and no statistics.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache, total_ordering
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = [
    "Axis",
    "LeftoverTensor",
    "Member",
    "Reason",
    "RecordReader",
    "ResolvedCheckpoint",
    "ResolvedComponent",
    "ResolvedTensor",
    "Span",
    "TensorRole",
    "TensorView",
    "UnitGroup",
    "affine_index",
]


class Axis(StrEnum):
    """What the indices along one axis of a logical tensor stand for."""

    RESIDUAL = "residual"
    MLP_UNIT = "mlp"
    VALUE = "value"
    QUERY_KEY = "query_key"
    EXPERT = "expert"
    VOCAB = "vocab"
    INPUT = "input"
    POSITION = "position"
    OUTPUT = "output"
    OTHER = "other"


_GROUP_BY_PREFIX = (
    ("token_embedding", "embedding"),
    ("position_embedding", "embedding"),
    ("type_embedding", "embedding"),
    ("class_embedding", "embedding"),
    ("patch_embedding", "embedding"),
    ("embedding", "embedding"),
    ("head", "head"),
    ("norm", "norm"),
    ("attention", "attention"),
    ("mlp", "mlp"),
    ("shared_mlp", "mlp"),
    ("projector", "mlp"),
    ("router", "router"),
    ("conv", "conv"),
)


@lru_cache(maxsize=4096)
def _group_of_kind(kind: str) -> str:
    parts = kind.split(".")
    if any(part == "norm" or part.endswith("_norm") for part in parts):
        return "norm" if parts[-1] != "bias" else "bias"
    if parts[-1] == "bias" and parts[0] != "head":
        return "bias"
    stem = parts[0].rstrip("0123456789")
    return next((group for prefix, group in _GROUP_BY_PREFIX if stem == prefix), "other")


_LAYER = re.compile(r"layers\.(\d+)")
_EXPERT = re.compile(r"experts\.(\d+)")


@total_ordering
@dataclass(frozen=True, slots=True)
class TensorRole:
    """Name of a logical tensor that means the same in every checkpoint.

    Parameters
    ----------
    component
        Such as ``language_model``, ``vision_encoder`` or ``other:<prefix>``; holds no ``/``.
    layer
        Number of the block, or None outside of blocks.
    expert
        Number of the routed expert, or None.
    kind
        Such as ``attention.q.weight``; holds no ``/``.

    Notes
    -----
    Roles are ordered by component, then tensors outside of layers, then layer, expert, kind.
    ``TensorRole.parse(str(role)) == role``.
    """

    component: str
    layer: int | None
    expert: int | None
    kind: str

    def __post_init__(self) -> None:
        if not self.component or not self.kind or "/" in self.component or "/" in self.kind:
            raise ValueError(f"not a component and a kind: {self.component!r}, {self.kind!r}")
        if (self.layer is not None and self.layer < 0) or (
            self.expert is not None and self.expert < 0
        ):
            raise ValueError(f"layer and expert count from 0, not {self.layer}, {self.expert}")

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        """Key that orders roles, None before 0."""
        return (
            self.component,
            -1 if self.layer is None else self.layer,
            -1 if self.expert is None else self.expert,
            self.kind,
        )

    @property
    def group(self) -> str:
        """One of embedding, head, norm, attention, mlp, router, conv, bias, other.

        Gains of norms are ``norm``; their biases are ``bias`` as all others, for gains start
        at one and biases do not.
        """
        return _group_of_kind(self.kind)

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, TensorRole):
            return NotImplemented
        return self.sort_key < other.sort_key

    def __str__(self) -> str:
        layer = "" if self.layer is None else f"layers.{self.layer}/"
        expert = "" if self.expert is None else f"experts.{self.expert}/"
        return f"{self.component}/{layer}{expert}{self.kind}"

    @classmethod
    def parse(cls, text: str) -> TensorRole:
        """Read what ``str(role)`` wrote.

        Parameters
        ----------
        text
            Such as ``language_model/layers.3/attention.q.weight``.

        Returns
        -------
        TensorRole
            The role.

        Raises
        ------
        ValueError
            If `text` is not a written role.
        """
        component, *middle, kind = text.split("/") if "/" in text else ("", "")
        numbers: list[int | None] = []
        for pattern in (_LAYER, _EXPERT):
            match = pattern.fullmatch(middle[0]) if middle else None
            numbers.append(int(match[1]) if match else None)
            middle = middle[1:] if match else middle
        if middle:
            raise ValueError(f"not a tensor role: {text!r}")
        role = cls(component, numbers[0], numbers[1], kind)
        if str(role) != text:
            raise ValueError(f"not a tensor role: {text!r}")
        return role


class Span(NamedTuple):
    """Indices ``range(start, stop, step)`` along one axis; a slice that can be hashed."""

    start: int
    stop: int
    step: int = 1


class RecordReader(Protocol):
    """Reads decoded rows of a record along its outermost axis, as ``Checkpoint.read`` does."""

    def __call__(
        self, name: str, start_row: int = 0, stop_row: int | None = None, /
    ) -> NDArray[np.floating]:
        """Return rows `start_row` to `stop_row` (exclusive) of the record `name`."""
        ...


@dataclass(frozen=True, slots=True)
class TensorView:
    """How a logical tensor lies in its record.

    The logical tensor is ``raw.reshape(split_shape)[index].transpose(permute).reshape(shape)``.

    Parameters
    ----------
    record
        Name of the tensor in the checkpoint.
    split_shape
        Shape the record is first read as.
    index
        One number or `Span` for each axis of `split_shape`.
    permute
        Order of the axes that `index` leaves.
    shape
        Shape of the logical tensor.
    record_shape
        Shape of the record itself.
    """

    record: str
    split_shape: tuple[int, ...]
    index: tuple[int | Span, ...]
    permute: tuple[int, ...]
    shape: tuple[int, ...]
    record_shape: tuple[int, ...]

    @classmethod
    def whole(
        cls, record: str, record_shape: tuple[int, ...], shape: tuple[int, ...] | None = None
    ) -> TensorView:
        """Make a view of a whole record, as it lies.

        Parameters
        ----------
        record
            Name of the tensor in the checkpoint.
        record_shape
            Its shape.
        shape
            Logical shape with as many elements; that of the record if not given.

        Returns
        -------
        TensorView
            The view; contiguous.
        """
        index = tuple(Span(0, n) for n in record_shape)
        order = tuple(range(len(record_shape)))
        return cls(record, record_shape, index, order, shape or record_shape, record_shape)

    def _strides(self) -> tuple[int, list[tuple[int, int]]]:
        """First element, then size and stride (in elements) of every axis after permuting."""
        stride, offset = math.prod(self.split_shape), 0
        axes = []
        for size, item in zip(self.split_shape, self.index, strict=True):
            stride //= max(size, 1)
            if isinstance(item, tuple):
                axes.append((len(range(*item)), stride * item.step))
                offset += item.start * stride
            else:
                offset += item * stride
        return offset, [axes[i] for i in self.permute]

    @property
    def n_elements(self) -> int:
        """Number of elements of the logical tensor."""
        return math.prod(self.shape)

    @property
    def first_element(self) -> int:
        """Place of the first element of the logical tensor in the flattened record."""
        return self._strides()[0]

    @property
    def is_contiguous(self) -> bool:
        """Whether the view is one run of consecutive elements of the record, in order."""
        expected = 1
        for size, stride in reversed(self._strides()[1]):
            if size != 1 and stride != expected:
                return False
            expected *= size
        return True

    def apply(self, raw: NDArray[np.generic]) -> NDArray[np.generic]:
        """Take the logical tensor from the values of its whole record.

        Parameters
        ----------
        raw
            All values of the record, in any shape.

        Returns
        -------
        NDArray
            Shape `shape`; a view of `raw` where numpy can make one.
        """
        index = tuple(slice(*i) if isinstance(i, tuple) else i for i in self.index)
        return raw.reshape(self.split_shape)[index].transpose(self.permute).reshape(self.shape)

    def rows(self) -> tuple[int, int]:
        """Rows of the record, along its outermost axis, that hold the logical tensor.

        Returns
        -------
        tuple of int
            First row, and the row after the last.
        """
        if not self.record_shape or not self.n_elements:
            return 0, self.record_shape[0] if self.record_shape else 1
        first, axes = self._strides()
        last = first + sum((size - 1) * stride for size, stride in axes)
        row = math.prod(self.record_shape[1:])
        return first // row, last // row + 1

    def load(self, checkpoint_read: RecordReader) -> NDArray[np.floating]:
        """Read and decode the logical tensor, touching only the rows that hold it.

        Parameters
        ----------
        checkpoint_read
            Such as ``Checkpoint.read``.

        Returns
        -------
        NDArray
            Shape `shape`.
        """
        start, stop = self.rows()
        if not self.record_shape or (start, stop) == (0, self.record_shape[0]):
            return self.apply(checkpoint_read(self.record))  # type: ignore[return-value]
        row = math.prod(self.record_shape[1:])
        part = np.asarray(checkpoint_read(self.record, start, stop)).reshape(-1)
        first, axes = self._strides()
        strided = np.lib.stride_tricks.as_strided(
            part[first - start * row :],
            shape=[size for size, _ in axes],
            strides=[stride * part.itemsize for _, stride in axes],
            writeable=False,
        )
        return strided.reshape(self.shape)


@dataclass(frozen=True, slots=True)
class ResolvedTensor:
    """A logical tensor: its role, where it lies, and what its axes mean.

    Parameters
    ----------
    role
        What the tensor is.
    view
        Where it lies.
    axes
        One for each axis of ``view.shape``; matrices are ``[out, in]``, convolution kernels
        are flattened to ``[out, in * window]``.
    fixed
        Whether it is a table that training does not change (sinusoids, rotary caches, bases
        of a Fourier transform, counters): equal in strangers, hence no evidence.
    inferred
        Whether no family knew it.
    note
        Something a reader should know, such as why a fused tensor was left whole.
    """

    role: TensorRole
    view: TensorView
    axes: tuple[Axis, ...]
    fixed: bool = False
    inferred: bool = False
    note: Reason | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the logical tensor."""
        return self.view.shape

    @property
    def n_parameters(self) -> int:
        """Number of its elements."""
        return self.view.n_elements


@lru_cache(maxsize=1024)
def affine_index(
    n: int, k: int = 1, *, start: int = 0, step: int = 1, inner: int = 1
) -> NDArray[np.int64]:
    """Make the index of a regular unit: row ``i`` holds ``start + i * step + j * inner``.

    Parameters
    ----------
    n
        Number of units.
    k
        Number of rows or columns that belong to each.
    start
        First one of unit 0.
    step
        From one unit to the next.
    inner
        From one row or column of a unit to its next.

    Returns
    -------
    NDArray of int64
        Shape ``(n, k)``; shared and read-only.
    """
    index = start + step * np.arange(n, dtype=np.int64)[:, None] + inner * np.arange(k)
    index.setflags(write=False)
    return index


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """The part one tensor has in the units of a group.

    Parameters
    ----------
    role
        Role of the tensor.
    axis
        Axis of its logical shape along which the units lie.
    index
        Shape ``(n, k)``: the rows or columns that belong to each unit.
    """

    role: TensorRole
    axis: int
    index: NDArray[np.int64]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Member):
            return NotImplemented
        same = (self.role, self.axis) == (other.role, other.axis)
        return same and np.array_equal(self.index, other.index)

    def __hash__(self) -> int:
        return hash((self.role, self.axis, self.index.shape))


@dataclass(frozen=True, slots=True)
class UnitGroup:
    """Exchangeable hidden units: those of one MLP, or the value channels of one key-value head.

    Parameters
    ----------
    units
        ``mlp`` or ``value``.
    layer
        Number of the block, or None outside of blocks.
    expert
        Number of the routed expert, or None.
    part
        Number of the key-value head, else 0.
    n
        Number of units.
    members
        What belongs to each unit. Permuting the units in all members at once leaves the
        function of the network as it was.
    """

    units: str
    layer: int | None
    expert: int | None
    part: int
    n: int
    members: tuple[Member, ...]


@dataclass(frozen=True)
class ResolvedComponent:
    """One component of a checkpoint, taken apart.

    Parameters
    ----------
    component
        Its name, such as ``vision_encoder``.
    family
        The family that knew it, or None.
    inferred
        Whether its anatomy was inferred.
    tensors
        Its logical tensors, sorted by role.
    groups
        Its exchangeable units.
    n_layers
        Number of blocks.
    n_residual
        Number of residual channels, or None where no axis is known to be residual.
    n_heads
        Number of query heads, or None.
    n_kv_heads
        Number of key-value heads, or None.
    residual_exchangeable
        Whether its residual channels may be renumbered together; not where a fixed sinusoid
        is added to them.
    notes
        What a reader should know, such as tensors that were left whole.
    """

    component: str
    family: str | None
    inferred: bool
    tensors: tuple[ResolvedTensor, ...]
    groups: tuple[UnitGroup, ...] = ()
    n_layers: int = 0
    n_residual: int | None = None
    n_heads: int | None = None
    n_kv_heads: int | None = None
    residual_exchangeable: bool = False
    notes: tuple[Reason, ...] = ()

    @cached_property
    def n_parameters(self) -> int:
        """Number of elements of all its tensors, fixed ones included."""
        return sum(tensor.n_parameters for tensor in self.tensors)

    @cached_property
    def by_role(self) -> dict[TensorRole, ResolvedTensor]:
        """Its tensors by role."""
        return {tensor.role: tensor for tensor in self.tensors}

    @property
    def records(self) -> frozenset[str]:
        """Names of the tensors of the checkpoint that belong to it."""
        return frozenset(tensor.view.record for tensor in self.tensors)


class Reason(NamedTuple):
    """Why something is as it is, for a program and in the two languages of the programme."""

    code: str
    en: str
    ko: str


@dataclass(frozen=True, slots=True)
class LeftoverTensor:
    """A tensor of a checkpoint that belongs to no component, and why.

    Parameters
    ----------
    name
        Its name in the checkpoint.
    n_parameters
        Number of its elements.
    reason_en
        Why, in English.
    reason_ko
        Why, in Korean.
    """

    name: str
    n_parameters: int
    reason_en: str
    reason_ko: str


@dataclass(frozen=True)
class ResolvedCheckpoint:
    """A checkpoint, taken apart: every tensor is in one component or left over with a reason.

    Parameters
    ----------
    components
        Largest first.
    leftovers
        Tensors that belong to none.
    """

    components: tuple[ResolvedComponent, ...]
    leftovers: tuple[LeftoverTensor, ...] = ()

    def __iter__(self) -> Iterator[ResolvedComponent]:
        return iter(self.components)

    def component(self, name: str) -> ResolvedComponent | None:
        """Find a component by name.

        Parameters
        ----------
        name
            Such as ``vision_encoder``.

        Returns
        -------
        ResolvedComponent or None
            The component, or None if there is none of that name.
        """
        return next((c for c in self.components if c.component == name), None)
