from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from blake3 import blake3

from dokja.comparison import hashing
from dokja.comparison.hashing import (
    TensorHasher,
    checkpoint_digest,
    digest_records,
    read_limits,
    tensor_digest,
)
from dokja.engine import n_threads
from dokja.io.dtype import DType
from tests.support.memory import MemoryCheckpoint


@pytest.fixture(autouse=True)
def _small_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "LEAF", 1000)
    monkeypatch.setattr(hashing, "_LOCAL_BYTES", 1024)


def test_the_published_definition() -> None:
    # Whoever wants to check a report needs no more than these lines.
    leaf = blake3(np.array([1, 2, 3], "<f4").tobytes()).digest()
    line = b'["F32",[3]]\n'
    expected = blake3(line + leaf, derive_key_context="dokja 2026 tensor digest v1").hexdigest()
    assert tensor_digest("F32", (3,), [leaf]) == f"blake3:{expected}"


def test_a_leaf_is_a_fixed_number_of_elements_however_the_bytes_arrive() -> None:
    raw = np.random.default_rng(0).integers(0, 256, 2 * 2345, dtype=np.uint8)
    expected = tuple(blake3(raw[i : i + 2000].data).digest() for i in (0, 2000, 4000))
    for step in (2, 998, 1000, 2000, 2002, 10_000):
        hasher = TensorHasher(2)
        for start in range(0, raw.size, step):
            hasher.update(raw[start : start + step])
        assert hasher.leaves() == expected
    assert TensorHasher(2).leaves() == ()


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_records_are_hashed_in_any_number_of_threads(threads: int) -> None:
    rng = np.random.default_rng(1)
    checkpoint = MemoryCheckpoint(
        {f"t{i}": (DType.F16, rng.standard_normal(i * 777)) for i in range(9)}
    )
    told: list[int] = []
    found = digest_records(checkpoint.checkpoint, progress=told.append, n_threads=threads)
    assert sum(told) == sum(raw.size for raw in checkpoint.raw.values())
    assert list(found) == list(checkpoint.records)
    for name, digest in found.items():
        hasher = TensorHasher(2)
        hasher.update(checkpoint.raw[name])
        record = checkpoint.records[name]
        assert digest == tensor_digest(record.dtype, record.shape, hasher.leaves())
        assert set(checkpoint.times_read(name)) <= {1}


def test_a_server_is_asked_once_a_leaf_and_a_file_more_often() -> None:
    values = np.zeros(3500)
    for uri, n_reads in (("https://host/m.safetensors", 4), ("file:///m.safetensors", 14)):
        checkpoint = MemoryCheckpoint(
            {"w": (DType.F32, values)}, sources=(SimpleNamespace(uri=uri),)
        )
        digest_records(checkpoint.checkpoint)
        assert len(checkpoint.reads) == n_reads
        expected = (2**23, 8) if n_reads == 4 else (1024, n_threads())
        assert read_limits(checkpoint.checkpoint) == expected


def test_only_the_tensors_asked_for_are_read() -> None:
    checkpoint = MemoryCheckpoint({n: (DType.F32, np.ones(10)) for n in ("a", "b", "c")})
    assert list(digest_records(checkpoint.checkpoint, ["c", "a"])) == ["c", "a"]
    assert {name for name, _, _ in checkpoint.reads} == {"a", "c"}


def test_digests_tell_format_shape_and_content_apart() -> None:
    values = np.arange(12.0)
    variants = {
        "plain": (DType.F32, values),
        "shaped": (DType.F32, values.reshape(3, 4)),
        "format": (DType.F16, values),
        "content": (DType.F32, values + 1),
        "shorter": (DType.F32, values[:-1]),
        "none": (DType.F32, values[:0]),
    }
    digests = digest_records(MemoryCheckpoint(variants).checkpoint)
    assert len(set(digests.values())) == len(variants)
    again = digest_records(MemoryCheckpoint({"renamed": variants["plain"]}).checkpoint)
    assert again["renamed"] == digests["plain"]


def test_a_missing_digest_is_an_error_and_the_order_of_records_is_not() -> None:
    checkpoint = MemoryCheckpoint({n: (DType.F32, np.ones(3)) for n in ("a", "b")})
    digests = digest_records(checkpoint.checkpoint)
    backwards = dict(reversed(checkpoint.records.items()))
    assert checkpoint_digest(backwards, digests) == checkpoint_digest(checkpoint.records, digests)
    with pytest.raises(KeyError):
        checkpoint_digest(checkpoint.records, {"a": digests["a"]})


def test_hashing_needs_no_compiler() -> None:
    # `inspect` hashes 4 GiB in a second; importing the kernels would take a fifth of it.
    program = "import sys, dokja.comparison.hashing; print('numba' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"
