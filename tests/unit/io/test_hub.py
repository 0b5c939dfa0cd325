from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dokja.errors import (
    RangeNotSupportedError,
    SourceError,
    SourceNotFoundError,
    TruncatedSourceError,
)
from dokja.io import http
from dokja.io.checkpoint import open_checkpoint
from dokja.io.hub import HubTransport, hub_access, hub_name
from dokja.io.ranges import Patience
from dokja.io.source import find_transport, open_source
from tests.support.hub import COMMIT, TOKEN, Hub, serve_hub
from tests.support.writers import safetensors_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

TRANSPORT = HubTransport()
WEIGHTS = np.random.default_rng(0).normal(size=(40, 30)).astype(np.float32)
ONE = safetensors_bytes({"w": WEIGHTS})
TWO = safetensors_bytes({"v": WEIGHTS + 1})
INDEX = {"weight_map": {"w": "a.safetensors", "v": "deep/b.safetensors"}}
MODELS = {
    ("org/one", "main"): {
        "model.safetensors": ONE,
        "config.json": b'{"model_type": "llama"}',
        "README.md": b"---\nlicense: mit\n---\n",
    },
    ("org/one", "refs/pr/1"): {"model.safetensors": TWO},
    ("org/sharded", "v1.0"): {
        "model.safetensors.index.json": json.dumps(INDEX).encode(),
        "a.safetensors": ONE,
        "deep/b.safetensors": TWO,
    },
    ("org/other", "main"): {"weights.safetensors": ONE},
}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    patience = Patience(connect_s=2.0, silence_s=1.0, pauses_s=())
    monkeypatch.setattr(http, "Patience", lambda: patience)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with serve_hub(MODELS) as server:
        monkeypatch.setenv("HF_ENDPOINT", f"{server.url}/")
        yield server


def test_model_is_opened_by_its_name(hub: Hub) -> None:
    with open_checkpoint("hf://org/one") as checkpoint:
        np.testing.assert_array_equal(checkpoint.read("w"), WEIGHTS)
        assert checkpoint.config == {"model_type": "llama"}
        assert checkpoint.license == "mit"
        assert checkpoint.tokenizer is None
        checkpoint.check_unchanged()
        (source,) = checkpoint.sources
    assert source.uri == f"{hub.url}/org/one/resolve/main/model.safetensors"
    assert f"commit={COMMIT}" in source.identity
    assert "Signature" in hub.store.requests[0].path


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("revision", ["refs/pr/1", "refs%2Fpr%2F1"])
def test_revision_may_hold_slashes(revision: str) -> None:
    with open_checkpoint(f"hf://org/one@{revision}") as checkpoint:
        assert list(checkpoint.records) == ["v"]


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("end", ["", "/", "/model.safetensors.index.json"])
def test_shards_are_found_by_the_index(end: str) -> None:
    with open_checkpoint(f"hf://org/sharded@v1.0{end}") as checkpoint:
        assert list(checkpoint.records) == ["v", "w"]
        np.testing.assert_array_equal(checkpoint.read("v"), WEIGHTS + 1)


@pytest.mark.usefixtures("hub")
def test_single_file_may_be_named() -> None:
    with open_checkpoint("HF://org/other/weights.safetensors") as checkpoint:
        assert list(checkpoint.records) == ["w"]


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("end", ["", "/"])
def test_model_without_the_usual_names_is_told(end: str) -> None:
    with pytest.raises(SourceNotFoundError, match=r"neither model\.safetensors\.index") as caught:
        open_checkpoint(f"hf://org/other{end}")
    assert caught.value.hint


@pytest.mark.usefixtures("hub")
def test_missing_revision_and_file_are_told() -> None:
    with pytest.raises(SourceNotFoundError):
        open_checkpoint("hf://org/one@v9")
    with pytest.raises(SourceNotFoundError, match="no such file on the server"):
        open_source("hf://org/one/absent.safetensors")


def test_token_goes_to_the_hub_and_nowhere_else(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.private.add("org/one")
    monkeypatch.setenv("HF_TOKEN", f" {TOKEN}\n")
    with open_checkpoint("hf://org/one") as checkpoint:
        checkpoint.read("w")
    assert {request.headers["Authorization"] for request in hub.requests} == {f"Bearer {TOKEN}"}
    assert hub.store.requests
    for request in hub.store.requests:
        assert TOKEN not in str(request)


@pytest.mark.parametrize("token", [None, "hf_wrong", "hf_two\nX-Other: lines", "hf_\ud55c"])
def test_private_model_is_refused_with_the_way_to_it(
    token: str | None, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.private.add("org/one")
    if token is not None:
        monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(SourceError, match="does not let us read it") as caught:
        open_checkpoint("hf://org/one")
    assert "HF_TOKEN" in caught.value.hint
    assert str(token) not in str(caught.value)
    assert all("X-Other" not in request.headers for request in hub.requests)


def test_gated_model_is_refused_with_the_way_to_it(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.gated.add("org/one")
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with pytest.raises(SourceError, match="status 403") as caught:
        open_checkpoint("hf://org/one")
    assert "accept its terms" in caught.value.hint


def test_hub_that_goes_round_in_circles_is_refused(hub: Hub) -> None:
    hub.broken = True
    with pytest.raises(SourceError, match="redirects without end"):
        open_checkpoint("hf://org/one")


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        ("ignores_ranges", RangeNotSupportedError),
        ("other_range", RangeNotSupportedError),
        ("drops", TruncatedSourceError),
        ("forbidden", SourceError),
    ],
)
def test_store_that_breaks_its_word_is_refused(
    behaviour: str, kind: type[SourceError], hub: Hub
) -> None:
    hub.store.behaviour = behaviour
    with pytest.raises(kind) as caught:
        open_checkpoint("hf://org/one")
    assert type(caught.value) is kind
    assert "Signature" not in str(caught.value)


@pytest.mark.parametrize(
    "uri",
    [
        "hf://gpt2",
        "hf://",
        "hf:///x",
        "hf://datasets/org/data",
        "hf://spaces/org/page",
        "hf://org/one?x=1",
        "hf://org/one@",
        "hf://org/one/../../other/x",
        "hf://org/one@../..",
        "hf://user:word@org/one",
        "hf://org/o ne",
    ],
)
def test_what_is_no_name_of_a_model_is_refused_without_a_request(uri: str) -> None:
    with pytest.raises(SourceError, match="not a name on the hub") as caught:
        open_checkpoint(uri)
    assert "hf://owner/model" in caught.value.hint


@pytest.mark.parametrize("endpoint", ["ftp://hub", "nonsense", "https://", "https://hub?x=1"])
def test_endpoint_that_is_no_hub_is_refused(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    with pytest.raises(SourceError, match="HF_ENDPOINT"):
        open_checkpoint("hf://org/one")


def test_token_is_not_sent_where_others_can_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert hub_access("https://huggingface.co").headers
    assert hub_access("http://127.0.0.1:8080").headers
    assert not hub_access("http://mirror.example.org").headers


def test_names_become_addresses_and_come_back() -> None:
    assert find_transport("hf://org/one").is_folder("hf://org/one")
    name = hub_name("hf://org/one@refs/pr/1/deep/a b.safetensors")
    assert (name.repository, name.revision, name.file) == (
        "org/one",
        "refs/pr/1",
        "deep/a b.safetensors",
    )
    assert name.url("https://hub") == (
        "https://hub/org/one/resolve/refs%2Fpr%2F1/deep/a%20b.safetensors"
    )
    assert TRANSPORT.join("hf://org/one@v1", "x/y") == "hf://org/one@v1/x/y"
    assert TRANSPORT.split("hf://org/one@v1/x/y.bin") == ("hf://org/one@v1/x/", "y.bin")
    assert TRANSPORT.join("hf://org/one@v1/x/", "y.bin") == "hf://org/one@v1/x/y.bin"
    assert not TRANSPORT.is_folder("hf://org/one/model.safetensors")
    assert TRANSPORT.is_folder("hf://org/one.bin")
    assert TRANSPORT.names("hf://org/one") is None
