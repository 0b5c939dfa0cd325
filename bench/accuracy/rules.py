"""Two rules from weights alone, written here: the mean cosine, and AWM from its description.

Own code throughout; nothing was taken from the authors' repository.

References
----------
Zeng et al., AWM: Accurate Weight-Matrix Fingerprint for Large Language Models, arXiv 2510.06738.
Song et al., Feature Selection via Dependence Maximization, JMLR 13 (2012): the unbiased estimate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from bench.accuracy.answers import Answer, Said
from bench.accuracy.store import load

if TYPE_CHECKING:
    from pathlib import Path

    from bench.accuracy.operations import Model
    from bench.accuracy.pairs import Pair
    from bench.attacks.network import Array, Network

COSINE = "mean cosine > 0.98"
AWM = "AWM (own reading)"
_LEAST_COSINE = 0.98


def cosine(pair: Pair, cache: Path) -> Answer:
    """Apply the plain rule: kin if the mean cosine over tensors of one name and shape is high."""
    subject, reference = (
        load(name, cache).net.tensors for name in (pair.subject, pair.references[0])
    )
    found = [
        float(np.sum(a * b) / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-30))
        for a, b in (
            (subject[role], reference[role])
            for role in subject
            if role in reference and subject[role].shape == reference[role].shape
        )
    ]
    if not found:
        return Answer(pair.key, COSINE, Said.NOTHING, "nothing pairs")
    mean = float(np.mean(found))
    verdict = Said.KIN if mean > _LEAST_COSINE else Said.STRANGERS
    return Answer(pair.key, COSINE, verdict, f"{mean:.3f}", {"score": mean})


# -- AWM ------------------------------------------------------------------------------------------


def unbiased_hsic(k: Array, other: Array) -> float:
    """Return the unbiased estimate of the dependence of two Gram matrices."""
    n = len(k)
    k, other = k - np.diag(np.diag(k)), other - np.diag(np.diag(other))
    total = np.sum(k * other) + k.sum() * other.sum() / ((n - 1) * (n - 2))
    return float((total - 2 / (n - 2) * (k.sum(0) @ other.sum(0))) / (n * (n - 3)))


def unbiased_cka(a: Array, b: Array) -> float:
    """Return the unbiased centred kernel alignment of two matrices whose rows correspond."""
    grams = a @ a.T, b @ b.T
    own = unbiased_hsic(grams[0], grams[0]) * unbiased_hsic(grams[1], grams[1])
    return unbiased_hsic(*grams) / np.sqrt(own) if own > 0 else 0.0


def _token_rows(model: Model) -> dict[str, Array]:
    rows = model.net.tensors["embedding.weight"]
    assert model.tokenizer is not None
    return {t: rows[i] for t, i in model.tokenizer["model"]["vocab"].items() if i < len(rows)}


def _channel_map(subject: Model, reference: Model) -> tuple[Array, Array]:
    """Match residual channels, with their signs, by the rows of shared tokens."""
    ours, theirs = _token_rows(subject), _token_rows(reference)
    shared = sorted(set(ours) & set(theirs))
    a, b = (np.array([rows[token] for token in shared]) for rows in (ours, theirs))
    a, b = (x / np.maximum(np.linalg.norm(x, axis=0), 1e-30) for x in (a, b))
    likeness = b.T @ a
    rows, columns = linear_sum_assignment(-np.abs(likeness))
    order = np.full(likeness.shape[0], -1)
    order[rows] = columns
    return order[rows], np.sign(likeness[rows, columns])


def _layer_scores(net: Network, other: Network, order: Array, signs: Array, part: str) -> Array:
    out = np.zeros((len(net.layers), len(other.layers)))
    for i in net.layers:
        a = net.tensors[f"layers.{i}.attention.{part}.weight"].T[order] * signs[:, None]
        for j in other.layers:
            b = other.tensors[f"layers.{j}.attention.{part}.weight"].T[: len(order)]
            out[i, j] = abs(unbiased_cka(a, b))
    return out


def awm(pair: Pair, cache: Path) -> Answer:
    """Give AWM's score; what it says of kin is settled later, when all scores are known.

    Channels are matched by assignment on the embedding rows of shared tokens, then queries and
    keys of the layers are compared by unbiased CKA over the channels; layers are matched by
    assignment too where their numbers differ.
    """
    models = [load(name, cache) for name in (pair.subject, pair.references[0])]
    if any("embedding.weight" not in model.net.tensors for model in models):
        return Answer(pair.key, AWM, Said.NOTHING, "no token embedding")
    subject, reference = models
    order, signs = _channel_map(subject, reference)
    if len(order) < reference.net.size("width"):
        return Answer(pair.key, AWM, Said.NOTHING, "another width")
    scores = [_layer_scores(subject.net, reference.net, order, signs, part) for part in ("q", "k")]
    table = np.mean(scores, axis=0)
    if table.shape[0] == table.shape[1]:
        score = float(np.mean(np.diag(table)))
    else:
        rows, columns = linear_sum_assignment(-table)
        score = float(table[rows, columns].mean())
    return Answer(pair.key, AWM, Said.STRANGERS, f"{score:.3f}", {"score": score})


def settle(answers: list[Answer], strangers: set[str]) -> tuple[list[Answer], float]:
    """Draw AWM's line where it accuses no stranger of this benchmark, its most favourable place.

    Parameters
    ----------
    answers
        With scores, or without where the score does not exist.
    strangers
        Pairs that are unrelated.

    Returns
    -------
    list of Answer
        With their verdicts.
    float
        The line.
    """
    scored = {a.pair: a.figures["score"] for a in answers if "score" in a.figures}
    line = max((score for pair, score in scored.items() if pair in strangers), default=0.0)
    out = []
    for answer in answers:
        if "score" not in answer.figures:
            out.append(answer)
            continue
        verdict = Said.KIN if answer.figures["score"] > line else Said.STRANGERS
        out.append(Answer(answer.pair, answer.tool, verdict, answer.words, answer.figures))
    return out, line
