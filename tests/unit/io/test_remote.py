from __future__ import annotations

from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from dokja.errors import (
    MissingDependencyError,
    SourceChangedError,
    SourceError,
    SourceNotFoundError,
    TruncatedSourceError,
)
from dokja.io.remote import RemoteSource, RemoteTransport
from dokja.io.source import open_source

if TYPE_CHECKING:
    from collections.abc import Iterator

TRANSPORT = RemoteTransport()


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    system = fsspec.filesystem("memory")
    system.pipe_file("/m/a.bin", b"0123456789")
    system.pipe_file("/m/sub/b.bin", b"b")
    yield system
    system.rm("/m", recursive=True)


@pytest.mark.usefixtures("memory")
def test_folders_are_listed_without_their_folders() -> None:
    assert TRANSPORT.is_folder("memory://m")
    assert not TRANSPORT.is_folder("memory://m/a.bin")
    assert not TRANSPORT.is_folder("memory://nothing")
    assert TRANSPORT.names("memory://m/") == ("a.bin",)
    assert TRANSPORT.join("memory://m/", "sub/b.bin") == "memory://m/sub/b.bin"
    assert TRANSPORT.split("memory://m/a.bin") == ("memory://m/", "a.bin")
    with pytest.raises(SourceError, match="not a file of known length"):
        RemoteSource("memory://m")


def test_short_answer_is_noticed(memory: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    source = RemoteSource("memory://m/a.bin")
    for part in (b"01", b"0123456789"):
        monkeypatch.setattr(type(memory), "cat_file", lambda *_, part=part, **__: part)
        with pytest.raises(TruncatedSourceError, match=f"{len(part)} bytes arrived where 5"):
            source.read(0, 5)


def test_changed_and_removed_files_are_noticed(memory: MemoryFileSystem) -> None:
    source = RemoteSource("memory://m/a.bin")
    source.check_unchanged()
    memory.pipe_file("/m/a.bin", b"9876543210")
    with pytest.raises(SourceChangedError, match="changed or replaced"):
        source.check_unchanged()
    memory.rm("/m/a.bin")
    with pytest.raises(SourceChangedError, match="gone now"):
        source.check_unchanged()
    source.close()


@pytest.mark.parametrize(
    ("raised", "kind", "message"),
    [
        (FileNotFoundError("x"), SourceNotFoundError, "no such file"),
        (PermissionError("denied"), SourceError, "may not be read: denied"),
        (RuntimeError("store is on fire"), SourceError, "reading failed: store is on fire"),
        (ZeroDivisionError(), SourceError, "reading failed: ZeroDivisionError"),
    ],
)
def test_whatever_a_store_raises_is_an_error_of_ours(
    memory: MemoryFileSystem,
    monkeypatch: pytest.MonkeyPatch,
    raised: Exception,
    kind: type[SourceError],
    message: str,
) -> None:
    source = RemoteSource("memory://m/a.bin")

    def fail(*_: Any, **__: Any) -> bytes:
        raise raised

    monkeypatch.setattr(type(memory), "cat_file", fail)
    with pytest.raises(kind, match=message) as caught:
        source.read(0, 5)
    assert caught.value.__cause__ is raised


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(uri: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("dokja.io.remote.url_to_fs", fail)
    with pytest.raises(MissingDependencyError, match="Install s3fs") as caught:
        open_source("s3://bucket/model.safetensors")
    assert caught.value.hint == "pip install 'dokja[cloud]'"
    with pytest.raises(MissingDependencyError) as caught:
        open_source("adl://store/model.safetensors")
    assert caught.value.hint == "install the package it names"


@pytest.mark.parametrize(
    ("uri", "message", "hint"),
    [
        ("zip://a.bin::http://host/x.zip", "addresses within addresses", "fetch the inner"),
        ("nonsense://host/x", "cannot be used", ""),
    ],
)
def test_addresses_that_cannot_be_used(uri: str, message: str, hint: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        open_source(uri)
    assert hint in caught.value.hint


def test_secrets_of_an_address_are_never_shown() -> None:
    with pytest.raises(SourceError) as caught:
        open_source("nonsense://user:secret@host/x?signature=secret")
    assert caught.value.uri == "nonsense://host/x"
    assert "secret" not in str(caught.value)
