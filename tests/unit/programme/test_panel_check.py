from __future__ import annotations

import json
from typing import Any

import pytest

from dokja.errors import ProgrammeError, ReportError
from dokja.programme.panel_check import parse_panel

GOOD: dict[str, Any] = {
    "id": "p",
    "teams": ["A", "B"],
    "items": [{"id": "use", "maximum": "15", "lowest": "1", "highest": "5"}],
    "raters": [{"id": "r"}],
    "forms": [{"rater": "r", "team": "A", "marks": [{"item": "use", "value": "4.5"}]}],
}


def _read(**changes: Any) -> Any:
    return parse_panel(json.dumps({**GOOD, **changes}).encode(), uri="panel.json")


def test_a_whole_panel_is_read_exactly() -> None:
    panel = _read()
    assert str(panel.forms[0].marks[0].value) == "4.5"


def test_every_defect_is_in_one_message() -> None:
    with pytest.raises(ProgrammeError) as caught:
        _read(
            teams=["A", "B", "A"],
            items=[
                {"id": "use", "maximum": "0", "lowest": "5", "highest": "1"},
                {"id": "look", "maximum": "5", "lowest": "1", "highest": "5"},
            ],
            raters=[{"id": "r", "conflicts": [{"team": "Z", "reason": "kin"}]}],
            forms=[
                {
                    "rater": "s",
                    "team": "C",
                    "source": "Sheet1!B2",
                    "marks": [
                        {"item": "look", "value": "6"},
                        {"item": "look", "value": "2"},
                        {"item": "taste", "value": "1"},
                    ],
                    "ticks": [{"view": "policy"}, {"view": "policy"}],
                },
                {"rater": "r", "team": "A", "position": 1},
                {"rater": "r", "team": "B", "position": 1},
                {"rater": "r", "team": "B"},
            ],
            ballots=[
                {"voter": "v", "left": "A", "right": "A", "outcome": "left"},
                {"voter": "v", "left": "X", "right": "A", "outcome": "tie"},
            ],
        )
    said = str(caught.value)
    for part in (
        "panel.json",
        "teams: 'A' stands 2 times",
        "items.0: the scale from 5 to 1",
        "items.0.maximum: 0",
        "raters.0.conflicts.0.team: no team 'Z'",
        "forms.0 (Sheet1!B2).team: no team 'C'",
        "forms.0 (Sheet1!B2).rater: no rater 's'",
        "forms.0 (Sheet1!B2).marks: 'look' stands 2 times",
        "forms.0 (Sheet1!B2).marks.0.value: 6 is not between 1 and 5",
        "forms.0 (Sheet1!B2).marks.2.item: no item 'taste'",
        "forms.0 (Sheet1!B2).ticks: 'policy' stands 2 times",
        "forms: 2 forms of 'r' for 'B'",
        "forms: 'r' saw 2 teams at place 1",
        "ballots.0: 'A' stands on both sides",
        "ballots.1.left: no team 'X'",
        "14 defects",
    ):
        assert part in said
    assert caught.value.hint


def test_many_defects_are_counted_not_all_shown() -> None:
    marks = [{"rater": "r", "team": f"T{n}"} for n in range(80)]
    with pytest.raises(ProgrammeError, match=r"80 defects.*and 30 more"):
        _read(forms=marks)


@pytest.mark.parametrize("value", [4.5, "four", "nan", "1e2", True])
def test_marks_are_plain_decimals(value: object) -> None:
    form = {"rater": "r", "team": "A", "marks": [{"item": "use", "value": value}]}
    with pytest.raises(ReportError, match=r"forms.0.marks.0.value"):
        _read(forms=[form])


def test_a_mark_left_open_is_no_defect() -> None:
    panel = _read(forms=[{"rater": "r", "team": "A", "marks": [{"item": "use", "value": None}]}])
    assert panel.forms[0].marks[0].value is None
