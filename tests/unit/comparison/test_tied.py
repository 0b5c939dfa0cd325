"""Parts that bear the same numbers in every layer are no evidence; all else still is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dokja.audit import audit
from dokja.document.audit import Relation, SelfTestEvidence, SwapEvidence, UnitsEvidence
from tests.support.writers import write_safetensors

if TYPE_CHECKING:
    from pathlib import Path

WIDTH, N_LAYERS, N_UNITS, HEADS = 64, 4, 96, 2
CONFIG = (
    '{"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 4, "intermediate_size": 96,'
    ' "num_attention_heads": 2, "num_key_value_heads": 2}'
)


def model(path: Path, seed: int, *, identity: bool = False, parent: int | None = None) -> str:
    """Random weights; value and output projections may begin as the identity."""
    rng, old = np.random.default_rng(seed), np.random.default_rng(parent)

    def matrix(rows: int, columns: int) -> np.ndarray:
        own = rng.normal(size=(rows, columns))
        inherited = 2.0 * old.normal(size=(rows, columns)) if parent is not None else 0.0
        return ((own + inherited) / 8.0).astype(np.float32)

    tensors = {"model.embed_tokens.weight": matrix(100, WIDTH)}
    for layer in range(N_LAYERS):
        place = f"model.layers.{layer}"
        for name in ("q", "k", "v", "o"):
            start = np.eye(WIDTH, dtype=np.float32) if identity and name in "vo" else 0.0
            tensors[f"{place}.self_attn.{name}_proj.weight"] = matrix(WIDTH, WIDTH) + start
        for name in ("gate", "up"):
            tensors[f"{place}.mlp.{name}_proj.weight"] = matrix(N_UNITS, WIDTH)
        tensors[f"{place}.mlp.down_proj.weight"] = matrix(WIDTH, N_UNITS)
    path.mkdir()
    write_safetensors(path / "model.safetensors", tensors)
    (path / "config.json").write_text(CONFIG, encoding="utf-8")
    return str(path)


def test_strangers_that_began_as_the_identity_are_not_kin(tmp_path: Path) -> None:
    names = [model(tmp_path / str(seed), seed, identity=True) for seed in (1, 2)]
    report = audit(names[0], names[1:])
    assert report.components[0].relation is Relation.NO_EVIDENCE
    guard = next(item for item in report.evidence if isinstance(item, SelfTestEvidence))
    assert any("same numbers in every layer" in note.en for note in guard.notes)
    for item in report.evidence:
        if isinstance(item, UnitsEvidence | SwapEvidence):
            assert item.log10_p > -3


@pytest.mark.parametrize("identity", [True, False])
def test_kin_are_found_all_the_same(tmp_path: Path, identity: bool) -> None:  # noqa: FBT001
    parent = model(tmp_path / "parent", 7, identity=identity)
    child = model(tmp_path / "child", 9, identity=identity, parent=7)
    report = audit(child, [parent])
    found = {type(item): item for item in report.evidence}
    assert found[UnitsEvidence].log10_p < -100
    assert found[SwapEvidence].log10_p < -6
    guard = found[SelfTestEvidence]
    assert any("same numbers" in note.en for note in guard.notes) is identity
