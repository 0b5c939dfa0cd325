"""Convolutional networks that no family knows, really trained: copies, strangers, and disguises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file
from scipy.optimize import linear_sum_assignment

from bench.attacks import chain
from dokja.arch.align import align, align_components
from dokja.arch.resolve import resolve
from dokja.audit import audit
from dokja.comparison.base import BUILTIN
from dokja.comparison.collect import collect
from dokja.document.audit import (
    AuditReport,
    ComponentResult,
    PowerEvidence,
    ReindexedEvidence,
    Relation,
    UnitsEvidence,
)
from dokja.io.checkpoint import open_checkpoint
from tests.support.writers import write_safetensors

CHAINS = Path(__file__).parents[1] / "data" / "chains"
KINDS = ("plain", "inverted", "next")
Arrays = dict[str, NDArray[Any]]
ACCUSED = {Relation.VERBATIM, Relation.REUSED, Relation.DERIVED, Relation.SHARED_INIT}


def _weights(name: str) -> Arrays:
    stored = load_file(CHAINS / name / "model.safetensors")
    return {key: value.astype(np.float32) for key, value in stored.items()}


def _audited(folder: Path, subject: Arrays, reference: Arrays) -> AuditReport:
    for name, weights in (("subject", subject), ("reference", reference)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        tensors = {k: np.ascontiguousarray(v, np.float32) for k, v in weights.items()}
        write_safetensors(folder / name / "model.safetensors", tensors)
    return audit(str(folder / "subject"), [str(folder / "reference")])


def _largest(report: AuditReport) -> ComponentResult:
    return max(report.components, key=lambda one: one.n_parameters)


def _accused(report: AuditReport) -> list[tuple[str, Relation]]:
    return [(c.component, c.relation) for c in report.components if c.relation in ACCUSED]


def _of(report: AuditReport, kind: type) -> list[Any]:
    return [item for item in report.evidence if isinstance(item, kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_tuned_copy_is_found_in_place(kind: str, tmp_path: Path) -> None:
    report = _audited(tmp_path, _weights(f"{kind}-tuned"), _weights(f"{kind}-0"))
    assert _largest(report).relation is Relation.REUSED
    units = _of(report, UnitsEvidence)[0]
    assert units.statistic > 0.9 * units.n_units


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_is_told_from_a_twin_start(kind: str, tmp_path: Path) -> None:
    rng, reference = np.random.default_rng(6), _weights(f"{kind}-0")
    noised = {
        name: value
        if value.ndim < 2
        else value + 0.8 * value.std() * rng.standard_normal(value.shape).astype(np.float32)
        for name, value in _weights(f"{kind}-tuned").items()
    }
    assert _largest(_audited(tmp_path, noised, reference)).relation is Relation.DERIVED
    stranger = _weights(f"{kind}-1")
    merged = {name: 0.6 * reference[name] + 0.4 * stranger[name] for name in reference}
    assert _largest(_audited(tmp_path, merged, reference)).relation is Relation.DERIVED
    twin = _largest(_audited(tmp_path, _weights(f"{kind}-twin"), reference))
    assert twin.relation in {Relation.SHARED_INIT, Relation.INCONCLUSIVE}


@pytest.mark.parametrize("kind", KINDS)
def test_a_tuned_copy_is_found_again_behind_other_numbers(kind: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    subject = chain.permute(_weights(f"{kind}-tuned"), rng)
    if kind == "plain":
        subject = chain.scale(subject, rng)
    result = _largest(_audited(tmp_path, subject, _weights(f"{kind}-0")))
    assert (result.relation, result.level) == (Relation.DERIVED, "structure")
    assert result.transformation is not None
    assert {"units_renumbered", "channels_renumbered"} <= set(result.transformation.operations)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("numbers", ["own", "others"])
def test_another_seed_is_told_as_such_with_power(kind: str, numbers: str, tmp_path: Path) -> None:
    stranger = _weights(f"{kind}-1")
    if numbers == "others":
        stranger = chain.permute(stranger, np.random.default_rng(5))
    report = _audited(tmp_path, stranger, _weights(f"{kind}-0"))
    assert _largest(report).relation is Relation.NO_EVIDENCE
    assert not _accused(report)
    power = _of(report, PowerEvidence)[0]
    assert power.reindexed == "examined"
    assert all(point.least is not None for point in power.points if point.cosine != 0.2)


def _fitted(stranger: Arrays, target: Arrays) -> Arrays:
    """Renumber a stranger to be as like a target as its kernels allow (arXiv 2209.04836)."""
    links = [one for one in chain.links(stranger) if stranger[one[0]].ndim > 1]
    orders = {
        held: np.arange(stranger[name].shape[axis])
        for name, *sides in links
        for axis, held in enumerate(sides)
        if held is not None
    }
    for _ in range(6):
        for held, order in orders.items():
            gain = np.zeros((len(order), len(order)))
            for name, *sides in links:
                ours = stranger[name]
                for axis, other in enumerate(sides):
                    if other is not None and other != held:
                        ours = np.take(ours, orders[other], axis=axis)
                for axis in (axis for axis, side in enumerate(sides) if side == held):
                    rows = [
                        np.moveaxis(kernel, axis, 0).reshape(len(order), -1)
                        for kernel in (target[name], ours)
                    ]
                    rows = [row / np.linalg.norm(row) for row in rows]
                    gain += rows[0] @ rows[1].T
            orders[held] = linear_sum_assignment(gain, maximize=True)[1]
    return chain.reordered(stranger, orders)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stranger_re_ordered_to_fit_is_not_accused(kind: str, tmp_path: Path) -> None:
    target = _weights(f"{kind}-0")
    report = _audited(tmp_path, _fitted(_weights(f"{kind}-1"), target), target)
    assert not _accused(report)
    assert all(item.aligned_cosine < 0.5 for item in _of(report, ReindexedEvidence))


def _identity(rng: np.random.Generator, width: int) -> Arrays:
    """Draw kernels that begin from the identity, or had one folded into them."""
    tensors: Arrays = {}
    before = 3
    for place in range(6):
        kernel = 0.05 * rng.standard_normal((width, before, 3, 3))
        same = np.arange(min(before, width))
        kernel[same, same, 1, 1] += 1.0 + 0.1 * rng.standard_normal(len(same))
        tensors[f"stages.{place}.weight"] = kernel
        before = width
        width += 8 * (place % 2)
    return tensors


def _filters_in_order(rng: np.random.Generator, width: int) -> Arrays:
    """Draw a network whose first kernels are a bank of waves, by rising frequency."""
    tensors: Arrays = {}
    phase = np.arange(64) / 64.0
    bank = np.cos(2 * np.pi * phase * np.arange(width)[:, None] / 4.0)
    tensors["layers.0.weight"] = (
        bank[:, None] + 0.01 * rng.standard_normal((width, 1, 64))
    ).astype(np.float32)
    for place in range(1, 5):
        tensors[f"layers.{place}.weight"] = rng.standard_normal((width, width, 3)).astype(
            np.float32
        )
    return tensors


@pytest.mark.parametrize("make", [_identity, _filters_in_order], ids=lambda one: one.__name__)
@pytest.mark.parametrize("width", [32, 48])
def test_what_all_begin_from_is_no_common_origin(
    make: Callable[[np.random.Generator, int], Arrays], width: int, tmp_path: Path
) -> None:
    first, second = (make(np.random.default_rng(seed), width) for seed in (1, 2))
    report = _audited(tmp_path, first, second)
    assert not _accused(report)
    assert all(item.log10_p > -3.0 for item in _of(report, UnitsEvidence))


def _log10_p(folder: Path, make: Callable[[np.random.Generator, int], Arrays], draw: int) -> float:
    for side in (0, 1):
        (folder / str(side)).mkdir(exist_ok=True)
        tensors = make(np.random.default_rng((draw, side)), 24)
        kept = {k: np.ascontiguousarray(v, np.float32) for k, v in tensors.items()}
        write_safetensors(folder / str(side) / "model.safetensors", kept)
    rng = np.random.default_rng(draw)
    with open_checkpoint(str(folder / "0")) as a, open_checkpoint(str(folder / "1")) as b:
        sides = [resolve(one.records, one.config) for one in (a, b)]
        ((first, second),) = align_components(*sides)
        assert second is not None
        data = collect(a, b, "reference", align(first, second), rng)
        (item,) = BUILTIN.get("units").run(data, rng)
    assert isinstance(item, UnitsEvidence)
    return item.log10_p


@pytest.mark.parametrize("make", [_identity, _filters_in_order], ids=lambda one: one.__name__)
def test_p_values_hold(make: Callable[[np.random.Generator, int], Arrays], tmp_path: Path) -> None:
    p = 10.0 ** np.array([_log10_p(tmp_path, make, draw) for draw in range(200)])
    for level in (0.05, 0.01):
        assert np.mean(p <= level) <= level + 3.0 * np.sqrt(level * (1.0 - level) / len(p))


def test_a_channel_without_weights_breaks_nothing(tmp_path: Path) -> None:
    subject, reference = _weights("plain-1"), _weights("plain-0")
    for weights in (subject, reference):
        weights["features.4.weight"][:5] *= 1e-30
        weights["features.7.weight"][:, 7] = 0.0
    assert not _accused(_audited(tmp_path, subject, reference))
