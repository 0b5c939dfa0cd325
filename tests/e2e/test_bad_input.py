"""Every kind of bad input to the command: its own error, a hint, exit code 3, nothing written."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from dokja.cli.main import main
from tests.support.server import serve
from tests.support.writers import Raw, bf16, join, safetensors_bytes, write_sharded

ZOO = Path(__file__).parents[1] / "data/zoo"
DATA = bytes(64)


def _entry(dtype: str, shape: list[int], begin: int, end: int) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def _file(content: bytes) -> Callable[[Path], str]:
    def build(folder: Path) -> str:
        (folder / "model.safetensors").write_bytes(content)
        return str(folder / "model.safetensors")

    return build


def _empty_folder(folder: Path) -> str:
    return str(folder)


def _missing_shard(folder: Path) -> str:
    write_sharded(folder, [{"a": bf16(np.ones((2, 2)))}, {"b": bf16(np.ones((2, 2)))}])
    (folder / "model-00002-of-00002.safetensors").unlink()
    return str(folder)


def _index_that_leaves_its_folder(folder: Path) -> str:
    write_sharded(folder, [{"a": bf16(np.ones((2, 2)))}])
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "../secret.safetensors"}}))
    return str(folder)


_WHOLE = safetensors_bytes({"a": bf16(np.ones((4, 8)))})
_TWICE = "{" + ",".join(['"a":{"dtype":"U8","shape":[64],"data_offsets":[0,64]}'] * 2) + "}"
_BROKEN: dict[str, tuple[Callable[[Path], str], str]] = {
    "nothing there": (lambda folder: str(folder / "no-such-model"), "no such"),
    "empty file": (_file(b""), "0 bytes"),
    "empty folder": (_empty_folder, "empty"),
    "a picture": (_file(b"\x89PNG\r\n\x1a\n" + DATA), "PNG"),
    "a pickle": (_file(b"\x80\x02}q\x00." + DATA), "pickle"),
    "text": (_file(b"once upon a time there was a file of words, " * 20), "not safetensors"),
    "truncated": (_file(_WHOLE[:-8]), "bytes"),
    "truncated header": (_file(_WHOLE[:20]), "header"),
    "header longer than the file": (_file(join(b"{}", length=10**6)), "header"),
    "header beyond the cap": (_file(join(b"{}", length=2**40)), "header"),
    "overlapping": (
        _file(join({"a": _entry("U8", [40], 0, 40), "b": _entry("U8", [40], 24, 64)}, DATA)),
        "overlap",
    ),
    "out of range": (_file(join({"a": _entry("U8", [99], 0, 99)}, DATA)), "a"),
    "backwards": (_file(join({"a": _entry("U8", [0], 64, 0)}, DATA)), "a"),
    "hole": (
        _file(join({"a": _entry("U8", [8], 0, 8), "b": _entry("U8", [8], 56, 64)}, DATA)),
        "",
    ),
    "wrong length for its shape": (_file(join({"a": _entry("F32", [5], 0, 64)}, DATA)), "a"),
    "absurd shape": (_file(join({"a": _entry("U8", [2**63, 2**63], 0, 64)}, DATA)), "a"),
    "negative shape": (_file(join({"a": _entry("U8", [-64], 0, 64)}, DATA)), "a"),
    "unknown number format": (_file(join({"a": _entry("Q3_K", [64], 0, 64)}, DATA)), "Q3_K"),
    "name twice": (_file(join(_TWICE, DATA)), "twice"),
    "deep JSON": (_file(join('{"a":' * 100_000 + "1" + "}" * 100_000)), ""),
    "no JSON": (_file(join("nonsense" * 8)), ""),
    "not an object": (_file(join("[1, 2, 3]    ")), ""),
    "missing shard": (_missing_shard, "model-00002-of-00002"),
    "index that leaves its folder": (_index_that_leaves_its_folder, "../secret.safetensors"),
}


@dataclass(frozen=True)
class _Done:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., _Done]


@pytest.fixture
def dokja(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process: the same code as the real one, without its start-up."""

    def run(*words: str) -> _Done:
        code = main(words)
        captured = capfd.readouterr()
        return _Done(code, captured.out, captured.err)

    return run


def _assert_refused(done: _Done, written: Path) -> None:
    assert done.returncode == 3, done.stderr
    assert done.stdout == ""
    told = [line for line in done.stderr.splitlines() if not line.startswith("note: ")]
    assert told[0].startswith("error: ")
    assert "internal error" not in done.stderr
    assert "Traceback" not in done.stderr
    assert "hint: " in done.stderr
    assert list(written.iterdir()) == []


@pytest.mark.parametrize("story", _BROKEN)
def test_bad_checkpoint_is_refused_with_a_hint(story: str, tmp_path: Path, dokja: Run) -> None:
    build, expected = _BROKEN[story]
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    checkpoint = build(tmp_path / "in")
    done = dokja("inspect", checkpoint, "--json", str(tmp_path / "out" / "summary.json"))
    _assert_refused(done, tmp_path / "out")
    assert expected in done.stderr


def test_real_command_refuses_alike(tmp_path: Path) -> None:
    words = ["inspect", _file(_WHOLE[:-8])(tmp_path), "--json", str(tmp_path / "summary.json")]
    done = subprocess.run(
        [sys.executable, "-m", "dokja", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def test_bad_reference_is_refused_like_a_bad_subject(tmp_path: Path, dokja: Run) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "broken.safetensors").write_bytes(_WHOLE[:-8])
    outputs = ["--json", str(tmp_path / "out/r.json"), "--html", str(tmp_path / "out/r.html")]
    done = dokja("audit", str(ZOO / "base"), str(tmp_path / "broken.safetensors"), *outputs)
    _assert_refused(done, tmp_path / "out")
    assert "broken.safetensors" in done.stderr


def test_reference_named_twice_is_refused(tmp_path: Path, dokja: Run) -> None:
    done = dokja("audit", str(ZOO / "base"), str(ZOO / "noised"), str(ZOO / "noised"))
    _assert_refused(done, tmp_path)


def test_more_bytes_than_allowed_are_refused_before_reading(tmp_path: Path, dokja: Run) -> None:
    words = [str(ZOO / "base"), str(ZOO / "noised"), "--max-bytes", "1000"]
    done = dokja("audit", *words, "--json", str(tmp_path / "r.json"))
    _assert_refused(done, tmp_path)
    assert "1,000" in done.stderr


def test_unreadable_file_is_refused(tmp_path: Path, dokja: Run) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(_WHOLE)
    path.chmod(0)
    try:
        path.read_bytes()
    except PermissionError:
        done = dokja("inspect", str(path))
        assert done.returncode == 3
        assert "hint: " in done.stderr
    else:
        pytest.skip("this user may read everything")


def test_full_disk_leaves_no_other_report_behind(tmp_path: Path, dokja: Run) -> None:
    words = [str(ZOO / "noised"), str(ZOO / "base")]
    done = dokja("audit", *words, "--md", "/dev/full", "--json", str(tmp_path / "r.json"))
    _assert_refused(done, tmp_path)
    assert "No space left" in done.stderr


@pytest.mark.parametrize("behaviour", ["ignores_ranges", "other_range", "drops", "missing"])
def test_server_that_breaks_its_word_is_refused(behaviour: str, tmp_path: Path, dokja: Run) -> None:
    with serve({"/model.safetensors": _WHOLE}, behaviour) as server:
        target = str(tmp_path / "summary.json")
        done = dokja("inspect", f"{server.url}/model.safetensors", "--json", target)
    _assert_refused(done, tmp_path)


def test_good_server_is_read(tmp_path: Path, dokja: Run) -> None:
    with serve({"/model.safetensors": _WHOLE}) as server:
        target = tmp_path / "summary.json"
        done = dokja("inspect", f"{server.url}/model.safetensors", "--json", str(target))
    assert done.returncode == 0, done.stderr
    assert json.loads(target.read_text())["n_parameters"] == 32


def test_nan_weights_are_counted_not_refused(tmp_path: Path, dokja: Run) -> None:
    values = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    values[3, 5], values[7, 7] = np.nan, np.inf
    for name in ("a", "b"):
        content = safetensors_bytes({"layers.0.mlp.up_proj.weight": values})
        (tmp_path / f"{name}.safetensors").write_bytes(content)
    names = [str(tmp_path / f"{name}.safetensors") for name in ("a", "b")]
    done = dokja("audit", *names, "--json", "-")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["subject"]["n_nonfinite"] == 2


def test_hostile_names_come_out_as_text(tmp_path: Path, dokja: Run) -> None:
    name = "</script><script>alert(1)</script>\x1b[31m"
    for place in ("a", "b"):
        tensors = {name: Raw("U8", (4,), b"abcd"), "w": bf16(np.ones((4, 4)))}
        (tmp_path / f"{place}.safetensors").write_bytes(safetensors_bytes(tensors))
    page = tmp_path / "report.html"
    names = [str(tmp_path / f"{place}.safetensors") for place in ("a", "b")]
    done = dokja("audit", *names, "--html", str(page))
    assert done.returncode == 0, done.stderr
    assert "<script>alert(1)" not in page.read_text()
    assert "\x1b[31m" not in done.stdout
