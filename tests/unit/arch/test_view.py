from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokja.arch.layout import Layout, SizeError
from dokja.arch.view import Span, TensorView


class CountingReader:
    """Reads rows of one array and remembers how many."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = array
        self.rows: list[int] = []

    def __call__(
        self, name: str, start_row: int = 0, stop_row: int | None = None
    ) -> np.ndarray[Any, Any]:
        assert name == "record"
        part = self.array if not self.array.ndim else self.array[start_row:stop_row]
        self.rows.append(len(part) if part.ndim else 1)
        return part.copy()


@st.composite
def views(draw: st.DrawFn) -> TensorView:
    split = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    index: list[int | Span] = []
    for size in split:
        if draw(st.booleans()):
            start = draw(st.integers(0, size - 1))
            stop = draw(st.integers(start + 1, size))
            index.append(Span(start, stop, draw(st.integers(1, 2))))
        else:
            index.append(draw(st.integers(0, size - 1)))
    kept = [len(range(*item)) for item in index if isinstance(item, Span)]
    permute = tuple(draw(st.permutations(range(len(kept)))))
    shape = tuple(kept[i] for i in permute)
    n_joined = draw(st.integers(1, len(split)))
    record_shape = (math.prod(split[:n_joined]), *split[n_joined:])
    return TensorView("record", split, tuple(index), permute, shape, record_shape)


def _expected(view: TensorView) -> np.ndarray[Any, Any]:
    raw = np.arange(math.prod(view.record_shape), dtype=np.float64)
    index = tuple(slice(*i) if isinstance(i, Span) else i for i in view.index)
    return raw.reshape(view.split_shape)[index].transpose(view.permute).reshape(view.shape)


@given(views())
def test_a_view_loads_what_its_definition_says(view: TensorView) -> None:
    raw = np.arange(math.prod(view.record_shape), dtype=np.float64).reshape(view.record_shape)
    loaded = view.load(CountingReader(raw))
    assert loaded.shape == view.shape
    assert np.array_equal(loaded, _expected(view))


@given(views())
def test_a_view_is_contiguous_exactly_if_its_elements_follow_each_other(view: TensorView) -> None:
    elements = _expected(view).ravel()
    follow = np.array_equal(elements, np.arange(elements[0], elements[0] + elements.size))
    assert view.is_contiguous == follow
    assert view.first_element == elements[0]
    assert view.n_elements == elements.size


@given(views())
def test_only_rows_that_hold_the_tensor_are_read(view: TensorView) -> None:
    raw = np.arange(math.prod(view.record_shape), dtype=np.float64).reshape(view.record_shape)
    reader = CountingReader(raw)
    elements = view.load(reader).ravel()
    row = math.prod(view.record_shape[1:])
    first, last = int(elements.min()) // row, int(elements.max()) // row
    assert reader.rows == [last - first + 1]


def test_a_scalar_and_an_empty_record_can_be_viewed() -> None:
    scalar = TensorView.whole("record", ())
    assert scalar.is_contiguous
    assert scalar.n_elements == 1
    assert scalar.load(CountingReader(np.float64(3.0).reshape(()))).tolist() == 3.0
    empty = TensorView.whole("record", (0, 4))
    assert empty.n_elements == 0
    assert empty.load(CountingReader(np.zeros((0, 4)))).shape == (0, 4)


def _parts(layout: Layout, shape: tuple[int, ...], **sizes: int) -> list[np.ndarray[Any, Any]]:
    raw = np.arange(math.prod(shape)).reshape(shape)
    found = []
    for piece in layout.solve(shape, sizes):
        view = TensorView(
            "record", piece.split_shape, piece.index, piece.permute, piece.shape, shape
        )
        found.append(view.apply(raw))
    return found


def test_parts_end_to_end_have_sizes_of_their_own() -> None:
    layout = Layout.parse(
        ["heads*head_dim+kv_heads*head_dim+kv_heads*head_dim", "residual"],
        transpose=False,
        n_parts=3,
    )
    raw = np.arange(8 * 3).reshape(8, 3)
    q, k, v = _parts(layout, (8, 3), heads=2, kv_heads=1, head_dim=2, residual=3)
    assert np.array_equal(q, raw[:4])
    assert np.array_equal(k, raw[4:6])
    assert np.array_equal(v, raw[6:])


def test_parts_interleaved_head_by_head() -> None:
    layout = Layout.parse(["heads parts head_dim", "residual"], transpose=False, n_parts=3)
    raw = np.arange(12 * 2).reshape(12, 2)
    q, k, v = _parts(layout, (12, 2), heads=2, head_dim=2, residual=2)
    assert np.array_equal(q, raw[[0, 1, 6, 7]])
    assert np.array_equal(k, raw[[2, 3, 8, 9]])
    assert np.array_equal(v, raw[[4, 5, 10, 11]])


def test_packed_experts_with_interleaved_transposed_parts() -> None:
    layout = Layout.parse(["experts", "residual", "expert_mlp parts"], transpose=True, n_parts=2)
    raw = np.arange(2 * 3 * 8).reshape(2, 3, 8)
    parts = _parts(layout, (2, 3, 8), residual=3)
    assert [part.shape for part in parts] == [(4, 3)] * 4
    assert np.array_equal(parts[0], raw[0, :, 0::2].T)
    assert np.array_equal(parts[1], raw[0, :, 1::2].T)
    assert np.array_equal(parts[2], raw[1, :, 0::2].T)


def test_a_group_of_query_heads_stands_before_its_key_and_value() -> None:
    layout = Layout.parse(
        ["kv_heads heads_per_kv*head_dim+head_dim+head_dim", "residual"],
        transpose=False,
        n_parts=3,
    )
    raw = np.arange(16).reshape(16, 1)
    q, k, v = _parts(layout, (16, 1), kv_heads=2, heads_per_kv=2, head_dim=2, residual=1)
    assert q.ravel().tolist() == [*range(4), *range(8, 12)]
    assert np.array_equal(k, raw[[4, 5, 12, 13]])
    assert np.array_equal(v, raw[[6, 7, 14, 15]])


@pytest.mark.parametrize(
    ("sizes", "why"),
    [
        ({"residual": 3}, "unknown sizes: head_dim, heads, kv_heads"),
        ({"heads": 2, "kv_heads": 1, "head_dim": 2, "residual": 4}, "an axis has 3 entries"),
        ({"heads": 2, "kv_heads": 2, "head_dim": 2, "residual": 3}, "an axis has 8 entries"),
    ],
)
def test_sizes_that_do_not_agree_make_no_split(sizes: dict[str, int], why: str) -> None:
    layout = Layout.parse(
        ["heads*head_dim+kv_heads*head_dim+kv_heads*head_dim", "residual"],
        transpose=False,
        n_parts=3,
    )
    with pytest.raises(SizeError, match=why):
        layout.solve((8, 3), sizes)


@pytest.mark.parametrize(
    ("shape", "sizes", "why"),
    [
        ((4,), {}, "1 axes where 2"),
        ((5, 3), {}, "not a multiple"),
        ((0, 3), {"mlp": 0}, "empty"),
        ((4, 3), {"residual": 4}, "3 entries where 4"),
    ],
)
def test_a_shape_that_does_not_fit_is_told(
    shape: tuple[int, ...], sizes: dict[str, int], why: str
) -> None:
    layout = Layout.parse(["parts mlp", "residual"], transpose=False, n_parts=2)
    with pytest.raises(SizeError, match=why):
        layout.solve(shape, sizes)


def test_an_absurd_number_of_experts_is_refused() -> None:
    layout = Layout.parse(["experts", "mlp"], transpose=False, n_parts=1)
    with pytest.raises(SizeError, match="experts in one tensor"):
        layout.solve((1 << 40, 1), {})


@pytest.mark.parametrize(
    ("shape", "n_parts", "why"),
    [
        (["parts parts mlp"], 2, "exactly one factor"),
        (["mlp"], 2, "exactly one factor"),
        (["parts mlp"], 1, "exactly one factor"),
        (["a+b"], 3, "a sum of 2 sizes for 3 parts"),
        (["Heads"], 1, "not a sum of products"),
        (["a+*b"], 2, "not a sum of products"),
        (["", "a"], 1, "no size"),
        (["experts", "experts"], 1, "twice"),
    ],
)
def test_an_expression_that_cannot_be_meant_is_refused(
    shape: list[str], n_parts: int, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        Layout.parse(shape, transpose=False, n_parts=n_parts)
