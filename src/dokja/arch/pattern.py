"""Names of tensors with their numbers taken out, and patterns of such names.

The module knows how names are cut at dots and nothing of what they mean.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "NameIndex",
    "NamePattern",
    "NamedRecord",
    "RecordLike",
    "fill_numbers",
    "skeleton",
]


class RecordLike(Protocol):
    """What is read of a record: its name and shape."""

    @property
    def name(self) -> str:
        """Name in the checkpoint."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape, outermost axis first."""
        ...


def skeleton(name: str) -> tuple[str, tuple[int, ...]]:
    """Replace the numbers between dots by ``*``.

    Parameters
    ----------
    name
        Such as ``model.layers.3.mlp.0.weight``.

    Returns
    -------
    str
        Such as ``model.layers.*.mlp.*.weight``.
    tuple of int
        The numbers, such as ``(3, 0)``.
    """
    parts = name.split(".")
    numbers = []
    for i, part in enumerate(parts):
        if part.isdecimal() and part.isascii() and len(part) < 10 and str(int(part)) == part:
            numbers.append(int(part))
            parts[i] = "*"
    return ".".join(parts), tuple(numbers)


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A name with ``{layer}`` and ``{expert}`` in place of numbers.

    Parameters
    ----------
    text
        As written.
    skeleton
        With ``*`` in place of all numbers.
    slots
        One for each ``*``: ``"layer"``, ``"expert"``, or the number that must stand there.
    """

    text: str
    skeleton: str
    slots: tuple[str | int, ...]

    @classmethod
    def parse(cls, text: str) -> NamePattern:
        """Read a pattern.

        Parameters
        ----------
        text
            Such as ``layers.{layer}.mlp.experts.{expert}.up_proj.weight``.

        Returns
        -------
        NamePattern
            The pattern.

        Raises
        ------
        ValueError
            If a placeholder is unknown or stands twice, or if a segment is empty.
        """
        segments, slots = [], list[str | int]()
        for segment in text.split("."):
            if segment in {"{layer}", "{expert}"}:
                slots.append(segment[1:-1])
                segments.append("*")
            elif segment.isdecimal():
                slots.append(int(segment))
                segments.append("*")
            elif not segment or set(segment) & set("{}*"):
                raise ValueError(f"segment {segment!r} is neither a word nor {{layer}}, {{expert}}")
            else:
                segments.append(segment)
        placeholders = [slot for slot in slots if isinstance(slot, str)]
        if len(set(placeholders)) != len(placeholders):
            raise ValueError(f"a placeholder stands twice in {text!r}")
        return cls(text, ".".join(segments), tuple(slots))

    def match(self, numbers: tuple[int, ...]) -> tuple[int | None, int | None] | None:
        """Read layer and expert from the numbers of a name with this skeleton.

        Parameters
        ----------
        numbers
            The numbers of the name.

        Returns
        -------
        tuple of int or None, or None
            Layer and expert; None if a number is not the one that must stand there.
        """
        layer = expert = None
        for slot, number in zip(self.slots, numbers, strict=True):
            if slot == "layer":
                layer = number
            elif slot == "expert":
                expert = number
            elif slot != number:
                return None
        return layer, expert


class NamedRecord(NamedTuple):
    """A record with the numbers of its name taken out."""

    name: str
    shape: tuple[int, ...]
    numbers: tuple[int, ...]


class NameIndex:
    """All names of a checkpoint, by skeleton.

    Parameters
    ----------
    records
        The records of a checkpoint, by name.
    """

    def __init__(self, records: Mapping[str, RecordLike]) -> None:
        by_skeleton: defaultdict[str, list[NamedRecord]] = defaultdict(list)
        for name, record in records.items():
            key, numbers = skeleton(name)
            by_skeleton[key].append(NamedRecord(name, tuple(record.shape), numbers))
        self.by_skeleton = dict(by_skeleton)

    @cached_property
    def by_suffix(self) -> dict[str, list[str]]:
        """Skeletons by each of their endings that begins at a dot (or at the start)."""
        endings: defaultdict[str, list[str]] = defaultdict(list)
        for key in self.by_skeleton:
            for ending, _ in _endings(key):
                endings[ending].append(key)
        return dict(endings)

    def under(self, prefix: str) -> Iterator[tuple[str, list[NamedRecord]]]:
        """Yield the skeletons under a prefix, without it, with their records.

        Parameters
        ----------
        prefix
            Empty, or ending in a dot; its numbers are literal.

        Yields
        ------
        str
            Skeleton without the prefix.
        list of NamedRecord
            Its records, without the numbers of the prefix.
        """
        start, fixed = skeleton(prefix)
        for key, records in self.by_skeleton.items():
            if not key.startswith(start):
                continue
            if not fixed:
                yield key[len(start) :], records
                continue
            k = len(fixed)
            kept = [r._replace(numbers=r.numbers[k:]) for r in records if r.numbers[:k] == fixed]
            if kept:
                yield key[len(start) :], kept

    def prefixes_of(self, ending: str) -> set[str]:
        """Find what stands before an ending, numbers included.

        Parameters
        ----------
        ending
            Skeleton of the end of a name.

        Returns
        -------
        set of str
            Prefixes, each empty or ending in a dot. A numbered prefix counts only if its
            numbers are the same in all names: otherwise it is a block, not a wrapper.
        """
        found = set()
        for key in self.by_suffix.get(ending, ()):
            before = key[: len(key) - len(ending)]
            k = before.count("*")
            numbers = {record.numbers[:k] for record in self.by_skeleton[key]} if k else {()}
            if len(numbers) == 1:
                found.add(fill_numbers(before, next(iter(numbers))))
        return found


def _endings(key: str) -> Iterable[tuple[str, int]]:
    position = 0
    while True:
        yield key[position:], position
        position = key.find(".", position) + 1
        if not position:
            return


def fill_numbers(text: str, numbers: tuple[int, ...]) -> str:
    """Put numbers back into a skeleton.

    Parameters
    ----------
    text
        The skeleton, with ``*`` for each number.
    numbers
        The numbers, in order.

    Returns
    -------
    str
        The name.
    """
    for number in numbers:
        text = text.replace("*", str(number), 1)
    return text
