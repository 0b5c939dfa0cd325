"""Where a family may stand in a checkpoint, and which of its names are there.

The module matches names; it does not look at sizes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dokja.arch.family import Family, TensorRule
    from dokja.arch.pattern import NamedRecord, NameIndex, NamePattern

__all__ = ["Hit", "Located", "candidate_prefixes", "find_hits", "satisfies"]


class Located(NamedTuple):
    """A record that a rule names, with the numbers read from its name."""

    record: NamedRecord
    layer: int | None
    expert: int | None


class Hit(NamedTuple):
    """All records that one rule names, and how many there are of each shape."""

    rule: TensorRule
    records: tuple[Located, ...]
    shapes: Counter[tuple[int, ...]]


@lru_cache(maxsize=64)
def _rules_by_skeleton(family: Family) -> dict[tuple[bool, str], tuple[TensorRule, ...]]:
    found: defaultdict[tuple[bool, str], list[TensorRule]] = defaultdict(list)
    for rule in family.tensors:
        found[rule.outer, rule.pattern.skeleton].append(rule)
    return {key: tuple(rules) for key, rules in found.items()}


def candidate_prefixes(index: NameIndex, family: Family) -> set[str]:
    """Find the prefixes under which the first required name of a family stands.

    Parameters
    ----------
    index
        Names of the checkpoint.
    family
        The family.

    Returns
    -------
    set of str
        Each empty or ending in a dot.
    """
    patterns = family.required[0]
    found = {prefix for pattern in patterns for prefix in index.prefixes_of(pattern.skeleton)}
    if not family.under:
        return found
    return {prefix for prefix in found if f".{prefix}".split(".")[-2] in family.under}


@lru_cache(maxsize=4096)
def _skeleton_of(prefix: str) -> str:
    return ".".join("*" if part.isdecimal() else part for part in prefix.split("."))


def _match(rule: TensorRule, records: Iterable[NamedRecord]) -> Hit | None:
    located = []
    for record in records:
        numbers = rule.pattern.match(record.numbers)
        if numbers is not None:
            located.append(Located(record, *numbers))
    if not located:
        return None
    return Hit(rule, tuple(located), Counter(item.record.shape for item in located))


def _ancestors(prefix: str) -> list[str]:
    """List the prefix and those it stands under, nearest first, down to the empty one."""
    parts = prefix.split(".")[:-1]
    return ["".join(f"{part}." for part in parts[:n]) for n in range(len(parts), -1, -1)]


def find_hits(index: NameIndex, family: Family, prefix: str) -> list[Hit]:
    """Find the records that the rules of a family name under a prefix, and beside it.

    Parameters
    ----------
    index
        Names of the checkpoint.
    family
        The family.
    prefix
        Where its root stands.

    Returns
    -------
    list of Hit
        Each record at most once.
    """
    rules = _rules_by_skeleton(family)
    hits = []
    for key, records in index.under(prefix):
        for rule in rules.get((False, key), ()):
            hit = _match(rule, records)
            if hit:
                hits.append(hit)
    for (outer, _), outer_rules in rules.items():
        hits += [h for rule in outer_rules if outer and (h := _outer_hit(index, rule, prefix))]
    return _numbered_through(hits)


def _numbered_through(hits: list[Hit]) -> list[Hit]:
    """Count the blocks of later stages on from those of earlier ones."""
    sizes: Counter[int] = Counter()
    for hit in hits:
        for item in hit.records:
            if item.layer is not None:
                sizes[hit.rule.stage] = max(sizes[hit.rule.stage], item.layer + 1)
    if set(sizes) <= {0}:
        return hits
    before = {stage: sum(n for s, n in sizes.items() if s < stage) for stage in sizes}
    return [
        hit._replace(
            records=tuple(
                item
                if item.layer is None
                else item._replace(layer=item.layer + before[hit.rule.stage])
                for item in hit.records
            )
        )
        for hit in hits
    ]


def _outer_hit(index: NameIndex, rule: TensorRule, prefix: str) -> Hit | None:
    """Find records of a rule beside the root, at the nearest place where there are any."""
    for ancestor in _ancestors(prefix):
        start = _skeleton_of(ancestor)
        k = start.count("*")  # numbers of the prefix are literal, those of the rule follow them
        records = index.by_skeleton.get(start + rule.pattern.skeleton, ())
        inside = [r._replace(numbers=r.numbers[k:]) for r in records if r.name.startswith(ancestor)]
        hit = _match(rule, inside)
        if hit:
            return hit
    return None


def satisfies(index: NameIndex, family: Family, prefix: str) -> bool:
    """Tell whether all required names of a family are there and no forbidden one is.

    Parameters
    ----------
    index
        Names of the checkpoint.
    family
        The family.
    prefix
        Where its root stands.

    Returns
    -------
    bool
        Whether the family fits by name.
    """
    start = _skeleton_of(prefix)
    k = start.count("*")  # numbers of the prefix are literal, those of the pattern follow them

    def stands(pattern: NamePattern) -> bool:
        records = index.by_skeleton.get(start + pattern.skeleton, ())
        return any(pattern.match(record.numbers[k:]) is not None for record in records)

    if any(stands(pattern) for pattern in family.forbidden):
        return False
    return all(any(stands(p) for p in patterns) for patterns in family.required)
