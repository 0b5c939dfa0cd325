"""Really trained models, laundered: found, described, and strangers never accused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.attacks import gains, naming, permute, rotate, scale
from dokja.audit import audit
from dokja.document.audit import ComponentResult, ReindexedEvidence, Relation
from dokja.io.checkpoint import open_checkpoint
from tests.support.writers import bf16, write_safetensors
from tests.support.zoo import ZOO, config

if TYPE_CHECKING:
    from bench.attacks.network import Network


def network(name: str) -> Network:
    with open_checkpoint(str(ZOO / name)) as checkpoint:
        tensors = {record: np.array(checkpoint.read(record)) for record in checkpoint.records}
    return naming.read(tensors, config(name))


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def laundered(net: Network) -> Network:
    """Renumber everything that can be, rescale, flip, fold the gains and rotate the stream."""
    net = permute.everything(net, rng(1))
    if any(".gate." in role for role in net.tensors):
        net = scale.flip_units(scale.units(net, rng(2)), rng(3))
    return net if net.post_norm else rotate.residual(gains.fold(net), rng(4))


def audited(net: Network, folder: Path, subject: str, reference: str) -> ComponentResult:
    folder.mkdir(exist_ok=True)
    tensors, settings = naming.write(net)
    rounded = {name: bf16(np.ascontiguousarray(values)) for name, values in tensors.items()}
    write_safetensors(folder / "model.safetensors", rounded)
    (folder / "config.json").write_text(json.dumps(settings))
    if (ZOO / subject / "tokenizer.json").exists():
        shutil.copy(ZOO / subject / "tokenizer.json", folder)
    report = audit(str(folder), [str(ZOO / reference)])
    found = [item for item in report.evidence if isinstance(item, ReindexedEvidence)]
    assert len(found) == 1, "the search must have been made"
    return report.components[0]


@pytest.mark.parametrize(
    ("subject", "reference", "least"),
    [
        ("base", "base", 0.99),
        ("finetuned", "base", 0.95),
        ("retrained", "base", 0.65),
        ("gpt2-finetuned", "gpt2-base", 0.95),
        ("bert-finetuned", "bert-base", 0.95),
    ],
)
def test_a_laundered_copy_is_found_and_what_was_done_is_named(
    tmp_path: Path, subject: str, reference: str, least: float
) -> None:
    net = network(subject)
    result = audited(laundered(net), tmp_path / "m", subject, reference)
    assert result.relation is Relation.DERIVED
    assert result.level == "structure"
    change = result.transformation
    assert change is not None
    assert change.aligned_cosine is not None
    assert change.aligned_cosine >= least
    expected = {"units_renumbered"}
    expected.add("channels_renumbered" if net.post_norm else "channels_rotated")
    if subject in {"base", "finetuned", "retrained"}:
        expected |= {"units_rescaled", "signs_flipped", "gains_folded"}
    assert expected <= set(change.operations)


@pytest.mark.parametrize(
    ("subject", "reference"),
    [
        ("stranger-1", "base"),
        ("distilled", "base"),
        ("gpt2-stranger", "gpt2-base"),
        ("bert-stranger", "bert-base"),
    ],
)
def test_a_laundered_stranger_stays_a_stranger(
    tmp_path: Path, subject: str, reference: str
) -> None:
    result = audited(laundered(network(subject)), tmp_path / "m", subject, reference)
    assert result.relation is Relation.NO_EVIDENCE
    assert result.transformation is None
    assert result.least_detectable is not None
    assert result.least_detectable.reindexed is not None
