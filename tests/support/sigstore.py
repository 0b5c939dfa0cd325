"""A Sigstore of one's own: a certificate authority and a transparency log on this machine.

It answers as Fulcio (API version 2) and Rekor (version 1) do, with real keys, certificates,
certificate timestamps, inclusion proofs and checkpoints; nothing of it is believed by anybody who
was not given its trust configuration.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ISSUER", "LocalSigstore"]

ISSUER = "https://issuer.example"
_SCT = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_ISSUER = ObjectIdentifier("1.3.6.1.4.1.57264.1.1")
_ISSUER_2 = ObjectIdentifier("1.3.6.1.4.1.57264.1.8")
_DAY = dt.timedelta(days=1)
_SHA256 = ec.ECDSA(hashes.SHA256())


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _octets(content: bytes) -> bytes:
    """Wrap bytes as an OCTET STRING of less than 256."""
    length = len(content)
    return b"\x04" + (bytes([length]) if length < 128 else bytes([0x81, length])) + content


class LocalSigstore:
    """Certificates and log entries for whoever asks; a context manager.

    Parameters
    ----------
    broken
        What goes wrong: ``fulcio`` or ``rekor`` answer with an error, ``log`` signs a tree that
        does not hold the entry.
    """

    def __init__(self, broken: str = "") -> None:
        self.broken = broken
        self._root, self._log, self._ct = _key(), _key(), _key()
        self._now = dt.datetime.now(tz=dt.UTC).replace(microsecond=0)
        self._ca = self._authority()
        store = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path != "/.well-known/openid-configuration":
                    self.send_error(404)
                    return
                self._answer(
                    200,
                    {
                        "authorization_endpoint": f"{store.url}/auth",
                        "token_endpoint": f"{store.url}/token",
                    },
                )

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fulcio = self.path == "/api/v2/signingCert"
                if store.broken == ("fulcio" if fulcio else "rekor"):
                    self.send_error(503)
                    return
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                answer = store.certify(body, token) if fulcio else store.enter(body)
                self._answer(201, answer)

            def _answer(self, status: int, answer: dict[str, Any]) -> None:
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Answer no more: whatever is verified from now on is verified offline."""
        self._server.shutdown()
        self._server.server_close()

    # -- what clients are given --------------------------------------------------------------------

    def trust_config(self, path: Path) -> Path:
        """Write what tells a client whom to ask and whom to believe."""
        since = {"start": (self._now - _DAY).isoformat().replace("+00:00", "Z")}
        service = {"url": self.url, "validFor": since, "operator": "local"}
        path.write_text(
            json.dumps(
                {
                    "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
                    "trustedRoot": {
                        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
                        "tlogs": [self._instance(self._log, since)],
                        "certificateAuthorities": [
                            {
                                "subject": {"organization": "local", "commonName": "local"},
                                "uri": self.url,
                                "certChain": {"certificates": [{"rawBytes": _b64(self._der())}]},
                                "validFor": since,
                            }
                        ],
                        "ctlogs": [self._instance(self._ct, since)],
                        "timestampAuthorities": [],
                    },
                    "signingConfig": {
                        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
                        "caUrls": [{**service, "majorApiVersion": 1}],
                        "oidcUrls": [{**service, "majorApiVersion": 1}],
                        "rekorTlogUrls": [{**service, "majorApiVersion": 1}],
                        "rekorTlogConfig": {"selector": "ANY"},
                        "tsaUrls": [],
                        "tsaConfig": {"selector": "ANY"},
                    },
                }
            )
        )
        return path

    def token(self, identity: str) -> str:
        """Return an identity token, which nobody here verifies but reads."""
        begin = int(self._now.timestamp())
        claims = {"iss": ISSUER, "aud": "sigstore", "sub": identity, "iat": begin,
                  "nbf": begin - 60, "exp": begin + 3600}  # fmt: skip
        parts = ({"alg": "none", "typ": "JWT"}, claims)
        said = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in parts]
        return b".".join((*said, b"c2ln")).decode()

    def _instance(self, key: ec.EllipticCurvePrivateKey, since: dict[str, str]) -> dict[str, Any]:
        return {
            "baseUrl": self.url,
            "hashAlgorithm": "SHA2_256",
            "publicKey": {
                "rawBytes": _b64(_spki(key)),
                "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                "validFor": since,
            },
            "logId": {"keyId": _b64(hashlib.sha256(_spki(key)).digest())},
        }

    # -- the certificate authority -----------------------------------------------------------------

    def _der(self) -> bytes:
        return self._ca.public_bytes(serialization.Encoding.DER)

    def _authority(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "local authority")])
        key = self._root.public_key()
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - _DAY)
            .not_valid_after(self._now + 365 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .sign(self._root, hashes.SHA256())
        )

    def certify(self, request: dict[str, str], token: str) -> dict[str, Any]:
        """Answer a request for a certificate, as Fulcio does."""
        claims = token.split(".")[1]
        identity = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]
        asked = x509.load_pem_x509_csr(base64.b64decode(request["certificateSigningRequest"]))
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=False, crl_sign=False,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        issuer = ISSUER.encode()
        issuer_2 = b"\x0c" + bytes([len(issuer)]) + issuer
        key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._root.public_key())
        plain = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self._ca.subject)
            .public_key(asked.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - dt.timedelta(minutes=5))
            .not_valid_after(self._now + dt.timedelta(minutes=30))
            .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(identity)]), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False
            )
            .add_extension(key_id, critical=False)
            .add_extension(x509.UnrecognizedExtension(_ISSUER, issuer), critical=False)
            .add_extension(x509.UnrecognizedExtension(_ISSUER_2, issuer_2), critical=False)
        )
        bare = plain.sign(self._root, hashes.SHA256()).tbs_certificate_bytes
        stamp = _octets(self._timestamp(bare))
        whole = plain.add_extension(x509.UnrecognizedExtension(_SCT, stamp), critical=False)
        leaf = whole.sign(self._root, hashes.SHA256())
        chain = [one.public_bytes(serialization.Encoding.PEM).decode() for one in (leaf, self._ca)]
        return {"signedCertificateEmbeddedSct": {"chain": {"certificates": chain}}}

    def _timestamp(self, certificate: bytes) -> bytes:
        """Sign a certificate into the log of certificates: RFC 6962, section 3."""
        when = struct.pack("!Q", int(self._now.timestamp() * 1000))
        issuer = hashlib.sha256(_spki(self._root)).digest()
        length = struct.pack("!I", len(certificate))[1:]
        signed = b"\0\0" + when + b"\0\1" + issuer + length + certificate + b"\0\0"
        signature = self._ct.sign(signed, _SHA256)
        log = hashlib.sha256(_spki(self._ct)).digest()
        one = b"\0" + log + when + b"\0\0" + b"\x04\x03" + struct.pack("!H", len(signature))
        one += signature
        return struct.pack("!H", len(one) + 2) + struct.pack("!H", len(one)) + one

    # -- the transparency log ----------------------------------------------------------------------

    def enter(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request for an entry, as Rekor does; the tree has two leaves."""
        proposed = request["spec"]["proposedContent"]
        envelope = json.loads(proposed["envelope"])
        payload = base64.b64decode(envelope["payload"])
        entry = {
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {
                "envelopeHash": _digest(proposed["envelope"].encode()),
                "payloadHash": _digest(payload),
                "signatures": [
                    {"signature": one["sig"], "verifier": proposed["verifiers"][0]}
                    for one in envelope["signatures"]
                ],
            },
        }
        body = json.dumps(entry, sort_keys=True, separators=(",", ":")).encode()
        leaf = hashlib.sha256(b"\0" + body).digest()
        before = hashlib.sha256(b"\0another entry").digest()
        told = leaf if self.broken != "log" else before
        root = hashlib.sha256(b"\1" + before + told).digest()
        log_id = hashlib.sha256(_spki(self._log)).digest()
        note = f"local - 1\n2\n{_b64(root)}\n"
        mark = _b64(log_id[:4] + self._log.sign(note.encode(), _SHA256))
        said = {
            "body": _b64(body),
            "integratedTime": int(self._now.timestamp()),
            "logID": log_id.hex(),
            "logIndex": 1,
        }
        canonical = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
        promise = self._log.sign(canonical, _SHA256)
        proof = {
            "checkpoint": f"{note}\n\u2014 local {mark}\n",
            "hashes": [before.hex()],
            "logIndex": 1,
            "rootHash": root.hex(),
            "treeSize": 2,
        }
        verification = {"inclusionProof": proof, "signedEntryTimestamp": _b64(promise)}
        return {"0" * 64: {**said, "verification": verification}}


def _digest(content: bytes) -> dict[str, str]:
    return {"algorithm": "sha256", "value": hashlib.sha256(content).hexdigest()}
