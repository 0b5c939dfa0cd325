"""The laws of checkpoint formats; the module knows none of them by name."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dokja.errors import FormatError, SourceError
from dokja.io.dtype import DType
from dokja.io.format import HEAD_BYTES
from dokja.io.source import open_source
from dokja.testing.laws import require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dokja.io.format import Format, Layout
    from dokja.io.source import ByteSource

    Write = Callable[[Sequence["SampleTensor"]], bytes]

__all__ = ["SampleTensor", "check_format", "sample_tensors"]

_MAX_HEADER_BYTES: Final = 1024 * 1024
_BIG: Final = (1024, 1024)
_N_MUTATIONS: Final = 300


@dataclass(frozen=True, slots=True)
class SampleTensor:
    """A tensor to be written: its bytes are little-endian, outermost axis first."""

    name: str
    dtype: DType
    shape: tuple[int, ...]
    content: bytes


def sample_tensors(dtypes: Sequence[DType], *, seed: int = 0) -> tuple[SampleTensor, ...]:
    """Make tensors of every number format: of several shapes, empty ones and scalars included.

    Parameters
    ----------
    dtypes
        The number formats.
    seed
        Decides the bytes.

    Returns
    -------
    tuple of SampleTensor
        Three for each number format.
    """
    rng = random.Random(seed)  # noqa: S311  # bytes for a test, no secret
    shapes: tuple[tuple[int, ...], ...] = ((), (0, 3), (3, 5))
    return tuple(
        SampleTensor(
            f"model.layers.{place}.{dtype.value.lower()}",
            dtype,
            shape,
            # 0 and 1 are values of every number format, truth values included.
            bytes(rng.getrandbits(1) for _ in range(prod(shape) * dtype.itemsize)),
        )
        for dtype in dtypes
        for place, shape in enumerate(shapes)
    )


def check_format(
    format: Format,  # noqa: A002  # the word of the field
    write: Write,
    *,
    dtypes: Sequence[DType] = tuple(DType),
    n_header_bytes: int | None = None,
) -> None:
    """Hold a checkpoint format to its laws.

    Parameters
    ----------
    format
        The format.
    write
        Writes a file of that format, as bytes, from tensors.
    dtypes
        Number formats it can hold.
    n_header_bytes
        How many first bytes are tried when the file is cut short or changed; by default, all up
        to the first tensor of a small file.

    Raises
    ------
    ConformanceError
        If its own files are not recognised or others are; if names, number formats, shapes or
        bytes do not come back; if spans overlap or leave the file; if opening reads tensors; or if
        a file that was cut short or changed fails in any way but with a `FormatError` or
        `SourceError`.
    """
    _check_identity(format)
    tensors = sample_tensors(dtypes)
    content = write(tensors)
    with tempfile.TemporaryDirectory(prefix="dokja-") as folder:
        file = Path(folder) / f"sample{format.suffixes[0]}"
        _check_sniffing(format, content)
        layout = _index(format, file, content)
        _check_round_trip(layout, tensors, content)
        _check_spans(layout, content)
        _check_laziness(format, write, file)
        few = write(tensors[:3])
        header = min(record.start for record in _index(format, file, few).records)
        _check_truncation(format, file, few, n_header_bytes or header)
        _check_mutation(format, file, few, n_header_bytes or header)


def _check_identity(format: Format) -> None:  # noqa: A002
    require(format.name == format.name.lower() and format.name, "a name in small letters")
    require(format.suffixes, "at least one suffix")
    require(
        all(s.startswith(".") and s == s.lower() for s in format.suffixes),
        "suffixes in small letters, with their dot",
    )


def _check_sniffing(format: Format, content: bytes) -> None:  # noqa: A002
    require(format.sniff(content[:HEAD_BYTES]), f"{format.name} recognises its own files")
    for other in (b"", b"<!doctype html><html></html>", b"\x89PNG\r\n\x1a\n" + bytes(64)):
        require(not format.sniff(other), f"{format.name} recognises no other file: {other[:12]!r}")


def _open(file: Path, content: bytes) -> ByteSource:
    file.write_bytes(content)
    return open_source(str(file))


def _index(format: Format, file: Path, content: bytes) -> Layout:  # noqa: A002
    source = _open(file, content)
    try:
        return format.index(source, max_header_bytes=_MAX_HEADER_BYTES)
    finally:
        source.close()


def _check_round_trip(layout: Layout, tensors: Sequence[SampleTensor], content: bytes) -> None:
    read = {
        record.name: (record.dtype, record.shape, content[record.start : record.stop])
        for record in layout.records
    }
    require(len(read) == len(layout.records), "names are unique")
    written = {tensor.name: (tensor.dtype, tensor.shape, tensor.content) for tensor in tensors}
    require(set(read) == set(written), "every tensor comes back under its name, and no other")
    for name, expected in written.items():
        require(read[name] == expected, f"number format, shape and bytes of {name} come back")


def _check_spans(layout: Layout, content: bytes) -> None:
    reached = 0
    for record in sorted(layout.records, key=lambda record: (record.start, record.stop)):
        require(record.source == 0, "a format knows one file, number 0")
        require(
            record.n_bytes == record.n_elements * record.dtype.itemsize,
            f"the span of {record.name} is as long as its shape demands",
        )
        require(reached <= record.start, f"the span of {record.name} overlaps no other")
        require(record.stop <= len(content), f"the span of {record.name} lies within the file")
        reached = max(reached, record.stop)


def _check_laziness(format: Format, write: Write, file: Path) -> None:  # noqa: A002
    n_bytes = prod(_BIG) * DType.F32.itemsize
    source = _open(file, write([SampleTensor("big", DType.F32, _BIG, bytes(n_bytes))]))
    try:
        format.index(source, max_header_bytes=_MAX_HEADER_BYTES)
        require(source.bytes_read < n_bytes // 16, "opening reads the header, not the tensors")
    finally:
        source.close()


def _fails_cleanly(format: Format, file: Path, content: bytes) -> bool:  # noqa: A002
    """Whether indexing was refused; anything but the two kinds of error breaks a law."""
    try:
        layout = _index(format, file, content)
    except (FormatError, SourceError) as error:
        require(error.message, "an error says what is wrong")
        return True
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the wrong one
        require(
            condition=False,
            law=f"a broken file is a FormatError or SourceError, not {type(error).__name__}",
        )
    else:
        require(
            all(0 <= r.start <= r.stop <= len(content) for r in layout.records),
            "what is accepted lies within the file",
        )
    return False


def _check_truncation(format: Format, file: Path, content: bytes, n_header: int) -> None:  # noqa: A002
    for length in (*range(n_header), len(content) - 1):
        require(
            _fails_cleanly(format, file, content[:length]),
            f"a file cut short to {length} of {len(content)} bytes is refused",
        )


def _mutations(content: bytes, n_header: int) -> Iterator[bytes]:
    rng = random.Random(0)  # noqa: S311  # repeatable, no secret
    for _ in range(_N_MUTATIONS):
        changed = bytearray(content)
        for _ in range(rng.randint(1, 4)):
            changed[rng.randrange(n_header)] = rng.randrange(256)
        yield bytes(changed)


def _check_mutation(format: Format, file: Path, content: bytes, n_header: int) -> None:  # noqa: A002
    for changed in _mutations(content, n_header):
        _fails_cleanly(format, file, changed)
