"""What an audit may say of each ordered pair, by the recipes alone.

The rule of each kind of pair is written out in `expected`; closeness of the weights enters only
where the relation itself is defined by it (``reused`` from ``derived``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bench.zoo.members import Member

# Members whose tensors no longer pair one to one with those of their kin.
_RESHAPED = {"layers-dropped", "depth-upscaled", "mlp-pruned", "upcycled"}
_NEAR_BASE = {"base", "finetuned", "int4"}
_WIDTHS = {"stranger-wide": 128, "gpt2": 80, "bert": 64}


@dataclass(frozen=True, slots=True)
class Expectation:
    """Relations that are right for a pair, and why."""

    relationship: str
    expected: tuple[str, ...]
    reason: str

    @property
    def kin(self) -> bool:
        """Whether any weights, or their random start, are shared."""
        return self.relationship != "strangers"

    def as_json(self, subject: str, reference: str) -> dict[str, Any]:
        """One row of ``lineage.json``."""
        return {
            "subject": subject,
            "reference": reference,
            "relationship": self.relationship,
            "kin": self.kin,
            "expected": list(self.expected),
            "reason": self.reason,
        }


def _ancestors(name: str, members: Mapping[str, Member]) -> set[str]:
    """Return the member itself and all whose trained layers went in."""
    found = {name}
    for parent in members[name].parents:
        if parent.how != "embeddings only":
            found |= _ancestors(parent.member, members)
    return found


def _starts(name: str, members: Mapping[str, Member]) -> set[str]:
    starts = (members[m].start for m in _ancestors(name, members))
    return {start for start in starts if start}


def _width(member: Member) -> int:
    return _WIDTHS.get(member.name, _WIDTHS.get(member.family, 96))


def _close(names: set[str], pearson: float | None, far: tuple[str, ...]) -> tuple[str, ...]:
    """Relations of true kin: `reused` begins at a Pearson of 0.98 of the matrices.

    Where layers or units were dropped or doubled, it depends on what the auditor pairs.
    """
    if names & _RESHAPED and names <= _RESHAPED | _NEAR_BASE:
        return ("reused", *far)
    if pearson is None or pearson < 0.975:
        return far
    return ("reused",) if pearson >= 0.985 else ("reused", *far)


def _descent(child: Member, parent: Member, members: Mapping[str, Member]) -> Expectation | None:
    """`parent` is an ancestor of `child`; the least share along the way decides what is asked."""
    direct = {p.member: p for p in child.parents}
    if parent.name not in _ancestors(child.name, members) or child is parent:
        return None
    link = direct.get(parent.name)
    if link is None or link.share in {1.0, 0.7}:
        how = link.how if link else "through " + ", ".join(direct)
        return Expectation("descendant", ("derived",), f"{child.name}: {how}")
    if link.share == 0.5 and child.name == "merge-siblings":
        return Expectation("descendant", ("derived",), "one of two merged children of base")
    words = f"{link.share:g} of a merge; the other parent may be needed to tell"
    return Expectation("descendant", ("derived", "inconclusive"), words)


def _through_embeddings(a: Member, b: Member, members: Mapping[str, Member]) -> Expectation | None:
    for one, other in ((a, b), (b, a)):
        if one.name != "embeddings-only":
            continue
        of_base = "base" in _ancestors(other.name, members)
        if of_base and other.name != "new-vocabulary":
            words = "embeddings of base (or of its child) and the residual basis, no layer"
            return Expectation("embeddings only", ("derived", "inconclusive"), words)
        if of_base or "llama seed 0" in _starts(other.name, members):
            allowed = ("shared_init", "derived", "inconclusive", "no_evidence")
            words = "a residual basis or the embeddings' random start, behind two full trainings"
            return Expectation("remote", allowed, words)
    return None


def expected(
    subject: Member, reference: Member, members: Mapping[str, Member], pearson: float | None
) -> Expectation:
    """Say what an audit of `subject` against `reference` may conclude."""
    found = _through_embeddings(subject, reference, members)
    if found:
        return found
    names = {subject.name, reference.name}
    down = _descent(subject, reference, members)
    if down:
        return Expectation(down.relationship, _close(names, pearson, down.expected), down.reason)
    up = _descent(reference, subject, members)
    if up:
        allowed = _close(names, pearson, ("derived", "inconclusive"))
        return Expectation("ancestor", allowed, "the reference is the child; " + up.reason)
    shared = _ancestors(subject.name, members) & _ancestors(reference.name, members)
    if shared:
        allowed = _close(names, pearson, ("derived", "inconclusive"))
        words = "both hold weights of " + ", ".join(sorted(shared))
        return Expectation("common ancestor", allowed, words)
    if _starts(subject.name, members) & _starts(reference.name, members):
        return _twins(subject, reference)
    return _strangers(subject, reference)


def _twins(subject: Member, reference: Member) -> Expectation:
    plain = not subject.parents and not reference.parents
    if plain and subject.data != reference.data:
        words = "same random start, trained apart on other data"
        return Expectation("same start", ("shared_init",), words)
    words = (
        "same random start, same data in another order: close to what cannot be separated"
        if plain
        else "same random start; one side was changed or trained again since"
    )
    return Expectation("same start", ("shared_init", "inconclusive"), words)


def _strangers(subject: Member, reference: Member) -> Expectation:
    families = {"llama" if m.family == "mixtral" else m.family for m in (subject, reference)}
    if len(families) > 1:
        allowed = ("no_evidence", "inconclusive", "not_testable")
        return Expectation("strangers", allowed, "independent models of two families")
    if _width(subject) != _width(reference):
        allowed = ("no_evidence", "inconclusive")
        return Expectation("strangers", allowed, "independent models of two widths")
    words = "independent random starts"
    if "distilled" in {subject.name, reference.name}:
        words += "; distillation leaves no trace in weights"
    return Expectation("strangers", ("no_evidence",), words)


def all_pairs(
    members: Mapping[str, Member], pearsons: Mapping[tuple[str, str], float]
) -> Iterable[dict[str, Any]]:
    """Rows for every ordered pair of different members."""
    for subject in members.values():
        for reference in members.values():
            if subject is not reference:
                key = (subject.name, reference.name)
                found = expected(subject, reference, members, pearsons.get(key))
                yield found.as_json(*key)
