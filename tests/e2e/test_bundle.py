"""Bundles: whole, signed, verified offline; a changed byte anywhere is found and its file named."""

from __future__ import annotations

import hashlib
import io
import json
import random
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from blake3 import blake3
from google.protobuf import json_format
from in_toto_attestation.v1 import statement_pb2

from dokja.attestation.digests import sums_text
from dokja.attestation.layout import archive
from dokja.attestation.verify import verify_bundle
from dokja.cli import codes
from dokja.cli.main import main
from dokja.errors import AttestationError

if TYPE_CHECKING:
    from collections.abc import Callable

DEMO = Path(__file__).resolve().parents[2] / "src" / "dokja" / "data" / "demo"
MARK = b"\x01"


def _key(folder: Path, name: str, *extra: str) -> tuple[Path, Path]:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    lock = (
        serialization.BestAvailableEncryption(extra[0].encode())
        if extra
        else serialization.NoEncryption()
    )
    private, public = folder / f"{name}.pem", folder / f"{name}.pub.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    )
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return private, public


def named_by(path: Path, key: Path) -> set[str]:
    """Return what a verification names as broken; an archive that cannot be read names itself."""
    try:
        found = verified(path, key=key)
    except AttestationError as error:
        return {path.name} if path.name in str(error) else set()
    return broken(found) if not found.verified else set()


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Audit the demo's subject, and bundle the report: signed as an archive, plain as a folder."""
    folder = tmp_path_factory.mktemp("bundle")
    for name in ("subject", "vision-donor", "audio-donor"):
        shutil.copytree(DEMO / name, folder / name)
    places = [str(folder / name) for name in ("subject", "vision-donor")]
    report = folder / "audit.json"
    assert main(["audit", *places, "--json", str(report), "-q"]) == codes.EXIT_OK
    evidence = folder / "note.txt"
    evidence.write_text("what somebody saw\n")
    private, public = _key(folder, "maker")
    words = ["bundle", str(report), "--with", str(evidence), "-q", "-o"]
    signed, plain = folder / "signed.zip", folder / "plain"
    assert main([*words, str(signed), "--sign-key", str(private)]) == codes.EXIT_OK
    assert main([*words, str(plain), "--no-pages"]) == codes.EXIT_OK
    return {
        "folder": folder, "report": report, "key": private, "public": public,
        "signed": signed, "plain": plain,
    }  # fmt: skip


def verified(path: Path, **more: Any) -> Any:
    return verify_bundle(path, dokja="0", **more)


def broken(found: Any) -> set[str]:
    return {one.what for one in found.items if one.outcome == "failed"}


def test_a_signed_bundle_verifies_with_its_key(
    case: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["verify", str(case["signed"]), "--key", str(case["public"]), "--lang", "en"]
    assert main(words) == codes.EXIT_OK
    told = capsys.readouterr().out
    assert "Judged again from its evidence, the same verdict comes out." in told
    assert "as it was signed" in told
    assert "✗" not in told


def test_without_the_key_a_signed_bundle_is_not_called_verified(case: dict[str, Path]) -> None:
    found = verified(case["signed"])
    assert not found.verified
    assert found.signature == "not_checked"
    assert broken(found) == {"model.sig"}


def test_another_key_does_not_verify(case: dict[str, Path], tmp_path: Path) -> None:
    _, other = _key(tmp_path, "other")
    found = verified(case["signed"], key=other)
    assert (found.verified, found.signature) == (False, "invalid")
    assert not verified(case["plain"], key=other).verified


def test_an_unsigned_bundle_says_that_nothing_protects_it(case: dict[str, Path]) -> None:
    found = verified(case["plain"])
    assert found.verified
    assert found.signature == "none"
    assert "not by whom" in found.summary.en
    assert "not signed" in found.summary.en


def test_the_sums_can_be_checked_by_any_system(case: dict[str, Path]) -> None:
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=case["plain"], capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0


def test_an_audit_made_again_gives_the_same_figures(
    case: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = case["folder"]
    words = ["verify", str(case["plain"]), "--lang", "en", "--checkpoint", str(folder / "subject")]
    same = [*words, "--checkpoint", str(folder / "vision-donor"), "--test", "moments"]
    assert main(same) == codes.EXIT_OK
    assert "The same figures come out." in capsys.readouterr().out
    other = ["verify", str(case["plain"]), "--checkpoint", str(folder / "audio-donor")]
    assert main([*other, "--checkpoint", str(folder / "vision-donor"), "-q"]) == codes.EXIT_FINDING


@pytest.mark.parametrize("name", sorted({"audit.json", "note.txt", "manifest.json", "SHA256SUMS"}))
def test_a_changed_byte_of_a_file_names_it(
    name: str, case: dict[str, Path], tmp_path: Path
) -> None:
    draw = random.Random(name)
    (source,) = [path for path in case["plain"].rglob(name) if path.parent.name != "pages"]
    for _ in range(12):
        copy = tmp_path / "copy"
        shutil.copytree(case["plain"], copy)
        target = copy / source.relative_to(case["plain"])
        held = bytearray(target.read_bytes())
        place = draw.randrange(len(held))
        held[place] ^= 1 << draw.randrange(8)
        target.write_bytes(bytes(held))
        found = verified(copy)
        assert not found.verified, place
        assert target.relative_to(copy).as_posix() in broken(found)
        shutil.rmtree(copy)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"made_from": None}, codes.EXIT_FINDING),
        ({"language": None}, codes.EXIT_FINDING),
        ({"role": "evidence"}, codes.EXIT_FINDING),
        ({"dokja": "9.9"}, codes.EXIT_OK),
    ],
)
def test_a_doctored_page_is_not_passed_over(
    case: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    code: int,
) -> None:
    """Whoever writes the manifest anew does not choose what is made again."""
    folder = tmp_path / "bundle"
    assert main(["bundle", str(case["report"]), "-q", "-o", str(folder)]) == codes.EXIT_OK
    page = folder / "pages" / "audit.en.html"
    page.write_text(page.read_text().replace("share weights", "share nothing"))
    held = json.loads((folder / "manifest.json").read_text())
    if "dokja" in change:
        held.update(change)
    for one in held["files"]:
        content = (folder / one["path"]).read_bytes()
        one["n_bytes"] = len(content)
        one["sha256"] = hashlib.sha256(content).hexdigest()
        one["blake3"] = blake3(content).hexdigest()
        if one["path"] == "pages/audit.en.html" and "dokja" not in change:
            one.update(change)
    (folder / "manifest.json").write_text(json.dumps(held, indent=2) + "\n")
    sums = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    (folder / "SHA256SUMS").write_bytes(sums_text(sums))
    assert main(["verify", str(folder), "--lang", "en"]) == code
    told = capsys.readouterr().out
    if code == codes.EXIT_OK:
        assert "were not made again: read the reports" in told.splitlines()[-1]
    else:
        assert "✗ pages/audit.en.html" in told


def test_a_changed_byte_anywhere_in_an_archive_is_found(
    case: dict[str, Path], tmp_path: Path
) -> None:
    private = case["key"]
    small = tmp_path / "small.zip"
    words = ["bundle", str(case["report"]), "--no-pages", "-q", "-o", str(small)]
    assert main([*words, "--sign-key", str(private)]) == codes.EXIT_OK
    whole = small.read_bytes()
    assert verified(small, key=case["public"]).verified
    starts = [found for found in range(len(whole)) if whole[found : found + 2] == b"PK"]
    draw = random.Random(0)
    # Every byte of a header and of the directory matters as much as those of the files.
    near = {start + draw.randrange(46) for start in starts for _ in range(6)}
    signature = whole.index(b'{"mediaType"')
    inside = {signature + draw.randrange(2500) for _ in range(40)}
    places = {*near, *inside, *(draw.randrange(len(whole)) for _ in range(40)), len(whole) - 1}
    for place in sorted(place for place in places if place < len(whole)):
        held = bytearray(whole)
        held[place] ^= 1 << draw.randrange(8)
        small.write_bytes(bytes(held))
        named = named_by(small, case["public"])
        assert named, place
    for cut in (10, len(whole) // 2, len(whole) - 3):
        small.write_bytes(whole[:cut])
        with pytest.raises(AttestationError, match=r"small\.zip"):
            verified(small)
    small.write_bytes(whole + b"more")
    assert not verified(small, key=case["public"]).verified


def test_a_rewritten_manifest_needs_the_key(case: dict[str, Path], tmp_path: Path) -> None:
    """Put another report in, with right digests everywhere: only the signature can tell."""
    with zipfile.ZipFile(case["signed"]) as held:
        signature = held.read("model.sig")
    folder = case["folder"]
    other = tmp_path / "audit.json"
    places = [str(folder / "subject"), str(folder / "audio-donor")]
    assert main(["audit", *places, "--json", str(other), "-q"]) == codes.EXIT_OK
    forged = tmp_path / "forged"
    assert main(["bundle", str(other), "-q", "-o", str(forged)]) == codes.EXIT_OK
    assert verified(forged).verified
    (forged / "model.sig").write_bytes(signature)
    found = verified(forged, key=case["public"])
    assert found.signature == "invalid"
    assert not found.verified


def test_a_forged_verdict_is_judged_anew(
    case: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = json.loads(case["report"].read_text())
    forged = tmp_path / "audit.json"
    bundle = tmp_path / "forged.zip"
    words = ["bundle", str(forged), "-q", "--no-pages", "-o", str(bundle)]
    # What contradicts itself is not even bundled.
    held["verdict"]["passed"] = not held["verdict"]["passed"]
    forged.write_text(json.dumps(held))
    assert main(words) == codes.EXIT_INCOMPLETE
    held = json.loads(case["report"].read_text().replace('"reused"', '"derived"'))
    forged.write_text(json.dumps(held))
    assert main(words) == codes.EXIT_OK
    assert main(["verify", str(bundle), "--lang", "en"]) == codes.EXIT_FINDING
    assert "another verdict comes out" in capsys.readouterr().out


def test_statements_open_in_the_reference_library(case: dict[str, Path]) -> None:
    (svr,) = case["plain"].rglob("*.svr.json")
    (result,) = case["plain"].rglob("*.eval-result.json")
    for path, kind in ((svr, "svr/v0.1"), (result, "eval-result/v0.1")):
        read = json_format.Parse(path.read_text(), statement_pb2.Statement())
        assert read.type == "https://in-toto.io/Statement/v1"
        assert read.predicate_type == f"https://in-toto.io/attestation/{kind}"
        assert all(one.digest for one in read.subject)
    said = json.loads(svr.read_text())["predicate"]
    assert set(said) >= {"verifier", "timeCreated", "properties"}
    # The vision encoder was another's; nothing of it is passed.
    assert not any("vision_encoder" in one for one in said["properties"])
    facts = json.loads(result.read_text())["predicate"]
    assert all(isinstance(one["threshold"], str) for one in facts["claims"])
    assert [one["passed"] for one in facts["claims"] if "vision_encoder" in one["metric"]] == [
        False
    ]
    assert facts["assuranceLevel"] == "self_attested"
    names = {one["name"] for one in json.loads(svr.read_text())["subject"]}
    assert any(name.endswith(".safetensors") for name in names)


def test_the_same_reports_give_the_same_archive(
    case: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for name in ("a.zip", "b.zip"):
        target = tmp_path / name
        assert main(["bundle", str(case["report"]), "-q", "-o", str(target)]) == codes.EXIT_OK
        with zipfile.ZipFile(target) as held:
            made.append(
                {
                    one: held.read(one)
                    for one in held.namelist()
                    if one not in {"manifest.json", "SHA256SUMS"}
                }
            )
    assert made[0] == made[1]
    monkeypatch.undo()


def _zip(entries: list[tuple[str, bytes]], change: Callable[[zipfile.ZipInfo], None]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as held:
        for name, content in entries:
            entry = zipfile.ZipInfo(name)
            change(entry)
            held.writestr(entry, content)
    return stream.getvalue()


def _packed(entry: zipfile.ZipInfo) -> None:
    entry.compress_type = zipfile.ZIP_DEFLATED


def _linked(entry: zipfile.ZipInfo) -> None:
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not an archive", b"PK\x03\x04", b"PK\x05\x06" + bytes(18),
        archive({"../out.txt": b"x"}), archive({"/etc/out": b"x"}), archive({"a/../../b": b"x"}),
        archive({"a\\b": b"x"}), archive({"C:x": b"x"}), archive({"a": b"", "A": b""}),
        archive({f"f{n}": b"" for n in range(2001)}), archive({"note.txt": b"x"}),
        _zip([("bomb", bytes(1 << 22))], _packed), _zip([("link", b"/etc/passwd")], _linked),
        archive({"a" * 500: b"x"}),
    ],
    ids=[
        "empty", "text", "cut", "hollow", "climbs", "absolute", "climbs inside", "backslash",
        "drive", "two cases", "too many", "no manifest", "packed", "link", "long name",
    ],
)  # fmt: skip
def test_hostile_archives_are_refused_and_write_nothing(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "inner").mkdir()
    bundle = tmp_path / "inner" / "b.zip"
    bundle.write_bytes(content)
    assert main(["verify", str(bundle)]) == codes.EXIT_INCOMPLETE
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert "hint: " in told
    assert [path.name for path in tmp_path.rglob("*")] == ["inner", "b.zip"]


def test_links_and_broken_manifests_in_a_folder(case: dict[str, Path], tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(case["plain"], copy)
    (copy / "link").symlink_to("/etc/passwd")
    with pytest.raises(AttestationError, match="link"):
        verified(copy)
    (copy / "link").unlink()
    (copy / "extra.txt").write_text("more")
    assert broken(verified(copy)) >= {"extra.txt"}
    (copy / "extra.txt").unlink()
    for content in (b"{}", b"[", b"[" * 100_000, b"\xff", b'{"schema_version": "1"}'):
        (copy / "manifest.json").write_bytes(content)
        assert "manifest.json" in broken(verified(copy))


@pytest.mark.parametrize("change", ["text", "curve", "locked", "missing"])
def test_a_key_that_cannot_sign_is_told_and_nothing_is_written(
    change: str, case: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "key.pem"
    if change == "text":
        key.write_text("no key")
    elif change == "curve":
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        form = serialization.PrivateFormat.PKCS8
        key.write_bytes(
            made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
        )
    elif change == "locked":
        key, _ = _key(tmp_path, "key", "secret")
    before = sorted(path.name for path in tmp_path.iterdir())
    target = tmp_path / "b.zip"
    words = ["bundle", str(case["report"]), "--sign-key", str(key), "-o", str(target), "-q"]
    assert main(words) == codes.EXIT_INCOMPLETE
    assert "key" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_locked_key_signs_with_its_password(
    case: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, public = _key(tmp_path, "key", "secret")
    monkeypatch.setenv("DOKJA_KEY_PASSWORD", "secret")
    target = tmp_path / "signed"
    words = ["bundle", str(case["report"]), "--sign-key", str(private), "-o", str(target), "-q"]
    assert main([*words, "--no-pages"]) == codes.EXIT_OK
    assert verified(target, key=public).verified
    held = b"".join(path.read_bytes() for path in target.rglob("*") if path.is_file())
    assert b"PRIVATE KEY" not in held


@pytest.mark.parametrize("content", [b"{}", b"[]", b"", b"\x00", b'{"subject": 1}'])
def test_what_is_no_report_is_not_bundled(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(content)
    target = tmp_path / "b.zip"
    words = ["bundle", str(tmp_path / "r.json"), "-o", str(target), "-q"]
    assert main(words) == codes.EXIT_INCOMPLETE
    assert not target.exists()


def test_a_folder_that_is_there_is_left_alone(case: dict[str, Path]) -> None:
    before = sorted(case["plain"].rglob("*"))
    words = ["bundle", str(case["report"]), "-o", str(case["plain"]), "-q"]
    assert main(words) == codes.EXIT_INCOMPLETE
    assert sorted(case["plain"].rglob("*")) == before
