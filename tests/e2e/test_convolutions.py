"""Convolutional networks from file to relation: in place, renumbered, pruned, and strangers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.attacks import convolution
from dokja.audit import audit
from dokja.document.audit import (
    ComponentResult,
    PowerEvidence,
    ReindexedEvidence,
    Relation,
    UnitsEvidence,
)
from tests.support.rebasin_convolutions import fit
from tests.support.writers import write_safetensors
from tests.unit.arch.convolutional import huggingface_names, resnet

Weights = dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]


def _network(seed: int, n_convolutions: int = 2) -> Weights:
    rng = np.random.default_rng(seed)
    weights = resnet(rng, n_convolutions=n_convolutions, widths=(24, 32, 48)).weights
    for name, value in weights.items():
        if ".bn" in name or name.startswith("bn") or "downsample.1" in name:
            # Norms of strangers are alike: gains near one, variances positive.
            weights[name] = 1.0 + 0.1 * value if name.endswith("weight") else 0.1 * value
        if name.endswith("running_var"):
            weights[name] = 1.0 + 0.2 * np.abs(value)
    return weights


def _noised(weights: Weights, share: float, seed: int = 9) -> Weights:
    rng = np.random.default_rng(seed)
    return {
        name: value + share * value.std() * rng.standard_normal(value.shape)
        for name, value in weights.items()
    }


def _audited(
    folder: Path, subject: Weights, reference: Weights
) -> tuple[ComponentResult, dict[type, object]]:
    for name, weights in (("subject", subject), ("reference", reference)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        tensors = {k: np.ascontiguousarray(v, dtype=np.float32) for k, v in weights.items()}
        write_safetensors(folder / name / "model.safetensors", tensors)
    report = audit(str(folder / "subject"), [str(folder / "reference")])
    return report.components[0], {type(item): item for item in report.evidence}


@pytest.mark.parametrize("n", [2, 3])
def test_strangers_are_told_as_such_with_power(tmp_path: Path, n: int) -> None:
    result, evidence = _audited(tmp_path, _network(1, n), _network(2, n))
    assert result.relation is Relation.NO_EVIDENCE
    power = evidence[PowerEvidence]
    assert isinstance(power, PowerEvidence)
    assert power.reindexed == "examined"
    assert all(point.least is not None for point in power.points if point.cosine != 0.2)


@pytest.mark.parametrize("n", [2, 3])
def test_channels_in_place_are_found_under_other_names(tmp_path: Path, n: int) -> None:
    reference = _network(1, n)
    subject = huggingface_names(_noised(reference, 0.3))
    result, evidence = _audited(tmp_path, subject, reference)
    assert result.relation in {Relation.DERIVED, Relation.REUSED}
    units = evidence[UnitsEvidence]
    assert isinstance(units, UnitsEvidence)
    assert units.statistic == units.n_units


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_renumbered_and_rescaled_channels_are_undone(tmp_path: Path, share: float) -> None:
    reference, rng = _network(1), np.random.default_rng(3)
    subject = convolution.scale(convolution.permute(_noised(reference, share), rng), rng)
    result, _ = _audited(tmp_path, subject, reference)
    assert (result.relation, result.level) == (Relation.DERIVED, "structure")
    assert result.transformation is not None
    assert set(result.transformation.operations) == {
        "units_renumbered",
        "channels_renumbered",
        "units_rescaled",
    }


def test_a_stranger_re_ordered_to_fit_is_not_accused(tmp_path: Path) -> None:
    reference = _network(1)
    result, evidence = _audited(tmp_path, fit(_network(2), reference), reference)
    assert result.relation in {Relation.INCONCLUSIVE, Relation.NO_EVIDENCE}
    search = evidence[ReindexedEvidence]
    assert isinstance(search, ReindexedEvidence)
    assert max(layer.effect for layer in search.layers) < 0.1


def test_stems_norms_and_classifiers_alone_accuse_nobody(tmp_path: Path) -> None:
    """First filters of strangers look alike; so do their norms. Here they are even the same."""
    reference, subject = _network(1), _network(2)
    for name, value in reference.items():
        if name.startswith(("conv1.", "bn1.", "fc.")) or ".bn" in name:
            subject[name] = _noised({name: value}, 0.05)[name]
    result, _ = _audited(tmp_path, subject, reference)
    assert result.relation in {Relation.INCONCLUSIVE, Relation.NO_EVIDENCE}


def test_pruned_and_renumbered_channels_are_found(tmp_path: Path) -> None:
    reference, rng = _network(1), np.random.default_rng(4)
    subject = convolution.permute(_noised(reference, 0.1), rng)
    for name in [name for name in subject if name.endswith(".conv1.weight")]:
        block = name.removesuffix(".conv1.weight")
        n = len(subject[name])
        kept = np.sort(rng.permutation(n)[: 3 * n // 4])
        subject[name] = subject[name][kept]
        for parameter in ("weight", "bias", "running_mean", "running_var"):
            subject[f"{block}.bn1.{parameter}"] = subject[f"{block}.bn1.{parameter}"][kept]
        subject[f"{block}.conv2.weight"] = subject[f"{block}.conv2.weight"][:, kept]
    result, _ = _audited(tmp_path, subject, reference)
    assert (result.relation, result.level) == (Relation.DERIVED, "structure")
