"""A drafted dossier as the text of a file, with what is missing as comments where it belongs.

The module writes; what is missing it is told.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dokja.document.dossier import Dossier
    from dokja.review.gaps import Gap

__all__ = ["draft_text"]

Place = tuple[str | int, ...]

_HEAD: Final = {
    "en": (
        "A dossier drafted from what lies in the folder. Numbered comments say what is missing,",
        "in the order in which it is best mended.",
        "Check it:  dokja dossier check {file}        Review it:  dokja review {file}",
        "Every field:  dokja schema dossier-1",
    ),
    "ko": (
        "폴더에 있는 것으로 만든 신고서 초안입니다.",
        "번호가 붙은 주석은 빠진 것을 채우기 좋은 차례대로 알려 줍니다.",
        "점검:  dokja dossier check {file}        검토:  dokja review {file}",
        "모든 필드:  dokja schema dossier-1",
    ),
}
_WIDTH: Final = 100


def draft_text(
    dossier: Dossier,
    gaps: Sequence[Gap],
    hints: Mapping[Place, Sequence[str]],
    *,
    file: str,
    language: str = "en",
) -> str:
    """Write a draft.

    Parameters
    ----------
    dossier
        The dossier.
    gaps
        What it does not say.
    hints
        Facts to be shown beside places.
    file
        How the file will be called.
    language
        ``en`` or ``ko``.

    Returns
    -------
    str
        YAML that reads as the same dossier.
    """
    held = dossier.model_dump(mode="json", exclude_defaults=True)
    held = {"schema_version": dossier.schema_version, **held}
    # Its place is looked at, though it is what a dossier says that says nothing.
    for artefact, shown in zip(dossier.artefacts, held["artefacts"], strict=True):
        if artefact.kind in {"model", "encoder", "tokenizer", "code", "data"}:
            shown["origin"] = artefact.origin
    lines = [f"# {line}".format(file=file) for line in _HEAD[language]]
    notes: dict[Place, list[str]] = {}
    for number, gap in enumerate(gaps, 1):
        where = gap.place
        notes.setdefault(where, []).append(f"{number}. {where[-1]}: {gap.text.text(language)}")
    lines += [""]
    lines += _map(held, (), notes, hints, "")
    # What belongs to no value that stands there.
    lines += [f"# {line}" for left in notes.values() for line in left]
    return "\n".join(lines) + "\n"


def _map(
    held: Mapping[str, Any],
    where: Place,
    notes: dict[Place, list[str]],
    hints: Mapping[Place, Sequence[str]],
    indent: str,
) -> Iterator[str]:
    for key, value in held.items():
        here = (*where, key)
        yield from _comments(notes.pop(here, ()), indent)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{indent}{key}:"
            for step, one in enumerate(value):
                # A member begins with its first key behind the dash.
                inner = list(_map(one, (*here, step), notes, hints, f"{indent}    "))
                first = next(at for at, line in enumerate(inner) if not _is_comment(line))
                yield from inner[:first]
                yield f"{indent}  - {inner[first].lstrip()}"
                yield from inner[first + 1 :]
        else:
            beside = "; ".join(hints.get(here, ()))
            yield f"{indent}{key}: {_plain(value)}" + (f"  # {_line(beside)}" if beside else "")
    for place in [one for one in notes if one[:-1] == where and one[-1] not in held]:
        yield from _comments(notes.pop(place), indent)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _comments(texts: Sequence[str], indent: str) -> Iterator[str]:
    for text in texts:
        line = f"{indent}#"
        for word in _line(text).split(" "):
            if len(line) + len(word) >= _WIDTH:
                yield line
                line = f"{indent}#   "
            line += f" {word}"
        yield line


def _line(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)


def _plain(value: object) -> str:
    """Write a value so that it is read again as what it is: JSON, which YAML holds."""
    if isinstance(value, str) and not value.isprintable():
        return json.dumps(value)
    return json.dumps(value, ensure_ascii=False)
