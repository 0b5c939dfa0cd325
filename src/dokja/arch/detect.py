"""Which families stand where in a checkpoint.

The module compares candidates by how many records agree with their rules in name and in shape;
the configuration only breaks ties, because equal configurations prove nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dokja.arch.build import n_fitting
from dokja.arch.hits import Hit, candidate_prefixes, find_hits, satisfies
from dokja.arch.sizes import measure_sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dokja.arch.family import Family
    from dokja.arch.pattern import NameIndex
    from dokja.arch.sizes import Sizes

__all__ = ["Instance", "find_instances"]


@dataclass(frozen=True, slots=True)
class Instance:
    """A family at a place in a checkpoint.

    Parameters
    ----------
    family
        The family.
    prefix
        Where its root stands; empty, or ending in a dot.
    hits
        The records it claims.
    sizes
        Sizes of the component.
    score
        How many records agree, how well the configuration does, and how simple the family is.
    """

    family: Family
    prefix: str
    hits: tuple[Hit, ...]
    sizes: Sizes
    score: tuple[int, int, int]

    @property
    def n_elements(self) -> int:
        """Number of elements in all its records."""
        return sum(_size(shape) * n for hit in self.hits for shape, n in hit.shapes.items())


def _size(shape: tuple[int, ...]) -> int:
    total = 1
    for n in shape:
        total *= n
    return total


def _candidate(
    index: NameIndex, family: Family, prefix: str, configurations: Sequence[Mapping[str, Any]]
) -> Instance | None:
    if not satisfies(index, family, prefix):
        return None
    hits = find_hits(index, family, prefix)
    sizes = measure_sizes(family, hits, configurations)
    score = (n_fitting(hits, sizes), sizes.agreement, -len(family.tensors))
    if score[0] <= 0:
        return None
    return Instance(family, prefix, tuple(hits), sizes, score)


def _unclaimed(instance: Instance, claimed: set[str]) -> Instance | None:
    """Keep what nobody has claimed; None if that is less than half."""
    hits = []
    n_before = n_after = 0
    for hit in instance.hits:
        records = tuple(item for item in hit.records if item.record.name not in claimed)
        n_before += len(hit.records)
        n_after += len(records)
        if len(records) == len(hit.records):
            hits.append(hit)
        elif records:
            hits.append(Hit(hit.rule, records, Counter(item.record.shape for item in records)))
    if 2 * n_after <= n_before:
        return None
    return Instance(instance.family, instance.prefix, tuple(hits), instance.sizes, instance.score)


def find_instances(
    index: NameIndex, families: Iterable[Family], configurations: Sequence[Mapping[str, Any]]
) -> list[Instance]:
    """Find the families that stand in a checkpoint.

    Parameters
    ----------
    index
        Names of the checkpoint.
    families
        Families to look for.
    configurations
        Its configuration and those inside it.

    Returns
    -------
    list of Instance
        No record in two of them; those that agree with most records first.
    """
    candidates = [
        candidate
        for family in families
        for prefix in sorted(candidate_prefixes(index, family))
        if (candidate := _candidate(index, family, prefix, configurations))
    ]
    candidates.sort(key=lambda c: (*(-s for s in c.score), c.family.name, c.prefix))
    claimed: set[str] = set()
    instances = []
    for candidate in candidates:
        instance = _unclaimed(candidate, claimed)
        if instance is None:
            continue
        instances.append(instance)
        claimed.update(item.record.name for hit in instance.hits for item in hit.records)
    return instances
