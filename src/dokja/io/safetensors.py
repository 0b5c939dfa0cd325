"""Headers of safetensors files, checked whole before a byte of them is believed.

The module knows one container, never folders, shards or what tensors are for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dokja.errors import (
    FormatError,
    MalformedCheckpointError,
    TruncatedSourceError,
    UnsupportedDTypeError,
)
from dokja.io.dtype import DType
from dokja.io.format import Layout
from dokja.io.jsontext import Cursor, DuplicateKeyError, decode_text, has_surrogate, shorten
from dokja.io.record import TensorRecord

if TYPE_CHECKING:
    from dokja.io.source import ByteSource

__all__ = ["FORMAT", "Safetensors"]

_MAX_TENSORS = 1_000_000
_MAX_RANK = 64
_MAX_BYTES = 2**63 - 1
_MAX_SHOWN = 20
_METADATA = "__metadata__"
_KNOWN = {dtype.value: dtype for dtype in DType}
_HINT = "fetch the file again, or ask whoever made it for a valid one"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A tensor whose own description is sound."""

    name: str
    dtype: DType
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(slots=True)
class _Defects:
    """What is wrong with one header: the first few, and how many there are."""

    uri: str
    shown: list[tuple[str, str]] = field(default_factory=list)
    n_malformed: int = 0
    n_unsupported: int = 0
    n_missing: int = 0
    """Bytes by which the file is too short for its header."""

    def add(self, context: str, message: str) -> None:
        self.n_malformed += 1
        self._show(context, message)

    def add_tensor(self, name: str, key: str, message: str) -> None:
        self.n_malformed += 1
        self._show(_place(name, key), message)

    def add_unsupported(self, name: str, message: str) -> None:
        self.n_unsupported += 1
        self._show(_place(name, "dtype"), message)

    @property
    def count(self) -> int:
        return self.n_malformed + self.n_unsupported

    def check(self) -> None:
        """Raise one error for everything that was found."""
        if not self.count:
            self._check_complete()
            return
        kind: type[FormatError]
        kind = MalformedCheckpointError if self.n_malformed else UnsupportedDTypeError
        hint = _HINT if self.n_malformed else "convert these tensors to a supported number format"
        context, message = self.shown[0]
        if self.count == 1:
            raise kind(message, hint=hint, uri=self.uri, context=context)
        lines = [f"{where}: {what}" for where, what in self.shown]
        if self.count > len(lines):
            lines.append(f"and {self.count - len(lines)} more")
        listed = "\n".join(f"  - {line}" for line in lines)
        raise kind(f"{self.count} defects in the header:\n{listed}", hint=hint, uri=self.uri)

    def _check_complete(self) -> None:
        if self.n_missing:
            raise TruncatedSourceError(
                f"the file is cut short: {self.n_missing} bytes of its tensors are missing",
                hint="fetch the file again",
                uri=self.uri,
            )

    def _show(self, context: str, message: str) -> None:
        if len(self.shown) < _MAX_SHOWN:
            self.shown.append((context, message))


class Safetensors:
    """The format of Hugging Face: a length, a JSON header, then the tensors without gaps.

    Notes
    -----
    Checked are: the length of the header against the file and a cap; its JSON; unique names and
    keys; known number formats; shapes of whole numbers whose product fits; spans that agree with
    them, follow each other without gap or overlap, and end where the file ends.
    """

    name = "safetensors"
    suffixes = (".safetensors",)

    def sniff(self, head: bytes) -> bool:
        """Tell whether a file may be of this format.

        Parameters
        ----------
        head
            First bytes of the file.

        Returns
        -------
        bool
            True if a plausible length and an opening brace stand at the beginning.
        """
        length = int.from_bytes(head[:8], "little")
        return head[8:9] == b"{" and length < 2**32

    def index(self, source: ByteSource, *, max_header_bytes: int) -> Layout:
        """Read the header, and nothing else.

        Parameters
        ----------
        source
            The file.
        max_header_bytes
            Most bytes the header may have.

        Returns
        -------
        Layout
            Every tensor of the file.

        Raises
        ------
        MalformedCheckpointError
            If the header breaks a rule; all its defects are told at once.
        TruncatedSourceError
            If the header is sound but the file ends before its last tensor does.
        UnsupportedDTypeError
            If a tensor has a number format that is not known.
        """
        length = _header_length(source, max_header_bytes)
        text = decode_text(source.read(8, 8 + length), source.uri, "header")
        if not text.startswith("{"):
            raise MalformedCheckpointError(
                f"the header does not begin with '{{' but with {shorten(text[:8])!r}",
                hint=_HINT,
                uri=source.uri,
                context="header",
            )
        defects = _Defects(source.uri)
        entries, metadata = _parse(Cursor(text, source.uri, "header"), defects)
        entries.sort(key=lambda entry: (entry.begin, entry.end))
        _check_tiling(entries, source.size - 8 - length, defects)
        defects.check()
        start = 8 + length
        records = tuple(
            TensorRecord(one.name, one.dtype, one.shape, 0, start + one.begin, start + one.end)
            for one in entries
        )
        return Layout(records, metadata)


FORMAT = Safetensors()


def _header_length(source: ByteSource, max_header_bytes: int) -> int:
    def malformed(message: str, hint: str = _HINT) -> MalformedCheckpointError:
        return MalformedCheckpointError(message, hint=hint, uri=source.uri, context="header")

    if source.size < 8:
        raise malformed(
            f"the file has {source.size} bytes, too few even for the length of its header"
        )
    length = int.from_bytes(source.read(0, 8), "little")
    if length > source.size - 8:
        raise malformed(
            f"the header is said to have {length} bytes, but only {source.size - 8} follow",
            "the file is cut short or not safetensors; fetch it again",
        )
    if length > max_header_bytes:
        raise malformed(
            f"the header is said to have {length} bytes, more than the cap of {max_header_bytes}",
            "raise the cap if you trust the file",
        )
    if length < 2:
        raise malformed(f"the header is said to have {length} bytes, too few for any JSON object")
    return length


def _parse(cursor: Cursor, defects: _Defects) -> tuple[list[_Entry], dict[str, str]]:
    entries: list[_Entry] = []
    metadata: dict[str, str] = {}
    seen: set[str] = set()
    for name in cursor.members():
        if name in seen:
            defects.add_tensor(name, "", "the name is given twice")
        seen.add(name)
        if len(seen) > _MAX_TENSORS:
            raise cursor.error(f"there are more than {_MAX_TENSORS:,} tensors")
        if name == _METADATA:
            metadata = _parse_metadata(cursor, defects)
            continue
        described = _describe(cursor, name, defects)
        entry = None if described is None else _entry(name, described, defects)
        if entry is not None:
            entries.append(entry)
    cursor.finish()
    return entries, metadata


def _parse_metadata(cursor: Cursor, defects: _Defects) -> dict[str, str]:
    metadata: dict[str, str] = {}
    for key in cursor.members():
        if key in metadata:
            defects.add(f"{_METADATA}[{_quoted(key)}]", "the key is given twice")
        metadata[key] = cursor.string(f"a string as value in {_METADATA}")
    return metadata


def _describe(cursor: Cursor, name: str, defects: _Defects) -> dict[str, Any] | None:
    try:
        described = cursor.flat_object()
    except DuplicateKeyError as error:
        defects.add_tensor(name, "", str(error))
        return None
    if described is None:
        raise cursor.error(
            f"the tensor {_quoted(name)} is not described by dtype, shape and data_offsets"
        )
    return described


def _entry(name: str, described: dict[str, Any], defects: _Defects) -> _Entry | None:
    missing = [key for key in ("dtype", "shape", "data_offsets") if key not in described]
    if missing:
        defects.add_tensor(name, "", f"{' and '.join(missing)} missing")
        return None
    dtype = _dtype(name, described["dtype"], defects)
    shape = _shape(name, described["shape"], defects)
    span = _span(name, described["data_offsets"], defects)
    if dtype is None or shape is None or span is None:
        return None
    return _sized(_Entry(name, dtype, shape, *span), defects)


def _dtype(name: str, given: object, defects: _Defects) -> DType | None:
    if not isinstance(given, str):
        defects.add_tensor(name, "dtype", "the number format is not a string")
        return None
    dtype = _KNOWN.get(given)
    if dtype is not None:
        return dtype
    shown = repr(shorten(given)) if not has_surrogate(given) else "(not a word)"
    defects.add_unsupported(
        name, f"the number format {shown} is not supported (known: {', '.join(DType)})"
    )
    return None


def _shape(name: str, given: object, defects: _Defects) -> tuple[int, ...] | None:
    shape = _counts(given)
    if shape is None:
        defects.add_tensor(name, "shape", "the shape is not a list of whole numbers from 0 on")
        return None
    if len(shape) > _MAX_RANK:
        defects.add_tensor(name, "shape", f"the shape has {len(shape)} axes, more than {_MAX_RANK}")
        return None
    # Empty axes are left out of the product, so that they cannot hide an absurd one.
    product = 1
    for size in shape:
        product *= size or 1
        if product > _MAX_BYTES:
            defects.add_tensor(
                name, "shape", f"the shape {_listed(shape)} has more elements than can exist"
            )
            return None
    return shape


def _span(name: str, given: object, defects: _Defects) -> tuple[int, int] | None:
    span = _counts(given)
    if span is None or len(span) != 2:
        defects.add_tensor(name, "data_offsets", "the span is not two whole numbers from 0 on")
        return None
    begin, end = span
    if begin > end or end > _MAX_BYTES:
        problem = "ends before it begins" if begin > end else "lies beyond any file"
        defects.add_tensor(name, "data_offsets", f"the span {_listed(span)} {problem}")
        return None
    return begin, end


def _sized(entry: _Entry, defects: _Defects) -> _Entry | None:
    n_elements = 1
    for size in entry.shape:
        n_elements *= size
    needed = n_elements * entry.dtype.itemsize
    if needed == entry.end - entry.begin:
        return entry
    defects.add_tensor(
        entry.name,
        "data_offsets",
        f"the span has {entry.end - entry.begin} bytes, but shape {_listed(entry.shape)} of "
        f"{entry.dtype} takes {needed}",
    )
    return None


def _check_tiling(entries: list[_Entry], n_bytes: int, defects: _Defects) -> None:
    """Demand that the spans follow each other from the first byte to the last."""
    end = 0
    last: _Entry | None = None
    # Where an entry was dropped for another defect, the gap it leaves is not news.
    is_whole = not defects.count
    for entry in entries:
        if last is not None and entry.begin < end:
            problem = f"overlaps that of {_quoted(last.name)} ({last.begin} to {last.end})"
        elif is_whole and entry.begin > end:
            problem = _gap(entry, end, n_bytes)
        else:
            problem = ""
        if problem:
            defects.add_tensor(
                entry.name,
                "data_offsets",
                f"the span {entry.begin} to {entry.end} {problem}",
            )
        if entry.end >= end:
            end, last = entry.end, entry
    if defects.count:
        return
    defects.n_missing = max(0, end - n_bytes)
    if end < n_bytes:
        defects.add("header", f"the last {n_bytes - end} bytes of the file belong to no tensor")


def _gap(entry: _Entry, end: int, n_bytes: int) -> str:
    if entry.end > n_bytes:
        return f"is out of range: only {n_bytes} bytes follow the header"
    return f"leaves a gap: the {entry.begin - end} bytes before it belong to no tensor"


def _counts(given: object) -> tuple[int, ...] | None:
    if isinstance(given, list) and all(type(one) is int and one >= 0 for one in given):
        return tuple(given)
    return None


def _place(name: str, key: str = "") -> str:
    return f"tensors[{_quoted(name)}]{'.' if key else ''}{key}"


def _quoted(name: str) -> str:
    return f'"{shorten(name)}"'


def _listed(numbers: tuple[int, ...] | list[int]) -> str:
    return shorten(f"[{', '.join(str(number) for number in numbers[:_MAX_RANK])}]")
