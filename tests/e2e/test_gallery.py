"""The gallery shows what audits of its models say today, and no more than a page can carry."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bench import gallery
from bench.gallery import CASES, FOLDER, PAGE, Case
from tests.support.shown import numbers, words

REFRESH = "if this is meant: python -m bench.gallery, and read the difference"


@pytest.fixture(scope="module")
def _models() -> Iterator[None]:
    with gallery.made():
        yield


def of_kept_models(text: str) -> str:
    """Leave out digests of copies made here, whose last bits are those of this processor's sums."""
    for name, digest in re.findall(r"`zoo/([^`]+)`: `(blake3:[0-9a-f]{64})`", text):
        if not (gallery.ZOO / name).exists():
            text = text.replace(digest, "made here")
    return text


def alike(new: str, old: str) -> None:
    new, old = of_kept_models(new), of_kept_models(old)
    assert words(new) == words(old), REFRESH
    # The last digit shown may be another one where sums are added up in another order.
    assert numbers(new) == pytest.approx(numbers(old), rel=2e-3, abs=2e-3), REFRESH


@pytest.mark.usefixtures("_models")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_is_shown_as_it_comes_out(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    report = gallery.audited(case)
    page = PAGE.read_text(encoding="utf-8")
    start = page.index(f"({case.name})=")
    stop = page.find("\n(", start)
    alike(gallery.section(case, report), page[start : stop if stop > 0 else None])
    alike(gallery.as_text(report, case), (FOLDER / f"{case.name}.md").read_text(encoding="utf-8"))


def test_pictures_are_light_and_hold_no_code() -> None:
    pictures = sorted(FOLDER.glob("*.svg"))
    assert [path.stem for path in pictures] == sorted(c.name for c in CASES if c.picture)
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_500_000
    assert all("<script" not in path.read_text(encoding="utf-8") for path in pictures)


def test_commands_name_models_that_the_page_makes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert gallery.MAKE in page
    for case in CASES:
        assert f"$ {case.command}\n" in page
