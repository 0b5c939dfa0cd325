"""Web servers that break the law of byte sources, each in its own way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dokja.errors import (
    RangeNotSupportedError,
    SourceChangedError,
    SourceError,
    SourceNotFoundError,
    TruncatedSourceError,
)
from dokja.io import http
from dokja.io.checkpoint import open_checkpoint
from dokja.io.http import HttpSource
from dokja.io.ranges import Patience
from tests.support.server import BEHAVIOURS, serve
from tests.support.writers import safetensors_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT = np.random.default_rng(0).integers(0, 256, 300_000, dtype=np.uint8).tobytes()
HURRY = Patience(connect_s=1.0, silence_s=0.4, pauses_s=(0.01,))

AT_OPENING: dict[str, tuple[type[SourceError], str]] = {
    "ignores_ranges": (RangeNotSupportedError, "ignores ranges"),
    "other_range": (RangeNotSupportedError, "asked for bytes 0-65535 and answers with"),
    "half_range": (RangeNotSupportedError, "asked for bytes 0-65535 and answers with"),
    "no_content_range": (RangeNotSupportedError, "does not say which bytes"),
    "nonsense_range": (RangeNotSupportedError, "does not say which bytes"),
    "unknown_total": (RangeNotSupportedError, "does not say which bytes"),
    "short_length": (TruncatedSourceError, "announces 65535 bytes where 65536"),
    "long_length": (RangeNotSupportedError, "announces 65537 bytes where 65536"),
    "short_chunked": (TruncatedSourceError, "sent 65535 of 65536 bytes"),
    "long_chunked": (RangeNotSupportedError, "sends more than the 65536 bytes"),
    "gzip": (RangeNotSupportedError, "encoding 'gzip'"),
    "drops": (TruncatedSourceError, "dropped within the answer"),
    "hangs_up": (SourceError, "connection failed"),
    "drips": (SourceError, r"too slowly: \d+ bytes"),
    "drips_headers": (SourceError, "did not answer within 0.4 s"),
    "goes_round": (SourceError, r"redirects without end"),
    "to_a_file": (SourceError, "redirects to what is no http address"),
    "to_nonsense": (SourceError, "redirects to what is no http address"),
    "broken_headers": (SourceError, "connection failed"),
    "silent": (SourceError, "did not answer within 0.4 s"),
    "refuses": (RangeNotSupportedError, "refuses the first bytes"),
    "forbidden": (SourceError, "does not let us read it"),
    "missing": (SourceNotFoundError, "no such file on the server"),
    "busy": (SourceError, "status 503"),
    "teapot": (SourceError, "status 418"),
    "not_modified": (SourceError, "status 304"),
}
WHILE_READING: dict[str, tuple[type[SourceError], str]] = {
    "ignores_ranges_later": (RangeNotSupportedError, "ignores ranges"),
    "other_range_later": (RangeNotSupportedError, "asked for bytes 100000-199999"),
    "half_range_later": (RangeNotSupportedError, "asked for bytes 100000-199999"),
    "drops_later": (TruncatedSourceError, "dropped within the answer"),
    "drips_later": (SourceError, r"too slowly: \d+ bytes"),
    "new_tag_later": (SourceChangedError, "not the one that was opened"),
    "new_total_later": (SourceChangedError, "not the one that was opened"),
    "gone_later": (SourceNotFoundError, "no such file"),
}
FINE = (
    "good",
    "redirects",
    "no_tag",
    "weak_tag",
    "chunked",
    "slow",
    "drops_once",
    "busy_once",
    "silent_once",
)


def test_every_behaviour_is_used() -> None:
    assert set(BEHAVIOURS) == {*AT_OPENING, *WHILE_READING, *FINE}


@pytest.mark.parametrize("behaviour", AT_OPENING)
def test_bad_server_is_refused_at_opening(behaviour: str) -> None:
    kind, message = AT_OPENING[behaviour]
    with serve({"/w.bin": CONTENT}, behaviour) as server:
        began = time.monotonic()
        with pytest.raises(kind, match=message) as caught:
            HttpSource(f"{server.url}/w.bin?token=secret", HURRY)
        assert time.monotonic() - began < 10.0
    assert type(caught.value) is kind
    assert caught.value.hint
    assert caught.value.uri == f"{server.url}/w.bin"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("behaviour", WHILE_READING)
def test_server_that_turns_bad_is_refused(behaviour: str) -> None:
    kind, message = WHILE_READING[behaviour]
    with serve({"/w.bin": CONTENT}, behaviour) as server:
        source = HttpSource(f"{server.url}/w.bin", HURRY)
        with pytest.raises(kind, match=message):
            source.read(100_000, 200_000)
        assert source.bytes_read == 0


@pytest.mark.parametrize("behaviour", FINE)
def test_odd_but_faithful_server_is_read(behaviour: str) -> None:
    with serve({"/w.bin": CONTENT}, behaviour) as server:
        source = HttpSource(f"{server.url}/w.bin", HURRY)
        assert source.size == len(CONTENT)
        assert source.read(100_000, 200_001) == CONTENT[100_000:200_001]
        assert source.read(7, 11) == CONTENT[7:11]
        assert source.read(len(CONTENT) - 1, len(CONTENT)) == CONTENT[-1:]
        source.check_unchanged()
        assert source.bytes_read == 100_001 + 4 + 1


def test_first_retry_is_told_once_and_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    with serve({"/w.bin": CONTENT}, "busy") as server, pytest.raises(SourceError):
        HttpSource(
            f"{server.url}/w.bin?token=secret", Patience(1.0, 0.4, pauses_s=(0.01, 0.01, 0.01))
        )
    assert len(server.requests) == 4
    (record,) = caplog.records
    assert record.name.startswith("dokja.")
    assert record.getMessage() == (
        f"{server.url}/w.bin: the server answers with status 503; trying again"
    )


def test_server_that_only_drips_is_not_asked_again() -> None:
    with serve({"/w.bin": CONTENT}, "drips") as server, pytest.raises(SourceError):
        HttpSource(f"{server.url}/w.bin", HURRY)
    assert len(server.requests) == 1


def test_slow_but_steady_server_is_borne() -> None:
    # A fifth of a second over the time of grace, but at more than the least rate.
    patience = Patience(connect_s=1.0, silence_s=0.06, least_rate=10_000.0, pauses_s=())
    with serve({"/w.bin": CONTENT}, "slow") as server:
        assert HttpSource(f"{server.url}/w.bin", patience).size == len(CONTENT)


def test_replaced_file_is_noticed_by_its_tag() -> None:
    with serve({"/w.bin": CONTENT}) as server:
        source = HttpSource(f"{server.url}/w.bin", HURRY)
        source.check_unchanged()
        server.tag = '"two"'
        with pytest.raises(SourceChangedError):
            source.check_unchanged()
        with pytest.raises(SourceChangedError):
            source.read(100_000, 100_001)


def test_empty_file_is_a_source_of_no_bytes() -> None:
    files = {"/empty": b""}
    with serve(files) as server:
        source = HttpSource(f"{server.url}/empty", HURRY)
        assert source.size == 0
        assert source.read(0, 0) == b""
        source.check_unchanged()
        files["/empty"] = b"no more"
        with pytest.raises(SourceChangedError):
            source.check_unchanged()


def test_every_request_says_what_it_will_accept() -> None:
    with serve({"/w.bin": CONTENT}) as server:
        source = HttpSource(f"{server.url}/w.bin", HURRY)
        source.read(100_000, 100_010)
    first, second = server.requests
    assert first.headers["Range"] == "bytes=0-65535"
    assert second.headers["Range"] == "bytes=100000-100009"
    assert {first.headers["Accept-Encoding"], second.headers["Accept-Encoding"]} == {"identity"}
    assert "If-Match" not in first.headers
    assert second.headers["If-Match"] == '"one"'


def test_nobody_listens() -> None:
    with serve({}) as server:
        url = server.url
    with pytest.raises(SourceError, match="connection failed") as caught:
        HttpSource(f"{url}/w.bin", HURRY)
    assert caught.value.hint


@pytest.mark.parametrize("url", ["http://", "http://[bad/x", "http://host:notaport/x"])
def test_nonsense_address_is_an_error_of_ours(url: str) -> None:
    with pytest.raises(SourceError):
        HttpSource(url, HURRY)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(http, "Patience", lambda: HURRY)
    return


TENSORS = {"a": np.arange(12, dtype=np.float32).reshape(3, 4), "b": np.ones(5, np.int64)}


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("behaviour", sorted({*AT_OPENING} - {"missing"}))
def test_checkpoint_behind_a_bad_server_is_not_opened(behaviour: str) -> None:
    files = {"/m/model.safetensors": safetensors_bytes(TENSORS) + bytes(0)}
    with serve(files, behaviour) as server, pytest.raises(SourceError):
        open_checkpoint(f"{server.url}/m/model.safetensors")


@pytest.mark.usefixtures("hurry")
def test_server_without_anything_holds_no_checkpoint() -> None:
    with serve({}) as server:
        with pytest.raises(SourceNotFoundError, match=r"neither model\.safetensors\.index\.json"):
            open_checkpoint(f"{server.url}/m/")
        with pytest.raises(SourceNotFoundError, match="no such file"):
            open_checkpoint(f"{server.url}/m")
        with pytest.raises(SourceNotFoundError, match="no such file"):
            open_checkpoint(f"{server.url}/m/model.safetensors")
