from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from dokja.document.write import check_writable, write_all, write_atomically
from dokja.errors import OutputError


def test_writes_and_replaces_whole_files(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    write_atomically(target, b"first")
    write_atomically(target, b"second")
    assert target.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [target]


def test_new_file_obeys_the_umask_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    (tmp_path / "new").chmod(0o600)
    write_atomically(tmp_path / "new", b"y")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


def test_link_is_followed_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_full_device_is_an_output_error() -> None:
    with pytest.raises(OutputError, match="No space left"):
        write_atomically(Path("/dev/full"), b"x" * 100_000)


def test_device_is_written_through() -> None:
    write_atomically(Path("/dev/null"), b"x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_full_disk_leaves_every_target_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space left") as caught:
        write_all({tmp_path / "a": b"new", tmp_path / "b": b"new"})
    assert caught.value.hint
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_one_unwritable_target_keeps_the_others_unwritten(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write_all({tmp_path / "a": b"new", tmp_path / "missing" / "b": b"new"})
    assert list(tmp_path.iterdir()) == []


def test_interrupt_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a", b"new")
    assert list(tmp_path.iterdir()) == []


def test_check_passes_and_leaves_no_trace(tmp_path: Path) -> None:
    check_writable(tmp_path / "report.json")
    check_writable(Path("/dev/full"))
    assert list(tmp_path.iterdir()) == []


def test_check_refuses_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist") as caught:
        check_writable(tmp_path / "missing" / "report.json")
    assert caught.value.uri == str(tmp_path / "missing")


def test_check_refuses_a_folder_as_target(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"):
        check_writable(tmp_path)


def test_check_refuses_a_folder_that_takes_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Permissions do not hold root back, who runs some of these tests; the call fails instead.
    def refuse(*_: object, **__: object) -> tuple[int, str]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(OutputError, match="takes no files: Permission denied"):
        check_writable(tmp_path / "report.json")


@pytest.mark.parametrize("name", ["a" * 300, "a" * 300 + "/b", "nul\0", "loop"])
def test_name_that_no_system_takes_is_an_output_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for attempt in (check_writable, lambda path: write_all({path: b"x"})):
        with pytest.raises(OutputError, match="could not be written") as caught:
            attempt(tmp_path / name)
        assert caught.value.hint
        assert len(str(caught.value)) < 400


def test_pipe_behind_a_descriptor_is_written_through() -> None:
    reading, writing = os.pipe()
    path = Path(f"/dev/fd/{writing}")
    check_writable(path)
    write_atomically(path, b"report")
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        assert stream.read() == b"report"
