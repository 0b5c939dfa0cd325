"""Weights that others trained: verbatim, re-saved, noised, re-sharded, laid in another order."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dokja.audit import audit, inspect
from dokja.document.audit import ComponentResult, Relation, UnitsEvidence
from dokja.io.checkpoint import open_checkpoint
from tests.support.writers import bf16, write_safetensors, write_sharded

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

pytestmark = [pytest.mark.weights, pytest.mark.timeout(600)]


def tensors(folder: Path) -> dict[str, NDArray[np.float32]]:
    with open_checkpoint(str(folder)) as checkpoint:
        return {name: np.array(checkpoint.read(name)) for name in checkpoint.records}


def only(subject: Path, reference: Path) -> ComponentResult:
    report = audit(str(subject), [str(reference)])
    (result,) = report.components
    return result


def test_the_same_file_is_verbatim(minilm: Path, minilm_again: Path) -> None:
    result = only(minilm, minilm_again)
    assert result.relation is Relation.VERBATIM
    assert result.equal_share == 1.0
    assert inspect(str(minilm)).digest == inspect(str(minilm_again)).digest


def test_the_family_is_known(minilm: Path) -> None:
    (component,) = inspect(str(minilm)).components
    assert component.family == "bert"
    assert component.n_layers == 6
    assert not component.inferred


def test_saved_again_as_bfloat16_is_reused(minilm: Path, tmp_path: Path) -> None:
    halves = {name: bf16(v) for name, v in tensors(minilm).items() if v.dtype.kind == "f"}
    write_safetensors(tmp_path / "model.safetensors", halves)
    shutil.copy(minilm / "config.json", tmp_path)
    result = only(tmp_path, minilm)
    assert result.relation is Relation.REUSED
    assert (result.pearson.weighted or 0.0) > 0.9999


@pytest.mark.parametrize(("scale", "relation"), [(0.05, Relation.REUSED), (1.0, Relation.DERIVED)])
def test_noise_does_not_hide_it(
    scale: float, relation: Relation, minilm: Path, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    noised = {
        name: (values + scale * values.std() * rng.normal(size=values.shape)).astype(np.float32)
        for name, values in tensors(minilm).items()
        if values.dtype.kind == "f"
    }
    write_safetensors(tmp_path / "model.safetensors", noised)
    shutil.copy(minilm / "config.json", tmp_path)
    assert only(tmp_path, minilm).relation is relation


def test_shards_in_another_order_are_verbatim(minilm: Path, tmp_path: Path) -> None:
    held = [item for item in tensors(minilm).items() if item[1].dtype.kind == "f"]
    shards = [dict(held[start::3][::-1]) for start in range(3)]
    sharded = write_sharded(tmp_path / "sharded", shards)
    shutil.copy(minilm / "config.json", sharded)
    assert only(sharded, minilm).relation is Relation.VERBATIM
    whole = tmp_path / "whole.safetensors"
    write_safetensors(whole, dict(held))
    assert inspect(str(sharded)).digest == inspect(str(whole)).digest


def test_units_renumbered_at_random_are_no_false_match(minilm: Path, tmp_path: Path) -> None:
    """The null itself, on real weights: everything renumbered finds nothing in place."""
    rng = np.random.default_rng(1)
    channels = rng.permutation(384)
    renumbered = {}
    units = {}
    for name, values in tensors(minilm).items():
        if values.dtype.kind != "f":
            continue
        layer = name.split(".")[2] if "encoder.layer" in name else ""
        order = units.setdefault(layer, rng.permutation(1536))
        moved = values
        for axis, size in enumerate(values.shape):
            if size == 384 and not _is_attention_inside(name, axis):
                moved = np.take(moved, channels, axis=axis)
            elif size == 1536:
                moved = np.take(moved, order, axis=axis)
        renumbered[name] = np.ascontiguousarray(moved)
    write_safetensors(tmp_path / "model.safetensors", renumbered)
    shutil.copy(minilm / "config.json", tmp_path)
    report = audit(str(tmp_path), [str(minilm)])
    units_found = next(item for item in report.evidence if isinstance(item, UnitsEvidence))
    assert units_found.log10_p > -3


def _is_attention_inside(name: str, axis: int) -> bool:
    """Whether an axis of 384 counts heads' channels and not those of the residual stream."""
    inside = ("attention.self.query", "attention.self.key", "attention.self.value")
    if any(part in name for part in inside):
        return axis == 0
    return "attention.output.dense.weight" in name and axis == 1


def test_what_no_family_knows_is_inspected(silero: Path) -> None:
    summary = inspect(str(silero / "silero_vad_16k.safetensors"))
    assert summary.n_parameters > 300_000
    assert all(component.inferred for component in summary.components)
    assert (
        sum(component.n_tensors for component in summary.components) + len(summary.leftovers)
        == summary.n_tensors
    )


def test_what_no_family_knows_is_verbatim_with_itself(silero: Path, tmp_path: Path) -> None:
    copy = tmp_path / "renamed.safetensors"
    shutil.copy(silero / "silero_vad_16k.safetensors", copy)
    report = audit(str(copy), [str(silero / "silero_vad_16k.safetensors")])
    assert report.verdict.relation is Relation.VERBATIM
