"""From a dossier to everything that its documents say, row by row.

The module reads stored reports or has them made, and puts what they say beside each component; it
judges nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dokja.document.review import DossierRecord, EvidenceDocument, Pointer, ReviewedArtefact
from dokja.errors import DossierError
from dokja.policy.review.collect import audit_matches, run_of_row, tensor_components
from dokja.policy.review.facts import Case, Row, say
from dokja.policy.review.judge import Submission
from dokja.review.books import WEIGHTS, Books
from dokja.review.declared import read_readers, remote_code
from dokja.review.disclosed import disclosed_claims, disclosed_code
from dokja.review.lineage import Lineage
from dokja.review.shipped import read_shipped
from dokja.review.sources import Upstream, donors, licences, sources, whose_of
from dokja.review.stored import stored_run
from dokja.review.weights import make_audits, read_audits, read_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dokja.document.common import Localized
    from dokja.document.dossier import Artefact, Part
    from dokja.document.review_policy import ReviewPolicy
    from dokja.policy.review.facts import Claim, Match, Run
    from dokja.review.declared import Readers
    from dokja.review.dossier import DossierFiles
    from dokja.review.shipped import Shipped

__all__ = ["gather"]

_ROWS = frozenset({"model", "encoder", "tokenizer", "code", "data"})


def gather(
    files: DossierFiles,
    policy: ReviewPolicy,
    *,
    seed: int = 0,
    max_bytes: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Submission:
    """Read everything that a dossier names, and have audited what it gives no report of.

    Parameters
    ----------
    files
        The dossier.
    policy
        The policy that will judge.
    seed
        Seed of audits and trajectories that have to be made.
    max_bytes
        Refuse an audit of more bytes than this.
    progress
        Called with a label, bytes done and bytes in all.

    Returns
    -------
    Submission
        Rows with what every document says of each.

    Raises
    ------
    DossierError
        If a file is missing, bears another digest, leads out of the folder, or is about something
        else than the dossier says.
    """
    books = Books()
    books.add(
        EvidenceDocument(
            id=files.dossier.id,
            kind="dossier",
            path=None,
            digest=files.digest,
            title=say("The dossier", "신고서"),
        )
    )
    _read_proofs(files, books)
    read_audits(files, books)
    make_audits(files, books, seed=seed, max_bytes=max_bytes, progress=progress)
    _read_runs(files, books, seed, max_bytes, progress)
    read_weights(files, books, progress=progress)
    upstream = Upstream(Lineage.of(files.dossier), _matches_of(files, books))
    known = _Known(policy, read_readers(files), read_shipped(files), upstream)
    rows = [
        case
        for artefact in files.dossier.artefacts
        if artefact.kind in _ROWS
        for case in _cases(files, artefact, books, known)
    ]
    if not rows:
        raise DossierError(
            "nothing in it can be reviewed: it names no model, tokenizer, code or data",
            uri=files.uri,
            hint="List under artefacts what is submitted, each with its path.",
        )
    return Submission(
        dossier=DossierRecord(
            id=files.dossier.id,
            maker=files.dossier.maker,
            date=files.dossier.date,
            digest=files.digest,
            title=files.dossier.title,
        ),
        artefacts=tuple(_artefact(one, books) for one in files.dossier.artefacts),
        cases=tuple(rows),
        evidence=tuple(books.evidence),
        unknown=tuple(_unknown(files, books)),
    )


def _artefact(one: Artefact, books: Books) -> ReviewedArtefact:
    summary = books.subject(one.id)
    return ReviewedArtefact(
        id=one.id,
        kind=one.kind,
        digest=one.digest or (None if summary is None else summary.digest),
        n_parameters=None if summary is None else summary.n_parameters,
        origin=one.origin,
        licence=one.licence,
    )


def _unknown(files: DossierFiles, books: Books) -> Iterator[Localized]:
    """Say which documents were believed as they were handed in."""
    for artefact in files.dossier.artefacts:
        stored = books.audits.get(artefact.id) or books.runs.get(artefact.id)
        if artefact.kind in WEIGHTS and stored and artefact.id not in books.weights:
            yield say(
                f"The weights of {artefact.id} were not at hand: that its reports are of what was "
                "submitted is the dossier's word.",
                f"{artefact.id}의 가중치가 없어 보고서가 제출물에 대한 것인지는 신고서의 "
                "진술입니다.",
            )
    reports = [one for one in books.evidence if one.kind in {"audit", "trajectory"}]
    handed = [one.id for one in reports if one.made == "stored"]
    if handed:
        names = ", ".join(handed)
        yield say(
            f"Reports that were handed in are believed as they are, and nothing of them was "
            f"measured again: {names}.",
            f"제출된 보고서는 그대로 받아들였으며 다시 측정하지 않았습니다: {names}.",
        )


# -- documents ------------------------------------------------------------------------------------


def _read_proofs(files: DossierFiles, books: Books) -> None:
    for one in files.dossier.evidence:
        _, digest = files.read(one.path, one.digest, f"evidence {one.id}")
        title = one.title or one.id
        books.proofs[one.id] = books.add(
            EvidenceDocument(
                id=one.id, kind="file", path=one.path, digest=digest, title=say(title, title)
            )
        )


def _read_runs(
    files: DossierFiles,
    books: Books,
    seed: int,
    max_bytes: int | None,
    progress: Callable[[str, int, int], None] | None,
) -> None:
    for one in files.dossier.trajectories:
        made = one.recipe is not None
        if one.recipe is not None:
            from dokja.trajectory.run import trajectory  # noqa: PLC0415 - kernels, as above

            report = trajectory(
                files.resolve(one.recipe),
                root=files.folder,
                seed=seed,
                max_bytes=max_bytes,
                progress=progress,
            )
            digest = report.recipe_digest
        else:
            report, digest = stored_run(files, one)
        place = books.add(
            EvidenceDocument(
                id=one.id,
                kind="trajectory",
                path=one.recipe or one.report,
                digest=digest,
                title=say(f"Training run of {one.artefact}", f"{one.artefact} 학습 기록"),
                artefact=one.artefact,
                made="computed" if made else "stored",
            )
        )
        books.runs.setdefault(one.artefact, []).append((place, one.component, report))


# -- rows -----------------------------------------------------------------------------------------


def _rows(artefact: Artefact, books: Books) -> Iterator[Row]:
    parts = {part.component: part for part in artefact.parts}
    summary = books.subject(artefact.id)
    listed = () if summary is None else summary.components
    sizes = {one.component: (one.n_parameters, one.share) for one in listed}
    invented = [name for name in parts if sizes and name not in sizes]
    if invented:
        raise DossierError(
            f"artefact {artefact.id}: there is no {', '.join(invented)} in the checkpoint; it has "
            f"{', '.join(sorted(sizes))}",
            uri="dossier",
            hint="Name parts as dokja inspect does.",
        )
    names: list[str | None] = list(dict.fromkeys([*sizes, *parts]))
    for name in names or [artefact.component]:
        part = parts.get(name or "")
        size = sizes.get(name or "")
        yield _row(artefact, name, part, size, books)


def _row(
    artefact: Artefact,
    component: str | None,
    part: Part | None,
    size: tuple[int, float] | None,
    books: Books,
) -> Row:
    def said(name: str) -> object:
        own = None if part is None else getattr(part, name)
        return own if own not in {None, ()} else getattr(artefact, name)

    proofs = said("retrain_evidence")
    assert isinstance(proofs, tuple)
    return Row(
        artefact=artefact.id,
        kind=artefact.kind,
        component=component,
        n_parameters=None if size is None else size[0],
        share=None if size is None else size[1],
        origin=said("origin"),  # type: ignore[arg-type]  # one of the four, in both
        frozen=bool(said("frozen")),
        retrainable=said("retrainable"),  # type: ignore[arg-type]  # true, false or nothing
        retrain_evidence=tuple(Pointer(document=books.proofs[one]) for one in proofs),
        declared=(Pointer(document=0),),
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What is read once for all rows."""

    policy: ReviewPolicy
    readers: Readers
    shipped: Shipped
    upstream: Upstream


def _matches_of(
    files: DossierFiles, books: Books
) -> Callable[[Artefact, str | None], tuple[Match, ...]]:
    def matches(artefact: Artefact, component: str | None) -> tuple[Match, ...]:
        audits = books.audits.get(artefact.id, [])
        summary = books.subject(artefact.id)
        known = set() if summary is None else {one.component for one in summary.components}
        wanted = component if component in known else None
        return tuple(
            match
            for place, report in audits
            for match in audit_matches(report, place, wanted, whose_of(files, artefact))
        )

    return matches


def _cases(files: DossierFiles, artefact: Artefact, books: Books, known: _Known) -> Iterator[Case]:
    audits = books.audits.get(artefact.id, [])
    components = tensor_components(report for _, report in audits)
    claims: tuple[Claim, ...] = ()
    configured = False
    if artefact.path is not None and artefact.kind in WEIGHTS:
        claims, configured = remote_code(files.resolve(artefact.path), 0)
    code, compared = disclosed_code(files, artefact)
    for row in _rows(artefact, books):
        matches = tuple(
            match
            for place, report in audits
            for match in audit_matches(report, place, row.component, whose_of(files, artefact))
        )
        found = sources(files, artefact, row, matches, policy=known.policy, upstream=known.upstream)
        behind = tuple(donors(found, known.readers))
        said = disclosed_claims(
            files, artefact, row, matches=matches, donors=behind, readers=known.readers
        )
        yield Case(
            row=row,
            policy=known.policy,
            maker=files.dossier.maker,
            matches=matches,
            runs=tuple(_runs(artefact, row, books, components)),
            licences=tuple(
                licences(files, artefact, row, found, readers=known.readers, shipped=known.shipped)
            ),
            donors=behind,
            code=code,
            claims=(*claims, *said),
            code_compared=compared,
            declarations_read=bool(known.readers.texts),
            configuration_read=configured,
        )


def _runs(artefact: Artefact, row: Row, books: Books, components: dict[str, str]) -> Iterator[Run]:
    summary = books.subject(artefact.id)
    digest = artefact.digest or (None if summary is None else summary.digest)
    for place, declared, report in books.runs.get(artefact.id, []):
        said = report.recipe.submission
        # A run that ends in one component of the submission says nothing of the others.
        component = declared if said is None or said.component is None else said.component
        if component not in {None, row.component} or declared not in {None, component}:
            continue
        ends = None if digest is None else report.submission_digest == digest
        alone = component is not None or row.component is None
        yield run_of_row(
            report, place, row.component, ends_here=ends, components=components, alone=alone
        )
