"""The curves: what is left is known from the making, and the end of detection is found."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from bench.accuracy import curves, robustness, store
from bench.accuracy.curves import CURVES, Point
from bench.accuracy.robustness import Measured


def row(left: float, relation: str, said: str, *, reindexed: bool = False) -> Measured:
    return Measured("noise", 1, reindexed, left, relation, said, -9.5, 0.5, 0.9, None)


def test_every_setting_comes_in_place_and_reindexed() -> None:
    points = curves.points()
    assert len(points) == 2 * sum(len(curve.settings) for curve in CURVES)
    assert len({point.name for point in points}) == len(points)


@pytest.mark.parametrize(
    ("curve", "setting", "wanted"),
    [
        ("pruning", 0.7, 0.3),
        ("merging", 0.1, 0.12),
        ("noise", 2, 1 / 5**0.5),
        ("quantisation", 8, 1.0),
        ("partial theft", 2, 0.4),
    ],
)
def test_what_is_left_is_what_the_making_left(
    curve: str, setting: float, wanted: float, tmp_path: Path
) -> None:
    point = Point(curve, setting, reindexed=False)
    left = curves.make(point, tmp_path)
    assert left == pytest.approx(wanted, abs=0.03)
    assert curves.make(point, tmp_path) == left


def test_a_reindexed_point_is_the_same_model_renumbered(tmp_path: Path) -> None:
    left = curves.make(Point("noise", 2, reindexed=True), tmp_path)
    plain = store.load_folder(Point("noise", 2, reindexed=False).folder(tmp_path))
    moved = store.load_folder(Point("noise", 2, reindexed=True).folder(tmp_path))
    role = "layers.0.mlp.up.weight"
    one, other = plain.net.tensors[role], moved.net.tensors[role]
    assert left == curves.make(Point("noise", 2, reindexed=False), tmp_path)
    assert sorted(one.ravel()) == sorted(other.ravel())
    assert (one != other).any()


def test_the_end_of_detection_is_where_it_is_first_missed() -> None:
    rows = [
        row(0.9, "derived", "kin"),
        row(0.4, "derived", "kin"),
        row(0.2, "inconclusive", "nothing"),
        row(0.1, "no_evidence", "strangers"),
    ]
    words = robustness.ends(rows)
    assert words == "found down to 0.400, first missed at 0.200 (inconclusive)"
    assert robustness.ends(rows[:2]) == "found to the end, 0.400 left"
    assert robustness.ends(rows[2:]) == "never found, 0.200 left at first"


def test_the_page_and_the_plot_show_every_point() -> None:
    pytest.importorskip("vl_convert")
    rows = [
        Measured(c.name, s, form, 0.5, "derived", "kin", -20.0, 0.7, 0.9, None)
        for c in CURVES
        for s in c.settings
        for form in (False, True)
    ]
    limits = {"in_place": 0.1, "diffuse": 0.05, "reindexed": None}
    text = robustness.written(rows, limits)
    assert text.count("| derived |") == len(rows)
    assert "found to the end, 0.500 left" in text
    svg = robustness.plot(rows, limits)
    assert svg.startswith("<svg")
    assert all(curve.knob in svg for curve in CURVES)
