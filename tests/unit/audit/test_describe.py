from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from dokja.audit import inspect
from dokja.comparison import hashing
from dokja.errors import SourceChangedError


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    header = {
        f"model.layers.{i}.w": {
            "dtype": "F32",
            "shape": [40, 50],
            "data_offsets": [8000 * i, 8000 * i + 8000],
        }
        for i in range(6)
    }
    text = json.dumps(header).encode()
    values = np.random.default_rng(0).standard_normal(12_000).astype(np.float32)
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + values.tobytes())
    return path


def test_headers_alone_give_all_but_the_digest(checkpoint: Path) -> None:
    whole = inspect(str(checkpoint))
    assert whole.digest.startswith("blake3:")
    assert inspect(str(checkpoint), with_digest=False).model_dump() == {
        **whole.model_dump(),
        "digest": "",
    }


def test_progress_counts_every_byte(checkpoint: Path) -> None:
    told: list[tuple[str, int, int]] = []
    inspect(str(checkpoint), progress=lambda *args: told.append(args))
    assert told[-1] == ("digest", 48_000, 48_000)
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_an_early_end_stops_the_hashing(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_JOB_LEAVES", 1e-9)  # a job for each tensor
    leaf, begun, n_leaves = hashing._leaf, threading.Event(), 0

    def slow(*arguments: object) -> tuple[bytes, int]:
        nonlocal n_leaves
        n_leaves += 1
        begun.set()
        threading.Event().wait(0.05)
        return leaf(*arguments)  # type: ignore[arg-type]

    def interrupted(*_: object) -> None:
        assert begun.wait(10)
        raise KeyboardInterrupt

    monkeypatch.setattr(hashing, "_leaf", slow)
    monkeypatch.setattr(hashing, "read_limits", lambda *_: (2**20, 1))
    monkeypatch.setattr("dokja.arch.resolve.resolve", interrupted)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        inspect(str(checkpoint))
    assert n_leaves < 6
    assert threading.active_count() == before


def test_a_file_that_changes_meanwhile_is_noticed(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dokja.arch.resolve import resolve

    def meddle(*arguments: object) -> object:
        raw = checkpoint.read_bytes()
        checkpoint.unlink()
        checkpoint.write_bytes(raw)
        return resolve(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("dokja.arch.resolve.resolve", meddle)
    with pytest.raises(SourceChangedError):
        inspect(str(checkpoint))


def test_a_local_checkpoint_needs_nothing_for_servers_or_kernels(checkpoint: Path) -> None:
    heavy = {"numba", "scipy", "aiohttp", "fsspec", "altair", "jinja2"}
    program = (
        "import sys; from dokja.audit import inspect; inspect(sys.argv[1]); print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(checkpoint)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not heavy & set(run.stdout.split())
