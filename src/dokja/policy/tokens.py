"""What evidence says of tokens: two tokenizers, rows that were moved, rows that nobody trained.

Pure predicates on evidence. The module chooses no relation, and no tokenizer makes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dokja.document.audit import CanariesEvidence, VocabularyEvidence

if TYPE_CHECKING:
    from dokja.document.audit import TokenizerEvidence
    from dokja.policy.facts import Facts
    from dokja.policy.policy import Thresholds

__all__ = [
    "RowChange",
    "TokenizerKind",
    "are_canaries_shared",
    "row_change",
    "tokenizer_kind",
]

TokenizerKind = Literal["verbatim", "reordered", "extended", "truncated", "derived", "alike", "own"]
RowChange = Literal["found", "reordered", "extended", "truncated", "replaced"]

NEARLY_ALL = 0.999
MOST = 0.9
HALF = 0.5
MIN_GAIN = 0.2
"""By how much rows must be more alike, or their geometry, than rows of one number."""


def tokenizer_kind(item: TokenizerEvidence) -> TokenizerKind:
    """Say how two tokenizers belong together, by strings, numbers and merges.

    Parameters
    ----------
    item
        The evidence.

    Returns
    -------
    str
        ``verbatim``: all tokens, numbers and merges; ``reordered``: the same tokens under other
        numbers; ``extended`` or ``truncated``: one holds the other at its numbers; ``derived``:
        most tokens at their numbers; ``alike``: half of the tokens of the smaller; else ``own``.
    """
    first, second = item.n_tokens, item.n_reference_tokens
    ours, theirs = (item.n_shared / n if n else 0.0 for n in (first, second))
    numbered = item.n_same_number / item.n_shared if item.n_shared else 0.0
    if min(ours, theirs) >= NEARLY_ALL and numbered < HALF:
        return "reordered"
    held = _held_whole(item, ours, theirs) if numbered >= NEARLY_ALL else None
    if held is not None:
        return held
    if min(ours, theirs) >= MOST and numbered >= MOST:
        return "derived"
    return "alike" if max(ours, theirs) >= HALF else "own"


def _held_whole(item: TokenizerEvidence, ours: float, theirs: float) -> TokenizerKind | None:
    """Say which of two tokenizers holds the other, merges included."""
    in_order = item.n_merges_in_order
    holds = theirs >= NEARLY_ALL and in_order >= NEARLY_ALL * item.n_reference_merges
    is_held = ours >= NEARLY_ALL and in_order >= NEARLY_ALL * item.n_merges
    if holds and is_held:
        same = item.same_file or item.n_tokens == item.n_reference_tokens == item.n_shared
        return "verbatim" if same else "derived"
    return "extended" if holds else "truncated" if is_held else None


def row_change(item: VocabularyEvidence) -> RowChange | None:
    """Say what was done to the rows of a vocabulary, for two that are kin.

    Parameters
    ----------
    item
        The evidence.

    Returns
    -------
    str or None
        None where rows stand as they are numbered, or where nothing shows that they belong
        together otherwise.
    """
    if item.n_moved > HALF * item.n_aligned and _is_borne_out(item):
        return "found" if item.route == "found" else "reordered"
    if item.route == "found" or not item.n_aligned:
        return None
    ours, theirs = item.n_aligned / item.n_rows, item.n_aligned / item.n_reference_rows
    if item.n_rows != item.n_reference_rows and max(ours, theirs) >= NEARLY_ALL:
        return "extended" if item.n_rows > item.n_reference_rows else "truncated"
    return "replaced" if min(ours, theirs) < MOST else None


def _is_borne_out(item: VocabularyEvidence) -> bool:
    """Whether rows are more alike so than by number; in geometry where the basis is another."""
    gains = (item.effect, item.number_effect), (item.geometry, item.number_geometry)
    return any(value is not None and value - (beside or 0.0) >= MIN_GAIN for value, beside in gains)


def are_canaries_shared(facts: Facts, thresholds: Thresholds) -> bool:
    """Say whether rows that nobody trained are the same in both.

    Parameters
    ----------
    facts
        The component against a reference.
    thresholds
        Of the policy.

    Returns
    -------
    bool
        True for a common random start at least: a copy, or two models of one seed.
    """
    item = facts.get(CanariesEvidence)
    if item is None or item.mean_cosine is None:
        return False
    significant = facts.corrected.get(item.kind, 0.0) <= thresholds.max_log10_p
    return significant and item.mean_cosine >= thresholds.min_canary_cosine
