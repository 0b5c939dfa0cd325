"""Signatures in somebody's own name, by Sigstore: a certificate for an identity, and a public log.

The module asks the services when signing, and nobody when verifying: the certificate, the log's
proof and its promise stand in the signature. Keys live as long as one signature.
"""

from __future__ import annotations

import base64
import binascii
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dokja.attestation.layout import SIGNATURE
from dokja.attestation.signing import MAX_SIGNATURE, MEDIA, hashing, library
from dokja.errors import AttestationError

__all__ = ["Identity", "sign_as", "verify_identity"]

_MAX_CONFIG: Final = 4 * 1024 * 1024
_ENTRY: Final = {
    "logIndex", "logId", "kindVersion", "integratedTime", "inclusionPromise", "inclusionProof",
    "canonicalizedBody",
}  # fmt: skip
_PROOF: Final = {"logIndex", "rootHash", "treeSize", "hashes", "checkpoint"}
_HINT: Final = (
    "Signing in your own name needs a network and an identity provider: a browser, a workflow with "
    "an identity of its own, or a token in DOKJA_IDENTITY_TOKEN. --sign-key needs neither."
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who has to have signed."""

    name: str
    """As the certificate has it: an address, or the URI of a workflow."""
    issuer: str
    """The provider that vouched for the name."""
    trust_config: Path | None = None
    """Whom to believe in place of Sigstore's public services."""


def sign_as(folder: Path, *, token: str | None = None, trust_config: Path | None = None) -> None:
    """Sign every file of a folder in one's own name.

    Parameters
    ----------
    folder
        The bundle; ``model.sig`` is written into it.
    token
        An identity token; without, that of the environment, else a browser is asked for one.
    trust_config
        Services to ask in place of Sigstore's public ones.

    Raises
    ------
    AttestationError
        If there is no identity, or a service cannot be reached or refuses.
    MissingDependencyError
        If the extra ``sign`` is not installed.
    """
    signing = library("model_signing.signing")
    root = folder.resolve()
    target = root / SIGNATURE
    _check_config(trust_config)
    try:
        config = signing.Config().use_sigstore_signer(
            use_ambient_credentials=True, identity_token=token, trust_config=trust_config
        )
        config.set_hashing_config(hashing(target)).sign(root, target)
    except Exception as error:
        # The library and what it stands on have a dozen kinds of errors for a service that fails.
        target.unlink(missing_ok=True)
        raise AttestationError(
            f"nobody could be found to vouch for the signature: {_words(error)}",
            uri=str(folder),
            hint=_HINT,
        ) from error


def verify_identity(folder: Path, who: Identity) -> str | None:
    """Verify that somebody signed a folder, without a network.

    Parameters
    ----------
    folder
        The bundle with its ``model.sig``.
    who
        Who has to have signed it.

    Returns
    -------
    str or None
        Why the signature does not hold; None if it holds.

    Raises
    ------
    AttestationError
        If the trust configuration cannot be read.
    MissingDependencyError
        If the extra ``sign`` is not installed.
    """
    verifying = library("model_signing.verifying")
    root = folder.resolve()
    target = root / SIGNATURE
    _check_config(who.trust_config)
    with tempfile.TemporaryDirectory() as scratch:
        trust = who.trust_config or _public_services(Path(scratch) / "trust.json")
        try:
            config = verifying.Config().use_sigstore_verifier(
                identity=who.name, oidc_issuer=who.issuer, trust_config=trust
            )
        except Exception as error:
            raise AttestationError(
                f"the trust configuration cannot be used: {_words(error)}",
                uri=str(trust),
                hint="Give the file that whoever runs the services hands out.",
            ) from error
    loose = _loose(target)
    if loose is not None:
        return loose
    try:
        config.set_hashing_config(hashing(target)).verify(root, target)
    except Exception as error:  # noqa: BLE001 - whatever the library finds wrong with it
        return _words(error)
    return None


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


def _check_config(path: Path | None) -> None:
    if path is None:
        return
    try:
        size = path.stat().st_size
        if not path.is_file() or size > _MAX_CONFIG:
            raise AttestationError(
                "it is no trust configuration",
                uri=str(path),
                hint="Give the file that whoever runs the services hands out.",
            )
    except OSError as error:
        raise AttestationError(
            f"the trust configuration cannot be read: {error.strerror}",
            uri=str(path),
            hint="Name a file that is there.",
        ) from None


def _public_services(path: Path) -> Path:
    """Write down whom to believe among Sigstore's public services, as the library ships it."""
    models = library("sigstore.models")
    trust = models.ClientTrustConfig.production(offline=True)
    # The library reads a configuration from a file and has no public way to write one.
    path.write_text(trust._inner.to_json(), encoding="utf-8")  # noqa: SLF001
    return path


def _loose(target: Path) -> str | None:
    """Tell what in a signature could be written otherwise and still mean the same."""
    try:
        if target.stat().st_size > MAX_SIGNATURE:
            return "it is too large for a signature"
        text = target.read_text(encoding="utf-8")
        held = json.loads(text)
        if "certificate" not in held["verificationMaterial"]:
            return "it is not signed in anybody's name"
        same = json.dumps(held, separators=(",", ":"), ensure_ascii=False) == text
        strict = _is_strict(held)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return "it is no whole signature"
    return None if same and strict else "it is not written as signatures are"


def _is_strict(held: dict[str, Any]) -> bool:
    """Tell whether a bundle holds what is signed or looked up, and nothing beside it."""
    material, envelope = held["verificationMaterial"], held["dsseEnvelope"]
    (entry,), (signature,) = material["tlogEntries"], envelope["signatures"]
    proof, promise = entry["inclusionProof"], entry.get("inclusionPromise")
    times = material.get("timestampVerificationData", {"rfc3161Timestamps": []})
    encoded = [
        material["certificate"]["rawBytes"],
        envelope["payload"],
        signature["sig"],
        entry["logId"]["keyId"],
        entry["canonicalizedBody"],
        proof["rootHash"],
        *proof["hashes"],
        *(() if promise is None else (promise["signedEntryTimestamp"],)),
        *(one["signedTimestamp"] for one in times["rfc3161Timestamps"]),
    ]
    numbers = [entry["logIndex"], proof["logIndex"], proof["treeSize"]]
    numbers += [entry["integratedTime"]] if "integratedTime" in entry else []
    return (
        held["mediaType"] == MEDIA
        and set(held) == {"mediaType", "verificationMaterial", "dsseEnvelope"}
        and set(material) <= {"certificate", "tlogEntries", "timestampVerificationData"}
        and set(material["certificate"]) == {"rawBytes"}
        and set(times) == {"rfc3161Timestamps"}
        and all(set(one) == {"signedTimestamp"} for one in times["rfc3161Timestamps"])
        and set(envelope) == {"payload", "payloadType", "signatures"}
        and set(signature) <= {"sig", "keyid"}
        and not signature.get("keyid")
        and set(entry) <= _ENTRY
        and set(entry["logId"]) == {"keyId"}
        and set(entry["kindVersion"]) == {"kind", "version"}
        and (promise is None or set(promise) == {"signedEntryTimestamp"})
        and set(proof) == _PROOF
        and set(proof["checkpoint"]) == {"envelope"}
        and all(map(_is_plain, encoded))
        and all(str(int(number)) == number for number in numbers)
        and _is_checkpoint_of(proof, may_be_witnessed=promise is None)
    )


def _is_plain(text: str) -> bool:
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    except binascii.Error:
        return False


def _is_checkpoint_of(proof: dict[str, Any], *, may_be_witnessed: bool) -> bool:
    """Tell whether a proof says of the tree what its signed checkpoint says, and nothing else.

    A log without promises has its checkpoints signed by witnesses too, whom nobody here knows.
    """
    header, _, signed = proof["checkpoint"]["envelope"].partition("\n\n")
    origin, size, root, *_ = header.split("\n")
    marks = [line.split(" ") for line in signed.removesuffix("\n").split("\n")]
    return (
        (size, root) == (proof["treeSize"], proof["rootHash"])
        and signed.endswith("\n")
        and all(dash == "\u2014" and _is_plain(mark) for dash, _, mark in marks)
        and marks[0][1] == origin.split(" - ")[0]
        and (may_be_witnessed or len(marks) == 1)
    )
