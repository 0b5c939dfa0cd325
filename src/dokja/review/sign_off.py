"""Reading a sign-off file: every defect of it in one message, each with its place and line.

The module knows how such a file becomes a document, never whether a signature counts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from dokja.document.sign_off import SignOffFile
from dokja.document.yamltext import MAX_YAML_BYTES, load_yaml, place
from dokja.errors import DossierError
from dokja.policy.review.names import mixes_alphabets, same_name

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Sequence

    from dokja.document.review_policy import ReviewPolicy
    from dokja.document.sign_off import ExceptionEntry, LadderEntry, Reviewer, SignOff
    from dokja.document.yamltext import YamlMap

__all__ = ["check_sign_offs", "read_sign_offs"]

_MAX_SHOWN: Final = 100
_HINT: Final = "docs/how-to/review-a-submission.md shows such a file; the schema is sign-off-1."

Place = tuple[str | int, ...]


def read_sign_offs(path: str | Path) -> tuple[SignOffFile, YamlMap, str]:
    """Read a sign-off file.

    Parameters
    ----------
    path
        Path of a YAML file.

    Returns
    -------
    tuple
        The file, where each of its values stands, and the digest of its bytes.

    Raises
    ------
    DossierError
        If it cannot be read or does not fit; the message lists every defect with its line.
    """
    from blake3 import blake3  # noqa: PLC0415 - loaded when a digest is wanted

    uri = str(path)
    content = _bytes(Path(path))
    held = load_yaml(content, uri=uri, error=DossierError)
    try:
        # Through JSON, because only there does strict mode take text for dates.
        found = SignOffFile.model_validate_json(json.dumps(held, default=str))
    except ValidationError as error:
        broken = error.errors(include_url=False, include_context=False)
        raise _error(held, [(tuple(one["loc"]), _words(one)) for one in broken], uri) from None
    return found, held, f"blake3:{blake3(content).hexdigest()}"


def _bytes(path: Path) -> bytes:
    try:
        is_other = path.exists() and not path.is_file()
        # A pipe would be waited for.
        content = b"" if is_other else _first_bytes(path)
    except (OSError, ValueError) as error:
        raise _unreadable(path, getattr(error, "strerror", None) or str(error)) from None
    if is_other:
        raise _unreadable(path, "not a regular file")
    return content


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(MAX_YAML_BYTES + 1)


def _unreadable(path: Path, why: str) -> DossierError:
    return DossierError(
        f"the sign-off file cannot be read: {why}", uri=str(path), hint="Name a YAML file."
    )


def _words(defect: Any) -> str:  # noqa: ANN401 - pydantic's own type of a defect
    if defect["type"] == "missing":
        return "is missing"
    if defect["type"] == "extra_forbidden":
        return "no such field"
    given = defect.get("input")
    shown = "" if isinstance(given, dict | list) or given is None else f", not {str(given)[:60]!r}"
    return f"{defect['msg']}{shown}"


def _error(held: YamlMap, defects: Sequence[tuple[Place, str]], uri: str) -> DossierError:
    lines = list(dict.fromkeys(f"{place(held, path)}: {words}" for path, words in defects))
    left = len(lines) - _MAX_SHOWN
    more = f"\n  … and {left} more" if left > 0 else ""
    count = "1 defect" if len(lines) == 1 else f"{len(lines)} defects"
    return DossierError(
        f"the sign-off file has {count}:"
        + "".join(f"\n  {line}" for line in lines[:_MAX_SHOWN])
        + more,
        uri=uri,
        hint=_HINT,
    )


def check_sign_offs(
    found: SignOffFile,
    held: YamlMap,
    *,
    uri: str,
    dossier: str,
    policy: ReviewPolicy,
    rows: Collection[tuple[str, str | None]],
    on: dt.date,
    since: dt.date,
    maker: str,
    known: Collection[Reviewer] = (),
) -> None:
    """Refuse signatures that cannot be of this review.

    Parameters
    ----------
    found
        The file.
    held
        Where each of its values stands.
    uri
        Where it came from, for the error.
    dossier
        Id of the dossier under review.
    policy
        The policy that judges.
    rows
        Artefact and component of every row.
    on
        Day of the review; nothing can be signed after it.
    since
        Date of the dossier; nothing can be signed before it.
    maker
        Who submits; nobody decides on what is their own.
    known
        Reviewers of other files of the same review.

    Raises
    ------
    DossierError
        If anything is unknown, lies in the future, or lacks its reason; all of it is listed.
    """
    defects = [
        *_whole(found, dossier, policy),
        *_people(found, maker, known),
        *_entries(found, policy, rows, on),
        *_early(found, since),
    ]
    if defects:
        raise _error(held, defects, uri)


def _whole(found: SignOffFile, dossier: str, policy: ReviewPolicy) -> Iterator[tuple[Place, str]]:
    if found.dossier != dossier:
        yield ("dossier",), f"is about {found.dossier!r}, and the dossier is {dossier!r}"
    if found.policy is not None and found.policy != policy.name:
        yield ("policy",), f"is about {found.policy!r}, and the review is under {policy.name!r}"


def _people(
    found: SignOffFile, maker: str, known: Collection[Reviewer]
) -> Iterator[tuple[Place, str]]:
    yield from _counted_twice(found, known)
    for step, reviewer in enumerate(found.reviewers):
        is_maker = same_name(reviewer.name) == same_name(maker)
        if is_maker and reviewer.conflict_of_interest == "none":
            where = ("reviewers", step, "conflict_of_interest")
            yield where, "is not none: whoever submits has an interest"
    seen = {reviewer.id for reviewer in found.reviewers}
    signed = {
        "sign_offs": [entry.by for entry in found.sign_offs],
        "ladder": [entry.by for entry in found.ladder],
    }
    for name, people in signed.items():
        for step, by in enumerate(people):
            if by not in seen:
                yield (name, step, "by"), f"{by!r} is none of the reviewers"


def _counted_twice(found: SignOffFile, known: Collection[Reviewer]) -> Iterator[tuple[Place, str]]:
    """Find people who stand there twice, here or here and in another file."""
    seen: set[str] = set()
    ids = {same_name(one.name): one.id for one in known}
    names = {one.id: same_name(one.name) for one in known}
    for step, reviewer in enumerate(found.reviewers):
        name = same_name(reviewer.name)
        if mixes_alphabets(reviewer.name):
            yield ("reviewers", step, "name"), "mixes letters of two alphabets that look alike"
        if reviewer.id in seen:
            yield ("reviewers", step, "id"), f"{reviewer.id!r} stands twice"
        if names.get(reviewer.id, name) != name:
            yield ("reviewers", step, "id"), f"{reviewer.id!r} is somebody else in another file"
        if ids.setdefault(name, reviewer.id) != reviewer.id:
            words = f"is the name of {ids[name]!r} too: nobody is counted twice; of two people of "
            yield ("reviewers", step, "name"), f"{words}one name, write what tells them apart"
        seen.add(reviewer.id)


def _entries(
    found: SignOffFile,
    policy: ReviewPolicy,
    rows: Collection[tuple[str, str | None]],
    on: dt.date,
) -> Iterator[tuple[Place, str]]:
    criteria = {one.id for one in policy.criteria}
    for step, entry in enumerate(found.sign_offs):
        where: Place = ("sign_offs", step)
        yield from _place(entry, where, criteria, rows)
        yield from _decision(entry, where)
        yield from _day(entry, where, on)
    for step, exception in enumerate(found.exceptions):
        yield from _place(exception, ("exceptions", step), criteria, rows)
        yield from _day(exception, ("exceptions", step), on)
    for step, rung in enumerate(found.ladder):
        yield from _day(rung, ("ladder", step), on)


def _early(found: SignOffFile, since: dt.date) -> Iterator[tuple[Place, str]]:
    entries: list[tuple[Place, dt.date]] = [
        *((("sign_offs", step), one.on) for step, one in enumerate(found.sign_offs)),
        *((("exceptions", step), one.on) for step, one in enumerate(found.exceptions)),
        *((("ladder", step), one.on) for step, one in enumerate(found.ladder)),
    ]
    for where, day in entries:
        if day < since:
            yield (*where, "on"), f"{day} lies before the date of the dossier, {since}"


def _day(
    entry: SignOff | ExceptionEntry | LadderEntry, where: Place, on: dt.date
) -> Iterator[tuple[Place, str]]:
    if entry.on > on:
        yield (*where, "on"), f"{entry.on} lies after the day of the review, {on}"


def _place(
    entry: SignOff | ExceptionEntry,
    where: Place,
    criteria: Collection[str],
    rows: Collection[tuple[str, str | None]],
) -> Iterator[tuple[Place, str]]:
    if entry.criterion not in criteria:
        known = ", ".join(sorted(criteria))
        yield (*where, "criterion"), f"{entry.criterion!r} is no criterion; known: {known}"
    for field, value, known_ones in (
        ("artefact", entry.artefact, {artefact for artefact, _ in rows}),
        ("component", entry.component, {component for _, component in rows if component}),
    ):
        if value is not None and value not in known_ones:
            names = ", ".join(sorted(known_ones)) or "none"
            yield (*where, field), f"{value!r} is not in the submission; known: {names}"


def _decision(entry: SignOff, where: Place) -> Iterator[tuple[Place, str]]:
    if entry.decision == "overrule":
        if entry.reason is None:
            yield (*where, "reason"), "is missing: nobody overrules without a reason"
        if entry.outcome is None:
            yield (*where, "outcome"), "is missing: an overrule says what shall hold instead"
    elif entry.outcome is not None:
        yield (*where, "outcome"), "goes with the decision 'overrule' only"
