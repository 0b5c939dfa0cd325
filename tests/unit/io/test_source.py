from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dokja.errors import SourceChangedError, SourceError, SourceNotFoundError, TruncatedSourceError
from dokja.io.http import HttpTransport
from dokja.io.local import LocalSource, LocalTransport
from dokja.io.remote import RemoteTransport
from dokja.io.source import TRANSPORTS, ByteSource, Transport, find_transport, open_source
from tests.support.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT = np.random.default_rng(1).integers(0, 256, 200_000, dtype=np.uint8).tobytes()


@pytest.fixture(params=["path", "file", "memory", "http"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """One file by every kind of address."""
    file = tmp_path / "a b.bin"
    file.write_bytes(CONTENT)
    if request.param == "path":
        yield str(file)
    elif request.param == "file":
        yield file.as_uri()
    elif request.param == "memory":
        import fsspec

        fsspec.filesystem("memory").pipe_file("/held/a.bin", CONTENT)
        yield "memory://held/a.bin"
        fsspec.filesystem("memory").rm("/held", recursive=True)
    else:
        with serve({"/a b.bin": CONTENT}) as server:
            yield f"{server.url}/a%20b.bin"


def test_every_source_gives_exactly_what_is_asked(address: str) -> None:
    source = open_source(address)
    assert isinstance(source, ByteSource)
    assert source.size == len(CONTENT)
    assert source.identity
    rng = np.random.default_rng(2)
    n_bytes = 0
    for start, stop in np.sort(rng.integers(0, len(CONTENT) + 1, (20, 2)), axis=1).tolist():
        assert source.read(start, stop) == CONTENT[start:stop]
        buffer = bytearray(b"?" * (stop - start + 2))
        source.read_into(start, memoryview(buffer)[1:-1])
        assert bytes(buffer) == b"?" + CONTENT[start:stop] + b"?"
        n_bytes += 2 * (stop - start)
    assert source.bytes_read == n_bytes
    source.check_unchanged()
    source.close()


def test_every_source_fills_arrays_of_any_type(address: str) -> None:
    source = open_source(address)
    array = np.zeros((3, 5), np.float64)
    source.read_into(8, array.data)
    assert array.tobytes() == CONTENT[8 : 8 + array.nbytes]
    source.read_into(8, np.zeros((0, 4)).data)
    source.close()


def test_every_source_refuses_what_lies_beyond_its_end(address: str) -> None:
    source = open_source(address)
    end = len(CONTENT)
    assert source.read(end, end) == b""
    for start, stop in ((end - 1, end + 1), (end, end + 1), (10**15, 10**15 + 5)):
        with pytest.raises(TruncatedSourceError, match="there are only 200000"):
            source.read(start, stop)
    for start, stop in ((-1, 5), (5, 4)):
        with pytest.raises(ValueError, match="not a span"):
            source.read(start, stop)
    assert source.bytes_read == 0
    source.close()


def test_every_source_serves_many_threads(address: str) -> None:
    source = open_source(address)
    spans = [(i * 997, i * 997 + 5000) for i in range(150)]
    wrong: list[int] = []

    def work(mine: list[tuple[int, int]]) -> None:
        wrong.extend(a for a, b in mine if source.read(a, b) != CONTENT[a:b])

    threads = [threading.Thread(target=work, args=(spans[i::6],)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert source.bytes_read == 150 * 5000
    source.close()


@pytest.mark.parametrize("missing", ["{0}/no", "file://{0}/no", "memory://no/such", "{0}/no/such"])
def test_nothing_there_is_told_as_such(missing: str, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError) as caught:
        open_source(missing.format(tmp_path))
    assert caught.value.hint
    assert caught.value.uri


def test_transports_are_found_by_scheme() -> None:
    assert isinstance(find_transport("some/path"), LocalTransport)
    assert isinstance(find_transport("FILE:///some/path"), LocalTransport)
    assert isinstance(find_transport("C:\\not\\a\\scheme"), LocalTransport)
    assert isinstance(find_transport("HTTPS://host/x"), HttpTransport)
    assert isinstance(find_transport("s3://bucket/x"), RemoteTransport)
    assert all(isinstance(one, Transport) for one in TRANSPORTS.load_all())


def test_a_path_object_is_an_address(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"abc")
    with LocalSource(str(file)) as source:
        assert source.read(0, 3) == b"abc"
    source = open_source(file)
    assert source.read(1, 2) == b"b"
    source.close()


class TestLocal:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        file = tmp_path / "w.bin"
        file.write_bytes(CONTENT)
        return file

    def test_one_read_is_one_system_call(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        calls = []
        real = os.preadv

        def counted(*args: object) -> int:
            calls.append(args)
            return real(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(os, "preadv", counted)
        with LocalSource(str(file)) as source:
            source.read_into(100, memoryview(bytearray(50_000)))
        assert len(calls) == 1

    def test_reads_in_pieces_are_put_together(
        self, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = os.preadv
        monkeypatch.setattr(os, "preadv", lambda fd, bs, at: real(fd, [bs[0][:999]], at))
        with LocalSource(str(file)) as source:
            assert source.read(5, 100_005) == CONTENT[5:100_005]

    def test_file_cut_short_while_open(self, file: Path) -> None:
        with LocalSource(str(file)) as source:
            os.truncate(file, 1000)
            with pytest.raises(TruncatedSourceError, match="ends at byte 1000, 500 bytes too"):
                source.read(500, 1500)
            with pytest.raises(SourceChangedError):
                source.check_unchanged()

    def test_replaced_file_is_noticed_though_the_old_one_is_read_on(self, file: Path) -> None:
        with LocalSource(str(file)) as source:
            other = file.with_suffix(".new")
            other.write_bytes(bytes(len(CONTENT)))
            other.rename(file)
            assert source.read(0, 100) == CONTENT[:100]
            with pytest.raises(SourceChangedError, match="changed or replaced") as caught:
                source.check_unchanged()
            assert caught.value.hint

    def test_file_written_to_is_noticed(self, file: Path) -> None:
        with LocalSource(str(file)) as source:
            stamp = file.stat()
            with file.open("r+b") as opened:
                opened.write(b"!")
            os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 1))
            with pytest.raises(SourceChangedError):
                source.check_unchanged()

    def test_removed_file_is_noticed(self, file: Path) -> None:
        with LocalSource(str(file)) as source:
            file.unlink()
            with pytest.raises(SourceChangedError, match="gone now"):
                source.check_unchanged()

    def test_what_is_no_regular_file_is_refused_without_waiting(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
            with pytest.raises(SourceError, match="not a regular file"):
                LocalSource(str(path))

    def test_link_to_nothing_is_told_as_such(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(tmp_path / "nowhere")
        with pytest.raises(SourceNotFoundError, match="link leads to nothing"):
            LocalSource(str(tmp_path / "link"))

    def test_unreadable_file_is_told_as_such(self, file: Path) -> None:
        file.chmod(0)
        if os.access(file, os.R_OK):
            pytest.skip("this user may read everything; the test below stands in")
        with pytest.raises(SourceError, match="may not be read"):
            LocalSource(str(file))

    @pytest.mark.parametrize(
        ("error", "message"),
        [
            (PermissionError(13, "Permission denied"), "may not be read"),
            (OSError(24, "Too many open files"), "too many files are open"),
            (OSError(5, "Input/output error"), "cannot be opened: Input/output error"),
        ],
    )
    def test_refusal_of_the_system_is_passed_on(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, message: str
    ) -> None:
        def refuse(*_: object) -> int:
            raise error

        monkeypatch.setattr(os, "open", refuse)
        with pytest.raises(SourceError, match=message) as caught:
            LocalSource(str(file))
        assert caught.value.uri == str(file)

    def test_failing_disk_is_passed_on(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> int:
            raise OSError(5, "Input/output error")

        with LocalSource(str(file)) as source:
            monkeypatch.setattr(os, "preadv", fail)
            with pytest.raises(SourceError, match="reading failed: Input/output error"):
                source.read(0, 1)

    def test_closed_source_is_not_read(self, file: Path) -> None:
        source = LocalSource(str(file))
        source.close()
        source.close()
        with pytest.raises(ValueError, match="closed"):
            source.read(0, 1)
        with pytest.raises(ValueError, match="closed"):
            source.check_unchanged()

    @pytest.mark.parametrize("path", ["", "a\0b"])
    def test_nonsense_path(self, path: str) -> None:
        with pytest.raises(SourceNotFoundError):
            open_source(path)

    def test_file_address_of_another_machine(self) -> None:
        with pytest.raises(SourceError, match="names this machine"):
            open_source("file://elsewhere/etc/hostname")
