"""Checkpoints by their names on the Hugging Face hub: ``hf://owner/model[@revision][/file]``.

The module knows how such names become addresses and who may see the token, never what a file
holds. Everything else is that of http.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote, urlsplit

from dokja.errors import SourceError, SourceNotFoundError
from dokja.io.http import HttpSource, HttpTransport
from dokja.io.ranges import Access

if TYPE_CHECKING:
    from dokja.io.source import ByteSource

__all__ = ["TRANSPORT", "HubName", "HubTransport", "hub_access", "hub_name"]

_ENDPOINT: Final = "https://huggingface.co"
_NAME: Final = r"[A-Za-z0-9][\w.\-]{0,95}"
_ADDRESS: Final = re.compile(
    rf"hf://(?P<owner>{_NAME})/(?P<model>{_NAME})"
    r"(?:@(?P<revision>refs/[\w.\-]+/[\w.\-]+|[^/@?#\s]{1,200}))?(?:/(?P<file>[^?#]*))?",
    re.ASCII,
)
_OTHER_KINDS: Final = frozenset({"datasets", "spaces", "models", "buckets"})
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_REFUSED: Final = (
    "check the name; for a private or gated model accept its terms on its page and put a token "
    "that may read it into HF_TOKEN"
)


@dataclass(frozen=True, slots=True)
class HubName:
    """A model on the hub, and perhaps a file of it."""

    repository: str
    revision: str | None
    """Branch, tag or commit; None for the main branch."""
    file: str
    """Path in the repository; empty for the repository itself."""

    @property
    def shown(self) -> str:
        """The name as it is written."""
        revision = f"@{quote(self.revision, safe='')}" if self.revision else ""
        return f"hf://{self.repository}{revision}/{self.file}"

    def url(self, endpoint: str) -> str:
        """Return the address of the file.

        Parameters
        ----------
        endpoint
            Address of the hub.

        Returns
        -------
        str
            An http or https address.
        """
        revision = quote(self.revision or "main", safe="")
        return f"{endpoint}/{self.repository}/resolve/{revision}/{quote(self.file)}"


def hub_name(uri: str) -> HubName:
    """Take an address apart.

    Parameters
    ----------
    uri
        Such as ``hf://owner/model@v1.0/model.safetensors``.

    Returns
    -------
    HubName
        Its parts.

    Raises
    ------
    SourceError
        If it is not such an address.
    """
    found = _ADDRESS.fullmatch(f"hf{uri[2:]}")
    is_model = found is not None and found["owner"] not in _OTHER_KINDS
    if not found or not is_model or ".." in f"{found['revision']}/{found['file']}".split("/"):
        raise SourceError(
            "not a name on the hub",
            hint="write hf://owner/model, or hf://owner/model@revision",
            uri=uri,
        )
    repository = f"{found['owner']}/{found['model']}"
    revision = found["revision"]
    return HubName(repository, unquote(revision) if revision else None, found["file"] or "")


def _endpoint() -> str:
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or _ENDPOINT
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SourceError(
            "HF_ENDPOINT is not the address of a hub",
            hint=f"unset it, or give an address such as {_ENDPOINT}",
        )
    return endpoint


def hub_access(endpoint: str) -> Access:
    """Say what is sent to a hub and to no other server.

    Parameters
    ----------
    endpoint
        Address of the hub.

    Returns
    -------
    Access
        With the token of ``HF_TOKEN``, if there is one and nobody can listen on the way.
    """
    parts = urlsplit(endpoint)
    is_private = parts.scheme == "https" or parts.hostname in _LOOPBACK
    token = os.environ.get("HF_TOKEN", "").strip()
    # A line break would begin a header of its own.
    if not token or not is_private or not (token.isascii() and token.isprintable()):
        return Access(hint=_REFUSED)
    return Access(headers={"Authorization": f"Bearer {token}"}, hint=_REFUSED)


class HubTransport:
    """Reaches models on the hub; their folders are not listed, the usual names are tried."""

    def open(self, uri: str) -> ByteSource:
        """Open a file of a model.

        Parameters
        ----------
        uri
            Address of the file.

        Returns
        -------
        ByteSource
            To be closed by the caller.

        Raises
        ------
        SourceNotFoundError
            If the address names no file, or there is none.
        SourceError
            If the hub refuses it.
        """
        name = hub_name(uri)
        if not name.file:
            raise SourceNotFoundError(
                "the model holds neither model.safetensors.index.json nor model.safetensors",
                hint="name the file that holds the weights: hf://owner/model/file",
                uri=name.shown,
            )
        endpoint = _endpoint()
        return HttpSource(name.url(endpoint), access=hub_access(endpoint))

    def is_folder(self, uri: str) -> bool:
        """Tell whether an address looks like that of a folder; the hub is not asked.

        Parameters
        ----------
        uri
            Address.

        Returns
        -------
        bool
            True for a model, and unless the path ends like a file that holds weights or an index.
        """
        file = hub_name(uri).file
        return not file or _HTTP.is_folder(f"https://hub/{quote(file)}")

    def names(self, uri: str) -> tuple[str, ...] | None:
        """Say that folders are not listed.

        Parameters
        ----------
        uri
            Address of a folder.

        Returns
        -------
        None
            Always.
        """
        del uri
        return None

    def join(self, uri: str, name: str) -> str:
        """Return the address of a file of a folder.

        Parameters
        ----------
        uri
            Address of the folder.
        name
            Relative path of the file.

        Returns
        -------
        str
            An address.
        """
        folder = hub_name(uri)
        path = f"{folder.file.removesuffix('/')}/{name}" if folder.file else name
        return HubName(folder.repository, folder.revision, path).shown

    def split(self, uri: str) -> tuple[str, str]:
        """Return the address of the folder that holds a file, and the name of the file there.

        Parameters
        ----------
        uri
            Address of a file.

        Returns
        -------
        tuple of str
            Folder and name.
        """
        full = hub_name(uri)
        folder, separator, name = full.file.rpartition("/")
        return HubName(full.repository, full.revision, folder + separator).shown, name


_HTTP: Final = HttpTransport()
TRANSPORT = HubTransport()
