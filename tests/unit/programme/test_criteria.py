from __future__ import annotations

import datetime as dt
import random

import pytest

from dokja.document.round import RoundFile
from dokja.document.round_report import CriteriaLock
from dokja.errors import ProgrammeError
from dokja.programme.criteria import check, criteria_digest, lock, round_digest
from dokja.programme.round_file import parse_round, sample_text
from dokja.programme.score import score_round
from tests.support.rounds import make_round, sample, toy_entries, words

DAY = dt.date(2026, 2, 1)


def _changed(**fields: object) -> RoundFile:
    content = make_round().model_dump(mode="json")
    content["items"][0].update(fields)
    return make_round(items=content["items"])


def test_the_same_criteria_are_intact() -> None:
    checked = check(make_round(), lock(make_round(), on=DAY))
    assert checked.intact
    assert checked.late is None
    assert checked.summary.en == "The criteria are those locked on 2026-02-01."


def test_layout_order_and_needless_zeros_change_nothing() -> None:
    text = sample_text("blank").decode()
    loose = text.replace("max: 40}", "max: 40.0}").replace("\n\n", "\n# more\n\n")
    first, second = parse_round(text.encode(), uri="a"), parse_round(loose.encode(), uri="b")
    assert criteria_digest(first) == criteria_digest(second)
    items = list(first.items)
    random.Random(1).shuffle(items)
    assert criteria_digest(first.model_copy(update={"items": tuple(items)})) == criteria_digest(
        first
    )


def test_facts_and_teams_are_no_criteria_but_part_of_the_round() -> None:
    found = make_round()
    fewer = found.model_copy(update={"teams": found.teams[:2]})
    assert criteria_digest(found) == criteria_digest(fewer)
    assert round_digest(found) != round_digest(fewer)
    assert round_digest(found) == round_digest(found.model_copy(update={"accept": ()}))


def test_every_change_is_named_in_words() -> None:
    after = _changed(formula={"kind": "share", "full": "90"}, note=words("New"))
    checked = check(after, lock(make_round(), on=DAY))
    assert not checked.intact
    assert [change.sentence.en for change in checked.changes] == [
        "items.quiz.formula.full: was 100, is 90.",
        "items.quiz.note.en: New was added.",
        "items.quiz.note.ko: New was added.",
    ]
    assert checked.changes[0].sentence.ko == "items.quiz.formula.full: 100 → 90, 변경되었습니다."
    assert "3 values" in checked.summary.en


def test_a_removed_item_is_a_change() -> None:
    found = make_round()
    checked = check(found.model_copy(update={"gates": (), "rounding": ()}), lock(found, on=DAY))
    assert {change.after for change in checked.changes} == {None}


@pytest.mark.parametrize(
    ("day", "late"), [(dt.date(2026, 3, 1), False), (dt.date(2026, 3, 2), True)]
)
def test_a_lock_after_submissions_began_is_late(day: dt.date, *, late: bool) -> None:
    found = sample("blank")
    checked = check(found, lock(found, on=day))
    assert (checked.late, checked.intact) == (late, not late)


def test_a_forged_lock_is_refused() -> None:
    locked = lock(make_round(), on=DAY)
    values = (locked.values[0].model_copy(update={"value": "1"}), *locked.values[1:])
    with pytest.raises(ProgrammeError, match="the lock was changed"):
        check(make_round(), locked.model_copy(update={"values": values}))
    with pytest.raises(ProgrammeError, match="that of the round 'toy'"):
        check(sample("blank"), locked)


def test_a_lock_survives_being_written() -> None:
    locked = lock(make_round(), on=DAY)
    assert CriteriaLock.model_validate_json(locked.model_dump_json()) == locked


def test_a_report_names_the_lock_and_what_changed_since() -> None:
    locked = lock(make_round(), on=DAY)
    report = score_round(_changed(note=words("New")), toy_entries(), lock=locked)
    assert report.provenance.criteria_locked_on == DAY
    assert report.provenance.criteria_changes is not None
    assert len(report.provenance.criteria_changes) == 2
    assert score_round(make_round(), toy_entries()).provenance.criteria_changes is None
