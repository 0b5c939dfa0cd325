"""Child or twin start: how much of the reference's gains and matrices the subject keeps.

A measure without a null hypothesis. It says nothing unless index evidence has shown kinship first.
"""

from __future__ import annotations

from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from dokja.arch.chains import chain_gains
from dokja.comparison.base import identity, not_applicable
from dokja.document.audit import Evidence, RetentionEvidence
from dokja.numerics.retention import (
    CentredSums,
    RetentionBlock,
    effective_gains,
    log_ratio_spread,
    retention,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np

    from dokja.arch.role import TensorRole
    from dokja.comparison.collect import PairData, Side, TensorPair

__all__ = ["COMPARISON", "RetentionOfGains"]

PARTS = ("attention", "mlp", "conv")
FOLLOWERS = {
    "attention": ("attention.q.weight", "attention.k.weight", "attention.v.weight"),
    "mlp": ("mlp.gate.weight", "mlp.up.weight"),
    "conv": (),
}
CONVOLUTIONS = ("conv1.weight", "conv2.weight", "conv3.weight")
"""Kernels of residual blocks, each with a norm behind it."""
NOTHING = CentredSums()


class RetentionOfGains:
    """Slopes of norm gains over slopes of matrices, in both directions.

    Notes
    -----
    Matrices start random, gains start at one: a twin start shares the first and nothing of the
    second. Blocks of the jackknife are the attention and the MLP of each layer, each with its own
    norm. Effective gains are what a norm and the matrices behind it let through together, which
    survives folding the gains away.
    """

    name = "retention"
    version = "1"
    null_hypothesis = None
    invariances = ("resharded", "renamed")

    def run(self, data: PairData, rng: np.random.Generator) -> tuple[Evidence, ...]:
        """Compare what is kept of gains and of matrices.

        Parameters
        ----------
        data
            What was read of the two components.
        rng
            Not used.

        Returns
        -------
        tuple of Evidence
            One item.
        """
        del rng
        blocks = _blocks(data)
        if not blocks:
            return not_applicable(
                data,
                self.name,
                "No block with both a norm and matrices could be laid side by side.",
                "정규화와 행렬을 함께 나란히 놓을 수 있는 블록이 없습니다.",
            )
        kept = retention(blocks)
        factors = _factor_spreads(data)
        evidence = RetentionEvidence(
            **identity(data),
            n_layers=len(data.alignment.layer_map),
            matrix_slope=kept.forward.matrix_slope,
            gain_slope=kept.forward.gain_slope,
            ratio=kept.forward.ratio,
            ratio_low=kept.forward.low,
            ratio_high=kept.forward.high,
            reverse_matrix_slope=kept.reverse.matrix_slope,
            reverse_gain_slope=kept.reverse.gain_slope,
            reverse_ratio=kept.reverse.ratio,
            reverse_ratio_low=kept.reverse.low,
            reverse_ratio_high=kept.reverse.high,
            matrix_pearson=kept.matrix_pearson,
            gain_pearson=kept.gain_pearson,
            effective_gain_pearson=kept.effective_gain_pearson,
            gain_factor_spread=_median(spread for spread, _ in factors),
            effective_factor_spread=_median(spread for _, spread in factors),
        )
        return (evidence,)


def _blocks(data: PairData) -> list[RetentionBlock]:
    by_place: dict[tuple[int, str], list[TensorPair]] = {}
    for pair in data.pairs:
        role = pair.subject.role
        part = _part(role.kind)
        if role.layer is not None and part is not None and not pair.subject.fixed:
            by_place.setdefault((role.layer, part), []).append(pair)
    blocks = []
    for (_, part), pairs in sorted(by_place.items()):
        matrices = [pair for pair in pairs if len(pair.subject.view.shape) >= 2]
        gains = [pair for pair in pairs if pair.subject.role.kind in _norms(part)]
        if matrices or gains:
            sums = _sums(matrices), _sums(gains), _effective(data, pairs, part)
            blocks.append(RetentionBlock(*sums))
    return blocks or _chain_blocks(data)


def _chain_blocks(data: PairData) -> list[RetentionBlock]:
    """Lay out the kernels of a convolutional network that no family knows, each with its norm."""
    component = data.alignment.subject
    gains = chain_gains(component.tensors) if component.inferred else {}
    by_role = {pair.subject.role: pair for pair in data.pairs}
    return [
        RetentionBlock(_sums([by_role[kernel]]), _sums([by_role[norm]]), NOTHING)
        for norm, kernel in gains.items()
        if norm in by_role and kernel in by_role
    ]


def _part(kind: str) -> str | None:
    if kind in CONVOLUTIONS or kind in _norms("conv"):
        return "conv"
    return next((part for part in ("attention", "mlp") if part in kind), None)


def _norms(part: str) -> tuple[str, ...]:
    if part == "conv":
        return tuple(f"norm.{kernel}" for kernel in CONVOLUTIONS)
    return (f"norm.{part}.weight", f"norm.{part}_post.weight")


def _sums(pairs: Iterable[TensorPair]) -> CentredSums:
    total = NOTHING
    for pair in pairs:
        total = total + CentredSums.from_moments(pair.moments.swapped())
    return total


def _effective(data: PairData, pairs: list[TensorPair], part: str) -> CentredSums:
    by_kind = {pair.subject.role.kind: pair for pair in pairs if pair.subject.role.expert is None}
    norm = by_kind.get(f"norm.{part}.weight")
    followers = [by_kind[kind] for kind in FOLLOWERS[part] if kind in by_kind]
    if norm is None or not followers:
        return NOTHING
    subject = _channel_gains(
        data.subject, norm.subject.role, [pair.subject.role for pair in followers]
    )
    reference = _channel_gains(
        data.reference_side, norm.reference.role, [pair.reference.role for pair in followers]
    )
    if subject is None or reference is None or subject.shape != reference.shape:
        return NOTHING
    return CentredSums.from_arrays(subject, reference)


def _factor_spreads(data: PairData) -> list[tuple[float, float]]:
    """Spread of the factors between both sides' gains, and between their effective gains."""
    found = []
    for pair in data.pairs:
        role = pair.subject.role
        part = next((part for part in PARTS if role.kind == f"norm.{part}.weight"), None)
        if part is None:
            continue
        sides = []
        for side, norm in ((data.subject, role), (data.reference_side, pair.reference.role)):
            followers = [replace(norm, kind=kind) for kind in FOLLOWERS[part]]
            held = [follower for follower in followers if follower in side.channels]
            effective = _channel_gains(side, norm, held) if held else None
            sides.append((side.channels.get(norm), effective))
        (plain, whole), (other_plain, other_whole) = sides
        if plain is None or other_plain is None or whole is None or other_whole is None:
            continue
        if plain.shape == other_plain.shape and whole.shape == other_whole.shape:
            spreads = log_ratio_spread(plain, other_plain), log_ratio_spread(whole, other_whole)
            if spreads[0] is not None and spreads[1] is not None:
                found.append((spreads[0], spreads[1]))
    return found


def _median(values: Iterable[float]) -> float | None:
    held = list(values)
    return median(held) if held else None


def _channel_gains(
    side: Side, norm: TensorRole, followers: list[TensorRole]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None:
    gains = side.channels.get(norm)
    matrices = [side.channels[role].T for role in followers if role in side.channels]
    if gains is None or len(matrices) != len(followers):
        return None
    return effective_gains(gains[:, 0], matrices)


COMPARISON = RetentionOfGains()
