"""A leaderboard as documents: dated snapshots of an index, who is from where, and the order.

The module defines what is stored, never how places are worked out.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dokja.document.common import Document, Localized
from dokja.document.number import Confidence, Figure, InputNumber, Number

__all__ = [
    "Average",
    "AverageComparison",
    "AverageRatio",
    "ClaimCheck",
    "Completeness",
    "CountClaim",
    "Country",
    "CountryCount",
    "CountryTable",
    "Derivation",
    "Derivatives",
    "Exposure",
    "GapClaim",
    "IndexStamp",
    "ItemSpread",
    "LeaderboardBook",
    "LeaderboardReport",
    "LeaderboardRow",
    "LeaderboardSource",
    "LeaderboardView",
    "ModelChange",
    "Organisation",
    "PublishedRatio",
    "RankClaim",
    "RatioReport",
    "Snapshot",
    "SnapshotComparison",
    "SnapshotModel",
    "Weights",
]

Identifier = Annotated[str, Field(min_length=1, max_length=200)]
IsoDate = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$")]
"""A day, or a month where the day is not known."""

LeaderboardView = Literal["model", "organisation", "country"]
Weights = Literal["all", "open"]
"""All models, or only those whose weights are open."""
Derivatives = Literal["adapter", "donor"]
"""Whether a model made from another counts for who adapted it or for who made the donor."""


class LeaderboardSource(Document):
    """Where a statement comes from."""

    id: Identifier
    title: str
    where: str
    """Address, or how the text is filed where it was published."""
    published_on: IsoDate | None = None
    retrieved_on: IsoDate | None = None
    confidence: Confidence


class Country(Document):
    """A country by its code of ISO 3166-1."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    name: Localized


class Organisation(Document):
    """Who develops models, and from where."""

    id: Identifier
    name: str
    aliases: tuple[str, ...] = ()
    country: str | None
    """Of the headquarters; None if no source says it."""
    sources: tuple[Identifier, ...] = ()
    note: Localized | None = None


class CountryTable(Document):
    """Which organisation is from which country."""

    schema_version: Literal["1"] = "1"
    id: Identifier
    version: str
    dated_on: IsoDate
    countries: tuple[Country, ...]
    organisations: tuple[Organisation, ...]
    sources: tuple[LeaderboardSource, ...]


class IndexStamp(Document):
    """Which index a figure is of; without it no figure says anything."""

    index: str
    version: str | None
    """None if no source says it; such a figure compares with no other snapshot."""
    dated_on: IsoDate


class Derivation(Document):
    """That a model was made from another."""

    donor: str
    donor_organisations: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    relation: Literal["finetune", "adapter", "merge", "quantized", "distilled", "audited"]
    """As the card declares it, or ``audited`` where an audit of the weights found it."""
    sources: tuple[Identifier, ...]


class SnapshotModel(Document):
    """One model as it stood in the index."""

    id: Identifier
    name: str
    variant: str | None = None
    """Such as the effort level that was measured."""
    organisations: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    """All developers of a joint model."""
    score: InputNumber | None
    """None if no source gives it."""
    open_weight: bool | None
    """None if no source says it."""
    licence: str | None = None
    released_on: IsoDate | None = None
    derived_from: Derivation | None = None
    sources: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    note: Localized | None = None


class Completeness(Document):
    """That a source lists everything at or above a score, seen in one way."""

    view: LeaderboardView
    weights: Weights
    down_to: InputNumber
    source: Identifier
    note: Localized


class Exposure(Document):
    """How far the items of the index are public, so that they could have been learnt."""

    items_public: Literal["all", "some", "none"] | None
    note: Localized
    sources: tuple[Identifier, ...]


class _Claim(Document):
    """What every published claim about an order says of itself."""

    id: Identifier
    source: Identifier
    note: Localized | None = None


class RankClaim(_Claim):
    """Something stands at some place."""

    kind: Literal["rank"]
    view: LeaderboardView
    weights: Weights
    subject: Identifier
    rank: Annotated[int, Field(ge=1)]


class CountryCount(Document):
    """How many of the first are from one country."""

    country: str
    count: Annotated[int, Field(ge=0)]


class CountClaim(_Claim):
    """Of the first so many models, so many are from each country."""

    kind: Literal["count"]
    weights: Weights
    first: Annotated[int, Field(ge=1)]
    counts: tuple[CountryCount, ...]


class GapClaim(_Claim):
    """The best model leads a country's best by so much."""

    kind: Literal["gap"]
    country: str
    digits: Annotated[int, Field(ge=0, le=6)]
    """Both scores are rounded half up to so many digits before they are subtracted."""
    gap: InputNumber


class Snapshot(Document):
    """An index on one day, as far as sources give it."""

    schema_version: Literal["1"] = "1"
    id: Identifier
    index: str
    index_version: str | None
    dated_on: IsoDate
    retrieved_on: IsoDate | None = None
    maximum: InputNumber | None = None
    models: tuple[SnapshotModel, ...]
    complete: tuple[Completeness, ...] = ()
    claims: tuple[Annotated[RankClaim | CountClaim | GapClaim, Field(discriminator="kind")], ...]
    exposure: Exposure | None = None
    sources: tuple[LeaderboardSource, ...]
    notes: tuple[Localized, ...] = ()


class LeaderboardRow(Document):
    """One model, organisation or country."""

    id: str
    name: Localized
    stamp: IndexStamp
    rank: Figure
    """Known only where nothing unlisted or unknown could stand above."""
    tied_with: tuple[str, ...]
    score: Figure
    best_model: str | None
    """Best listed one; None where it is not known which that is."""
    models: tuple[str, ...]
    """Models that count for the row, best first."""
    organisations: tuple[str, ...]
    countries: tuple[str, ...]
    open_weight: bool | None
    """Of the best model."""


class ClaimCheck(Document):
    """One published claim beside what the data give."""

    claim: str
    stamp: IndexStamp
    says: Localized
    published: str
    computed: Figure | None
    """None for a claim of several numbers."""
    computed_text: str
    status: Literal["agrees", "consistent", "differs", "not computable"]
    """``consistent``: the data allow the claim but do not settle it."""
    reason: Localized | None
    source: str
    confidence: Confidence


class LeaderboardReport(Document):
    """The order of one snapshot seen in one way."""

    schema_version: Literal["1"] = "1"
    snapshot: str
    stamp: IndexStamp
    countries: str
    """Id and version of the country table."""
    view: LeaderboardView
    weights: Weights
    derivatives: Derivatives
    rows: tuple[LeaderboardRow, ...]
    checks: tuple[ClaimCheck, ...]
    sentences: tuple[Localized, ...]
    sources: tuple[LeaderboardSource, ...]


class ModelChange(Document):
    """One model in two snapshots of the same version of an index."""

    model: str
    before: Number
    after: Number
    change: Number


class SnapshotComparison(Document):
    """Two snapshots side by side."""

    schema_version: Literal["1"] = "1"
    before: IndexStamp
    after: IndexStamp
    comparable: bool
    reason: Localized
    changes: tuple[ModelChange, ...]
    """Empty where the two are not comparable: figures of unlike indices have no difference."""


class Average(Document):
    """A model's mean over a set of benchmarks."""

    model: str
    value: InputNumber
    benchmark_set: Identifier
    """Two averages compare only if these are equal."""
    source: Identifier


class PublishedRatio(Document):
    """A ratio as it was printed."""

    reference: str
    percent: InputNumber
    digits: Annotated[int, Field(ge=0, le=6)] = 0
    source: Identifier


class AverageComparison(Document):
    """One model's average beside those of named reference models."""

    schema_version: Literal["1"] = "1"
    id: Identifier
    dated_on: IsoDate
    own: Average
    references: tuple[Average, ...]
    published: tuple[PublishedRatio, ...] = ()
    sources: tuple[LeaderboardSource, ...]


class AverageRatio(Document):
    """Own average as a percentage of a reference's."""

    reference: str
    percent: Figure
    published: Number | None
    rounded: Number | None
    """The computed one, rounded half up as the published one is."""
    status: Literal["agrees", "differs", "not computable", "not published"]


class RatioReport(Document):
    """Ratios of averages, with what was printed."""

    schema_version: Literal["1"] = "1"
    comparison: str
    own: str
    ratios: tuple[AverageRatio, ...]
    sentences: tuple[Localized, ...]
    sources: tuple[LeaderboardSource, ...]


class ItemSpread(Document):
    """How far one item tells the teams apart."""

    item: str
    maximum: Number
    spread: Figure
    """Highest minus lowest points."""
    spread_share: Number | None
    """Of the maximum."""
    mean_share: Number | None
    hardly_separates: bool | None
    near_ceiling: bool | None
    sentence: Localized


class LeaderboardBook(Document):
    """Some snapshots in every view, laid side by side where they compare."""

    schema_version: Literal["1"] = "1"
    reports: tuple[LeaderboardReport, ...]
    """Oldest snapshot first; of each, every view of all and of open models, for both makers."""
    comparisons: tuple[SnapshotComparison, ...] = ()
    """Of each snapshot and the next one."""
    ratios: tuple[RatioReport, ...] = ()
    dokja: str
