from __future__ import annotations

import pytest

from dokja.io.http import HttpSource, HttpTransport
from tests.support.server import serve

TRANSPORT = HttpTransport()


@pytest.mark.parametrize(
    ("uri", "is_folder"),
    [
        ("https://host/org/model/resolve/main/", True),
        ("https://host/org/Qwen2.5-VL", True),
        ("https://host/m/model.safetensors", False),
        ("https://host/m/model.safetensors?download=true", False),
        ("https://host/m/model.safetensors.index.json", False),
    ],
)
def test_folders_are_told_by_the_look_of_the_address(uri: str, *, is_folder: bool) -> None:
    assert TRANSPORT.is_folder(uri) is is_folder
    assert TRANSPORT.names(uri) is None


def test_addresses_are_joined_and_split_beside_their_query() -> None:
    assert TRANSPORT.join("https://h/m", "a b#?.bin") == "https://h/m/a%20b%23%3F.bin"
    assert TRANSPORT.join("https://h/m/?token=1", "x/y") == "https://h/m/x/y?token=1"
    folder, name = TRANSPORT.split("https://h/m/a%20b.bin?token=1#part")
    assert (folder, name) == ("https://h/m/?token=1", "a b.bin")
    assert TRANSPORT.join(folder, name) == "https://h/m/a%20b.bin?token=1"


def test_secrets_of_an_address_are_sent_but_never_shown() -> None:
    with serve({"/w.bin": b"content"}) as server:
        place = server.url.removeprefix("http://")
        source = HttpSource(f"http://user:word@{place}/w.bin?signature=secret#part")
        assert source.uri == f"http://{place}/w.bin"
        assert source.read(0, 7) == b"content"
    assert server.requests[0].path == "/w.bin?signature=secret"
    assert server.requests[0].headers["Authorization"].startswith("Basic ")


def test_small_file_takes_one_request() -> None:
    with serve({"/w.bin": b"content"}) as server:
        source = HttpSource(f"{server.url}/w.bin")
        assert source.read(2, 5) == b"nte"
        source.close()
    assert len(server.requests) == 1
