"""What two tokenizers share, which rows of tokens face each other, rows nobody trained: as blocks.

The module tells figures, never what they prove.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dokja.report.digits import correlation, count, decimal, log10_p
from dokja.report.figures import Block, Table

if TYPE_CHECKING:
    from dokja.document.audit import CanariesEvidence, TokenizerEvidence, VocabularyEvidence
    from dokja.report.text import Text

__all__ = ["canaries_block", "tokenizer_block", "vocabulary_block"]


def tokenizer_block(index: int, item: TokenizerEvidence, text: Text) -> Block:
    """Tell what two tokenizers have in common.

    Parameters
    ----------
    index
        Place in the document's evidence.
    item
        The evidence.
    text
        Language of the reader.

    Returns
    -------
    Block
        Tokens and merges, and how many bear the same number or stand in the same order.
    """
    facts = [
        ("tokens", f"{count(item.n_tokens)} / {count(item.n_reference_tokens)}"),
        ("shared", count(item.n_shared)),
        ("same_number", count(item.n_same_number)),
    ]
    if item.n_merges or item.n_reference_merges:
        facts += [
            ("merges", f"{count(item.n_merges)} / {count(item.n_reference_merges)}"),
            ("shared_merges", count(item.n_shared_merges)),
            ("in_order", count(item.n_merges_in_order)),
        ]
    return _block("tokenizer", index, facts, text)


def vocabulary_block(index: int, item: VocabularyEvidence, text: Text) -> Block | None:
    """Tell which rows of tokens face each other.

    Parameters
    ----------
    index
        Place in the document's evidence.
    item
        The evidence.
    text
        Language of the reader.

    Returns
    -------
    Block or None
        None where all rows stand as they are numbered.
    """
    same_size = item.n_rows == item.n_reference_rows == item.n_aligned
    if same_size and not item.n_moved:
        return None
    facts = [
        ("route", text(f"vocabulary.{item.route}")),
        ("rows", f"{count(item.n_rows)} / {count(item.n_reference_rows)}"),
        ("aligned", count(item.n_aligned)),
        ("moved", count(item.n_moved)),
        ("equal", count(item.n_equal)),
        ("effect", f"{correlation(item.effect)} / {correlation(item.number_effect)}"),
        ("geometry", f"{correlation(item.geometry)} / {correlation(item.number_geometry)}"),
    ]
    if item.log10_p is not None:
        facts.append(("p", log10_p(item.log10_p)))
    return _block("vocabulary", index, facts, text)


def canaries_block(index: int, item: CanariesEvidence, text: Text) -> Block:
    """Tell how many rows of tokens that nobody trained are shared.

    Parameters
    ----------
    index
        Place in the document's evidence.
    item
        The evidence.
    text
        Language of the reader.

    Returns
    -------
    Block
        The count in place, what chance makes, and the control.
    """
    facts = [
        ("rows", f"{count(item.n_rows)} / {count(item.n_reference_rows)}"),
        ("in_place", f"{count(item.n_in_place)} ({decimal(item.expected)})"),
        ("shuffled", count(item.shuffled_in_place)),
        ("cosine", correlation(item.mean_cosine)),
        ("p", log10_p(item.log10_p)),
    ]
    return _block("canaries", index, facts, text)


def _block(name: str, index: int, facts: list[tuple[str, str]], text: Text) -> Block:
    rows = tuple((text(f"{name}.{key}"), value) for key, value in facts)
    return Block(
        name,
        text(f"{name}.title"),
        (text(f"{name}.lead"),),
        tables=(Table(("", ""), rows, numeric=(1,)),),
        anchors=(index,),
    )
