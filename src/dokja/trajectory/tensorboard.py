"""TensorBoard event files: the scalars in them, read without TensorFlow.

The module knows records and wire formats, never what a scalar is about. Everything in a file is
data: lengths are checked before they are believed, checksums before records are used.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dokja.errors import TrajectoryError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Scalar", "read_events"]

_MAX_RECORD: Final = 16 * 1024 * 1024
_MAX_CHECKED: Final = 4_096
"""Longest record that is looked into; scalars are far shorter than pictures and graphs."""
_MAX_TAG: Final = 400
_HINT: Final = "Is it a whole event file? Copy it again when nothing writes to it."


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value of one tag."""

    step: int
    wall_time: float
    tag: str
    value: float


def read_events(data: bytes, *, uri: str) -> Iterator[Scalar]:
    """Read the scalars of an event file in their order.

    Parameters
    ----------
    data
        The bytes of the file.
    uri
        Where they came from, for the error.

    Yields
    ------
    Scalar
        Plain values and single-valued float tensors. A record cut off at the end, as of a run
        that was interrupted, ends the file.

    Raises
    ------
    TrajectoryError
        If a length or a checksum is wrong, or a record is no event.
    """
    place = 0
    while place + 12 <= len(data):
        head = data[place : place + 8]
        (length,) = struct.unpack("<Q", head)
        (check,) = struct.unpack_from("<I", data, place + 8)
        if check != _masked(head) or length > _MAX_RECORD:
            raise _broken(uri, place, "the length of a record is not what its checksum says")
        start, stop = place + 12, place + 12 + length
        if stop + 4 > len(data):
            return
        if length <= _MAX_CHECKED:
            record = data[start:stop]
            if struct.unpack_from("<I", data, stop)[0] != _masked(record):
                raise _broken(uri, place, "a record is not what its checksum says")
            try:
                yield from _scalars(record)
            except (ValueError, struct.error):
                raise _broken(uri, place, "a record is no event") from None
        place = stop + 4


def _broken(uri: str, place: int, words: str) -> TrajectoryError:
    return TrajectoryError(f"{words} (byte {place:,})", uri=uri, hint=_HINT)


def _scalars(record: bytes) -> Iterator[Scalar]:
    wall_time, step, summaries = 0.0, 0, []
    for number, value in _fields(record):
        if isinstance(value, int):
            step = (value - (1 << 64) if value >= 1 << 63 else value) if number == 2 else step
        elif number == 1 and len(value) == 8:
            (wall_time,) = struct.unpack("<d", value)
        elif number == 5:
            summaries.append(value)
    for summary in summaries:
        for tag, found in _values(summary):
            yield Scalar(step, wall_time, tag, found)


def _values(summary: bytes) -> Iterator[tuple[str, float]]:
    for number, value in _fields(summary):
        found = _value(value) if number == 1 and isinstance(value, bytes) else None
        if found is not None:
            yield found


def _value(raw: bytes) -> tuple[str, float] | None:
    tag, found = None, None
    for number, value in _fields(raw):
        if not isinstance(value, bytes):
            continue
        if number == 1 and len(value) <= _MAX_TAG:
            tag = value.decode("utf-8", "replace")
        elif number == 2 and len(value) == 4:
            found = struct.unpack("<f", value)[0]
        elif number == 8:
            found = _tensor(value)
    return None if tag is None or found is None else (tag, found)


def _tensor(raw: bytes) -> float | None:
    """Read a tensor of one float32 or float64."""
    kind, content = 0, b""
    for number, value in _fields(raw):
        if number == 1 and isinstance(value, int):
            kind = value
        elif number in {4, 5, 6} and isinstance(value, bytes):
            content = value
    formats = {(1, 4): "<f", (2, 8): "<d"}
    spelt = formats.get((kind, len(content)))
    return None if spelt is None else float(struct.unpack(spelt, content)[0])


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Walk the fields of a message: numbers as they are, everything else as its bytes."""
    place = 0
    while place < len(raw):
        key, place = _varint(raw, place)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, place = _varint(raw, place)
            yield number, value
            continue
        length = {1: 8, 5: 4}.get(kind)
        if kind == 2:
            length, place = _varint(raw, place)
        if length is None or place + length > len(raw):
            raise ValueError("a field is longer than its message")
        yield number, raw[place : place + length]
        place += length


def _varint(raw: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(raw):
            break
        byte = raw[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError("a number does not end")


def _table() -> tuple[int, ...]:
    """Remainders of single bytes under the polynomial of Castagnoli."""
    table = []
    for start in range(256):
        value = start
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_TABLE: Final = _table()


def _masked(raw: bytes) -> int:
    """CRC-32C, turned and shifted as the format wants it."""
    value = 0xFFFFFFFF
    for byte in raw:
        value = _TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    value ^= 0xFFFFFFFF
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF
