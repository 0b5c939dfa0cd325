"""Which values were measured alike: what must be said before unlike ones are averaged.

The module compares protocols, never values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dokja.document.common import Localized
from dokja.programme.results.notes import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dokja.document.results import Entry

__all__ = ["protocols_differ"]

_NAMES: Final = {
    "harness": ("harness", "평가 도구"),
    "harness_version": ("version of the harness", "평가 도구 버전"),
    "task": ("task", "과제"),
    "task_version": ("version of the task", "과제 버전"),
    "dataset": ("dataset", "데이터셋"),
    "dataset_revision": ("revision of the dataset", "데이터셋 개정판"),
    "metric": ("metric", "지표"),
    "filter": ("filter", "답 추출 방식"),
    "split": ("split", "분할"),
    "n_shot": ("number of examples shown", "예시 수(n-shot)"),
    "mode": ("mode", "모드"),
    "n_samples": ("number of questions", "문항 수"),
    "index_version": ("version of the index", "지수 버전"),
    "unit": ("unit", "단위"),
}
"""What must agree between teams."""

_OWN: Final = {
    "model_digest": ("checkpoint", "체크포인트"),
    "chat_template_digest": ("chat template", "대화 템플릿"),
}
"""What must agree between the runs of one team."""


def protocols_differ(entries: Iterable[Entry]) -> tuple[Localized, ...]:
    """Say in which ways values were measured unlike each other.

    Parameters
    ----------
    entries
        Entries that are about to be compared or averaged. Only values of the same benchmark of the
        same item are held against each other; different benchmarks differ by nature.

    Returns
    -------
    tuple of Localized
        One sentence for every respect in which some differ, or in which some say nothing while
        others do. Empty if none does, also where nothing at all is known.
    """
    groups: dict[tuple[str, str], list[Entry]] = {}
    own: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.item, entry.benchmark or ""), []).append(entry)
        own.setdefault((entry.team, ""), []).append(entry)
    sentences = [
        sentence
        for table, names in ((groups, _NAMES), (own, _OWN))
        for (first, second), members in table.items()
        for sentence in _about(" / ".join(part for part in (first, second) if part), members, names)
    ]
    return tuple(sentences)


def _about(
    what: str, members: Sequence[Entry], names: dict[str, tuple[str, str]]
) -> Iterator[Localized]:
    for name, (en, ko) in names.items():
        values = [_value(entry, name) for entry in members]
        known = list(dict.fromkeys(value for value in values if value is not None))
        if len(known) > 1:
            shown = listed(known)
            yield Localized(
                en=f"{what}: the {en} differs ({shown})",
                ko=f"{what}: 서로 다른 {ko} ({shown})",
            )
        elif known and None in values:
            silent = listed(e.team for e, value in zip(members, values, strict=True) if not value)
            yield Localized(
                en=f"{what}: the {en} is {listed(known)} for some, and not stated for {silent}",
                ko=f"{what}: 일부만 밝힌 {ko} ({listed(known)}), 밝히지 않은 쪽: {silent}",
            )


def _value(entry: Entry, name: str) -> str | None:
    value = entry.unit if name == "unit" else getattr(entry.protocol, name)
    return None if value is None else str(value)
