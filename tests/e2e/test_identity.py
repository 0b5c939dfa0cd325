"""Bundles signed in one's own name: by services of one's own, verified when they are gone."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from dokja.attestation.identity import Identity, verify_identity
from dokja.attestation.verify import verify_bundle
from dokja.cli import codes
from dokja.cli.main import main
from tests.support.sigstore import ISSUER, LocalSigstore

if TYPE_CHECKING:
    from dokja.document.bundle import Verification

NAME = "kim@agency.example"


class Signed(NamedTuple):
    bundle: Path
    trust: Path
    report: Path


def _report(folder: Path) -> Path:
    path = folder / "audit.json"
    shutil.copyfile(Path(__file__).parents[1] / "golden" / "demo.json", path)
    return path


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    """Sign a folder while the services run; they are stopped before anything is verified."""
    folder = tmp_path_factory.mktemp("identity")
    report, target = _report(folder), folder / "bundle"
    with LocalSigstore() as services, pytest.MonkeyPatch.context() as patch:
        trust = services.trust_config(folder / "trust.json")
        patch.setenv("DOKJA_IDENTITY_TOKEN", services.token(NAME))
        words = ["bundle", str(report), "--no-pages", "-q", "-o", str(target)]
        assert main([*words, "--sign-identity", "--trust-config", str(trust)]) == codes.EXIT_OK
    return Signed(target, trust, report)


def verified(signed: Signed, name: str = NAME, issuer: str = ISSUER) -> Verification:
    who = Identity(name, issuer, signed.trust)
    return verify_bundle(signed.bundle, dokja="0", identity=who)


def test_whoever_signed_is_found_without_a_network(
    signed: Signed, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["verify", str(signed.bundle), "--identity", NAME, "--issuer", ISSUER]
    words += ["--trust-config", str(signed.trust), "--lang", "en"]
    assert main(words) == codes.EXIT_OK
    told = capsys.readouterr().out
    assert f"as {NAME} signed it, for whom {ISSUER} vouched" in told


@pytest.mark.parametrize(
    ("name", "issuer", "words"),
    [
        ("lee@agency.example", ISSUER, "do not match lee@agency.example"),
        (NAME, "https://other.example", "OIDCIssuer does not match"),
    ],
)
def test_another_name_or_another_provider_does_not_verify(
    signed: Signed, name: str, issuer: str, words: str
) -> None:
    found = verified(signed, name, issuer)
    assert (found.verified, found.signature) == (False, "invalid")
    assert any(words in one.words.en for one in found.items)


def test_nobody_is_believed_but_those_in_the_trust_configuration(
    signed: Signed, tmp_path: Path
) -> None:
    public = Identity(NAME, ISSUER)
    assert verify_identity(signed.bundle, public) is not None
    with LocalSigstore() as other:
        trust = other.trust_config(tmp_path / "other.json")
    assert verify_identity(signed.bundle, Identity(NAME, ISSUER, trust)) is not None


def test_without_a_name_it_is_not_called_verified(signed: Signed) -> None:
    found = verify_bundle(signed.bundle, dokja="0")
    assert (found.verified, found.signature) == (False, "not_checked")


def test_a_changed_byte_anywhere_in_the_signature_is_found(signed: Signed, tmp_path: Path) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(signed.bundle, copy)
    whole = (copy / "model.sig").read_bytes()
    who = Identity(NAME, ISSUER, signed.trust)
    assert verify_identity(copy, who) is None
    draw = random.Random(0)
    places = range(len(whole)) if len(whole) < 400 else draw.sample(range(len(whole)), 400)
    for place in places:
        held = bytearray(whole)
        held[place] ^= 1 << draw.randrange(8)
        (copy / "model.sig").write_bytes(bytes(held))
        assert verify_identity(copy, who) is not None, place


@pytest.mark.parametrize("where", ["", "material", "entry", "proof", "envelope", "mark"])
def test_nothing_can_be_added_to_a_signature(signed: Signed, tmp_path: Path, where: str) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(signed.bundle, copy)
    held = json.loads((copy / "model.sig").read_text())
    (entry,) = held["verificationMaterial"]["tlogEntries"]
    if where == "mark":
        entry["inclusionProof"]["checkpoint"]["envelope"] += "\u2014 other AAAAAAAA\n"
    else:
        places = {
            "": held,
            "material": held["verificationMaterial"],
            "entry": entry,
            "proof": entry["inclusionProof"],
            "envelope": held["dsseEnvelope"],
        }
        places[where]["note"] = "x"
    text = json.dumps(held, separators=(",", ":"), ensure_ascii=False)
    (copy / "model.sig").write_text(text)
    assert verify_identity(copy, Identity(NAME, ISSUER, signed.trust)) is not None


def test_a_changed_file_breaks_the_signature(signed: Signed, tmp_path: Path) -> None:
    copy = tmp_path / "bundle"
    shutil.copytree(signed.bundle, copy)
    (copy / "SHA256SUMS").write_bytes(b"")
    assert "SHA256SUMS" in str(verify_identity(copy, Identity(NAME, ISSUER, signed.trust)))


@pytest.mark.parametrize("broken", ["fulcio", "rekor", "log"])
def test_services_that_fail_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    target = tmp_path / "bundle"
    with LocalSigstore(broken) as services:
        trust = services.trust_config(tmp_path / "trust.json")
        monkeypatch.setenv("DOKJA_IDENTITY_TOKEN", services.token(NAME))
        words = ["bundle", str(_report(tmp_path)), "--no-pages", "-q", "-o", str(target)]
        code = main([*words, "--sign-identity", "--trust-config", str(trust)])
    if broken == "log":
        # The library believes the log when it signs; whoever verifies does not.
        who = Identity(NAME, ISSUER, trust)
        assert "inclusion proof" in str(verify_identity(target, who))
        return
    assert code == codes.EXIT_INCOMPLETE
    assert "vouch" in capsys.readouterr().err
    assert not target.exists()


@pytest.mark.parametrize("content", [None, b"", b"[1]", b"\xff", b"{" * 5000, b"{}"])
def test_a_trust_configuration_that_is_none_is_refused(
    signed: Signed, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    trust = tmp_path / "trust.json"
    if content is not None:
        trust.write_bytes(content)
    words = ["verify", str(signed.bundle), "--identity", NAME, "--issuer", ISSUER]
    assert main([*words, "--trust-config", str(trust), "--lang", "en"]) == codes.EXIT_INCOMPLETE
    assert "trust configuration" in capsys.readouterr().err


def test_options_that_do_not_go_together_are_refused(signed: Signed) -> None:
    bundle = ["bundle", str(signed.report), "-o", "x.zip"]
    assert main([*bundle, "--sign-key", "k.pem", "--sign-identity"]) == codes.EXIT_USAGE
    verify = ["verify", str(signed.bundle)]
    assert main([*verify, "--identity", NAME]) == codes.EXIT_USAGE
    both = [*verify, "--identity", NAME, "--issuer", ISSUER, "--key", "k.pem"]
    assert main(both) == codes.EXIT_USAGE
