"""What the columns of people's tables are called, in Korean and English.

The module knows names of columns and units, never what stands beneath them.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dokja.document.results import By, Unit

__all__ = ["FIELDS", "IGNORED", "Header", "by_of", "day_in", "read_header", "unit_of"]

IGNORED: Final = "ignore"
"""Meaning that a mapping gives to a column that is not to be read."""

_SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    "team": (
        *("team", "model", "company", "consortium", "팀", "팀명", "정예팀", "컨소시엄"),
        *("기업", "기업명", "업체", "업체명", "모델", "모델명", "대상", "평가대상"),
    ),
    "item": (
        *("item", "criterion", "task", "항목", "항목명", "평가항목", "세부항목", "세부평가항목"),
        "과제",
    ),
    "benchmark": ("benchmark", "dataset", "벤치마크", "벤치마크명", "데이터셋"),
    "run": ("run", "trial", "repetition", "회차", "차수", "회", "시도", "반복", "실행"),
    "rater": (
        *("rater", "evaluator", "judge", "reviewer", "평가자", "평가위원", "심사위원", "위원"),
        *("전문가", "평가자번호", "위원번호"),
    ),
    "value": (
        *("value", "score", "mark", "result", "값", "점수", "결과", "결과값", "측정값", "평점"),
        *("득점", "성적", "평가점수", "환산점수"),
    ),
    "unit": ("unit", "단위"),
    "by": ("by", "measuredby", "측정주체", "평가주체", "측정기관"),
    "note": ("note", "notes", "comment", "remarks", "비고", "메모", "의견"),
    "standard_error": ("standarderror", "stderr", "se", "표준오차"),
    "harness": ("harness", "평가도구", "하네스"),
    "harness_version": ("harnessversion", "평가도구버전", "도구버전"),
    "task_version": ("taskversion", "과제버전"),
    "metric": ("metric", "지표", "평가지표"),
    "filter": ("filter", "필터"),
    "split": ("split", "분할"),
    "n_shot": ("nshot", "shot", "shots", "fewshot", "샷", "샷수", "예시수"),
    "mode": ("mode", "모드", "추론모드"),
    "n_samples": ("nsamples", "samples", "문항수", "표본수"),
    "model_digest": ("modeldigest", "모델해시"),
    "index_version": ("indexversion", "지수버전"),
    "measured_on": ("measuredon", "date", "측정일", "측정일자", "평가일", "평가일자", "일자"),
}
_MEANINGS: Final = {name: field for field, names in _SYNONYMS.items() for name in names}

FIELDS: Final = frozenset(_SYNONYMS) | {IGNORED}
"""What a column can mean."""

_UNITS: Final[dict[str, Unit]] = {
    **dict.fromkeys(("%", "percent", "퍼센트", "백분율"), "percent"),
    **dict.fromkeys(("fraction", "0-1", "0~1"), "fraction"),
    **dict.fromkeys(("points", "point", "점"), "points"),
    **dict.fromkeys(("scale", "척도"), "scale"),
    **dict.fromkeys(("index", "지수"), "index"),
    **dict.fromkeys(("ratio", "배"), "ratio"),
    **dict.fromkeys(("count", "개", "건"), "count"),
}
_BY: Final[dict[str, By]] = {
    **dict.fromkeys(("team", "팀", "자체", "자체평가", "자체측정"), "team"),
    **dict.fromkeys(("agency", "기관", "주관기관", "전담기관", "평가기관"), "agency"),
    **dict.fromkeys(("third_party", "third party", "제3자", "제삼자", "외부기관"), "third_party"),
    **dict.fromkeys(("panel", "평가위원", "평가위원회", "전문가", "사용자"), "panel"),
    **dict.fromkeys(("unknown", "미상"), "unknown"),
}
_NOT_NAME = re.compile(r"[\s_\-.·]+")
_TRAILING = re.compile(r"(.*?)\s*[(\[]([^()\[\]]*)[)\]]\s*", re.DOTALL)
_OUT_OF = re.compile(r"([0-9]{1,4})\s*점\s*(만점|척도)")
_DAY = re.compile(r"(\d{4})\s*[-./년]\s*(\d{1,2})\s*[-./월]\s*(\d{1,2})\s*[.일]?", re.ASCII)
_NARROW: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


@dataclass(frozen=True, slots=True)
class Header:
    """What a column is called and what that means."""

    text: str
    """As it is written."""
    name: str
    """Without a unit in brackets."""
    field: str | None
    """One of `FIELDS`; None if the name is not known."""
    unit: Unit | None = None
    high: Decimal | None = None


def read_header(text: str, stated: dict[str, str]) -> Header:
    """Tell what a column means.

    Parameters
    ----------
    text
        What stands above it, perhaps with a unit in brackets: ``점수(%)``, ``평점(5점 척도)``.
    stated
        Meanings stated by a mapping.

    Returns
    -------
    Header
        Its meaning, if it is known.

    Examples
    --------
    >>> read_header("평가 점수 (%)", {}).field, read_header("평가 점수 (%)", {}).unit
    ('value', 'percent')
    """
    written = " ".join(text.split())
    narrow = written.translate(_NARROW)
    found = _TRAILING.fullmatch(narrow)
    name, inner = (found[1], found[2].strip()) if found else (narrow, "")
    unit, high = _unit_in(inner)
    if inner and unit is None:
        name = narrow
    meaning = stated.get(written) or _MEANINGS.get(_NOT_NAME.sub("", name).casefold())
    return Header(written, name.strip(), meaning, unit, high)


def _unit_in(inner: str) -> tuple[Unit | None, Decimal | None]:
    out_of = _OUT_OF.fullmatch(inner)
    if out_of:
        return ("scale" if out_of[2] == "척도" else "points"), Decimal(out_of[1])
    return unit_of(inner), None


def unit_of(text: str) -> Unit | None:
    """Return the unit that a text names.

    Parameters
    ----------
    text
        Such as ``%``, ``점`` or ``fraction``.

    Returns
    -------
    str or None
        None if it names none.
    """
    return _UNITS.get(text.translate(_NARROW).strip().casefold())


def by_of(text: str) -> By | None:
    """Return who measured, from a text.

    Parameters
    ----------
    text
        Such as ``agency`` or ``자체평가``.

    Returns
    -------
    str or None
        None if it names nobody of the known kinds.
    """
    return _BY.get(text.strip().casefold())


def day_in(text: str) -> str | None:
    """Return a day written as year, month, day.

    Parameters
    ----------
    text
        Such as ``2026-08-18``, ``2026. 8. 18.`` or ``2026년 8월 18일``.

    Returns
    -------
    str or None
        ISO 8601; None if it is no such day.
    """
    found = _DAY.fullmatch(text.translate(_NARROW).strip())
    try:
        return dt.date(*map(int, found.groups())).isoformat() if found else None
    except ValueError:
        return None
