from __future__ import annotations

from decimal import Decimal

import pytest

from dokja.document.number import Known
from dokja.errors import ProgrammeError
from dokja.programme.replay import replay
from dokja.programme.score import score_round
from tests.support.rounds import EVERYTHING, make_round, sample, toy_entries


def test_a_report_comes_out_again() -> None:
    found, entries = make_round(), toy_entries()
    result = replay(found, entries, score_round(found, entries, seed=7, n_draws=100))
    assert (result.identical, result.same_inputs, result.differences) == (True, True, ())


@pytest.mark.parametrize("name", ["stage-1", "additional", "stage-2"])
def test_the_real_rounds_replay(name: str) -> None:
    found = sample(f"dokpamo-2026-{name}", accept=EVERYTHING)
    stored = score_round(found)
    # The report says which marks it accepted.
    assert replay(sample(f"dokpamo-2026-{name}"), (), stored).identical


def test_a_forged_score_is_found_by_its_path() -> None:
    found, entries = make_round(), toy_entries()
    stored = score_round(found, entries)
    first = stored.teams[0]
    forged = first.model_copy(update={"total": Known(value=Decimal(99), basis="computed")})
    teams = (forged, *stored.teams[1:])
    result = replay(found, entries, stored.model_copy(update={"teams": teams}))
    assert result.same_inputs
    assert [(d.path, d.before, d.after) for d in result.differences] == [
        ("teams.a.total.value", "99", "84")
    ]


def test_other_inputs_are_named_as_such() -> None:
    found, entries = make_round(), toy_entries()
    stored = score_round(found, entries, n_draws=0)
    other = [entries[0].model_copy(update={"value": Decimal(81)}), *entries[1:]]
    result = replay(found, other, stored)
    moved = {difference.path for difference in result.differences}
    assert {"teams.a.total.value", "teams.a.items.quiz.value"} <= moved
    assert not any(path.startswith("teams.b") for path in moved)
    changed = found.model_copy(update={"version": "2"})
    assert not replay(changed, entries, stored).same_inputs


def test_a_report_of_another_round_is_refused() -> None:
    stored = score_round(make_round(), toy_entries())
    with pytest.raises(ProgrammeError, match="that of the round 'toy'"):
        replay(sample("blank"), (), stored)
