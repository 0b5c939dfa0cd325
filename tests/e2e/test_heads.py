"""Heads of really trained models: moved ones are told, and training on moves none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dokja.audit import audit
from dokja.document.audit import HeadsEvidence, Relation
from tests.support.zoo import ZOO, load, save

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from dokja.document.audit import AuditReport

BASE = str(ZOO / "base")


def heads_of(report: AuditReport) -> HeadsEvidence | None:
    return next((item for item in report.evidence if isinstance(item, HeadsEvidence)), None)


def sizes() -> tuple[int, int, int]:
    import json

    config = json.loads((ZOO / "base" / "config.json").read_text(encoding="utf-8"))
    n_heads, n_kv = config["num_attention_heads"], config["num_key_value_heads"]
    return n_heads, n_kv, config.get("head_dim") or config["hidden_size"] // n_heads


def renumbered(member: str, inside: bool) -> dict[str, NDArray[np.generic]]:  # noqa: FBT001
    """Renumber heads with their groups, or the value channels inside of them, in every layer."""
    n_heads, n_kv, size = sizes()
    rng = np.random.default_rng(3)
    tensors = dict(load(member))
    for name in [name for name in tensors if name.endswith("q_proj.weight")]:
        stem = name.removesuffix("q_proj.weight")
        groups = np.roll(np.arange(n_kv), 1)
        within = [np.roll(np.arange(n_heads // n_kv), 1) for _ in range(n_kv)]
        queries = np.concatenate([g * (n_heads // n_kv) + within[g] for g in groups])
        order = rng.permutation(size)
        channels = np.arange(size)
        kv = (groups[:, None] * size + channels).ravel()
        q = (queries[:, None] * size + channels).ravel()
        if inside:
            v = (np.arange(n_kv)[:, None] * size + order).ravel()
            o = (np.arange(n_heads)[:, None] * size + order).ravel()
            changes = {"v_proj": (v, 0), "o_proj": (o, 1)}
        else:
            changes = {"q_proj": (q, 0), "k_proj": (kv, 0), "v_proj": (kv, 0), "o_proj": (q, 1)}
        for part, (index, axis) in changes.items():
            key = f"{stem}{part}.weight"
            tensors[key] = np.ascontiguousarray(np.take(tensors[key], index, axis=axis))
    return tensors


@pytest.mark.parametrize("member", ["base", "finetuned", "retrained"])
@pytest.mark.parametrize("inside", [False, True])
def test_heads_that_were_moved_are_told(tmp_path: Path, member: str, *, inside: bool) -> None:
    report = audit(save(tmp_path / "moved", renumbered(member, inside), "base"), [BASE])
    (result,) = report.components
    assert result.relation is Relation.DERIVED
    assert result.transformation is not None
    expected = "values_renumbered" if inside else "heads_renumbered"
    assert expected in result.transformation.operations
    assert "DKJ511" in {finding.rule for finding in report.verdict.findings}


@pytest.mark.parametrize(
    "member", ["finetuned", "retrained", "noised", "depth-upscaled", "int4", "merge-siblings"]
)
def test_training_moves_no_head(member: str) -> None:
    report = audit(str(ZOO / member), [BASE])
    heads = heads_of(report)
    assert heads is not None
    assert heads.found_share > 0.9
    assert heads.moved_share == 0.0
    assert "DKJ511" not in {finding.rule for finding in report.verdict.findings}


@pytest.mark.parametrize("member", ["stranger-1", "stranger-2", "twin-otherdata"])
def test_no_head_of_strangers_and_twins_is_found(member: str) -> None:
    heads = heads_of(audit(str(ZOO / member), [BASE]))
    assert heads is None or heads.found_share == 0.0
