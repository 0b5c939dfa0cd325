"""Verifying a bundle: every byte, every document, and what can be concluded again from documents.

The module looks at a bundle and at nothing else; what needs weights, policies or pages is handed in
by the caller. An unsigned bundle can be whole and still be somebody else's.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dokja.attestation.digests import digests_of, sums_text
from dokja.attestation.identity import Identity, verify_identity
from dokja.attestation.kinds import read_report
from dokja.attestation.layout import MANIFEST, SIGNATURE, SUMS, is_archive, read_folder, unpack
from dokja.attestation.signing import verify_signature
from dokja.attestation.statements import statements, write_statement
from dokja.document.bundle import Manifest, Verification, VerifiedItem
from dokja.document.common import MAX_DOCUMENT_BYTES, Localized, parse_json_strictly
from dokja.errors import AttestationError, DokjaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Literal

    from dokja.attestation.kinds import Report
    from dokja.document.bundle import BundledFile, Kind

__all__ = ["item", "verify_bundle"]


def item(check: str, what: str, en: str, ko: str, *, outcome: str = "ok") -> VerifiedItem:
    """Say what was looked at.

    Parameters
    ----------
    check
        What kind of look.
    what
        At what.
    en, ko
        What was found.
    outcome
        ``ok``, ``failed`` or ``not_checked``.

    Returns
    -------
    VerifiedItem
        The line.
    """
    return VerifiedItem.model_validate(
        {"check": check, "what": what, "outcome": outcome, "words": Localized(en=en, ko=ko)}
    )


def verify_bundle(
    path: Path,
    *,
    dokja: str,
    key: Path | None = None,
    identity: Identity | None = None,
    again: Callable[[str, Kind, Report], Iterable[VerifiedItem]] | None = None,
    pages: Callable[[Kind, Report, str, str], bytes | None] | None = None,
) -> Verification:
    """Verify a bundle without a network.

    Parameters
    ----------
    path
        The bundle: a folder or an archive.
    dokja
        Version of the program; pages of another version are not made again.
    key
        Public key to check its signature with.
    identity
        Who has to have signed it, where it was signed in somebody's name; one of both.
    again
        Concludes again from a report, or from checkpoints: name, kind and report in, lines out.
    pages
        Makes a page again: kind, report, language and suffix in, bytes out; None where the page
        cannot be made here.

    Returns
    -------
    Verification
        Verified only if nothing failed and a signature, where there is one, was checked.

    Raises
    ------
    AttestationError
        If it is no bundle: not there, a broken archive, names that lead out of it, no manifest.
    """
    if not path.exists():
        raise AttestationError(
            "there is no such bundle", uri=str(path), hint="Name a folder or an archive."
        )
    with tempfile.TemporaryDirectory() as scratch:
        folder, found = path, []
        if is_archive(path):
            folder = Path(scratch)
            if not unpack(path, folder):
                found.append(
                    item(
                        "archive",
                        path.name,
                        "Its bytes are not what its files come to: something around them was "
                        "changed.",
                        "파일들로 만든 것과 바이트가 다릅니다. 파일 밖의 무언가가 바뀌었습니다.",
                        outcome="failed",
                    )
                )
        files = read_folder(folder)
        manifest, broken = _manifest(files, str(path))
        found += broken
        found += _bytes(files, manifest)
        signature, lines = _signature(folder, files, key or identity)
        found += lines
        if manifest is not None:
            same = manifest.dokja == dokja
            found += _documents(files, manifest, again, pages if same else None)
    return _conclude(path, found, signature)


_DERIVED: Final = frozenset({"page", "statement"})


def _manifest(files: dict[str, Path], uri: str) -> tuple[Manifest | None, list[VerifiedItem]]:
    if MANIFEST not in files:
        raise AttestationError(
            f"it holds no {MANIFEST}", uri=uri, hint="Name what dokja bundle wrote."
        )
    with files[MANIFEST].open("rb") as stream:
        content = stream.read(MAX_DOCUMENT_BYTES + 1)
    try:
        return parse_json_strictly(Manifest, content, uri=MANIFEST), []
    except DokjaError as error:
        said = str(error)[:200]
        return None, [
            item(
                "schema",
                MANIFEST,
                f"It is no manifest: {said}",
                f"매니페스트가 아닙니다: {said}",
                outcome="failed",
            )
        ]


def _bytes(files: dict[str, Path], manifest: Manifest | None) -> Iterator[VerifiedItem]:
    """Compare every file with the sums and with the manifest."""
    digests = {name: digests_of(file) for name, file in files.items()}
    sums = {
        name: digest for name, (_, digest, _) in digests.items() if name not in {SUMS, SIGNATURE}
    }
    written = files[SUMS].read_bytes() if SUMS in files else None
    yield from _against_sums(sums, written)
    if manifest is None:
        return
    listed = {one.path: one for one in manifest.files}
    for name in sorted({*listed, *sums} - {MANIFEST}):
        one, got = listed.get(name), digests.get(name)
        if one is None:
            yield _failed("digest", name, "It stands in no manifest.", "매니페스트에 없습니다.")
        elif got is None:
            yield _failed("digest", name, "It is missing.", "파일이 없습니다.")
        elif got != (one.n_bytes, one.sha256, one.blake3):
            yield _failed("digest", name, "Its bytes were changed.", "내용이 바뀌었습니다.")
        else:
            yield item("digest", name, "Every byte is as listed.", "목록과 같습니다.")


def _against_sums(sums: dict[str, str], written: bytes | None) -> Iterator[VerifiedItem]:
    if written == sums_text(sums):
        yield item("digest", SUMS, "It lists every file.", "모든 파일이 적혀 있습니다.")
        return
    said = {} if written is None else _parsed(written)
    for name in sorted({*said, *sums}):
        if said.get(name) != sums.get(name):
            yield _failed(
                "digest",
                name,
                f"{SUMS} gives another digest for it.",
                f"{SUMS}의 값과 다릅니다.",
            )
    yield _failed("digest", SUMS, "It does not list what is there.", "실제 파일과 다릅니다.")


def _parsed(written: bytes) -> dict[str, str]:
    lines = written.decode("utf-8", "replace").splitlines()
    pairs = (line.partition("  ") for line in lines[:4_000])
    return {name: digest for digest, mark, name in pairs if mark}


def _failed(check: str, what: str, en: str, ko: str) -> VerifiedItem:
    return item(check, what, en, ko, outcome="failed")


def _signature(
    folder: Path, files: dict[str, Path], signer: Path | Identity | None
) -> tuple[Literal["valid", "invalid", "none", "not_checked"], list[VerifiedItem]]:
    if SIGNATURE not in files:
        if signer is None:
            return "none", [
                item(
                    "signature",
                    SIGNATURE,
                    "It is not signed: whoever changed it could have written the manifest anew.",
                    "서명이 없습니다. 내용을 바꾼 사람이 매니페스트도 다시 썼을 수 있습니다.",
                    outcome="not_checked",
                )
            ]
        return "none", [_failed("signature", SIGNATURE, "It is not signed.", "서명이 없습니다.")]
    if signer is None:
        return "not_checked", [
            _failed(
                "signature",
                SIGNATURE,
                "It is signed; give the public key with --key, or --identity and --issuer, to "
                "check by whom.",
                "서명이 있습니다. --key로 공개 키를, 또는 --identity와 --issuer를 주면 확인합니다.",
            )
        ]
    if isinstance(signer, Identity):
        why = verify_identity(folder, signer)
        words = (
            f"Every file is as {signer.name} signed it, for whom {signer.issuer} vouched.",
            f"모든 파일이 {signer.name}이(가) 서명한 그대로입니다. 신원 확인: {signer.issuer}.",
        )
    else:
        why = verify_signature(folder, signer)
        words = ("Every file is as it was signed.", "모든 파일이 서명된 그대로입니다.")
    if why is None:
        return "valid", [item("signature", SIGNATURE, *words)]
    return "invalid", [
        _failed("signature", SIGNATURE, f"It does not hold: {why}", f"맞지 않습니다: {why}")
    ]


def _documents(
    files: dict[str, Path],
    manifest: Manifest,
    again: Callable[[str, Kind, Report], Iterable[VerifiedItem]] | None,
    pages: Callable[[Kind, Report, str, str], bytes | None] | None,
) -> Iterator[VerifiedItem]:
    reports: dict[str, tuple[Kind, Report]] = {}
    for one in manifest.files:
        if one.role != "report" or one.path not in files:
            continue
        content = files[one.path].read_bytes()
        try:
            kind, report = read_report(content, uri=one.path)
        except DokjaError as error:
            said = str(error)[:200]
            yield _failed(
                "schema", one.path, f"It is no whole report: {said}", f"보고서가 아닙니다: {said}"
            )
            continue
        if kind != one.kind:
            yield _failed("schema", one.path, f"It is of kind {kind}.", f"종류가 {kind}입니다.")
            continue
        yield item("schema", one.path, "It keeps the schema.", "스키마에 맞습니다.")
        reports[one.path] = (kind, report)
        if again is not None:
            yield from again(one.path, kind, report)
    yield from _all_derived(files, manifest, reports, pages)


def _all_derived(
    files: dict[str, Path],
    manifest: Manifest,
    reports: dict[str, tuple[Kind, Report]],
    pages: Callable[[Kind, Report, str, str], bytes | None] | None,
) -> Iterator[VerifiedItem]:
    """Look at everything that readers will take for what a report gives."""
    for one in manifest.files:
        made_from = reports.get(one.made_from or "")
        if one.path in files and made_from is not None and one.role in _DERIVED:
            yield from _derived(one, files, made_from, manifest, pages)
        elif one.path in files and _should_be_derived(one):
            yield _failed(
                one.role,
                one.path,
                "It stands among what is made from reports, and the manifest names no whole report "
                "that it was made from, or another role.",
                "보고서에서 만든 것들 사이에 있으나 매니페스트에 온전한 보고서가 없거나 역할이 "
                "다릅니다.",
            )


def _should_be_derived(one: BundledFile) -> bool:
    """Tell whether readers will take a file for what a report gives."""
    return one.role in _DERIVED or one.path.startswith(("pages/", "statements/"))


def _derived(
    one: BundledFile,
    files: dict[str, Path],
    made_from: tuple[Kind, Report],
    manifest: Manifest,
    pages: Callable[[Kind, Report, str, str], bytes | None] | None,
) -> Iterator[VerifiedItem]:
    """Compare a page or a statement with what its report gives."""
    kind, report = made_from
    held = files[one.path].read_bytes()
    expected: bytes | None = None
    if one.role == "statement" and one.made_from in files:
        expected = _statement(one, files, report, manifest)
        if expected is None:
            yield _failed(
                "statement",
                one.path,
                "Its report states nothing like it.",
                "보고서에 없는 내용입니다.",
            )
            return
    elif one.role == "page" and one.language is None:
        yield _failed(one.role, one.path, "It bears no language.", "언어가 적혀 있지 않습니다.")
        return
    elif one.role == "page" and pages is not None and one.language is not None:
        expected = pages(kind, report, one.language, Path(one.path).suffix)
    if expected is None:
        yield item(
            one.role,
            one.path,
            "It was not made again here: another version of the program wrote it.",
            "프로그램 판이 달라 다시 만들어 보지 않았습니다.",
            outcome="not_checked",
        )
    elif expected == held:
        yield item(one.role, one.path, "It is what its report gives.", "보고서와 일치합니다.")
    else:
        yield _failed(one.role, one.path, "It is not what its report gives.", "보고서와 다릅니다.")


def _statement(
    one: BundledFile, files: dict[str, Path], report: Report, manifest: Manifest
) -> bytes | None:
    source = one.made_from or ""
    name = Path(source).name
    subject = getattr(getattr(report, "subject", None), "ref", "").rstrip("/")
    hashed = {
        read.uri: read.sha256
        for read in manifest.read
        if read.report == source
        and read.sha256
        and subject
        and (read.uri == subject or read.uri.startswith(f"{subject}/"))
    }
    made = statements(
        report, files[source].read_bytes(), name=name, files=hashed, made_at=manifest.made_at
    )
    short = Path(one.path).name.removeprefix(name.removesuffix(".json") + ".")
    found = made.get(short.removesuffix(".json"))
    return None if found is None else write_statement(found)


def _conclude(
    path: Path,
    found: list[VerifiedItem],
    signature: Literal["valid", "invalid", "none", "not_checked"],
) -> Verification:
    broken = [one for one in found if one.outcome == "failed"]
    names = ", ".join(dict.fromkeys(one.what for one in broken))
    if broken:
        summary = Localized(en=f"Not verified: {names}.", ko=f"확인되지 않았습니다: {names}.")
    elif signature == "valid":
        summary = Localized(
            en="Verified: every byte is as it was signed, and what could be concluded again was.",
            ko="확인되었습니다. 모든 바이트가 서명된 그대로이고, 다시 판정한 것도 같습니다.",
        )
    else:
        summary = Localized(
            en="Whole, and not signed: it says the same as when it was made, not by whom.",
            ko="온전하지만 서명이 없습니다. 만든 때와 같으나, 누가 만들었는지는 알 수 없습니다.",
        )
    left = sum(one.outcome == "not_checked" and one.check in _DERIVED for one in found)
    if left and not broken:
        summary = Localized(
            en=f"{summary.en} {left} pages or statements were not made again: read the reports, "
            "not them.",
            ko=f"{summary.ko} 페이지나 진술 {left}개는 다시 만들어 보지 않았으니, 그것이 아니라 "
            "보고서를 읽으십시오.",
        )
    return Verification(
        schema_version="1",
        bundle=path.name,
        verified=not broken,
        signature=signature,
        items=tuple(found),
        summary=summary,
    )
