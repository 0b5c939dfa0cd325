"""A dossier looked through before it is handed in: every file, every claim, whatever is missing.

The module reads what the dossier names and judges nobody; no weights are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from dokja.document.dossier_check import DossierCheck, DossierFinding
from dokja.document.yamltext import place as place_of
from dokja.errors import DokjaError, DossierError
from dokja.policy.review.facts import Row, say
from dokja.review.contradictions import contradictions
from dokja.review.declared import read_readers, remote_code
from dokja.review.disclosed import disclosed_claims
from dokja.review.dossier import read_dossier
from dokja.review.duties import own_licence
from dokja.review.gaps import gaps
from dokja.review.shipped import read_shipped
from dokja.review.stored import stored_audit, stored_run

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from dokja.document.audit import CheckpointSummary
    from dokja.document.common import Localized
    from dokja.document.dossier import Artefact
    from dokja.review.dossier import DossierFiles

    Inspect = Callable[[str, bool], CheckpointSummary]

__all__ = ["check_dossier"]

Place = tuple[str | int, ...]

_WEIGHTS: Final = frozenset({"model", "encoder"})
_MOST_SHOWN: Final = 100
_ORDER: Final = {"contradiction": 0, "missing": 1, "note": 2}


def check_dossier(path: str | Path, *, on: dt.date, inspect: Inspect) -> DossierCheck:
    """Check a dossier.

    Parameters
    ----------
    path
        A YAML file, or the folder that holds ``dossier.yaml``.
    on
        Today; no dossier is dated after it.
    inspect
        From a checkpoint, and whether its digest is wanted, to what it is made of.

    Returns
    -------
    DossierCheck
        What contradicts itself and what is missing.

    Raises
    ------
    DossierError
        If the dossier cannot be read, or a file that it names is not there, leads out of its
        folder, bears another digest or is no document of its kind; the message lists all of them.
    """
    files = read_dossier(path, on=on, may_clash=True)
    defects, summaries = _look(files, inspect)
    if defects:
        raise _error(files, defects)
    found = [
        *_clashes(files, summaries),
        *_said(files, summaries),
    ]
    components = {name: _components(one) for name, one in summaries.items()}
    found += [
        _finding(files, "DKJ710", "missing", one.place, one.text).model_copy(update={"step": step})
        for step, one in enumerate(gaps(files.dossier, components), 1)
    ]
    return DossierCheck(
        schema_version="1",
        id=files.dossier.id,
        digest=files.digest,
        n_files=len(list(_paths(files))),
        findings=tuple(sorted(found, key=lambda one: _ORDER[one.kind])),
    )


def _components(summary: CheckpointSummary) -> tuple[str, ...]:
    return tuple(one.component for one in summary.components if one.n_parameters)


def _finding(
    files: DossierFiles,
    rule: str,
    kind: Literal["contradiction", "missing", "note"],
    where: Place,
    text: Localized,
) -> DossierFinding:
    return DossierFinding(
        rule=rule, kind=kind, step=None, place=place_of(files.held, where), text=text
    )


# -- files ----------------------------------------------------------------------------------------


def _paths(files: DossierFiles) -> Iterator[tuple[Place, str, str | None]]:
    """List every path of a dossier, where it stands and the digest it should bear."""
    held = files.dossier
    for step, artefact in enumerate(held.artefacts):
        # The digest of weights is of what they say, not of the bytes of a file.
        digest = None if artefact.kind in _WEIGHTS else artefact.digest
        yield from _path(("artefacts", step, "path"), artefact.path, digest)
        yield from _path(("artefacts", step, "licence_file"), artefact.licence_file, None)
    for step, reference in enumerate(held.references):
        yield from _path(("references", step, "path"), reference.path, None)
    for step, proof in enumerate(held.evidence):
        yield from _path(("evidence", step, "path"), proof.path, proof.digest)
    for step, audit in enumerate(held.audits):
        yield from _path(("audits", step, "path"), audit.path, audit.digest)
    for step, run in enumerate(held.trajectories):
        yield from _path(("trajectories", step, "recipe"), run.recipe, None)
        yield from _path(("trajectories", step, "report"), run.report, run.digest)


def _path(
    where: Place, path: str | None, digest: str | None
) -> Iterator[tuple[Place, str, str | None]]:
    if path is not None:
        yield where, path, digest


def _look(
    files: DossierFiles, inspect: Inspect
) -> tuple[list[tuple[Place, str]], dict[str, CheckpointSummary]]:
    """Look at every file; return what is wrong with any, and what checkpoints are made of."""
    defects = []
    for where, path, digest in _paths(files):
        try:
            _look_at(files, path, digest)
        except DossierError as error:
            defects.append((where, _words(error)))
    broken = {where[:2] for where, _ in defects}
    summaries = {}
    for step, artefact in enumerate(files.dossier.artefacts):
        where = ("artefacts", step)
        if artefact.kind not in _WEIGHTS or artefact.path is None or where in broken:
            continue
        try:
            summaries[artefact.id] = _inspected(files, artefact, inspect)
        except DokjaError as error:
            defects.append(((*where, "path"), _words(error)))
    defects += _documents(files, broken)
    return defects, summaries


def _look_at(files: DossierFiles, path: str, digest: str | None) -> None:
    found = files.resolve(path)
    if not found.exists():
        raise DossierError(f"there is no {path}", hint="Paths start at the dossier's folder.")
    if digest is not None:
        if found.is_dir():
            raise DossierError(
                f"{path} is a folder, and a digest is given", hint="Give digests of files."
            )
        files.read(path, digest, "file")


def _inspected(files: DossierFiles, artefact: Artefact, inspect: Inspect) -> CheckpointSummary:
    assert artefact.path is not None
    summary = inspect(str(files.resolve(artefact.path)), artefact.digest is not None)
    if artefact.digest is not None and summary.digest != artefact.digest:
        raise DossierError(
            f"bears the digest {summary.digest}, and the dossier gives {artefact.digest}",
            hint="Hand in the checkpoint that was meant, or give its digest anew.",
        )
    return summary


def _documents(files: DossierFiles, broken: set[Place]) -> Iterator[tuple[Place, str]]:
    """Look whether stored reports, recipes and documents for readers are what they should be."""
    held = files.dossier
    looks: list[tuple[Place, Callable[[], object]]] = [
        (("audits", step), lambda one=audit: stored_audit(files, one))  # type: ignore[misc]
        for step, audit in enumerate(held.audits)
    ]
    for step, run in enumerate(held.trajectories):
        if run.report is not None:
            looks.append((("trajectories", step), lambda one=run: stored_run(files, one)))  # type: ignore[misc]
        elif run.recipe is not None:
            looks.append(
                (("trajectories", step), lambda one=run.recipe: _recipe(files, one))  # type: ignore[misc]
            )
    if not broken:
        looks.append(((), lambda: read_readers(files)))
        looks.append(((), lambda: read_shipped(files)))
    for where, look in looks:
        if where in broken:
            continue
        try:
            look()
        except DokjaError as error:
            yield where, _words(error)


def _recipe(files: DossierFiles, path: str) -> object:
    from dokja.trajectory.recipe_file import read_recipe  # noqa: PLC0415 - seldom asked for

    return read_recipe(files.resolve(path), root=files.folder)


def _words(error: DokjaError) -> str:
    """Say what is wrong with a file, with the place inside of it."""
    return f"{error.context}: {error.message}" if error.context else error.message


def _error(files: DossierFiles, defects: list[tuple[Place, str]]) -> DossierError:
    lines = [f"{place_of(files.held, where)}: {words}" for where, words in defects]
    left = len(lines) - _MOST_SHOWN
    count = "1 defect" if len(lines) == 1 else f"{len(lines)} defects"
    listed = "".join(f"\n  {line}" for line in lines[:_MOST_SHOWN])
    more = f"\n  … and {left} more" if left > 0 else ""
    return DossierError(
        f"the dossier has {count}:{listed}{more}",
        uri=files.uri,
        hint="Paths are read from the folder of the dossier; dokja inspect prints digests.",
    )


# -- claims ---------------------------------------------------------------------------------------


def _clashes(
    files: DossierFiles, summaries: dict[str, CheckpointSummary]
) -> Iterator[DossierFinding]:
    """Find what the dossier itself, its licence files and its checkpoints contradict."""
    for where, text in contradictions(files.dossier):
        yield _finding(files, "DKJ709", "contradiction", where, text)
    shipped = read_shipped(files)
    for step, artefact in enumerate(files.dossier.artefacts):
        if artefact.licence is not None:
            row = own_licence(
                artefact.id, None, artefact.licence, document=0, files=shipped.of(artefact.id)
            )
            at = ("artefacts", step, "licence")
            for text in row.conflicts:
                yield _finding(files, "DKJ709", "contradiction", at, text)
            if row.control == "unknown":
                yield _finding(files, "DKJ710", "note", at, row.reason)
        for inner, part in enumerate(artefact.parts):
            yield from _absent(
                files,
                summaries.get(artefact.id),
                part.component,
                ("artefacts", step, "parts", inner, "component"),
            )
    for step, run in enumerate(files.dossier.trajectories):
        yield from _absent(
            files, summaries.get(run.artefact), run.component, ("trajectories", step, "component")
        )


def _absent(
    files: DossierFiles, summary: CheckpointSummary | None, component: str | None, where: Place
) -> Iterator[DossierFinding]:
    known = {one.component for one in summary.components} if summary is not None else set()
    if summary is not None and component is not None and component not in known:
        listed = ", ".join(sorted(known))
        yield _finding(
            files,
            "DKJ709",
            "contradiction",
            where,
            say(
                f"there is no {component} in the checkpoint; it has {listed}",
                f"체크포인트에 {component}이(가) 없습니다. 있는 것: {listed}",
            ),
        )


def _said(files: DossierFiles, summaries: dict[str, CheckpointSummary]) -> Iterator[DossierFinding]:
    """Find what cards and configurations say otherwise, as the review would."""
    readers = read_readers(files)
    seen: set[tuple[str, str]] = set()
    for step, artefact in enumerate(files.dossier.artefacts):
        names = _components(summaries[artefact.id]) if artefact.id in summaries else ()
        for name in names or (artefact.component,):
            row = Row(artefact=artefact.id, kind=artefact.kind, component=name)
            for one in disclosed_claims(
                files, artefact, row, matches=(), donors=(), readers=readers
            ):
                rule = one.findings[0] if one.findings else "DKJ709"
                if (rule, one.text.en) not in seen:
                    seen.add((rule, one.text.en))
                    is_note = one.kind == "note"
                    yield _finding(
                        files,
                        rule,
                        "note" if is_note else "contradiction",
                        ("artefacts", step),
                        one.text,
                    )
        if artefact.kind in _WEIGHTS and artefact.path is not None:
            for one in remote_code(files.resolve(artefact.path), 0)[0]:
                yield _finding(files, "DKJ709", "note", ("artefacts", step), one.text)
