"""What people say of a review: who, when, on which criterion, with what reason and what interest.

The module defines what a sign-off file may say, never whether it counts.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from dokja.document.common import Document
from dokja.document.review_policy import Outcome, ReviewId, Rung

__all__ = ["ExceptionEntry", "LadderEntry", "Reviewer", "SignOff", "SignOffFile"]

Words = Annotated[str, Field(min_length=1, max_length=2_000, pattern=r"\w")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\w")]
Place = Annotated[str, Field(min_length=1, max_length=400)]


class Reviewer(Document):
    """Somebody who signs."""

    id: ReviewId
    name: Name
    role: Words | None = None
    conflict_of_interest: Literal["none"] | Words
    """``none``, or what it is; whoever has one is heard and not counted."""


class SignOff(Document):
    """One decision of one person on one criterion."""

    by: ReviewId
    on: dt.date
    criterion: ReviewId
    artefact: Place | None = None
    component: Place | None = None
    """The row it is about; every row of the criterion where neither is given."""
    decision: Literal["agree", "overrule", "abstain"]
    outcome: Outcome | None = None
    """What shall hold in place of the machine's outcome; with ``overrule`` only."""
    reason: Words | None = None
    evidence: tuple[Place, ...] = ()
    """Documents it rests on, by the dossier's ids."""


class ExceptionEntry(Document):
    """A departure from the criteria that was agreed on."""

    id: ReviewId
    on: dt.date
    criterion: ReviewId
    artefact: Place | None = None
    component: Place | None = None
    reason: Words
    agreed_by: Annotated[tuple[Name, ...], Field(min_length=1, max_length=1_000)]


class LadderEntry(Document):
    """What somebody saw of the maker's own work at one depth."""

    by: ReviewId
    on: dt.date
    rung: Rung
    shown: bool
    reason: Words
    evidence: tuple[Place, ...] = ()


class SignOffFile(Document):
    """Everything that people add to a review."""

    schema_version: Literal["1"]
    dossier: Words
    """Id of the dossier it is about."""
    policy: Words | None = None
    """Name of the policy whose criteria it names; the review must then use that one."""
    reviewers: Annotated[tuple[Reviewer, ...], Field(max_length=1_000)] = ()
    sign_offs: Annotated[tuple[SignOff, ...], Field(max_length=100_000)] = ()
    exceptions: Annotated[tuple[ExceptionEntry, ...], Field(max_length=1_000)] = ()
    ladder: Annotated[tuple[LadderEntry, ...], Field(max_length=1_000)] = ()
