from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dokja.arch.role import Axis, ResolvedTensor, Span, TensorRole, TensorView
from dokja.comparison import hashing, layout, reading, scan
from dokja.comparison.scan import (
    Block,
    PairScan,
    checkpoint_digest,
    digest_records,
    scan_one,
    scan_pair,
)
from dokja.io.dtype import DType
from dokja.numerics.moments import SLICE, moments
from tests.support.memory import MemoryCheckpoint

Array = NDArray[Any]
LEAF = 3 * SLICE


@pytest.fixture(autouse=True)
def _small_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut small tensors as large ones are cut: several leaves, several steps in a leaf."""
    for module in (hashing, layout, reading, scan):
        monkeypatch.setattr(module, "LEAF", LEAF)
    monkeypatch.setattr(hashing, "_LOCAL_BYTES", 2 * SLICE * 4)
    monkeypatch.setattr(scan, "_JOB", 2 * LEAF)


def whole(name: str, checkpoint: MemoryCheckpoint, kind: str | None = None) -> ResolvedTensor:
    shape = checkpoint.records[name].shape
    logical = shape if len(shape) <= 2 else (shape[0], int(np.prod(shape[1:])))
    return resolved(kind or name, TensorView.whole(name, shape, logical))


def resolved(kind: str, view: TensorView) -> ResolvedTensor:
    role = TensorRole("language_model", None, None, kind)
    return ResolvedTensor(role, view, (Axis.OTHER,) * len(view.shape))


def scan_all(
    subject: MemoryCheckpoint,
    reference: MemoryCheckpoint,
    pairs: list[tuple[ResolvedTensor, ResolvedTensor]],
    **options: Any,
) -> dict[str, PairScan]:
    found = scan_pair(subject.checkpoint, reference.checkpoint, pairs, **options)
    return {role.kind: result for role, result in found.items()}


SHAPES = {
    "matrix": (150, 173),
    "wide": (3, 20_001),
    "gain": (96,),
    "long": (40_000,),
    "kernel": (12, 5, 7),
    "scalar": (),
    "empty": (0, 8),
}


def make(seed: int, dtype: DType = DType.BF16, noise: float = 0.0) -> MemoryCheckpoint:
    rng, other = np.random.default_rng(seed), np.random.default_rng(seed + 1000)
    return MemoryCheckpoint(
        {
            name: (dtype, rng.standard_normal(shape) + noise * other.standard_normal(shape))
            for name, shape in SHAPES.items()
        }
    )


def everything(
    a: MemoryCheckpoint, b: MemoryCheckpoint
) -> list[tuple[ResolvedTensor, ResolvedTensor]]:
    return [(whole(name, a), whole(name, b)) for name in SHAPES]


@pytest.mark.parametrize("second", [DType.BF16, DType.F32, DType.F64, DType.F8_E4M3, DType.I8])
@pytest.mark.parametrize("first", [DType.BF16, DType.F16, DType.F32])
def test_moments_are_those_of_the_decoded_values(first: DType, second: DType) -> None:
    subject, reference = make(1, first), make(1, second, noise=0.1)
    found = scan_all(subject, reference, everything(subject, reference))
    for name, result in found.items():
        exact = moments(
            reference.values(name).astype(np.float64), subject.values(name).astype(np.float64)
        )
        for measure in ("cosine", "pearson", "slope", "reverse_slope", "relative_residual"):
            mine, true = getattr(result.moments, measure), getattr(exact, measure)
            assert (mine is None) == (true is None), (name, measure)
            assert mine is None or mine == pytest.approx(true, rel=1e-6, abs=1e-6), (name, measure)
        assert result.moments.n_equal == exact.n_equal
        assert result.moments.n == exact.n


def test_the_slope_is_that_of_the_subject_on_the_reference() -> None:
    reference = MemoryCheckpoint({"w": (DType.F32, np.random.default_rng(2).random((40, 50)))})
    subject = MemoryCheckpoint({"w": (DType.F32, 3.0 * reference.values("w"))})
    found = scan_all(subject, reference, [(whole("w", subject), whole("w", reference))])["w"]
    assert found.moments.slope == pytest.approx(3.0, rel=1e-6)
    assert found.moments.relative_residual == pytest.approx(2.0, rel=1e-6)


def test_every_byte_is_read_once_and_told_to_progress() -> None:
    subject, reference = make(3), make(4)
    told: list[int] = []
    scan_all(subject, reference, everything(subject, reference), progress=told.append)
    for side in (subject, reference):
        for name in SHAPES:
            assert set(side.times_read(name)) <= {1}, name
    assert sum(told) == sum(raw.size for c in (subject, reference) for raw in c.raw.values())


def test_results_do_not_depend_on_threads_or_on_the_order_of_pairs() -> None:
    subject, reference = make(5), make(6)
    pairs = everything(subject, reference)
    blocks = {pair[0].role: (Block(), Block(rows=np.array([0]))) for pair in pairs[:4]}
    first = scan_all(subject, reference, pairs, samples=blocks, n_threads=1)
    for threads, order in ((2, pairs), (5, pairs), (3, pairs[::-1])):
        again = scan_all(subject, reference, order, samples=blocks, n_threads=threads)
        for name, result in first.items():
            assert again[name].moments == result.moments
            assert again[name].subject_digest == result.subject_digest
            for x, y in zip(result.subject_blocks, again[name].subject_blocks, strict=True):
                np.testing.assert_array_equal(x, y)


def test_numbers_that_are_not_finite_are_counted_and_poison_nothing() -> None:
    values = np.random.default_rng(7).standard_normal((100, 200))
    values[3, 5], values[99, 199] = np.nan, np.inf
    subject = MemoryCheckpoint({"w": (DType.F32, values)})
    reference = MemoryCheckpoint({"w": (DType.F16, np.nan_to_num(values, posinf=1.0))})
    found = scan_all(subject, reference, [(whole("w", subject), whole("w", reference))])["w"]
    assert found.moments.n_nonfinite == 2
    assert found.moments.n == values.size - 2
    assert found.moments.pearson == pytest.approx(1.0, abs=1e-6)
    alone = scan_one(subject.checkpoint, [whole("w", subject)])
    assert next(iter(alone.values())).n_nonfinite == 2


BLOCKS = {
    "rows": Block(rows=np.array([5, 0, 119, 5])),
    "columns": Block(columns=np.array([7, 7, 0, 52])),
    "both": Block(rows=np.arange(0, 120, 7), columns=np.arange(52, -1, -3)),
    "all": Block(),
    "none": Block(rows=np.array([], int), columns=np.array([1])),
}


def expected_block(values: Array, block: Block) -> Array:
    matrix = values if values.ndim == 2 else values.reshape(values.shape[0], -1)
    kept = matrix if block.rows is None else matrix[block.rows]
    return kept if block.columns is None else kept[:, block.columns]


VIEWS = {
    "whole": TensorView.whole("r", (360, 53), (360, 53)),
    "first third": TensorView(
        "r", (360, 53), (Span(0, 120), Span(0, 53)), (0, 1), (120, 53), (360, 53)
    ),
    "last third": TensorView(
        "r", (360, 53), (Span(240, 360), Span(0, 53)), (0, 1), (120, 53), (360, 53)
    ),
    "transposed": TensorView(
        "r", (53, 360), (Span(0, 53), Span(0, 360)), (1, 0), (360, 53), (53, 360)
    ),
    "transposed third": TensorView(
        "r", (53, 360), (Span(0, 53), Span(120, 240)), (1, 0), (120, 53), (53, 360)
    ),
    "every third row": TensorView(
        "r", (120, 3, 53), (Span(0, 120), 1, Span(0, 53)), (0, 1), (120, 53), (360, 53)
    ),
    "per head": TensorView(
        "r",
        (10, 3, 12, 53),
        (Span(0, 10), 2, Span(0, 12), Span(0, 53)),
        (0, 1, 2),
        (120, 53),
        (360, 53),
    ),
    "stacked expert": TensorView(
        "r", (3, 53, 120), (1, Span(0, 53), Span(0, 120)), (1, 0), (120, 53), (3, 53, 120)
    ),
    "interleaved": TensorView(
        "r", (360, 53), (Span(1, 360, 3), Span(0, 53)), (0, 1), (120, 53), (360, 53)
    ),
}


@pytest.mark.parametrize("dtype", [DType.BF16, DType.F32, DType.F8_E5M2, DType.F64])
@pytest.mark.parametrize("name", VIEWS)
def test_blocks_and_moments_of_every_view_equal_direct_slicing(name: str, dtype: DType) -> None:
    view = VIEWS[name]
    rng = np.random.default_rng(8)
    subject = MemoryCheckpoint({"r": (dtype, rng.standard_normal(view.record_shape))})
    direct = view.apply(subject.values("r"))
    reference = MemoryCheckpoint({"plain": (dtype, direct)})
    pair = (resolved("w", view), whole("plain", reference))
    found = scan_all(subject, reference, [pair], samples={pair[0].role: tuple(BLOCKS.values())})[
        "w"
    ]
    assert found.moments.n_equal == found.moments.n == view.n_elements
    kept = zip(BLOCKS.values(), found.subject_blocks, found.reference_blocks, strict=True)
    for block, mine, other in kept:
        np.testing.assert_array_equal(mine, expected_block(direct, block).astype(np.float32))
        np.testing.assert_array_equal(other, mine)
        assert mine.dtype == np.float32
        assert not mine.flags.writeable
    assert set(subject.times_read("r")) == {1}
    digests = digest_records(subject.checkpoint)
    assert found.subject_digest == digests["r"]


def test_blocks_of_vectors_and_kernels() -> None:
    checkpoint = make(9)
    rows = np.array([95, 0, 3])
    wanted = {"gain": Block(rows=rows), "kernel": Block(rows=np.array([11])), "scalar": Block()}
    tensors = [whole(name, checkpoint) for name in wanted]
    found = scan_one(
        checkpoint.checkpoint,
        tensors,
        samples={t.role: (wanted[t.role.kind],) for t in tensors},
    )
    blocks = {role.kind: result.blocks[0] for role, result in found.items()}
    np.testing.assert_array_equal(blocks["gain"], checkpoint.values("gain")[rows])
    np.testing.assert_array_equal(blocks["kernel"], checkpoint.values("kernel")[11].reshape(1, -1))
    np.testing.assert_array_equal(blocks["scalar"], checkpoint.values("scalar").reshape(1))


def thirds(order: tuple[int, int, int], record: str = "qkv") -> list[TensorView]:
    shape = (360, 211)
    return [
        TensorView(
            record, shape, (Span(120 * i, 120 * i + 120), Span(0, 211)), (0, 1), (120, 211), shape
        )
        for i in order
    ]


@pytest.mark.parametrize("reference_order", [(0, 1, 2), (2, 0, 1)])
@pytest.mark.parametrize("fused_reference", [True, False])
def test_fused_tensors_give_the_same_bits_as_separate_ones(
    fused_reference: bool,  # noqa: FBT001
    reference_order: tuple[int, int, int],
) -> None:
    rng = np.random.default_rng(10)
    values = rng.standard_normal((360, 211))
    other = values + 0.1 * rng.standard_normal((360, 211))
    kinds = ("q", "k", "v")
    parts = {
        kind: other[120 * place : 120 * place + 120]
        for kind, place in zip(kinds, reference_order, strict=True)
    }
    subject = MemoryCheckpoint({"qkv": (DType.BF16, values)})
    apart = MemoryCheckpoint({kind: (DType.BF16, part) for kind, part in parts.items()})
    reference = MemoryCheckpoint({"qkv": (DType.BF16, other)}) if fused_reference else apart
    views = [resolved(k, v) for k, v in zip(kinds, thirds((0, 1, 2)), strict=True)]
    others = (
        [resolved(k, v) for k, v in zip(kinds, thirds(reference_order), strict=True)]
        if fused_reference
        else [whole(kind, reference) for kind in kinds]
    )
    found = scan_all(subject, reference, list(zip(views, others, strict=True)))
    split = MemoryCheckpoint(
        {kind: (DType.BF16, values[120 * i : 120 * i + 120]) for i, kind in enumerate(kinds)}
    )
    plain = scan_all(split, apart, [(whole(k, split), whole(k, apart)) for k in kinds])
    for side in (subject, reference):
        for name in side.records:
            assert set(side.times_read(name)) == {1 if side is not apart else 2}
    digest = digest_records(subject.checkpoint)["qkv"]
    for kind in kinds:
        assert found[kind].moments == plain[kind].moments
        assert found[kind].subject_digest == digest


def test_a_record_that_is_used_in_part_is_hashed_whole() -> None:
    subject = MemoryCheckpoint({"qkv": (DType.BF16, np.random.default_rng(11).random((360, 211)))})
    middle = resolved("k", thirds((1, 1, 1))[0])
    found = scan_one(subject.checkpoint, [middle])[middle.role]
    assert set(subject.times_read("qkv")) == {1}
    assert found.digest == digest_records(subject.checkpoint)["qkv"]
    subject.reads.clear()
    without = scan_one(subject.checkpoint, [middle], with_digests=False)[middle.role]
    assert without.digest == ""
    assert sum(subject.times_read("qkv").values()) == 360 * 211
    assert subject.times_read("qkv")[1] == 120 * 211


def test_one_reference_tensor_may_face_two_of_the_subject() -> None:
    # Layers that were doubled: the second reading of the record is measured, not hashed again.
    reference = MemoryCheckpoint({"w": (DType.BF16, np.random.default_rng(12).random((90, 400)))})
    subject = MemoryCheckpoint(
        {name: (DType.BF16, reference.values("w")) for name in ("first", "second")}
    )
    pairs = [(whole(name, subject), whole("w", reference)) for name in ("first", "second")]
    found = scan_all(subject, reference, pairs)
    assert found["first"] == found["second"]
    assert found["first"].subject_digest == found["first"].reference_digest


def test_without_digests_another_map_is_measured_alone() -> None:
    subject, reference = make(13), make(14)
    pairs = [(whole("matrix", subject), whole("matrix", reference))]
    hashed = scan_all(subject, reference, pairs)["matrix"]
    plain = scan_all(subject, reference, pairs, with_digests=False)["matrix"]
    assert plain.moments == hashed.moments
    assert (plain.subject_digest, plain.reference_digest) == ("", "")


def test_one_side_alone() -> None:
    checkpoint = MemoryCheckpoint(
        {
            "noise": (DType.BF16, np.random.default_rng(15).standard_normal((200, 300))),
            "ones": (DType.BF16, np.ones(500)),
            "empty": (DType.BF16, np.ones((0, 4))),
        }
    )
    tensors = [whole(name, checkpoint) for name in ("noise", "ones", "empty")]
    found = {r.kind: s for r, s in scan_one(checkpoint.checkpoint, tensors).items()}
    exact = checkpoint.values("noise").astype(np.float64)
    assert found["noise"].n == exact.size
    assert found["noise"].sum == pytest.approx(exact.sum(), abs=1e-3)
    assert found["noise"].sum_squares == pytest.approx(float((exact**2).sum()), rel=1e-6)
    assert [found[k].is_constant for k in ("noise", "ones", "empty")] == [False, True, True]
    assert set(checkpoint.times_read("noise")) == {1}


def test_what_does_not_fit_is_refused() -> None:
    subject, reference = make(16), make(17)
    with pytest.raises(ValueError, match=r"matrix cannot be paired: shapes \(150, 173\)"):
        scan_all(subject, reference, [(whole("matrix", subject), whole("wide", reference))])
    pair = (whole("matrix", subject), whole("matrix", reference))
    with pytest.raises(ValueError, match="one role"):
        scan_all(subject, reference, [pair, pair])
    for block in (
        Block(rows=np.array([150])),
        Block(rows=np.array([-1])),
        Block(columns=np.array([173])),
        Block(columns=np.array([[1]])),
    ):
        with pytest.raises(IndexError):
            scan_all(subject, reference, [pair], samples={pair[0].role: (block,)})


def test_an_error_of_reading_comes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    subject, reference = make(18), make(19)

    def fail(*_: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(reference, "read_into", fail)
    with pytest.raises(OSError, match="gone"):
        scan_all(subject, reference, everything(subject, reference))


# -- digests of checkpoints, on files --------------------------------------------------------------


def write(path: Path, tensors: dict[str, tuple[str, Array]]) -> None:
    header: dict[str, Any] = {}
    offset = 0
    for name, (dtype, values) in tensors.items():
        header[name] = {
            "dtype": dtype,
            "shape": list(values.shape),
            "data_offsets": [offset, offset + values.nbytes],
        }
        offset += values.nbytes
    text = json.dumps(header).encode()
    data = b"".join(np.ascontiguousarray(values).tobytes() for _, values in tensors.values())
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def tensors_on_disk() -> dict[str, tuple[str, Array]]:
    rng = np.random.default_rng(20)
    return {
        f"layers.{i}.weight": ("F32", rng.standard_normal((60, 70 + i)).astype(np.float32))
        for i in range(6)
    }


def shard(folder: Path, groups: list[list[str]], tensors: dict[str, tuple[str, Array]]) -> Path:
    folder.mkdir()
    weight_map: dict[str, str] = {}
    for number, names in enumerate(groups):
        file = f"model-{number + 1:05}-of-{len(groups):05}.safetensors"
        write(folder / file, {name: tensors[name] for name in names})
        weight_map |= dict.fromkeys(names, file)
    index = {"metadata": {}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def digest_of(path: Path) -> str:
    from dokja.io.checkpoint import open_checkpoint

    with open_checkpoint(str(path)) as checkpoint:
        return checkpoint_digest(checkpoint.records, digest_records(checkpoint))


def test_the_digest_of_a_checkpoint_ignores_files_and_order_alone(tmp_path: Path) -> None:
    tensors = tensors_on_disk()
    names = list(tensors)
    write(tmp_path / "one.safetensors", tensors)
    write(tmp_path / "reversed.safetensors", dict(reversed(tensors.items())))
    expected = digest_of(tmp_path / "one.safetensors")
    assert expected.startswith("blake3:")
    assert digest_of(tmp_path / "reversed.safetensors") == expected
    assert digest_of(shard(tmp_path / "two", [names[:2], names[2:]], tensors)) == expected
    assert (
        digest_of(shard(tmp_path / "three", [names[5:], names[1::2][:2], names[0:5:2]], tensors))
        == expected
    )

    dtype, values = tensors[names[0]]
    changed = values.copy()
    changed[0, 0] += 1
    for other in (
        {**tensors, names[0]: (dtype, changed)},
        {**tensors, names[0]: (dtype, values.T.copy().reshape(70, 60))},
        {**tensors, names[0]: ("I32", values)},
        {("renamed" if name == names[0] else name): held for name, held in tensors.items()},
        {name: tensors[name] for name in names[1:]},
    ):
        write(tmp_path / "other.safetensors", other)
        assert digest_of(tmp_path / "other.safetensors") != expected


def test_files_are_scanned_as_memory_is(tmp_path: Path) -> None:
    from dokja.io.checkpoint import open_checkpoint

    tensors = tensors_on_disk()
    write(tmp_path / "a.safetensors", tensors)
    memory = MemoryCheckpoint({name: (DType.F32, held) for name, (_, held) in tensors.items()})
    rows = [whole(name, memory) for name in tensors]
    expected = scan_one(memory.checkpoint, rows)
    with open_checkpoint(str(tmp_path / "a.safetensors")) as checkpoint:
        before = checkpoint.bytes_read
        found = scan_one(checkpoint, rows)
        assert checkpoint.bytes_read - before == sum(held.nbytes for _, held in tensors.values())
    for role, result in expected.items():
        assert dataclasses.replace(found[role], blocks=()) == dataclasses.replace(result, blocks=())


MEMORY_PROGRAM = """
import resource, sys
from dokja.arch.role import ResolvedTensor, TensorRole, TensorView
from dokja.comparison.scan import scan_pair
from dokja.io.checkpoint import open_checkpoint

with open_checkpoint(sys.argv[1]) as checkpoint:
    def row(record):
        role = TensorRole("language_model", None, None, record.name)
        return ResolvedTensor(role, TensorView.whole(record.name, record.shape), ())
    rows = [row(record) for record in checkpoint.records.values()]
    small = [(r, r) for r in rows if r.view.n_elements < 1000]
    scan_pair(checkpoint, checkpoint, small)  # kernels are compiled
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    scan_pair(checkpoint, checkpoint, [(r, r) for r in rows], n_threads=2)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_is_bounded_by_blocks_not_by_tensors(tmp_path: Path) -> None:
    # A sparse file: one tensor of 384 MiB that takes no room on disk.
    n_bytes = 3 * 2**27
    header = json.dumps(
        {
            "big": {"dtype": "BF16", "shape": [n_bytes // 2], "data_offsets": [0, n_bytes]},
            "small": {"dtype": "BF16", "shape": [8], "data_offsets": [n_bytes, n_bytes + 16]},
        }
    ).encode()
    path = tmp_path / "sparse.safetensors"
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + n_bytes + 16)
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(MEMORY_PROGRAM), str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(run.stdout) < 32 * 1024  # KiB
