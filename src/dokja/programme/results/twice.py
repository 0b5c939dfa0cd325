"""Values that are given a second time.

The module knows what makes two entries the same, never which of them is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.programme.results.defects import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dokja.document.results import Entry
    from dokja.programme.results.defects import Defects

__all__ = ["identity", "refuse_twice"]


def identity(entry: Entry, *, chosen: bool) -> tuple[object, ...]:
    """Return what no two entries may have in common.

    Parameters
    ----------
    entry
        An entry.
    chosen
        Whether a mapping chose the items; two metrics of one task are then one too many.

    Returns
    -------
    tuple
        Hashable.
    """
    key: tuple[object, ...] = (entry.team, entry.item, entry.benchmark, entry.run, entry.rater)
    if chosen:
        return key
    protocol = entry.protocol
    how = (protocol.metric, protocol.filter, protocol.split, protocol.mode, protocol.n_shot)
    return (*key, protocol.task, protocol.harness, *how)


def refuse_twice(entries: Iterable[Entry], defects: Defects, *, chosen: bool) -> None:
    """Note every value that is given a second time.

    Parameters
    ----------
    entries
        Entries of one or several files.
    defects
        Takes one defect for each.
    chosen
        Whether a mapping chose the items.
    """
    first: dict[tuple[object, ...], Entry] = {}
    for entry in entries:
        before = first.setdefault(identity(entry, chosen=chosen), entry)
        if before is entry:
            continue
        what = f"{printable(entry.team)}, {printable(entry.item)}"
        metrics = {before.protocol.metric, entry.protocol.metric} - {None}
        other = f"{before.source.file}, " if before.source.file != entry.source.file else ""
        defects.add(
            entry.source.where,
            f"a second value for {what}; the first stands at {other}{before.source.where}",
            hint="Choose one with `metric` (and `filter`) in the mapping."
            if len(metrics) > 1
            else "Number repeated runs in a column `run`, or remove one.",
        )
