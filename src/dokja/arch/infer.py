"""Components that no family knows: taken apart by prefixes, shapes and repetition."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dokja.arch.pattern import NamedRecord
    from dokja.arch.role import ResolvedComponent


def infer_components(records: Iterable[NamedRecord], taken: set[str]) -> list[ResolvedComponent]:
    """Take apart what no family knows."""
    del records, taken
    return []
