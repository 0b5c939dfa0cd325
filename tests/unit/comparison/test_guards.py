"""References whose own order is not random must lend strangers no evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dokja.audit import audit
from dokja.document.audit import (
    AuditReport,
    LayerSearchEvidence,
    OrderEvidence,
    Relation,
    SelfTestEvidence,
    SwapEvidence,
    UnitsEvidence,
)
from tests.support.writers import write_safetensors

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

WIDTH, N_LAYERS = 64, 6
TESTS = UnitsEvidence | LayerSearchEvidence | OrderEvidence | SwapEvidence
KIN = {Relation.VERBATIM, Relation.REUSED, Relation.DERIVED, Relation.SHARED_INIT}


def smooth(rng: np.random.Generator, n: int, width: int, period: float) -> NDArray[np.float32]:
    """Units along a curve: each resembles its neighbours, and strangers' curves are alike."""
    place = np.arange(n)[:, None] / period
    waves = np.sin(place * (1.0 + np.arange(width)) * 0.1)
    return (waves + 0.3 * rng.normal(size=(n, width))).astype(np.float32)


def model(
    path: Path, seed: int, n_units: int, *, period: float | None, repeat_layers: bool = False
) -> str:
    rng = np.random.default_rng(seed)

    def matrix(rows: int, columns: int) -> NDArray[np.float32]:
        return rng.normal(size=(rows, columns)).astype(np.float32)

    tensors = {"model.embed_tokens.weight": matrix(100, WIDTH)}
    for layer in range(N_LAYERS):
        place = f"model.layers.{layer}"
        if repeat_layers and layer % 2:
            before = f"model.layers.{layer - 1}"
            copied = {k: v for k, v in tensors.items() if k.startswith(before + ".")}
            tensors |= {k.replace(before, place): v + 0 for k, v in copied.items()}
            continue
        for name in ("q", "k", "v", "o"):
            tensors[f"{place}.self_attn.{name}_proj.weight"] = matrix(WIDTH, WIDTH)
        for name in ("gate", "up"):
            tensors[f"{place}.mlp.{name}_proj.weight"] = (
                matrix(n_units, WIDTH) if period is None else smooth(rng, n_units, WIDTH, period)
            )
        tensors[f"{place}.mlp.down_proj.weight"] = matrix(WIDTH, n_units)
        for name in ("input_layernorm", "post_attention_layernorm"):
            gains = 1.0 + 0.1 * rng.normal(size=WIDTH)
            tensors[f"{place}.{name}.weight"] = gains.astype(np.float32)
    tensors["model.norm.weight"] = np.ones(WIDTH, np.float32)
    return str(write_safetensors(path, tensors))


def p_values(report: AuditReport) -> list[float]:
    return [item.log10_p for item in report.evidence if isinstance(item, TESTS)]


@pytest.mark.parametrize("period", [4.0, 8.0, 64.0])
@pytest.mark.parametrize("n_units", [128, 112])
def test_units_along_a_curve(period: float, n_units: int, tmp_path: Path) -> None:
    subject = model(tmp_path / "s.safetensors", 1, n_units, period=period)
    reference = model(tmp_path / "r.safetensors", 2, 128, period=period)
    report = audit(subject, [reference])
    guard = next(item for item in report.evidence if isinstance(item, SelfTestEvidence))
    assert not guard.passed
    # The curve itself is shared along the channels, so nothing is asked of these.
    of_units = [item for item in report.evidence if not isinstance(item, SwapEvidence)]
    assert all(item.log10_p > -4 for item in of_units if isinstance(item, TESTS))
    assert report.components[0].relation not in KIN


@pytest.mark.parametrize("n_units", [128, 112])
def test_repeated_layers_count_once(n_units: int, tmp_path: Path) -> None:
    least = []
    for seed in range(6):
        subject = model(
            tmp_path / "s.safetensors", 2 * seed, n_units, period=None, repeat_layers=True
        )
        reference = model(
            tmp_path / "r.safetensors", 2 * seed + 1, 128, period=None, repeat_layers=True
        )
        report = audit(subject, [reference])
        guard = next(item for item in report.evidence if isinstance(item, SelfTestEvidence))
        assert set(guard.matching_layers) == {(0, 1), (2, 3), (4, 5)}
        least.extend(p_values(report))
    assert least
    assert min(least) > -4


def test_channels_in_the_order_of_their_size(tmp_path: Path) -> None:
    scale = np.linspace(2.0, 0.2, WIDTH).astype(np.float32)
    ordered = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        tensors = {
            "model.embed_tokens.weight": (rng.normal(size=(100, WIDTH)) * scale),
            "model.norm.weight": scale + 0.01 * rng.normal(size=WIDTH),
        }
        for layer in range(N_LAYERS):
            place = f"model.layers.{layer}"
            for name in ("self_attn.q", "self_attn.k", "self_attn.v", "mlp.gate", "mlp.up"):
                tensors[f"{place}.{name}_proj.weight"] = rng.normal(size=(WIDTH, WIDTH)) * scale
            for name in ("self_attn.o", "mlp.down"):
                tensors[f"{place}.{name}_proj.weight"] = rng.normal(size=(WIDTH, WIDTH))
            for name in ("input_layernorm", "post_attention_layernorm"):
                tensors[f"{place}.{name}.weight"] = scale + 0.01 * rng.normal(size=WIDTH)
        single = {name: values.astype(np.float32) for name, values in tensors.items()}
        ordered.append(str(write_safetensors(tmp_path / f"{seed}.safetensors", single)))
    report = audit(ordered[0], [ordered[1]])
    assert not [item for item in report.evidence if isinstance(item, SwapEvidence)]
    assert report.components[0].relation not in KIN
