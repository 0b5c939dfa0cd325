"""Making a bundle: reports with what proves them, a manifest, and sums that any system can check.

The module lays bytes together; it renders nothing, signs nothing and judges nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from dokja.attestation.digests import digests_of, sums_text
from dokja.attestation.kinds import read_report
from dokja.attestation.layout import MANIFEST, SIGNATURE, SUMS, check_name
from dokja.attestation.statements import statements, write_statement
from dokja.document.audit import AuditReport
from dokja.document.bundle import BundledFile, Manifest, ReadFile
from dokja.document.review import ReviewReport
from dokja.document.trajectory import TrajectoryReport
from dokja.errors import AttestationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Literal

    from dokja.attestation.kinds import Report
    from dokja.document.bundle import Kind, Role

__all__ = ["Page", "make_bundle"]

_FOLDERS: Final[dict[Role, str]] = {
    "report": "reports",
    "page": "pages",
    "statement": "statements",
    "dossier": "dossier",
    "evidence": "files",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A page made of a report, in one language."""

    suffix: str
    language: Literal["en", "ko"]
    content: bytes


class _Box:
    """Files of a bundle as they are put in."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.files: list[BundledFile] = []

    def put(
        self,
        role: Role,
        name: str,
        content: bytes,
        *,
        kind: Kind | None = None,
        made_from: str | None = None,
        language: Literal["en", "ko"] | None = None,
    ) -> str:
        path = check_name(f"{_FOLDERS[role]}/{name}", "bundle")
        if path.casefold() in {one.casefold() for one in self.contents}:
            raise AttestationError(
                f"two files would bear the name {path}",
                uri="bundle",
                hint="Rename one of them; names are compared without case.",
            )
        self.contents[path] = content
        self.files.append(
            BundledFile(
                path=path,
                n_bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                blake3=blake3(content).hexdigest(),
                role=role,
                kind=kind,
                made_from=made_from,
                language=language,
            )
        )
        return path


def _check_dossier(name: str, report: Report, dossier: tuple[str, bytes]) -> None:
    """Refuse a dossier that the review beside it is not of."""
    if not isinstance(report, ReviewReport):
        return
    found = f"blake3:{blake3(dossier[1]).hexdigest()}"
    if report.dossier.digest != found:
        raise AttestationError(
            f"{name} is a review of the dossier {report.dossier.digest}, and {dossier[0]} bears "
            f"{found}",
            uri=dossier[0],
            hint="Put in the dossier as it was when it was reviewed, or review it anew.",
        )


def make_bundle(
    reports: Mapping[str, bytes],
    *,
    made_at: str,
    dokja: str,
    files: Mapping[str, bytes] | None = None,
    dossier: tuple[str, bytes] | None = None,
    pages: Callable[[Kind, Report], Iterable[Page]] | None = None,
) -> dict[str, bytes]:
    """Lay a bundle together.

    Parameters
    ----------
    reports
        Stored reports by file name.
    made_at
        When it is made, in UTC; the only thing that differs between two bundles of the same.
    dokja
        Version of the program.
    files
        Further files by name, such as evidence.
    dossier
        Name and bytes of the dossier.
    pages
        Makes pages of a report.

    Returns
    -------
    dict of str to bytes
        Every file of the bundle, ``manifest.json`` and ``SHA256SUMS`` among them.

    Raises
    ------
    AttestationError
        If something is no report, or names collide or lead out of the bundle, or a review is of
        another dossier.
    ReportError
        If a report is not whole.
    """
    if not reports:
        raise AttestationError(
            "a bundle needs a report", uri="bundle", hint="Name what dokja wrote with --json."
        )
    box = _Box()
    read: list[ReadFile] = []
    again: list[tuple[str, str]] = []
    for name, content in reports.items():
        kind, report = read_report(content, uri=name)
        path = box.put("report", name, content, kind=kind)
        if dossier is not None:
            _check_dossier(name, report, dossier)
        sources = list(_sources(path, report))
        read += sources
        again.append((path, _again(path, kind, report)))
        stem = name.removesuffix(".json")
        for page in [] if pages is None else pages(kind, report):
            box.put(
                "page",
                f"{stem}.{page.language}{page.suffix}",
                page.content,
                kind=kind,
                made_from=path,
                language=page.language,
            )
        hashed = {one.uri: one.sha256 for one in sources if one.sha256 and _of_subject(one, report)}
        for short, statement in statements(
            report, content, name=name, files=hashed, made_at=made_at
        ).items():
            text = write_statement(statement)
            box.put("statement", f"{stem}.{short}.json", text, kind=kind, made_from=path)
    if dossier is not None:
        box.put("dossier", dossier[0], dossier[1])
    for name, content in (files or {}).items():
        box.put("evidence", name, content)
    manifest = Manifest(
        schema_version="1",
        dokja=dokja,
        made_at=made_at,
        files=tuple(sorted(box.files, key=lambda one: one.path)),
        read=tuple(read),
        again=tuple(again),
    )
    contents = dict(box.contents)
    contents[MANIFEST] = (manifest.model_dump_json(indent=2) + "\n").encode()
    contents[SUMS] = sums_text(
        {name: hashlib.sha256(held).hexdigest() for name, held in contents.items()}
    )
    assert SIGNATURE not in contents
    return contents


def _sources(path: str, report: Report) -> Iterable[ReadFile]:
    if not isinstance(report, AuditReport | TrajectoryReport):
        return
    for one in report.provenance.sources:
        yield ReadFile(
            report=path,
            uri=one.uri,
            n_bytes=one.n_bytes,
            identity=one.identity,
            sha256=_still_there(one.uri, one.n_bytes),
        )


def _still_there(uri: str, n_bytes: int) -> str | None:
    """Hash a local file that still has the size it was read with."""
    file = Path(uri.removeprefix("file://"))
    try:
        if "://" in uri or not file.is_file() or file.stat().st_size != n_bytes:
            return None
        size, digest, _ = digests_of(file)
    except (OSError, ValueError):
        return None
    return digest if size == n_bytes else None


def _of_subject(one: ReadFile, report: Report) -> bool:
    """Tell whether a file lies in the checkpoint that a report is about."""
    if not isinstance(report, AuditReport):
        return False
    subject = report.subject.ref.rstrip("/")
    return one.uri == subject or one.uri.startswith(f"{subject}/")


def _again(path: str, kind: Kind, report: Report) -> str:
    """Write the command that makes a report again."""
    if isinstance(report, AuditReport):
        places = " ".join([report.subject.ref, *(one.ref for one in report.references)])
        return f"dokja audit {places} --seed {report.provenance.seed} --json {path}"
    if isinstance(report, ReviewReport):
        on = report.provenance.on.isoformat()
        return (
            f"dokja review dossier.yaml --policy {report.policy.name} --on {on} "
            f"--seed {report.provenance.seed} --json {path}"
        )
    if isinstance(report, TrajectoryReport):
        return f"dokja trajectory recipe.yaml --seed {report.provenance.seed} --json {path}"
    assert kind == "round"
    return f"dokja round replay {report.round} {path}"
