"""Signatures over a whole bundle, in the format of OpenSSF Model Signing, without a network.

The module hands files to the library and checks what it leaves open: a signature may be written in
one way only, so that no byte of it can be changed unseen. Keys are read, never copied.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, Final

from dokja.attestation.layout import SIGNATURE
from dokja.document.read import read_regular
from dokja.errors import AttestationError, MissingDependencyError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MAX_SIGNATURE", "MEDIA", "hashing", "library", "sign", "verify_signature"]

MEDIA: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
_PAYLOAD: Final = "application/vnd.in-toto+json"
MAX_SIGNATURE: Final = 4 * 1024 * 1024


def library(name: str) -> Any:  # noqa: ANN401 - an extra
    """Import a module of the extra ``sign``.

    Parameters
    ----------
    name
        Its name.

    Returns
    -------
    module
        The module.

    Raises
    ------
    MissingDependencyError
        If the extra is not installed.
    """
    try:
        from importlib import import_module  # noqa: PLC0415

        return import_module(name)
    except ImportError:
        raise MissingDependencyError(
            "signatures need the extra sign, which is not installed",
            hint="pip install 'dokja[sign]'",
        ) from None


def hashing(signature: Path) -> Any:  # noqa: ANN401 - the library's
    """Say what is hashed of a bundle: every file but the signature.

    Parameters
    ----------
    signature
        Place of the signature.

    Returns
    -------
    model_signing.hashing.Config
        For signing and for verifying alike.
    """
    return (
        library("model_signing.hashing")
        .Config()
        .set_ignored_paths(paths=[signature], ignore_git_paths=False)
    )


def sign(folder: Path, key: Path, password: str | None = None) -> None:
    """Sign every file of a folder.

    Parameters
    ----------
    folder
        The bundle; ``model.sig`` is written into it.
    key
        Private key in PEM, on one of the curves P-256, P-384 and P-521.
    password
        Of the key, where it has one.

    Raises
    ------
    AttestationError
        If the key cannot be read or used.
    MissingDependencyError
        If the extra ``sign`` is not installed.
    """
    signing = library("model_signing.signing")
    root = folder.resolve()
    target = root / SIGNATURE
    try:
        read_regular(key, 1)
        config = signing.Config().use_elliptic_key_signer(
            private_key=key, password=None if password is None else password.encode()
        )
        config.set_hashing_config(hashing(target)).sign(root, target)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise AttestationError(
            f"the key cannot sign: {str(error)[:160]}",
            uri=str(key),
            hint="Give a private key in PEM on curve P-256, P-384 or P-521; put the password of an "
            "encrypted key into DOKJA_KEY_PASSWORD.",
        ) from None


def verify_signature(folder: Path, key: Path) -> str | None:
    """Verify the signature over a folder.

    Parameters
    ----------
    folder
        The bundle with its ``model.sig``.
    key
        Public key in PEM.

    Returns
    -------
    str or None
        Why the signature does not hold; None if it holds.

    Raises
    ------
    AttestationError
        If the key cannot be read.
    MissingDependencyError
        If the extra ``sign`` is not installed.
    """
    verifying = library("model_signing.verifying")
    root = folder.resolve()
    target = root / SIGNATURE
    try:
        read_regular(key, 1)
        config = verifying.Config().use_elliptic_key_verifier(public_key=key)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise AttestationError(
            f"the key cannot be read: {str(error)[:160]}",
            uri=str(key),
            hint="Give the public key in PEM, of the pair that signed.",
        ) from None
    loose = _loose(target)
    if loose is not None:
        return loose
    try:
        config.set_hashing_config(hashing(target)).verify(root, target)
    except Exception as error:  # noqa: BLE001 - whatever the library finds wrong with it
        return " ".join(str(error).split())[:300] or type(error).__name__
    return None


def _loose(target: Path) -> str | None:
    """Tell what in a signature could be written otherwise and still mean the same."""
    try:
        if target.stat().st_size > MAX_SIGNATURE:
            return "it is too large for a signature"
        text = target.read_text(encoding="utf-8")
        held = json.loads(text)
        envelope = held["dsseEnvelope"]
        (one,) = envelope["signatures"]
        same = json.dumps(held, separators=(",", ":"), ensure_ascii=False) == text
        strict = all(
            base64.b64encode(base64.b64decode(part, validate=True)).decode() == part
            for part in (envelope["payload"], one["sig"])
        )
        plain = (
            held["mediaType"] == MEDIA
            and envelope["payloadType"] == _PAYLOAD
            and one["keyid"] == ""
            and set(held) == {"mediaType", "verificationMaterial", "dsseEnvelope"}
            and set(held["verificationMaterial"]) == {"publicKey", "tlogEntries"}
            and held["verificationMaterial"]["tlogEntries"] == []
            and set(held["verificationMaterial"]["publicKey"]) == {"hint"}
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        return "it is no whole signature"
    return None if same and strict and plain else "it is not written as signatures are"
