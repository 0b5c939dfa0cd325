"""The policy of a review as a document: views, criteria, what decides each, thresholds, quorum.

The module knows what such a policy may say, never whether a submission meets it.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from dokja.document.audit import Relation
from dokja.document.common import Document, Localized

__all__ = [
    "TESTS",
    "Control",
    "Criterion",
    "FunctionRule",
    "Outcome",
    "PolicySource",
    "QuorumRule",
    "ReviewId",
    "ReviewPolicy",
    "ReviewThresholds",
    "Rung",
    "Test",
    "ViewName",
    "ViewRule",
]

ReviewId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
"""A short name that other parts of a file refer to."""

ViewName = Literal["technical", "policy", "ethical"]
"""The three questions: trained from initialised weights, in control, open about it."""

Outcome = Literal["met", "not_met", "inconclusive", "not_applicable"]
"""What is said of a criterion; missing evidence is ``inconclusive``, never ``met``."""

Rung = Literal["hyper_parameters", "module", "data_pipeline", "architecture"]
"""How deep the maker's own work goes, least first; it is recorded apart from every outcome."""

Control = Literal["free", "mild", "constrained", "unknown"]
"""What control a licensor keeps."""

Test = Literal[
    "weights_own",
    "trained_from_start",
    "licence_free",
    "licence_open",
    "can_retrain",
    "no_remote",
    "references_named",
    "licences_kept",
    "code_notices",
    "consistent",
    "people",
]
"""What decides a criterion by machine; ``people``: nothing does, somebody has to sign."""

TESTS: tuple[Test, ...] = (
    "weights_own",
    "trained_from_start",
    "licence_free",
    "licence_open",
    "can_retrain",
    "no_remote",
    "references_named",
    "licences_kept",
    "code_notices",
    "consistent",
    "people",
)
"""Every test, in the order in which they are run."""


class PolicySource(Document):
    """Where the wording was published that a policy follows."""

    id: ReviewId
    title: Localized
    publisher: str | None = None
    reference: str | None = None
    published: dt.date | None = None


class ViewRule(Document):
    """One of the three views: its question, and when it is met."""

    view: ViewName
    title: Localized
    question: Localized
    source: ReviewId | None = None


class Criterion(Document):
    """One condition, who or what decides it, and whether the view depends on it."""

    id: ReviewId
    view: ViewName
    title: Localized
    test: Test
    weight: Literal["required", "recorded"] = "required"
    """``recorded``: it is shown and never decides its view."""
    components: tuple[str, ...] = ()
    """Components it is asked of, ``*`` for anything; all when empty."""
    evidence: Localized | None = None
    """What a maker can hand in to have it decided."""
    source: ReviewId | None = None
    note: Localized | None = None


class FunctionRule(Document):
    """Something the model does, and the components that nothing else could do it without."""

    id: ReviewId
    title: Localized
    components: Annotated[tuple[str, ...], Field(min_length=1)]


class ReviewThresholds(Document):
    """Where evidence of each kind becomes an outcome."""

    fails_on: tuple[Relation, ...] = (Relation.VERBATIM, Relation.REUSED, Relation.DERIVED)
    """Relations to somebody else's weights that are not met."""
    own_on: tuple[Relation, ...] = (Relation.VERBATIM, Relation.REUSED, Relation.DERIVED)
    """Relations to an earlier model of the maker's own that prove descent from it."""
    min_coverage: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """Least share of a component's parameters that some test must have looked at for `met`."""
    licence: tuple[Control, ...] = ("free", "mild")
    """Control by somebody else that is still met."""
    min_code_share: Annotated[float, Field(ge=0.0, le=1.0)] = 0.3
    """Share of a file of code that must stand in a known one, to call it reused."""
    trajectory_for_own_derivative: bool = False
    """Whether a model trained on from an own earlier one needs a recorded run of its own too."""


class QuorumRule(Document):
    """How many people it takes; null where it was not published, so that nothing follows."""

    overrule: Annotated[int, Field(ge=1, le=1_000)] | None = None
    """People who must agree to set another outcome in place of the machine's."""
    exception: Annotated[int, Field(ge=1, le=1_000)] | None = None
    """Parties who must agree to an exception."""
    sign_off: Annotated[int, Field(ge=0, le=1_000)] | None = None
    """People who must have signed a criterion for its outcome to be final."""
    note: Localized | None = None


class ReviewPolicy(Document):
    """Views, criteria, thresholds and quorum under a name."""

    schema_version: Literal["1"]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    title: Localized
    description: Localized
    version: Annotated[str, Field(min_length=1, max_length=40)]
    sources: tuple[PolicySource, ...] = ()
    views: Annotated[tuple[ViewRule, ...], Field(min_length=1, max_length=3)]
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=200)]
    functions: tuple[FunctionRule, ...] = ()
    thresholds: ReviewThresholds = ReviewThresholds()
    quorum: QuorumRule = QuorumRule()
    digest: Annotated[str, Field(pattern=r"^blake3:[0-9a-f]{64}$")]
    """Digest of the policy file, so that a report says which one judged it."""
