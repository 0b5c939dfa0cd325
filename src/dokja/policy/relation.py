"""From evidence to the relation of one component to one reference.

A pure function of evidence and thresholds. The module words nothing; each decision bears the code
of its reason, and `dokja.policy.wording` says it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from dokja.document.audit import (
    DigestEvidence,
    MixtureEvidence,
    MomentsEvidence,
    PowerEvidence,
    ReindexedEvidence,
    Relation,
    RetentionEvidence,
    StepsEvidence,
    UnitsEvidence,
)
from dokja.policy.disguise import are_gains_hidden, is_changed_on_purpose, is_reindexed
from dokja.policy.in_place import InPlace, embedding_pearson, in_place
from dokja.policy.mixture import is_part_of_mixture, is_taken_over, part_of_mixture
from dokja.policy.partial import shared_part
from dokja.policy.retained import below, effectively_retained, gains_left, kept
from dokja.policy.steps import direction_of_step
from dokja.policy.tokens import are_canaries_shared

if TYPE_CHECKING:
    from dokja.policy.facts import Facts
    from dokja.policy.policy import Thresholds

__all__ = ["Decision", "Direction", "Reason", "decide"]

Direction = Literal["from_reference", "to_reference", "undetermined"]


class Reason(StrEnum):
    """Why a relation was chosen."""

    NO_COUNTERPART = "no_counterpart"
    SHAPES_DIFFER = "shapes_differ"
    NOTHING_EXCHANGEABLE = "nothing_exchangeable"
    CONSTANT = "constant"
    ALL_EQUAL = "all_equal"
    PIECES_EQUAL = "pieces_equal"
    NEARLY_EQUAL = "nearly_equal"
    RETAINED = "retained"
    RETAINED_BY_REFERENCE = "retained_by_reference"
    RETAINED_EFFECTIVELY = "retained_effectively"
    HELD_WHOLE = "held_whole"
    PARTLY_EQUAL = "partly_equal"
    REINDEXED = "reindexed"
    EMBEDDINGS_ONLY = "embeddings_only"
    MIXTURE = "mixture"
    CHANGES_TAKEN = "changes_taken"
    PART_TAKEN = "part_taken"
    ONLY_START_SHARED = "only_start_shared"
    NOT_SEPARATED = "not_separated"
    BASIS_SHARED = "basis_shared"
    ROWS_SHARED = "rows_shared"
    ORDER_SHARED = "order_shared"
    NOTHING_FOUND = "nothing_found"
    NOTHING_IN_OTHER_SHAPE = "nothing_in_other_shape"
    COVERAGE_TOO_SMALL = "coverage_too_small"
    POWER_TOO_SMALL = "power_too_small"


@dataclass(frozen=True, slots=True)
class Decision:
    """A relation with the reason for it."""

    relation: Relation
    reason: Reason
    direction: Direction
    log10_p: float | None
    told_by: Literal["mixture", "step"] | None = None
    """What tells the direction where slopes do not: independent parts, or the kind of change."""

    @property
    def level(self) -> Literal["index", "structure"]:
        """What the relation rests on: units that bear their numbers, or what units look like."""
        return "structure" if self.reason is Reason.REINDEXED else "index"


def decide(facts: Facts, thresholds: Thresholds) -> Decision:
    """Choose the relation of a component of the subject to one reference.

    Parameters
    ----------
    facts
        The evidence and its corrected p-values.
    thresholds
        Of the policy.

    Returns
    -------
    Decision
        The strongest relation that the evidence carries.
    """
    relation, reason = _relation(facts, thresholds)
    told = _direction_told(facts, thresholds)
    if told is None:
        told = _direction(facts, thresholds), None
    return Decision(relation, reason, told[0], facts.best_log10_p, told[1])


def _relation(facts: Facts, thresholds: Thresholds) -> tuple[Relation, Reason]:
    if facts.result.reference is None or facts.result.reference_component is None:
        return Relation.NOT_TESTABLE, Reason.NO_COUNTERPART
    equal = _equal_share(facts.digest)
    if equal >= thresholds.verbatim_share:
        return _all_equal(facts.digest, thresholds)
    index = in_place(facts, thresholds)
    told = _by_itself(facts, thresholds, equal, index)
    if told[0] in _KIN:
        return told
    # The other references of the audit may tell what this one alone cannot.
    if is_part_of_mixture(facts, thresholds, in_place=index.layers):
        return Relation.DERIVED, _why_mixed(facts, thresholds)
    if index.layers and _part_taken(facts, thresholds):
        return Relation.DERIVED, Reason.PART_TAKEN
    return told


def _why_mixed(facts: Facts, thresholds: Thresholds) -> Reason:
    item = facts.get(MixtureEvidence)
    taken = item is not None and is_taken_over(item, thresholds)
    return Reason.CHANGES_TAKEN if taken else Reason.MIXTURE


_KIN = frozenset({Relation.VERBATIM, Relation.REUSED, Relation.DERIVED})


def _by_itself(
    facts: Facts, thresholds: Thresholds, equal: float, index: InPlace
) -> tuple[Relation, Reason]:
    reindexed = is_reindexed(facts.get(ReindexedEvidence), thresholds)
    if index.layers or (equal >= thresholds.min_in_place_share and not reindexed):
        return _kin(facts, thresholds, equal, index)
    if reindexed:
        return Relation.DERIVED, Reason.REINDEXED
    if index.channels:
        return _kin_without_layers(facts, thresholds)
    if are_canaries_shared(facts, thresholds):
        return Relation.INCONCLUSIVE, Reason.ROWS_SHARED
    return _not_kin(facts, thresholds, index)


def _all_equal(digest: DigestEvidence | None, thresholds: Thresholds) -> tuple[Relation, Reason]:
    """Tell a whole copy from pieces: layers left out or doubled make another model."""
    if (
        digest is not None
        and digest.same_size
        and digest.reference_share >= thresholds.verbatim_share
    ):
        return Relation.VERBATIM, Reason.ALL_EQUAL
    return Relation.DERIVED, Reason.PIECES_EQUAL


def _equal_share(digest: DigestEvidence | None) -> float:
    return digest.parameter_share if digest is not None and digest.n_tensors else 0.0


# -- kin ------------------------------------------------------------------------------------------


def _kin(
    facts: Facts, thresholds: Thresholds, equal: float, index: InPlace
) -> tuple[Relation, Reason]:
    moments = facts.moments
    pearson = moments.matrix_pearson.weighted if moments is not None else None
    # With layers or units dropped, doubled or added it is another model, however alike the rest.
    coverage = facts.result.coverage
    covered = min(coverage.paired, coverage.reference_paired) >= thresholds.min_reused_coverage
    # Twins that hardly left their start are as alike as copies, but for what they learnt. Tensors
    # that are equal to the bit settle it: no twin keeps those.
    left = equal < thresholds.min_in_place_share and gains_left(facts.retention, thresholds)
    if pearson is not None and pearson >= thresholds.reused_pearson and covered and not left:
        return Relation.REUSED, Reason.NEARLY_EQUAL
    told = _disguised(facts, thresholds) or _retained(facts.retention, thresholds)
    if told is not None:
        only_start = told[0] is Relation.SHARED_INIT
        return told if not only_start or _is_everywhere(facts) else _NOT_SEPARATED
    if index.layers and not left and _held_whole(facts, thresholds):
        return Relation.DERIVED, Reason.HELD_WHOLE
    if equal >= thresholds.min_in_place_share and not index.layers:
        return Relation.DERIVED, Reason.PARTLY_EQUAL
    return _NOT_SEPARATED


_NOT_SEPARATED = (Relation.INCONCLUSIVE, Reason.NOT_SEPARATED)


def _is_everywhere(facts: Facts) -> bool:
    """Whether units stand in place as a shared start leaves them: all, or faintly.

    A few units that are near copies among many that are not were pasted or planted.
    """
    units = facts.get(UnitsEvidence)
    if units is None or units.in_place_cosine is None:
        return True
    return units.in_place_share >= 0.5 or units.in_place_cosine < 0.5


def _part_taken(facts: Facts, thresholds: Thresholds) -> bool:
    """Whether some layers, or one kind of matrices in all, are near copies and the rest is alien.

    A twin start shares all matrices alike, so that no twin is whole here and a stranger there.
    """
    part = shared_part(facts.result, thresholds)
    return part is not None and part.has_layers and part.pearson >= thresholds.partial_pearson


def _disguised(facts: Facts, thresholds: Thresholds) -> tuple[Relation, Reason] | None:
    """Whether units that stand in place were changed on purpose, as no twin start ever is."""
    if is_changed_on_purpose(facts.get(ReindexedEvidence), thresholds):
        return Relation.DERIVED, Reason.REINDEXED
    if are_gains_hidden(facts.retention, thresholds):
        return Relation.DERIVED, Reason.RETAINED_EFFECTIVELY
    return None


def _retained(
    retention: RetentionEvidence | None, thresholds: Thresholds
) -> tuple[Relation, Reason] | None:
    """Tell a child from a twin start; None where gains and matrices do not separate them."""
    if retention is None:
        return None
    if kept(retention.ratio_low, retention.matrix_slope, thresholds):
        return Relation.DERIVED, Reason.RETAINED
    if kept(retention.reverse_ratio_low, retention.reverse_matrix_slope, thresholds):
        return Relation.DERIVED, Reason.RETAINED_BY_REFERENCE
    effectively = effectively_retained(retention, thresholds)
    if below(retention.ratio_high, retention.reverse_ratio_high, thresholds.shared_init_ratio):
        # A launderer folds gains and resets them, which effective gains see through.
        return None if effectively else (Relation.SHARED_INIT, Reason.ONLY_START_SHARED)
    slope = max(retention.matrix_slope or 0.0, retention.reverse_matrix_slope or 0.0)
    if effectively and slope >= thresholds.derived_slope:
        return Relation.DERIVED, Reason.RETAINED_EFFECTIVELY
    return None


def _held_whole(facts: Facts, thresholds: Thresholds) -> bool:
    """Whether one of the two is the other plus something independent of it.

    A twin start never is: each twin has left the start, so that neither holds all of the other.
    """
    moments, retention = facts.moments, facts.retention
    if moments is None or moments.matrix_slope is None or moments.matrix_reverse_slope is None:
        return False
    if retention is not None and below(
        retention.ratio_high, retention.reverse_ratio_high, thresholds.shared_init_ratio
    ):
        return False
    if retention is None or retention.gain_slope is None:
        return False  # twins that hardly left their start hold as much, and only gains would tell
    slopes = moments.matrix_slope, moments.matrix_reverse_slope
    return max(slopes) >= thresholds.derived_slope and min(slopes) < thresholds.derived_ratio


def _kin_without_layers(facts: Facts, thresholds: Thresholds) -> tuple[Relation, Reason]:
    if embedding_pearson(facts) >= thresholds.partial_pearson and _embedding_held(
        facts, thresholds
    ):
        return Relation.DERIVED, Reason.EMBEDDINGS_ONLY
    return Relation.INCONCLUSIVE, Reason.BASIS_SHARED


def _embedding_held(facts: Facts, thresholds: Thresholds) -> bool:
    """Whether one embedding is the other plus something independent of it.

    Embeddings that start wide hardly move: two models of one seed keep them as alike as a thief
    would, but then neither slope falls behind.
    """
    tensors = [row for row in facts.result.tensors if row.group == "embedding"]
    largest = max(tensors, key=lambda row: row.n_parameters, default=None)
    if largest is None or largest.slope is None or largest.reverse_slope is None:
        return False
    slopes = largest.slope, largest.reverse_slope
    return max(slopes) >= thresholds.derived_slope and min(slopes) < thresholds.derived_ratio


def _direction(facts: Facts, thresholds: Thresholds) -> Direction:
    moments: MomentsEvidence | None = facts.moments
    if moments is None or moments.matrix_slope is None or moments.matrix_reverse_slope is None:
        return "undetermined"
    forward, reverse = moments.matrix_slope, moments.matrix_reverse_slope
    if forward >= thresholds.derived_slope and reverse < thresholds.derived_ratio:
        return "from_reference"
    if reverse >= thresholds.derived_slope and forward < thresholds.derived_ratio:
        return "to_reference"
    return "undetermined"


def _direction_told(
    facts: Facts, thresholds: Thresholds
) -> tuple[Direction, Literal["mixture", "step"] | None] | None:
    """Read the direction off what was done: mixed of independent parts, rounded, cut, adapted."""
    mixture = part_of_mixture(facts, thresholds)
    if mixture is not None and not mixture.alike:
        return "from_reference", "mixture"
    steps = facts.get(StepsEvidence)
    side = direction_of_step(steps, thresholds) if steps is not None else None
    if side is None:
        return None
    return ("from_reference" if side == "subject" else "to_reference"), "step"


# -- nothing found --------------------------------------------------------------------------------


def _not_kin(facts: Facts, thresholds: Thresholds, index: InPlace) -> tuple[Relation, Reason]:
    if index.order_only:
        return Relation.INCONCLUSIVE, Reason.ORDER_SHARED
    # Tests on constants find nothing, which must not be taken for a finding.
    if _is_constant(facts):
        return Relation.INCONCLUSIVE, Reason.CONSTANT
    if not facts.corrected:
        return _not_comparable(facts, thresholds)
    if facts.result.coverage.parameters < thresholds.min_coverage:
        return Relation.INCONCLUSIVE, Reason.COVERAGE_TOO_SMALL
    if not _powerful(facts.power, thresholds):
        return Relation.INCONCLUSIVE, Reason.POWER_TOO_SMALL
    return Relation.NO_EVIDENCE, Reason.NOTHING_FOUND


def _is_constant(facts: Facts) -> bool:
    tensors = facts.result.tensors
    return bool(tensors) and all(tensor.fixed for tensor in tensors)


def _not_comparable(facts: Facts, thresholds: Thresholds) -> tuple[Relation, Reason]:
    """Judge a pair no index test fits: other shapes prove nothing, a search with power does."""
    power = facts.power
    least = [p.least for p in power.points if p.route == "reindexed"] if power is not None else []
    searched = any(value is not None and value <= thresholds.max_retained for value in least)
    covered = facts.result.coverage.parameters >= thresholds.min_coverage
    if facts.get(ReindexedEvidence) is not None and searched and covered:
        return Relation.NO_EVIDENCE, Reason.NOTHING_IN_OTHER_SHAPE
    return Relation.INCONCLUSIVE, _why_untested(facts)


def _why_untested(facts: Facts) -> Reason:
    paired = facts.result.coverage.paired or facts.result.coverage.parameters
    return Reason.NOTHING_EXCHANGEABLE if paired else Reason.SHAPES_DIFFER


def _powerful(power: PowerEvidence | None, thresholds: Thresholds) -> bool:
    if power is None:
        return False
    least: dict[tuple[str, float | None], float | None] = {
        (point.route, point.cosine): point.least for point in power.points
    }
    limits: list[tuple[tuple[str, float | None], float]] = [
        (("diffuse", None), thresholds.max_diffuse)
    ]
    if power.has_units:
        limits += [
            (("in_place", 0.9), thresholds.max_share_cosine_0_9),
            (("in_place", 0.5), thresholds.max_share_cosine_0_5),
        ]
    if power.reindexed == "examined":
        limits.append((("reindexed", None), thresholds.max_retained))
    return all((found := least.get(key)) is not None and found <= limit for key, limit in limits)
