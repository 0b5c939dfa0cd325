"""Audits of what is submitted, handed in or made, and the weights that they have to be of.

The module lays digests side by side; what an audit says is for others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.document.review import EvidenceDocument
from dokja.errors import DossierError
from dokja.policy.review.facts import say
from dokja.review.books import WEIGHTS
from dokja.review.dossier import digest_of
from dokja.review.stored import stored_audit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from dokja.document.audit import AuditReport, CheckpointSummary
    from dokja.document.dossier import Artefact, DeclaredReference
    from dokja.review.books import Books
    from dokja.review.dossier import DossierFiles

    Progress = Callable[[str, int, int], None]

__all__ = ["make_audits", "read_audits", "read_weights"]


def read_audits(files: DossierFiles, books: Books) -> None:
    """Read the audits that are handed in.

    Parameters
    ----------
    files
        The dossier.
    books
        Where they are noted.

    Raises
    ------
    DossierError
        If one is missing, bears another digest, or is about another checkpoint.
    """
    for one in files.dossier.audits:
        report, digest = stored_audit(files, one)
        place = books.add(
            EvidenceDocument(
                id=one.id,
                kind="audit",
                path=one.path,
                digest=digest,
                title=say(f"Audit of {one.artefact}", f"{one.artefact} 감사"),
                artefact=one.artefact,
            )
        )
        books.audits.setdefault(one.artefact, []).append((place, report))


def make_audits(
    files: DossierFiles,
    books: Books,
    *,
    seed: int,
    max_bytes: int | None,
    progress: Progress | None,
) -> None:
    """Audit every model against every reference that is there and in no stored report of it.

    Parameters
    ----------
    files
        The dossier.
    books
        Where they are noted.
    seed
        Seed of every audit.
    max_bytes
        Refuse an audit of more bytes than this.
    progress
        Called with a label, bytes done and bytes in all.

    Raises
    ------
    DossierError
        If a checkpoint is missing, or it or a reference bears another digest than the dossier
        gives.
    """
    there = [one for one in files.dossier.references if one.path and one.kind == "model"]
    for artefact in files.dossier.artefacts:
        if artefact.kind not in WEIGHTS or artefact.path is None:
            continue
        stored = [report for _, report in books.audits.get(artefact.id, [])]
        if stored and not files.resolve(artefact.path).exists():
            continue
        references = [one for one in there if not _is_covered(files, one, stored)]
        if not references:
            continue
        from dokja.audit import audit  # noqa: PLC0415 - kernels, which only this needs

        subject = _there(files, artefact)
        addresses = [str(files.resolve(one.path or ".")) for one in references]
        report = audit(str(subject), addresses, seed=seed, max_bytes=max_bytes, progress=progress)
        _same(files, f"artefact {artefact.id}", artefact.digest, report.subject)
        _same_references(files, references, report)
        place = books.add(
            EvidenceDocument(
                id=f"audit-of-{artefact.id}",
                kind="audit",
                path=None,
                digest=digest_of(_timeless(report)),
                title=say(f"Audit of {artefact.id}", f"{artefact.id} 감사"),
                artefact=artefact.id,
                made="computed",
            )
        )
        books.audits.setdefault(artefact.id, []).append((place, report))
        books.weights[artefact.id] = report.subject


def _is_covered(
    files: DossierFiles, reference: DeclaredReference, stored: Iterable[AuditReport]
) -> bool:
    """Tell whether a reference that lies there was looked at in a report that was handed in."""
    digests = {one.digest for report in stored for one in report.references}
    if not digests:
        return False
    if reference.digest is not None:
        return reference.digest in digests
    from dokja.audit import inspect  # noqa: PLC0415 - seldom asked for

    return inspect(str(files.resolve(reference.path or "."))).digest in digests


def read_weights(files: DossierFiles, books: Books, *, progress: Progress | None) -> None:
    """Look whether the weights that lie there are those that documents speak of.

    Parameters
    ----------
    files
        The dossier.
    books
        Where what was read is noted. Weights that are not at hand are left out.
    progress
        Called with a label, bytes done and bytes in all.

    Raises
    ------
    DossierError
        If weights bear another digest than the dossier gives, or an audit of them is of others.
    """
    for artefact in files.dossier.artefacts:
        if artefact.kind not in WEIGHTS or artefact.path is None:
            continue
        handed = books.audits.get(artefact.id, [])
        if (handed or artefact.id in books.runs) and not files.resolve(artefact.path).exists():
            # Somebody who was given reports alone reviews those.
            continue
        from dokja.audit import inspect  # noqa: PLC0415 - seldom asked for

        # An audit that was made just now has read them.
        summary = books.weights.get(artefact.id) or inspect(
            str(_there(files, artefact)), progress=progress
        )
        _same(files, f"artefact {artefact.id}", artefact.digest, summary)
        for place, report in handed:
            if report.subject.digest != summary.digest:
                raise DossierError(
                    f"audit {books.evidence[place].id} is of {report.subject.digest}, and the "
                    f"weights of {artefact.id} bear {summary.digest}",
                    uri=files.uri,
                    hint="Audit what is submitted; dokja inspect prints the digest of a "
                    "checkpoint.",
                )
        books.weights[artefact.id] = summary


def _there(files: DossierFiles, artefact: Artefact) -> Path:
    subject = files.resolve(artefact.path or ".")
    if not subject.exists():
        raise DossierError(
            f"artefact {artefact.id}: there is no {artefact.path}",
            uri=files.uri,
            hint="Paths are read from the folder of the dossier.",
        )
    return subject


def _same_references(
    files: DossierFiles, references: Iterable[DeclaredReference], report: AuditReport
) -> None:
    found = {one.ref: one for one in report.references}
    for one in references:
        summary = found.get(str(files.resolve(one.path or ".")))
        if summary is not None:
            _same(files, f"reference {one.id}", one.digest, summary)


def _same(files: DossierFiles, what: str, digest: str | None, summary: CheckpointSummary) -> None:
    if digest is not None and digest != summary.digest:
        raise DossierError(
            f"{what} bears {summary.digest}, and the dossier gives {digest}",
            uri=files.uri,
            hint="Hand in the checkpoint that was meant, or give its digest anew.",
        )


def _timeless(report: AuditReport) -> bytes:
    """Write a report without what another run of the same would have otherwise."""
    kept = report.model_dump_json(by_alias=True, exclude={"provenance": {"started_at", "wall_s"}})
    return kept.encode()
