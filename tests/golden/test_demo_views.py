"""The kept report of the bundled case, judged and shown, gives what is kept beside it."""

from __future__ import annotations

import pytest

from dokja.policy import judge, load_policy
from dokja.report.json import load_report
from tests.golden.views import VIEWS, view
from tests.support.golden import GOLDEN, REPORT

REFRESH = "if this is meant: python tests/golden/refresh.py, and read the difference"


@pytest.mark.parametrize("name", VIEWS)
def test_view_is_the_kept_one(name: str) -> None:
    assert view(name) == (GOLDEN / name).read_text("utf-8"), REFRESH


def test_judging_the_kept_report_changes_nothing() -> None:
    report = load_report(str(REPORT))
    assert judge(report, load_policy("default")) == report, REFRESH
