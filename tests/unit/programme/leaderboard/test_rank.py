from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from dokja.document.common import Localized, parse_json_strictly
from dokja.document.leaderboard import (
    Completeness,
    Country,
    CountryTable,
    Derivation,
    LeaderboardReport,
    LeaderboardSource,
    LeaderboardView,
    Organisation,
    Snapshot,
    SnapshotModel,
    Weights,
)
from dokja.document.number import Known, Unknown
from dokja.errors import ProgrammeError
from dokja.programme.leaderboard import bundled_snapshots, rank, read_countries, read_snapshot
from dokja.programme.leaderboard.standing import standings

D = Decimal
SOURCE = LeaderboardSource(id="s", title="s", where="s", confidence="official")
NOTE = Localized(en="n", ko="n")
TABLE = CountryTable(
    id="t",
    version="1",
    dated_on="2026-01",
    countries=tuple(Country(code=code, name=NOTE) for code in ("AA", "BB", "CC")),
    organisations=(
        Organisation(id="a1", name="a1", country="AA", sources=("s",)),
        Organisation(id="a2", name="a2", country="AA", sources=("s",)),
        Organisation(id="b", name="b", country="BB", sources=("s",)),
        Organisation(id="c", name="c", country="CC", sources=("s",)),
        Organisation(id="x", name="x", country=None),
    ),
    sources=(SOURCE,),
)
VIEWS: tuple[LeaderboardView, ...] = ("model", "organisation", "country")


def _model(name: str, score: str | None, *makers: str, **fields: Any) -> SnapshotModel:
    given: dict[str, Any] = {"open_weight": True, **fields}
    return SnapshotModel(
        id=name,
        name=name,
        organisations=makers,
        score=None if score is None else D(score),
        sources=("s",),
        **given,
    )


def _snapshot(*models: SnapshotModel, full: str | None = "0", **fields: Any) -> Snapshot:
    complete = ()
    if full is not None:
        complete = (
            Completeness(view="model", weights="all", down_to=D(full), source="s", note=NOTE),
        )
    given: dict[str, Any] = {"complete": complete, "claims": (), **fields}
    return Snapshot(
        id="snap",
        index="I",
        index_version="1",
        dated_on="2026-01-01",
        models=models,
        sources=(SOURCE,),
        **given,
    )


def _places(report: LeaderboardReport) -> dict[str, Any]:
    return {
        row.id: int(row.rank.value)
        if isinstance(row.rank, Known)
        else (row.rank.low and int(row.rank.low), row.rank.high and int(row.rank.high))
        for row in report.rows
    }


WORLD = _snapshot(
    _model("big", "60", "a1", open_weight=False),
    _model("joint", "50", "a2", "b"),
    _model("tuned", "40", "c", derived_from=Derivation(
        donor="big", donor_organisations=("a1",), relation="finetune", sources=("s",)
    )),
    _model("small", "30", "a1"),
)  # fmt: skip


def test_one_row_per_model_organisation_or_country() -> None:
    assert _places(rank(WORLD, TABLE)) == {"big": 1, "joint": 2, "tuned": 3, "small": 4}
    by_maker = _places(rank(WORLD, TABLE, view="organisation"))
    assert by_maker == {"a1": 1, "a2": 2, "b": 2, "c": 4}
    by_country = rank(WORLD, TABLE, view="country")
    assert _places(by_country) == {"AA": 1, "BB": 2, "CC": 3}
    assert by_country.rows[0].models == ("big", "joint", "small")


def test_joint_models_stand_under_both_and_once_per_country() -> None:
    report = rank(WORLD, TABLE, view="organisation")
    rows = {row.id: row for row in report.rows}
    assert rows["a2"].best_model == rows["b"].best_model == "joint"
    assert rows["a2"].tied_with == ("b",)
    home = _snapshot(_model("m", "1", "a1", "a2"))
    (row,) = rank(home, TABLE, view="country").rows
    assert row.models == ("m",)


def test_open_weights_are_a_switch() -> None:
    assert _places(rank(WORLD, TABLE, weights="open")) == {"joint": 1, "tuned": 2, "small": 3}
    by_country = rank(WORLD, TABLE, view="country", weights="open")
    assert {row.id: row.best_model for row in by_country.rows} == {
        "AA": "joint",
        "BB": "joint",
        "CC": "tuned",
    }


def test_derivatives_count_for_adapter_or_donor() -> None:
    adapter = rank(WORLD, TABLE, view="country", weights="open")
    donor = rank(WORLD, TABLE, view="country", weights="open", derivatives="donor")
    assert {row.id: row.models for row in adapter.rows}["CC"] == ("tuned",)
    assert {row.id: row.models for row in donor.rows} == {
        "AA": ("joint", "tuned", "small"),
        "BB": ("joint",),
    }
    assert donor.derivatives == "donor"
    # A row of a model says who made it, however it is counted.
    models = rank(WORLD, TABLE, derivatives="donor")
    assert next(row for row in models.rows if row.id == "tuned").organisations == ("c",)


def test_unknown_openness_widens_places_and_is_never_closed_or_open() -> None:
    snapshot = _snapshot(
        _model("p", "50", "a1", open_weight=None), _model("q", "40", "b"), _model("r", "30", "c")
    )
    report = rank(snapshot, TABLE, weights="open")
    assert _places(report) == {"q": (1, 2), "r": (2, 3), "p": (1, None)}
    assert isinstance(report.rows[-1].score, Unknown)
    assert _places(rank(snapshot, TABLE)) == {"p": 1, "q": 2, "r": 3}


def test_unknown_scores_and_countries_widen_places() -> None:
    snapshot = _snapshot(_model("p", None, "a1"), _model("q", "40", "b"))
    assert _places(rank(snapshot, TABLE)) == {"q": (1, 2), "p": (1, None)}
    foreign = _snapshot(_model("p", "50", "x"), _model("q", "40", "b"), _model("r", "60", "a1"))
    report = rank(foreign, TABLE, view="country")
    assert _places(report) == {"AA": 1, "BB": (2, 3)}
    assert any("1 makers" in sentence.en for sentence in report.sentences)


def test_places_are_open_below_where_the_list_is_not_complete() -> None:
    snapshot = _snapshot(_model("p", "50", "a1"), _model("q", "40", "b"), full="45")
    assert _places(rank(snapshot, TABLE)) == {"p": 1, "q": (2, None)}
    nothing = _snapshot(_model("p", "50", "a1"), full=None)
    report = rank(nothing, TABLE)
    assert _places(report) == {"p": (1, None)}
    assert any("complete" in sentence.en for sentence in report.sentences)


def test_a_list_of_companies_best_models_does_not_make_other_lists_complete() -> None:
    best = Completeness(view="organisation", weights="all", down_to=D(0), source="s", note=NOTE)
    snapshot = _snapshot(_model("p", "50", "a1"), _model("q", "40", "b"), complete=(best,))
    assert _places(rank(snapshot, TABLE, view="organisation")) == {"a1": 1, "b": 2}
    assert _places(rank(snapshot, TABLE, view="country")) == {"AA": 1, "BB": 2}
    assert _places(rank(snapshot, TABLE)) == {"p": (1, None), "q": (2, None)}
    by_open = rank(snapshot, TABLE, view="organisation", weights="open")
    # Either may have an open model that is better than the listed one, or not listed at all.
    assert _places(by_open) == {"a1": (1, None), "b": (1, None)}
    by_donor = rank(snapshot, TABLE, view="organisation", derivatives="donor")
    assert _places(by_donor) == {"a1": (1, None), "b": (1, None)}


def test_a_maker_below_the_complete_part_may_have_something_better_up_to_it() -> None:
    best = Completeness(view="organisation", weights="all", down_to=D(45), source="s", note=NOTE)
    models = (_model("p", "50", "a1"), _model("q", "45", "b"), _model("r", "20", "c"))
    report = rank(_snapshot(*models, complete=(best,)), TABLE, view="organisation")
    assert _places(report) == {"a1": 1, "b": 2, "c": (3, None)}
    last = report.rows[-1]
    assert isinstance(last.score, Unknown)
    assert (last.score.low, last.score.high) == (20, 45)
    assert last.best_model == "r"


def test_every_row_and_check_names_index_version_and_date() -> None:
    for path in bundled_snapshots():
        snapshot = read_snapshot(path)
        for view in VIEWS:
            report = rank(snapshot, read_countries(), view=view)
            stamps = [one.stamp for one in (*report.rows, *report.checks)]
            assert stamps
            assert all(one == report.stamp for one in stamps)
            assert report.stamp.dated_on == snapshot.dated_on


def test_the_report_reads_back_and_is_the_same_every_time() -> None:
    text = rank(WORLD, TABLE, view="country").model_dump_json()
    assert text == rank(WORLD, TABLE, view="country").model_dump_json()
    assert parse_json_strictly(LeaderboardReport, text.encode()).model_dump_json() == text


def test_organisations_without_an_entry_are_refused_together() -> None:
    snapshot = _snapshot(
        _model("p", "1", "nobody", "a1"),
        _model("q", "2", "b", derived_from=Derivation(
            donor="d", donor_organisations=("nowhere",), relation="merge", sources=("s",)
        )),
    )  # fmt: skip
    with pytest.raises(ProgrammeError, match=r"'nobody'.*'nowhere'"):
        rank(snapshot, TABLE)


def _fill(snapshot: Snapshot, rng: np.random.Generator) -> Snapshot:
    """Make up a world that the snapshot could be a view of."""
    models = [
        one.model_copy(
            update={
                "score": one.score if one.score is not None else D(int(rng.integers(0, 100))),
                "open_weight": bool(rng.integers(2))
                if one.open_weight is None
                else one.open_weight,
            }
        )
        for one in snapshot.models
    ]
    (full,) = snapshot.complete
    listed = {
        (name, weights): max(
            (m.score for m in snapshot.models
             if m.score is not None and name in m.organisations
             and (weights == "all" or m.open_weight)),
            default=D(-1),
        )
        for name in ("a1", "a2", "b", "c")
        for weights in ("all", "open")
    }  # fmt: skip
    for number in range(int(rng.integers(0, 6))):
        maker = str(rng.choice(["a1", "a2", "b", "c"]))
        score, is_open = D(int(rng.integers(0, 100))), bool(rng.integers(2))
        allowed = score < full.down_to
        if full.view == "organisation" and (full.weights == "all" or is_open):
            allowed = allowed or score <= listed[maker, full.weights]
        elif full.weights == "open" and not is_open:
            allowed = True
        if allowed:
            models.append(_model(f"unlisted{number}", str(score), maker, open_weight=is_open))
    everything = Completeness(view="model", weights="all", down_to=D(0), source="s", note=NOTE)
    return snapshot.model_copy(update={"models": tuple(models), "complete": (everything,)})


@pytest.mark.parametrize("seed", range(120))
def test_true_places_lie_in_the_ranges_whatever_the_unknown_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights_of: list[Weights] = ["all", "open"]
    models = []
    for number in range(int(rng.integers(1, 7))):
        makers = rng.choice(["a1", "a2", "b", "c"], size=int(rng.integers(1, 3)), replace=False)
        score = None if rng.random() < 0.15 else str(int(rng.integers(0, 100)))
        is_open = None if rng.random() < 0.25 else bool(rng.integers(2))
        models.append(_model(f"m{number}", score, *makers.tolist(), open_weight=is_open))
    full = Completeness(
        view="organisation" if rng.random() < 0.5 else "model",
        weights=weights_of[int(rng.integers(2))],
        down_to=D(int(rng.integers(0, 90))),
        source="s",
        note=NOTE,
    )
    snapshot = _snapshot(*models, complete=(full,))
    for _ in range(8):
        truth = _fill(snapshot, rng)
        for view in VIEWS:
            for weights in weights_of:
                said = standings(snapshot, TABLE, view=view, weights=weights, derivatives="adapter")
                true = standings(truth, TABLE, view=view, weights=weights, derivatives="adapter")
                places = {one.id: one for one in true}
                for one in said:
                    if one.id not in places:
                        assert one.low is None
                        continue
                    place = places[one.id]
                    assert place.settled
                    assert one.first <= place.first
                    assert one.last is None or place.first <= one.last
