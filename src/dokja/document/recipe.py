"""A recipe as a document: how a maker says that a model was trained, and where the proof lies.

The module defines what a recipe may say; it reads no file and judges nothing.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from dokja.document.common import Document

__all__ = [
    "Batch",
    "CheckpointEntry",
    "Data",
    "Frozen",
    "Initialiser",
    "LogColumns",
    "LogFile",
    "Loss",
    "Optimiser",
    "OptimiserGroup",
    "Precision",
    "Recipe",
    "Resume",
    "Schedule",
    "Seed",
    "Submission",
    "TensorKind",
    "Tensors",
    "is_real",
]

_MAX_ITEMS = 10_000


_MOST: Final = 1e12
_LEAST: Final = 1e-30
"""Numbers beyond these are no settings of a run, and overflow where they are squared."""


def is_real(value: object) -> object:
    """Turn a number as it stands in a file, such as ``3e-4``, into a float.

    Parameters
    ----------
    value
        Text, a whole number, a decimal or a float; anything else is left as it is.

    Returns
    -------
    object
        A finite float.

    Raises
    ------
    ValueError
        If the text is no finite number, or one too small to be meant.

    Examples
    --------
    >>> is_real("3e-4")
    0.0003
    """
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return value
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{str(value)[:40]!r} is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{str(value)[:40]!r} is not a finite number")
    if 0.0 < abs(number) < _LEAST:
        raise ValueError(f"{str(value)[:40]!r} is too small for a setting of a run")
    return number


def _one_or_more(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _moment(value: object) -> object:
    """Read a date or a time of ISO 8601; without a zone it is taken as UTC."""
    if not isinstance(value, str):
        return value
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value[:40]!r} is no date such as 2026-05-01T12:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


Real = Annotated[float, Field(ge=-_MOST, le=_MOST), BeforeValidator(is_real)]
Positive = Annotated[float, Field(gt=0.0, le=_MOST), BeforeValidator(is_real)]
NonNegative = Annotated[float, Field(ge=0.0, le=_MOST), BeforeValidator(is_real)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0 - 1e-9), BeforeValidator(is_real)]
Whole = Annotated[int, Field(ge=0, le=10**12)]
Name = Annotated[str, Field(min_length=1, max_length=400)]
Words = Annotated[str, Field(min_length=1, max_length=2_000)]
Names = Annotated[
    tuple[Name, ...],
    Field(min_length=1, max_length=_MAX_ITEMS),
    BeforeValidator(_one_or_more),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        mode="validation",
    ),
]
Moment = Annotated[
    dt.datetime,
    BeforeValidator(_moment),
    PlainSerializer(lambda value: value.isoformat(), return_type=str, when_used="json"),
    WithJsonSchema({"type": "string"}),
]
Digest = Annotated[str, Field(pattern=r"^(blake3|sha256):[0-9a-f]{64}$")]

TensorKind = Literal[
    "embedding",
    "head",
    "norm",
    "attention",
    "mlp",
    "router",
    "conv",
    "bias",
    "other",
    "matrix",
    "vector",
]
"""What a tensor is for, as the architecture says; or only how many axes it has."""

Kinds = Annotated[
    tuple[TensorKind, ...],
    BeforeValidator(_one_or_more),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        mode="validation",
    ),
]


class Tensors(Document):
    """Which tensors a part of the recipe is about: by name and by kind, both where both stand."""

    tensors: Names = ("*",)
    """Names, in which ``*`` stands for anything."""
    kinds: Kinds = ()


class Initialiser(Tensors):
    """How some tensors were drawn at step 0; of several rules the first that fits counts."""

    distribution: Literal[
        "normal",
        "truncated_normal",
        "uniform",
        "kaiming_normal",
        "kaiming_uniform",
        "xavier_normal",
        "xavier_uniform",
        "lecun_normal",
        "orthogonal",
        "constant",
        "zeros",
        "ones",
        "given",
    ]
    """``given`` is not random: the weights were there before, and `source` says whose they are."""
    mean: Real = 0.0
    std: Positive | None = None
    """Null where it is not declared: then only the shape of the distribution is tested."""
    low: Real | None = None
    high: Real | None = None
    """Ends of a uniform distribution."""
    cut: Annotated[float, Field(ge=0.01, le=1e3), BeforeValidator(is_real)] | None = None
    """Standard deviations at which a truncated normal is cut."""
    std_after_cut: bool = False
    """Whether `std` is that of what is left after the cut."""
    value: Real | None = None
    """Of a constant."""
    gain: Positive = 1.0
    slope: NonNegative = 0.0
    """Negative slope ``a`` of Kaiming's rule; a plain PyTorch Linear has the root of 5."""
    fan: Literal["in", "out"] = "in"
    fan_in: Annotated[int, Field(ge=1)] | None = None
    fan_out: Annotated[int, Field(ge=1)] | None = None
    """Where they are not what the shape says."""
    transposed: bool = False
    """Whether matrices are stored input by output, as GPT-2's are."""
    scaled_by: Literal["depth", "layer"] | None = None
    """Spread divided by the root of 2 × layers, or of 2 × the number of the layer."""
    n_layers: Annotated[int, Field(ge=1, le=100_000)] | None = None
    source: Words | None = None


class _Update(Document):
    """What an optimiser needs to be told for its bound."""

    betas: tuple[Fraction, Fraction] | None = None
    eps: NonNegative | None = None
    momentum: Fraction = 0.0
    nesterov: bool = False
    weight_decay: NonNegative = 0.0
    clip_norm: Positive | None = None
    """Norm to which the gradient of all parameters together is clipped."""
    clip_threshold: Positive = 1.0
    """Root mean square to which Adafactor clips an update."""
    scale_parameter: bool = True
    """Whether Adafactor's rate is relative to the size of the weights."""
    adjust: Literal["original", "match_rms_adamw", "none"] = "original"
    """How Muon's rate follows the shape of a matrix."""


OptimiserName = Literal["adam", "adamw", "sgd", "lion", "adafactor", "muon", "other"]


class OptimiserGroup(Tensors, _Update):
    """Tensors that are moved otherwise than the rest."""

    name: OptimiserName | None = None
    """Null where only the rate or the decay differs."""
    lr_scale: NonNegative = 1.0


class Optimiser(_Update):
    """What moved the weights."""

    name: OptimiserName
    groups: tuple[OptimiserGroup, ...] = ()


class Schedule(Document):
    """Learning rate by step."""

    kind: Literal[
        "constant", "linear", "cosine", "wsd", "inverse_sqrt", "milestones", "points", "logged"
    ]
    """``logged``: as the log says, and nothing else."""
    peak: Positive | None = None
    final: NonNegative = 0.0
    start: NonNegative = 0.0
    """Rate at which the warm-up begins."""
    warmup: Whole = 0
    total: Annotated[int, Field(ge=1)] | None = None
    """Steps the schedule is made for; those of the run if null."""
    decay_start: Whole | None = None
    """Step at which the last part of ``wsd`` begins."""
    shape: Literal["linear", "cosine", "sqrt", "exponential"] = "linear"
    milestones: tuple[Whole, ...] = ()
    factor: Positive = 0.1
    points: tuple[tuple[Whole, NonNegative], ...] = ()
    """Step and rate; straight lines between them."""


class Batch(Document):
    """What a step sees."""

    sequences: Annotated[int, Field(ge=1)] | None = None
    length: Annotated[int, Field(ge=1)] | None = None
    tokens: Annotated[int, Field(ge=1)] | None = None


class Precision(Document):
    """Number formats."""

    weights: Literal["float32", "bfloat16", "float16", "float64"] = "float32"
    """Of the weights that are trained."""
    stochastic_rounding: bool = False


class Frozen(Tensors):
    """Tensors that are not trained, in the whole run or from a step to another."""

    first_step: Whole = 0
    last_step: Whole | None = None
    source: Words | None = None
    """Whose weights they are, where they are not random."""


class Resume(Document):
    """The run was interrupted, and went on from a stored state."""

    step: Whole
    stopped_at: Whole | None = None
    """Step that had been reached; what lies between was done, and logged, twice."""
    reason: Words | None = None


class Data(Document):
    """Something the model was trained on."""

    name: Words
    digest: Digest | None = None
    path: Name | None = None
    tokens: Whole | None = None
    made: Moment | None = None


class LogColumns(Document):
    """Names of columns, where they are not the usual ones."""

    step: Name | None = None
    loss: Name | None = None
    lr: Name | None = None
    time: Name | None = None
    tokens: Name | None = None
    weight_norm: Name | None = None
    """Norm of all weights together, if it was logged."""


class LogFile(Document):
    """A log of the run."""

    path: Name
    format: Literal["auto", "csv", "jsonl", "json", "tensorboard"] = "auto"
    digest: Digest | None = None
    columns: LogColumns = LogColumns()


class CheckpointEntry(Document):
    """Weights after a step."""

    step: Whole
    path: Name
    time: Moment | None = None
    digest: Digest | None = None
    loss: Real | None = None
    """Training loss at that step, as it was then noted."""


class Submission(Document):
    """What was handed in."""

    path: Name
    digest: Digest | None = None
    component: Words | None = None
    """The component that the run is of, such as ``language_model``, where the submission has others
    beside it; whatever it calls its tensors there. Null: the run is of all of it."""
    averaged: bool = False
    """Whether the last checkpoint is an average of the weights of earlier steps (EMA, SWA), not
    where the optimiser stood."""


class Loss(Document):
    """What the logged loss is."""

    kind: Literal["cross_entropy", "other"] = "other"
    classes: Annotated[int, Field(ge=2)] | None = None
    """Tokens of the vocabulary, or classes."""
    unit: Literal["nats", "bits"] = "nats"


class Seed(Document):
    """How step 0 can be drawn again: one generator, tensor after tensor."""

    library: Literal["numpy", "torch"]
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    order: tuple[Name, ...] = ()
    """Names in the order of the draws; those of the file if empty."""
    draw: Literal["float32", "float64"] = "float32"
    """Number format of the draws before they are scaled."""


class Recipe(Document):
    """How a model is said to have been trained."""

    schema_version: Literal["1"]
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    title: Words | None = None
    maker: Words | None = None
    started: Moment | None = None
    finished: Moment | None = None
    initialiser: tuple[Initialiser, ...] = ()
    seed: Seed | None = None
    optimiser: Optimiser
    schedule: Schedule
    steps: Annotated[int, Field(ge=1, le=10**12)]
    batch: Batch = Batch()
    precision: Precision = Precision()
    frozen: tuple[Frozen, ...] = ()
    resumes: tuple[Resume, ...] = ()
    data: Annotated[tuple[Data, ...], Field(max_length=_MAX_ITEMS)] = ()
    loss: Loss = Loss()
    logs: Annotated[tuple[LogFile, ...], Field(max_length=_MAX_ITEMS)] = ()
    checkpoints: Annotated[tuple[CheckpointEntry, ...], Field(min_length=1, max_length=_MAX_ITEMS)]
    submission: Submission | None = None
    averaged: bool = False
    """Whether every stored checkpoint is a running average of the weights so far (EMA)."""
