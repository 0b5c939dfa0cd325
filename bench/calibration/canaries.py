"""Tables of token rows that share nothing but what strangers may share, and what is planted there.

In each of them the reference's unused rows are exchangeable. The module knows how tables are made
and asks the tool which rows are unused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bench.calibration.draws import Case, single_group
from dokja.numerics.token_rows import drawn_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

TEST = "canaries"
N_ROWS = 160
N_UNUSED = 48
WIDTH = 32


def rows_in_place(rng: np.random.Generator, subject: Array, reference: Array) -> float:
    """Test the rows of a table that nobody trained.

    Parameters
    ----------
    rng
        Chooses where to look for them.
    subject, reference
        Tables with one row a token.

    Returns
    -------
    float
        log10 p; 0 where fewer than eight rows look unused.
    """
    kept = drawn_rows(reference.astype(np.float32), rng)
    return single_group(subject[kept], reference[kept]) if len(kept) >= 8 else 0.0


def _table(rng: np.random.Generator, meaning: Array, unused: Array, push: float) -> Array:
    """Give used tokens what they mean, in a basis of the model's own, and push the others alike."""
    turn = np.linalg.qr(rng.normal(size=(WIDTH, WIDTH)))[0]
    used = 3.0 * (meaning @ turn) + rng.normal(size=meaning.shape)
    return np.concatenate([used, unused + push * rng.normal(size=WIDTH)])


def _meaning(rng: np.random.Generator) -> Array:
    n_used = N_ROWS - N_UNUSED
    return rng.normal(size=(6, WIDTH))[rng.integers(6, size=n_used)]


def _strangers(rng: np.random.Generator, push: float) -> float:
    meaning = _meaning(rng)
    sides = [_table(rng, meaning, 0.5 * rng.normal(size=(N_UNUSED, WIDTH)), push) for _ in range(2)]
    return rows_in_place(rng, *sides)


def _shared_outlier(rng: np.random.Generator) -> float:
    """Give both one large channel, as real streams have, by the same numbers."""
    meaning = _meaning(rng)
    sides = []
    for _ in range(2):
        unused = 0.5 * rng.normal(size=(N_UNUSED, WIDTH))
        table = _table(rng, meaning, unused, 2.0)
        table[:, 5] *= 4.0
        sides.append(table)
    return rows_in_place(rng, *sides)


def begun_alike(rng: np.random.Generator, cosine: float) -> float:
    """Test two tables of one start, taught apart, whose unused rows kept a part of it.

    Parameters
    ----------
    rng
        Source of both.
    cosine
        Cosine of unused rows, on average.

    Returns
    -------
    float
        log10 p.
    """
    start = rng.normal(size=(N_UNUSED, WIDTH))
    own = rng.normal(size=start.shape)
    kept = 0.5 * (cosine * start + np.sqrt(1.0 - cosine**2) * own)
    subject = _table(rng, _meaning(rng), kept, 2.0)
    reference = _table(rng, _meaning(rng), 0.5 * start, 2.0)
    return rows_in_place(rng, subject, reference)


def cases() -> list[Case]:
    """List the test under each null.

    Returns
    -------
    list of Case
        Tables of models that were taught the same.
    """
    return [
        Case(TEST, "taught the same, rows drawn apart", lambda rng: _strangers(rng, 0.0)),
        Case(TEST, "the same, unused rows pushed one way", lambda rng: _strangers(rng, 4.0)),
        Case(TEST, "the same, one large channel in both", _shared_outlier),
    ]


def trained_cases(name: str, models: Sequence[Mapping[str, Array]]) -> list[Case]:
    """List the test on the unused rows of trained models, the reference's shuffled.

    Parameters
    ----------
    name
        What the models are called in the table.
    models
        Matrices by name.

    Returns
    -------
    list of Case
        Empty if no two models have embeddings of one shape.
    """
    tables = [
        matrix
        for held in models
        for tensor, matrix in sorted(held.items())
        if tensor.endswith(("embed_tokens.weight", "wte.weight", "word_embeddings.weight"))
    ]
    shapes = [table.shape for table in tables]
    kept = [table for table in tables if shapes.count(table.shape) > 1]
    if not kept:
        return []
    unused = [drawn_rows(table.astype(np.float32), np.random.default_rng(0)) for table in kept]

    def draw(rng: np.random.Generator) -> float:
        place = int(rng.integers(len(kept)))
        others = [i for i, table in enumerate(kept) if table.shape == kept[place].shape]
        subject = kept[int(rng.choice(others))]
        rows = unused[place]
        return single_group(subject[rows], kept[place][rng.permutation(rows)])

    return [Case(TEST, f"{name}, unused rows shuffled", draw)]
