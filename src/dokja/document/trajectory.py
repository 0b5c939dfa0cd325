"""What is told of a training run: its checkpoints, how they moved, what fits and what does not.

The module defines what is stored of a trajectory, never how it came about or how it is shown.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from dokja.document.common import Document, Localized, NamedValue
from dokja.document.evidence_base import Count, Log10P, Share
from dokja.document.recipe import Recipe

__all__ = [
    "REASON_RULES",
    "CheckpointFacts",
    "IntervalFacts",
    "LogFacts",
    "LogPoint",
    "Reason",
    "Recipe",
    "ReferenceFacts",
    "ReferencePoint",
    "StartFit",
    "TensorMovement",
    "TrajectoryFinding",
    "TrajectoryProvenance",
    "TrajectoryReport",
    "TrajectorySource",
    "TrajectoryVerdict",
]

Reason = Literal[
    "borrowed_start",
    "start_not_as_declared",
    "seed_differs",
    "pasted_start",
    "swap",
    "jump",
    "interpolated",
    "noise_added",
    "standstill",
    "frozen_moved",
    "frozen_borrowed",
    "wrong_order",
    "end_differs",
    "digest_differs",
    "log_contradicts",
    "log_order",
    "log_back_dated",
    "gap",
    "no_start",
    "no_end",
    "structure",
    "not_testable",
]
"""Why a run is contradicted, or left open."""

REASON_RULES: Final[dict[str, str]] = {
    "borrowed_start": "DKJ601",
    "start_not_as_declared": "DKJ602",
    "seed_differs": "DKJ603",
    "pasted_start": "DKJ604",
    "swap": "DKJ605",
    "jump": "DKJ606",
    "interpolated": "DKJ607",
    "noise_added": "DKJ608",
    "standstill": "DKJ609",
    "frozen_moved": "DKJ610",
    "frozen_borrowed": "DKJ611",
    "wrong_order": "DKJ612",
    "end_differs": "DKJ613",
    "digest_differs": "DKJ614",
    "log_contradicts": "DKJ615",
    "log_order": "DKJ616",
    "log_back_dated": "DKJ617",
    "gap": "DKJ618",
    "no_start": "DKJ619",
    "no_end": "DKJ620",
    "structure": "DKJ621",
    "not_testable": "DKJ622",
}
"""Identifier of the rule behind each reason."""

Ratio = Annotated[float, Field(ge=0.0)]
Cosine = Annotated[float, Field(ge=-1.0, le=1.0)]
Step = Annotated[int, Field(ge=0)]
BoundKind = Literal["element", "tensor", "model", "none"]
"""What an optimiser's bound is about: each weight, each tensor's norm, the norm of all, nothing."""


class CheckpointFacts(Document):
    """A checkpoint as it was read."""

    step: Step
    path: str
    time: str | None
    digest: str
    n_bytes: Count
    n_parameters: Count
    norm: Ratio
    """Root of the sum of squares of all weights."""
    distance_to_end: Ratio
    """Norm of the difference to the last checkpoint, over that of the first; 1 at the start."""
    kept_start: float | None
    """Slope of the matrices on those of step 0: 1 where they are still in it as they were drawn,
    0 where nothing of them is left."""
    expected_kept: float | None
    """What the declared decay alone leaves of 1."""
    loss: float | None
    logged_loss: float | None
    """Loss in the log at that step."""


class TensorMovement(Document):
    """A tensor between two checkpoints."""

    name: str
    used: Ratio | None
    """Movement over what the optimiser can do; null without a bound."""
    kept: float | None
    """Slope of the later weights on the earlier ones."""
    relative_change: Ratio | None


class IntervalFacts(Document):
    """What happened between two checkpoints."""

    first_step: Step
    last_step: Step
    lr_sum: Ratio | None
    """Sum of the learning rates; null where no schedule is known."""
    bound: BoundKind
    used: Ratio | None
    """Largest movement over what the optimiser can do, over all tensors it is known for."""
    used_by: str | None
    """The tensor."""
    rms_change: Ratio
    """Root mean square of the change of all weights."""
    relative_change: Ratio | None
    """Norm of the change over that of the earlier weights."""
    kept: float | None
    """Slope of the later matrices on the earlier ones."""
    kept_low: float | None
    kept_high: float | None
    """Limits of it, five standard errors wide on each side."""
    cosine: Cosine | None
    """Cosine of this displacement and the one before, freed of rounding."""
    unchanged: Share
    """Share of weights that are equal, bit for bit."""
    tensors: tuple[TensorMovement, ...]
    """Those that stand out, the farthest first."""


class StartFit(Document):
    """A tensor of step 0 laid beside the distribution it is said to be drawn from."""

    name: str
    declared: str
    """The distribution and its parameters, in a line."""
    n: Count
    """Values that were looked at."""
    distance: Share | None
    """Largest distance of the two distribution functions."""
    log10_p: Log10P | None
    spread: Ratio | None
    """Standard deviation over the declared one."""
    kurtosis: float | None
    """Excess over that of the declared distribution."""
    edge: Ratio | None
    """Largest singular value over the Marchenko-Pastur edge."""
    outcome: Literal["fits", "differs", "structured", "not_random", "not_declared", "not_testable"]


class ReferencePoint(Document):
    """A checkpoint laid beside a reference."""

    step: Step
    pearson: Cosine
    z: float
    """Pearson times the root of the number of weights."""


class ReferenceFacts(Document):
    """What a reference has in common with the run."""

    reference: str
    digest: str
    n_tensors: Count
    """Matrices of equal name and shape, or of equal role, that were laid side by side."""
    points: tuple[ReferencePoint, ...]
    n_equal: Count
    """Tensors of step 0 that are equal to one of the reference, constants left out."""
    log10_p: Log10P | None
    """Index evidence between step 0 and the reference; null where it could not be tested."""


class LogPoint(Document):
    """A line of a log, for the plot."""

    step: Step
    loss: float | None
    lr: float | None


class LogFacts(Document):
    """A log as it was read."""

    path: str
    format: str
    digest: str
    n_rows: Count
    first_step: Step | None
    last_step: Step | None
    first_time: str | None
    last_time: str | None
    columns: tuple[str, ...]
    """What was found in it: step, loss, lr, time, tokens, weight_norm."""
    points: tuple[LogPoint, ...]
    """At most some hundreds of its lines, evenly spread."""


class TrajectoryFinding(Document):
    """Something that speaks against the recipe, or leaves it open."""

    rule: Annotated[str, Field(pattern=r"^DKJ6[0-9]{2}$")]
    reason: Reason
    level: Literal["contradiction", "open", "note"]
    tensors: tuple[str, ...]
    """Names, at most some; empty where the finding is about the run."""
    n_tensors: Count
    share: Share | None
    """Share of the parameters it is about."""
    steps: tuple[Step, ...]
    """Steps of the checkpoints between which, or at which, it was found."""
    message: Localized


class TrajectoryVerdict(Document):
    """What the run comes to."""

    outcome: Literal["consistent", "contradicted", "inconclusive"]
    reasons: tuple[Reason, ...]
    """Of the findings that decide, strongest first."""
    summary: Localized
    frozen_share: Share
    """Share of the parameters that the recipe declares frozen throughout, of which it proves
    nothing."""
    given_share: Share
    """Share of the others that the recipe declares to begin from weights that were there before;
    whose those are the run does not show."""


class TrajectorySource(Document):
    """A file that was read."""

    uri: str
    n_bytes: Count
    identity: str


class TrajectoryProvenance(Document):
    """How the report came about, so that whoever doubts can repeat it."""

    dokja: str
    seed: Count
    sources: tuple[TrajectorySource, ...]
    bytes_read: Count
    started_at: str
    wall_s: Ratio
    parameters: tuple[NamedValue, ...]
    """Thresholds that were used."""


class TrajectoryReport(Document):
    """A training run from its recipe to what can be said of it."""

    schema_version: Literal["1"]
    recipe: Recipe
    recipe_digest: str
    """BLAKE3 of the bytes of the recipe's file."""
    checkpoints: tuple[CheckpointFacts, ...]
    intervals: tuple[IntervalFacts, ...]
    cosines: tuple[tuple[Cosine | None, ...], ...]
    """Of every two displacements, freed of rounding, in the order of the intervals."""
    effective_rank: Ratio | None
    """Directions the displacements span, counted by participation."""
    start: tuple[StartFit, ...]
    seed_reproduced: bool | None
    """Whether the declared seed gives step 0 again; null where none was declared or it cannot be
    tried."""
    references: tuple[ReferenceFacts, ...]
    logs: tuple[LogFacts, ...]
    submission_digest: str | None
    submission_rounded: bool
    """Whether the submission is the last checkpoint rounded to a shorter number format."""
    findings: tuple[TrajectoryFinding, ...]
    untold: tuple[Localized, ...]
    """What cannot be told from what was given."""
    verdict: TrajectoryVerdict
    provenance: TrajectoryProvenance
