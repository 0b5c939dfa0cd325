"""Tokenizers described, and rows nobody trained counted, from models made for the purpose."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dokja.comparison.tokens import CANARIES, VOCABULARY
from dokja.comparison.vocabulary import Alignment
from dokja.document.audit import (
    CanariesEvidence,
    NotApplicable,
    TokenizerEvidence,
    VocabularyEvidence,
)
from dokja.io.tokenizer import TokenizerInfo
from dokja.testing.comparisons import read_pair
from dokja.testing.toys import random_toy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dokja.comparison.collect import PairData

N, WIDTH, N_UNUSED = 400, 64, 60


def table(start: int, taught: int) -> NDArray[np.float32]:
    """Draw rows from one seed, and train all but the last ones with another."""
    rows = np.random.default_rng(start).normal(size=(N, WIDTH))
    rng = np.random.default_rng(taught)
    centres = 3.0 * rng.normal(size=(6, WIDTH))
    rows[:-N_UNUSED] = centres[np.arange(N - N_UNUSED) % 6] + rng.normal(size=(N - N_UNUSED, WIDTH))
    # What the softmax of a tied head does to all unused rows, and decay.
    rows[-N_UNUSED:] = 0.5 * rows[-N_UNUSED:] + 4.0 * rng.normal(size=WIDTH)
    return rows.astype(np.float32)


def pair(subject: NDArray[np.float32], reference: NDArray[np.float32]) -> PairData:
    """Put tables of tokens into a pair of toys that were read."""
    data = read_pair(random_toy(0), random_toy(9))
    assert data.vocabulary is not None
    tables = data.vocabulary.tables
    number = np.arange(len(reference))
    rows = Alignment("by_number", number, number)
    return replace(
        data,
        subject=replace(data.subject, tokens={tables[0]: subject}),
        reference_side=replace(data.reference_side, tokens={tables[1]: reference}),
        vocabulary=replace(
            data.vocabulary,
            rows=rows,
            by_number=rows,
            n_rows=len(subject),
            n_reference_rows=len(reference),
        ),
    )


def canaries(data: PairData) -> CanariesEvidence:
    (item,) = CANARIES.run(data, np.random.default_rng(0))
    assert isinstance(item, CanariesEvidence)
    return item


def test_one_start_is_seen_whatever_each_was_taught() -> None:
    item = canaries(pair(table(0, 1), table(0, 2)))
    assert abs(item.n_rows - N_UNUSED) <= 3
    assert item.n_in_place >= N_UNUSED - 3
    assert item.log10_p < -60
    assert item.mean_cosine is not None
    assert item.mean_cosine > 0.9
    assert item.shuffled_in_place <= 4


@pytest.mark.parametrize("seed", range(5))
def test_other_starts_are_strangers_even_if_taught_the_same(seed: int) -> None:
    item = canaries(pair(table(10 + seed, 1), table(20 + seed, 1)))
    assert item.log10_p > -3.0
    assert item.mean_cosine is not None
    assert abs(item.mean_cosine) < 0.1


def _reason(data: PairData) -> str:
    (item,) = CANARIES.run(data, np.random.default_rng(0))
    assert isinstance(item, NotApplicable)
    return item.reason.en


def test_what_is_no_draw_is_not_tested() -> None:
    few = table(0, 1)
    few[-N_UNUSED:-4] = few[:1]  # copies of a row are none
    trained = np.random.default_rng(3).normal(size=(N, WIDTH)) * np.geomspace(0.01, 100, N)[:, None]
    few[:-N_UNUSED] = trained[:-N_UNUSED]
    assert "Too few" in _reason(pair(few, few[:12]))
    identity = 30.0 * table(0, 1)
    identity[-N_UNUSED:] = np.eye(N_UNUSED, WIDTH)
    assert "follow from a rule" in _reason(pair(identity, identity))
    ordered = 30.0 * table(0, 1)
    rows = np.random.default_rng(5).normal(size=(N_UNUSED, WIDTH))
    ordered[-N_UNUSED:] = rows[np.argsort(np.linalg.norm(rows, axis=1))]
    assert "follow from a rule" in _reason(pair(ordered, ordered))


def test_other_widths_and_no_tables_are_said_to_be_so() -> None:
    data = pair(table(0, 1), table(0, 2))
    assert "widths" in _reason(
        replace(data, alignment=replace(data.alignment, same_residual=False))
    )
    nothing = replace(data, vocabulary=None)
    assert "Not both" in _reason(nothing)
    (item,) = VOCABULARY.run(nothing, np.random.default_rng(0))
    assert isinstance(item, NotApplicable)


def tokenizer(ids: dict[str, int], merges: list[list[str]]) -> TokenizerInfo:
    raw = json.dumps({"model": {"vocab": ids, "merges": merges}}).encode()
    return TokenizerInfo("m/tokenizer.json", len(raw), lambda: raw)


def test_tokenizers_are_counted_and_equal_rows_too() -> None:
    reference = table(0, 1)
    subject = reference.copy()
    subject[:10] += 1.0
    subject[20] = reference[20] = 0.0
    data = pair(subject, reference)
    assert data.vocabulary is not None
    merges = [["a", "b"], ["b", "c"], ["c", "d"], ["d", "e"]]
    ours = tokenizer({"a": 0, "b": 1, "c": 2}, [*merges[2:], *merges[:2]])
    theirs = tokenizer({"a": 0, "b": 2, "z": 1}, [*merges, ["x", "y"]])
    with_both = replace(data, vocabulary=replace(data.vocabulary, tokenizers=(ours, theirs)))
    tokens, rows = VOCABULARY.run(with_both, np.random.default_rng(0))
    assert isinstance(tokens, TokenizerEvidence)
    assert (tokens.n_shared, tokens.n_same_number, tokens.same_file) == (2, 1, False)
    assert (tokens.n_merges, tokens.n_reference_merges) == (4, 5)
    assert (tokens.n_shared_merges, tokens.n_merges_in_order) == (4, 2)
    assert isinstance(rows, VocabularyEvidence)
    assert rows.n_equal == N - 11
    assert len(VOCABULARY.run(data, np.random.default_rng(0))) == 1
