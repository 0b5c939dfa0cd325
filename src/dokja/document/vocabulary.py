"""Evidence on tokens: two tokenizers, rows of embeddings laid side by side, rows nobody trained.

The module defines what is stored, as `dokja.document.audit` does; it imports no report.
"""

from __future__ import annotations

from typing import Literal

from dokja.document.evidence_base import Count, EvidenceBase, Log10P

__all__ = ["CanariesEvidence", "TokenizerEvidence", "VocabularyEvidence"]


class TokenizerEvidence(EvidenceBase):
    """What two tokenizers have in common: strings, numbers and merges. No evidence on weights."""

    kind: Literal["tokenizer"] = "tokenizer"
    same_file: bool
    n_tokens: Count
    n_reference_tokens: Count
    n_shared: Count
    """Tokens that stand, as strings, in both."""
    n_same_number: Count
    """Of these, those that bear the same number in both."""
    n_merges: Count
    n_reference_merges: Count
    n_shared_merges: Count
    n_merges_in_order: Count
    """Longest run of shared merges that stand in one order in both."""


class VocabularyEvidence(EvidenceBase):
    """Which rows of the token embeddings face each other, and how alike these are."""

    kind: Literal["vocabulary"] = "vocabulary"
    route: Literal["by_string", "by_number", "found"]
    """What lays the rows side by side: token strings, numbers, or a search among the rows."""
    n_rows: Count
    n_reference_rows: Count
    n_aligned: Count
    """Rows that face one of the other side."""
    n_equal: Count
    """Of these, those in which every value that was read is equal."""
    n_moved: Count
    """Of these, those that bear another number."""
    effect: float | None
    """Mean cosine of rows that face each other less the mean over all pairs: on channels that had
    no part in choosing which. Null where the streams have different widths."""
    number_effect: float | None
    """The same for rows of one number."""
    geometry: float | None
    """Correlation of the cosines between rows, in whatever basis: strangers reach 0.98."""
    number_geometry: float | None
    log10_p: Log10P | None
    """Exact, for residual channels by these rows, on channels that had no part in the search; null
    where nothing was searched. A description: nothing is decided by it alone."""


class CanariesEvidence(EvidenceBase):
    """Rows of tokens nobody trained, which keep what they were drawn as."""

    kind: Literal["canaries"] = "canaries"
    n_rows: Count
    """Rows of the reference that lie as they were drawn and face one of the subject."""
    n_reference_rows: Count
    n_mutual: Count
    n_in_place: Count
    """Mutual nearest neighbours that face each other."""
    expected: float
    log10_p: Log10P
    mean_cosine: float | None
    """Mean cosine of all that face each other, about the mean of each side."""
    shuffled_in_place: Count
    """The same count after the reference's rows were shuffled: the control."""
