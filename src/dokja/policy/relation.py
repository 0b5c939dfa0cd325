"""From evidence to the relation of one component to one reference.

A pure function of evidence and thresholds. The module words nothing; each decision bears the code
of its reason, and `dokja.policy.wording` says it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING, Literal

from dokja.document.audit import (
    DigestEvidence,
    LayerSearchEvidence,
    MomentsEvidence,
    OrderEvidence,
    PowerEvidence,
    ReindexedEvidence,
    Relation,
    RetentionEvidence,
    SwapEvidence,
    UnitsEvidence,
)

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
    ONLY_START_SHARED = "only_start_shared"
    NOT_SEPARATED = "not_separated"
    BASIS_SHARED = "basis_shared"
    ORDER_SHARED = "order_shared"
    NOTHING_FOUND = "nothing_found"
    COVERAGE_TOO_SMALL = "coverage_too_small"
    POWER_TOO_SMALL = "power_too_small"


@dataclass(frozen=True, slots=True)
class Decision:
    """A relation with the reason for it."""

    relation: Relation
    reason: Reason
    direction: Direction
    log10_p: float | None

    @property
    def level(self) -> Literal["index", "structure"]:
        """What the relation rests on: units that bear their numbers, or what units look like."""
        return "structure" if self.reason is Reason.REINDEXED else "index"


@dataclass(frozen=True, slots=True)
class _Index:
    """What the index tests say together."""

    layers: bool
    """Units or order, beyond chance and above the effect floor."""
    channels: bool
    """Residual channels, beyond chance and above the effect floor."""
    order_only: bool
    """Beyond chance, but the units found are no more alike than assignment makes strangers."""


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
    return Decision(relation, reason, _direction(facts, thresholds), facts.best_log10_p)


def _relation(facts: Facts, thresholds: Thresholds) -> tuple[Relation, Reason]:
    if facts.result.reference is None or facts.result.reference_component is None:
        return Relation.NOT_TESTABLE, Reason.NO_COUNTERPART
    equal = _equal_share(facts.digest)
    if equal >= thresholds.verbatim_share:
        return _all_equal(facts.digest, thresholds)
    index = _index(facts, thresholds)
    reindexed = _is_reindexed(facts.get(ReindexedEvidence), thresholds)
    if index.layers or (equal >= thresholds.min_in_place_share and not reindexed):
        return _kin(facts, thresholds, equal, index)
    if reindexed:
        return Relation.DERIVED, Reason.REINDEXED
    if index.channels:
        return _kin_without_layers(facts, thresholds)
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


# -- index evidence -------------------------------------------------------------------------------


def _index(facts: Facts, thresholds: Thresholds) -> _Index:
    strong, weak = False, False
    for item in (
        facts.get(UnitsEvidence),
        facts.get(LayerSearchEvidence),
        facts.get(OrderEvidence),
    ):
        if item is None or facts.corrected[item.kind] > thresholds.max_log10_p:
            continue
        if _above_floor(item, thresholds):
            strong = True
        else:
            weak = True
    swap = facts.get(SwapEvidence)
    channels = swap is not None and facts.corrected[swap.kind] <= thresholds.max_log10_p
    # Strangers re-ordered to fit have channels in place as well, but far fainter ones.
    loud = (
        swap is not None
        and channels
        and (
            swap.effect >= thresholds.min_swap_effect
            or _embedding_pearson(facts) >= thresholds.min_basis_pearson
        )
    )
    return _Index(layers=strong, channels=loud, order_only=weak or channels)


def _above_floor(
    item: UnitsEvidence | LayerSearchEvidence | OrderEvidence, thresholds: Thresholds
) -> bool:
    if isinstance(item, OrderEvidence):
        share = item.longest / item.n_units if item.n_units else 0.0
        cosine = item.mean_cosine
    else:
        share, cosine = item.in_place_share, item.in_place_cosine
    if share < thresholds.min_in_place_share or cosine is None:
        return False
    # Without unmapped layers to compare with, half of the mark of identity has to do.
    off_map = item.off_map_cosine if item.off_map_cosine is not None else 0.25
    return cosine >= thresholds.min_cosine_ratio * off_map


# -- kin ------------------------------------------------------------------------------------------


def _kin(
    facts: Facts, thresholds: Thresholds, equal: float, index: _Index
) -> tuple[Relation, Reason]:
    moments = facts.moments
    pearson = moments.matrix_pearson.weighted if moments is not None else None
    # With layers or units dropped, doubled or added it is another model, however alike the rest.
    coverage = facts.result.coverage
    covered = min(coverage.paired, coverage.reference_paired) >= thresholds.min_reused_coverage
    if pearson is not None and pearson >= thresholds.reused_pearson and covered:
        return Relation.REUSED, Reason.NEARLY_EQUAL
    told = _retained(facts.retention, thresholds) or _disguised(facts, thresholds)
    if told is not None:
        return told
    if index.layers and _held_whole(facts, thresholds):
        return Relation.DERIVED, Reason.HELD_WHOLE
    if equal >= thresholds.min_in_place_share and not index.layers:
        return Relation.DERIVED, Reason.PARTLY_EQUAL
    return Relation.INCONCLUSIVE, Reason.NOT_SEPARATED


def _disguised(facts: Facts, thresholds: Thresholds) -> tuple[Relation, Reason] | None:
    """Whether units that stand in place were changed on purpose, as no twin start ever is."""
    item = facts.get(ReindexedEvidence)
    if item is not None and _is_reindexed(item, thresholds):
        flipped, spread = item.flipped_share or 0.0, item.scale_spread or 0.0
        if flipped >= thresholds.min_flipped or spread >= thresholds.min_scale_spread:
            return Relation.DERIVED, Reason.REINDEXED
    if _are_gains_hidden(facts.retention, thresholds):
        return Relation.DERIVED, Reason.RETAINED_EFFECTIVELY
    return None


def _retained(
    retention: RetentionEvidence | None, thresholds: Thresholds
) -> tuple[Relation, Reason] | None:
    """Tell a child from a twin start; None where gains and matrices do not separate them."""
    if retention is None:
        return None
    if _kept(retention.ratio_low, retention.matrix_slope, thresholds):
        return Relation.DERIVED, Reason.RETAINED
    if _kept(retention.reverse_ratio_low, retention.reverse_matrix_slope, thresholds):
        return Relation.DERIVED, Reason.RETAINED_BY_REFERENCE
    effectively = _effectively_retained(retention, thresholds)
    if _below(retention.ratio_high, retention.reverse_ratio_high, thresholds.shared_init_ratio):
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
    if retention is not None and _below(
        retention.ratio_high, retention.reverse_ratio_high, thresholds.shared_init_ratio
    ):
        return False
    slopes = moments.matrix_slope, moments.matrix_reverse_slope
    has_gains = retention is not None and retention.gain_slope is not None
    return max(slopes) >= thresholds.derived_slope and (
        not has_gains or min(slopes) < thresholds.derived_ratio
    )


def _kept(low: float | None, slope: float | None, thresholds: Thresholds) -> bool:
    # Twins that saw the same data learn like gains: where little of the matrices is left, gains
    # kept as well as those prove nothing.
    if low is None or slope is None:
        return False
    return low > thresholds.derived_ratio and slope >= thresholds.min_derived_slope


def _below(high: float | None, reverse_high: float | None, threshold: float) -> bool:
    if high is None or reverse_high is None:
        return False
    return high < threshold and reverse_high < threshold


def _effectively_retained(retention: RetentionEvidence, thresholds: Thresholds) -> bool:
    gains, matrices = retention.effective_gain_pearson, retention.matrix_pearson
    if gains is None or matrices is None or matrices <= 0.0:
        return False
    return gains >= thresholds.effective_gain_ratio * matrices


def _is_reindexed(item: ReindexedEvidence | None, thresholds: Thresholds) -> bool:
    """Whether enough layers that had no part in the fit agree, and unmapped ones do not."""
    if item is None or not item.layers:
        return False
    controls = [row.off_map_effect for row in item.layers if row.off_map_effect is not None]
    # Half of the controls may be spoilt, as where layers of the reference are each other's copies.
    control = max(median(controls), 0.0) if controls else 0.0
    floor = max(
        thresholds.min_reindexed_effect,
        thresholds.min_reindexed_ratio * max(control, thresholds.widest_stranger_effect),
    )
    found = [
        row.effect >= floor and row.agreeing_share >= thresholds.min_reindexed_share
        for row in item.layers
    ]
    return sum(found) >= thresholds.min_reindexed_layers * len(found)


def _are_gains_hidden(retention: RetentionEvidence | None, thresholds: Thresholds) -> bool:
    """Whether gains were folded away: kept with the matrices behind them, and not by themselves."""
    if retention is None or not _effectively_retained(retention, thresholds):
        return False
    effective = retention.effective_gain_pearson or 0.0
    plain = retention.gain_pearson or 0.0
    return effective >= thresholds.min_hidden_gain and plain < 0.5 * effective


def _kin_without_layers(facts: Facts, thresholds: Thresholds) -> tuple[Relation, Reason]:
    if _embedding_pearson(facts) >= thresholds.partial_pearson:
        return Relation.DERIVED, Reason.EMBEDDINGS_ONLY
    return Relation.INCONCLUSIVE, Reason.BASIS_SHARED


def _embedding_pearson(facts: Facts) -> float:
    found = [role.pearson.weighted for role in facts.result.by_role if role.role == "embedding"]
    return max((value for value in found if value is not None), default=0.0)


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


# -- nothing found --------------------------------------------------------------------------------


def _not_kin(facts: Facts, thresholds: Thresholds, index: _Index) -> tuple[Relation, Reason]:
    if index.order_only:
        return Relation.INCONCLUSIVE, Reason.ORDER_SHARED
    # Tests on constants find nothing, which must not be taken for a finding.
    if _is_constant(facts):
        return Relation.INCONCLUSIVE, Reason.CONSTANT
    if not facts.corrected:
        return Relation.INCONCLUSIVE, _why_untested(facts)
    if facts.result.coverage.parameters < thresholds.min_coverage:
        return Relation.INCONCLUSIVE, Reason.COVERAGE_TOO_SMALL
    if not _powerful(facts.power, thresholds):
        return Relation.INCONCLUSIVE, Reason.POWER_TOO_SMALL
    return Relation.NO_EVIDENCE, Reason.NOTHING_FOUND


def _is_constant(facts: Facts) -> bool:
    tensors = facts.result.tensors
    return bool(tensors) and all(tensor.fixed for tensor in tensors)


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
