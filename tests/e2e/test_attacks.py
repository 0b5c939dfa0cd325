"""What an adversary may do to a checkpoint, and what must and must not be said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dokja.audit import audit
from dokja.document.audit import (
    AuditReport,
    LayerSearchEvidence,
    PowerEvidence,
    Relation,
    SwapEvidence,
    UnitsEvidence,
)
from tests.support.rebasin import fit
from tests.support.zoo import ZOO, Relabelled, config, load, save

if TYPE_CHECKING:
    from pathlib import Path

KIN = {Relation.VERBATIM, Relation.REUSED, Relation.DERIVED, Relation.SHARED_INIT}
BASE = str(ZOO / "base")


def against_base(subject: str) -> AuditReport:
    report = audit(subject, [BASE])
    assert len(report.components) == 1
    return report


def relation(report: AuditReport) -> Relation:
    return report.components[0].relation


@pytest.mark.parametrize("stranger", ["stranger-1", "stranger-2"])
def test_a_stranger_reordered_to_fit_is_not_called_kin(stranger: str, tmp_path: Path) -> None:
    fitted = fit(Relabelled(load(stranger), config(stranger)), load("base"))
    report = against_base(save(tmp_path / "fitted", fitted, stranger))
    units = next(item for item in report.evidence if isinstance(item, UnitsEvidence))
    # The attack did work: the order is the target's, far beyond chance.
    assert units.log10_p < -100
    assert relation(report) is Relation.INCONCLUSIVE
    assert "Order shared" in report.components[0].reason.en
    assert report.verdict.passed


def test_renumbered_everywhere_is_found_behind_the_numbers(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    model = Relabelled(load("base"), config("base")).at_random(rng, channels=True, units=True)
    report = against_base(save(tmp_path / "renumbered", model.result(), "base"))
    power = next(item for item in report.evidence if isinstance(item, PowerEvidence))
    assert power.reindexed == "examined"
    (result,) = report.components
    assert (result.relation, result.level) == (Relation.DERIVED, "structure")
    assert result.transformation is not None
    # Value channels are units of their head, and were drawn anew as well.
    assert result.transformation.operations == (
        "units_renumbered",
        "channels_renumbered",
        "values_renumbered",
    )


def test_renumbered_units_alone_still_show_in_the_channels(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    model = Relabelled(load("base"), config("base")).at_random(rng, channels=False, units=True)
    report = against_base(save(tmp_path / "units", model.result(), "base"))
    swap = next(item for item in report.evidence if isinstance(item, SwapEvidence))
    assert swap.log10_p < -6
    assert relation(report) is not Relation.NO_EVIDENCE


def test_layers_in_another_order_are_found_and_mapped(tmp_path: Path) -> None:
    tensors = load("finetuned")
    n_layers = config("base")["num_hidden_layers"]
    order = [(layer + 2) % n_layers for layer in range(n_layers)]
    moved = {}
    for name, values in tensors.items():
        parts = name.split(".")
        if "layers" in parts:
            parts[2] = str(order[int(parts[2])])
        moved[".".join(parts)] = values
    report = against_base(save(tmp_path / "moved", moved, "base"))
    search = next(item for item in report.evidence if isinstance(item, LayerSearchEvidence))
    assert {(row.layer, row.reference_layer) for row in search.best_map} == {
        (order[layer], layer) for layer in range(n_layers)
    }
    assert relation(report) in {Relation.REUSED, Relation.DERIVED}
    assert (report.components[0].pearson.weighted or 0.0) > 0.98


@pytest.mark.parametrize("kept", ["self_attn", "mlp"])
def test_a_stolen_part_is_found(kept: str, tmp_path: Path) -> None:
    own, stolen = load("stranger-1"), load("finetuned")
    mixed = {name: (stolen if kept in name else own)[name] for name in own}
    report = against_base(save(tmp_path / kept, mixed, "base"))
    assert relation(report) in KIN | {Relation.INCONCLUSIVE}
    assert (report.components[0].log10_p or 0.0) < -6


def test_one_stolen_layer_is_found(tmp_path: Path) -> None:
    own, stolen = load("stranger-1"), load("finetuned")
    mixed = {name: (stolen if ".layers.3." in name else own)[name] for name in own}
    report = against_base(save(tmp_path / "one", mixed, "base"))
    assert relation(report) not in {Relation.NO_EVIDENCE, Relation.NOT_TESTABLE}


@pytest.mark.parametrize("scale", [0.25, 1.0])
def test_noise_does_not_hide_descent(scale: float, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    noised = {
        name: values + scale * values.std() * rng.normal(size=values.shape)
        for name, values in load("base").items()
    }
    assert relation(against_base(save(tmp_path / "noised", noised, "base"))) is Relation.DERIVED


def test_gains_folded_and_reset_are_not_a_shared_start(tmp_path: Path) -> None:
    tensors = load("finetuned")
    for layer in range(config("base")["num_hidden_layers"]):
        place = f"model.layers.{layer}"
        for norm, followers in {
            "input_layernorm": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
            "post_attention_layernorm": ("mlp.gate_proj", "mlp.up_proj"),
        }.items():
            gain = tensors[f"{place}.{norm}.weight"]
            for follower in followers:
                tensors[f"{place}.{follower}.weight"] *= gain
            tensors[f"{place}.{norm}.weight"] = np.ones_like(gain)
    found = relation(against_base(save(tmp_path / "folded", tensors, "base")))
    assert found in {Relation.REUSED, Relation.DERIVED, Relation.INCONCLUSIVE}


def test_dead_and_doubled_units_do_not_make_strangers_kin(tmp_path: Path) -> None:
    padded = {}
    for member in ("base", "stranger-1"):
        tensors = load(member)
        for name, values in tensors.items():
            if "gate_proj" in name or "up_proj" in name:
                values[100:] = 0.0
                values[50:60] = values[40:50]
            elif "down_proj" in name:
                values[:, 100:] = 0.0
                values[:, 50:60] = values[:, 40:50]
        padded[member] = save(tmp_path / member, tensors, "base")
    report = audit(padded["stranger-1"], [padded["base"]])
    assert relation(report) not in KIN
    assert (report.components[0].log10_p or 0.0) > -3


def test_sorted_units_do_not_make_strangers_kin(tmp_path: Path) -> None:
    ordered = {}
    for member in ("base", "stranger-1"):
        model = Relabelled(load(member), config(member))
        for layer in model.layers:
            norms = np.linalg.norm(
                model.tensors[f"model.layers.{layer}.mlp.up_proj.weight"], axis=1
            )
            model.units[layer] = np.argsort(norms)
        ordered[member] = save(tmp_path / member, model.result(), member)
    report = audit(ordered["stranger-1"], [ordered["base"]])
    assert relation(report) not in KIN
    assert (report.components[0].log10_p or 0.0) > -3
    assert "DKJ203" in {finding.rule for finding in report.verdict.findings}


def test_the_order_of_references_changes_no_relation() -> None:
    references = [str(ZOO / name) for name in ("stranger-1", "base", "twin-otherdata")]
    first = audit(str(ZOO / "finetuned"), references)
    second = audit(str(ZOO / "finetuned"), references[::-1])
    assert first.components == second.components
