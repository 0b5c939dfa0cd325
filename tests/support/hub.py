"""A hub on this machine: models by name and revision, large files kept on another server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from urllib.parse import quote, unquote, urlsplit

from tests.support.server import Exchange, Request, Server, _Handler, serve

__all__ = ["COMMIT", "TOKEN", "Hub", "serve_hub"]

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "hf_secret"
_LARGE = 1_000


class _HubHandler(_Handler):
    server: Hub  # type: ignore[assignment]

    def do_GET(self) -> None:  # noqa: N802 - the name that the base calls
        hub = self.server
        hub.requests.append(Request(self.path, dict(self.headers)))
        owner, model, resolve, revision, *rest = urlsplit(self.path).path.strip("/").split("/")
        name, file = f"{owner}/{model}", "/".join(map(unquote, rest))
        told = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        files = hub.models.get((name, unquote(revision)))
        if hub.broken:
            self.answer(302, b"", Location=self.path)
        elif resolve != "resolve" or (name in hub.private and not told):
            # As the real one does, so that nobody learns which private models there are.
            self.answer(401, b"", X_Error_Code="RepoNotFound")
        elif name in hub.gated:
            self.answer(403, b"", X_Error_Code="GatedRepo")
        elif files is None:
            self.answer(404, b"", X_Error_Code="RevisionNotFound")
        elif file not in files:
            self.answer(404, b"", X_Error_Code="EntryNotFound")
        elif len(files[file]) > _LARGE:
            place = f"{hub.store.url}/{name}/{unquote(revision)}/{quote(file)}?Signature=secret"
            headers = {"ETag": '"of the hub"', "X_Linked_Size": str(len(files[file]))}
            self.answer(302, b"", Location=place, X_Repo_Commit=COMMIT, **headers)
        else:
            Exchange(self, files[file], 0).good(X_Repo_Commit=COMMIT, Accept_Ranges="bytes")


class Hub(Server):
    """Models by name and revision, and what may not be read by everybody."""

    def __init__(self, models: dict[tuple[str, str], dict[str, bytes]], store: Server) -> None:
        ThreadingHTTPServer.__init__(self, ("127.0.0.1", 0), _HubHandler)
        self.models = models
        self.store = store
        self.private: set[str] = set()
        self.gated: set[str] = set()
        self.broken = False
        self.requests: list[Request] = []
        self.release = threading.Event()
        self.tag = '"small"'


@contextmanager
def serve_hub(
    models: dict[tuple[str, str], dict[str, bytes]], behaviour: str = "good"
) -> Iterator[Hub]:
    """Serve models; the store of large files behaves as it is told."""
    large = {
        f"/{name}/{revision}/{file}": content
        for (name, revision), files in models.items()
        for file, content in files.items()
    }
    with serve(large, behaviour) as store:
        hub = Hub(models, store)
        thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            hub.server_close()
            thread.join()
