from __future__ import annotations

import pytest

from dokja.arch.role import Axis, ResolvedTensor, Span, TensorRole, TensorView
from dokja.comparison import layout
from dokja.comparison.layout import Cluster, Piece, plan_reading


@pytest.fixture(autouse=True)
def _small_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "LEAF", 100)


def tensor(kind: str, view: TensorView) -> ResolvedTensor:
    role = TensorRole("language_model", None, None, kind)
    return ResolvedTensor(role, view, (Axis.OTHER,) * len(view.shape))


def whole(name: str, shape: tuple[int, ...]) -> ResolvedTensor:
    return tensor(name, TensorView.whole(name, shape))


def expert(index: int, half: int, *, in_order: bool) -> ResolvedTensor:
    """Gate or up projection of one of four stacked experts, in halves or interleaved."""
    shape = (4, 6, 10)
    rows = Span(3 * half, 3 * half + 3) if in_order else Span(half, 6, 2)
    view = TensorView("stack", shape, (index, rows, Span(0, 10)), (0, 1), (3, 10), shape)
    return tensor(f"{index}.{half}", view)


def test_whole_records_are_cut_into_leaves() -> None:
    plan = plan_reading([(whole("a", (25, 10)), whole("b", (25, 10)))])
    assert plan == [
        Piece(0, 0, 100, (True, True)),
        Piece(0, 100, 200, (True, True)),
        Piece(0, 200, 250, (True, True)),
    ]


def test_a_record_is_hashed_by_the_first_of_its_rows_only() -> None:
    shared = whole("b", (5, 10))
    plan = plan_reading([(whole("a", (5, 10)), shared), (whole("c", (5, 10)), shared)])
    assert [work.hashed for work in plan if isinstance(work, Piece)] == [
        (True, True),
        (True, False),
    ]


def test_stacked_experts_are_streamed_where_they_lie_in_order() -> None:
    rows = [
        (expert(i, half, in_order=True), whole(f"{i}.{half}", (3, 10)))
        for i in (2, 0, 3, 1)
        for half in (1, 0)
    ]
    (cluster,) = plan_reading(rows)
    assert isinstance(cluster, Cluster)
    assert not any(segment.is_held for segment in cluster.segments.values())
    firsts = [cluster.segments[0, row].first for row in cluster.rows]
    assert firsts == list(range(0, 240, 30))
    assert len(cluster.records) == 9


def test_interleaved_experts_are_held_one_at_a_time() -> None:
    rows = [(expert(i, half, in_order=False),) for i in range(4) for half in (0, 1)]
    (cluster,) = plan_reading(rows)
    assert isinstance(cluster, Cluster)
    spans = {(s.first, s.stop, s.rows) for s in cluster.segments.values()}
    assert spans == {(60 * i, 60 * i + 60, (2 * i, 2 * i + 1)) for i in range(4)}
    assert all(segment.is_held for segment in cluster.segments.values())


def test_records_that_cannot_go_forward_together_are_held_whole() -> None:
    here = [expert(i, 0, in_order=True) for i in range(4)]
    there = [expert(i, 0, in_order=True) for i in (0, 2, 1, 3)]
    (cluster,) = plan_reading(list(zip(here, there, strict=True)))
    assert isinstance(cluster, Cluster)
    assert {(s.first, s.stop, s.is_held) for s in cluster.segments.values()} == {(0, 240, True)}


def test_every_row_is_planned_once() -> None:
    rows = [
        (whole("a", (30, 10)), whole("x", (30, 10))),
        (expert(0, 0, in_order=True), whole("y", (3, 10))),
        (whole("b", ()), whole("z", ())),
        (expert(1, 1, in_order=False), whole("w", (3, 10))),
    ]
    plan = plan_reading(rows)
    in_pieces = {work.row for work in plan if isinstance(work, Piece)}
    in_clusters = [row for work in plan if isinstance(work, Cluster) for row in work.rows]
    assert in_pieces == {0, 2}
    assert sorted(in_clusters) == [1, 3]
