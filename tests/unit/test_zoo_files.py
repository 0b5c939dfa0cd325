"""The committed models are those that ``lineage.json`` describes, and hold what it promises."""

from __future__ import annotations

import hashlib
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dokja.document.audit import Relation

ZOO = Path(__file__).parents[1] / "data" / "zoo"
LINEAGE: dict[str, Any] = json.loads((ZOO / "lineage.json").read_text(encoding="utf-8"))
MEMBERS: dict[str, dict[str, Any]] = LINEAGE["members"]
PAIRS = {(p["subject"], p["reference"]): p for p in LINEAGE["pairs"]}
N_BYTES_AT_MOST = 25_000_000


def load(name: str) -> dict[str, NDArray[np.float64]]:
    raw = (ZOO / name / "model.safetensors").read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    header.pop("__metadata__", None)
    assert {record["dtype"] for record in header.values()} == {MEMBERS[name]["dtype"]}
    out = {}
    for tensor, record in header.items():
        first, last = record["data_offsets"]
        bits = np.frombuffer(raw[start + first : start + last], dtype=np.uint16)
        if record["dtype"] == "BF16":
            values = (bits.astype(np.uint32) << 16).view(np.float32)
        else:
            values = bits.view(np.float16)
        out[tensor] = values.astype(np.float64).reshape(record["shape"])
    return out


def correlation(name: str, other: str) -> float:
    a, b = load(name), load(other)
    shared = [n for n in a if n in b and a[n].ndim == 2 and a[n].shape == b[n].shape]
    sizes = [a[n].size for n in shared]
    values = [np.corrcoef(a[n].ravel(), b[n].ravel())[0, 1] for n in shared]
    return float(np.average(values, weights=sizes))


def test_whole_zoo_stays_within_its_size() -> None:
    assert sum(path.stat().st_size for path in ZOO.rglob("*")) <= N_BYTES_AT_MOST


def test_every_folder_is_a_member() -> None:
    assert {path.name for path in ZOO.iterdir() if path.is_dir()} == set(MEMBERS)
    assert len(MEMBERS) >= 12


@pytest.mark.parametrize("name", MEMBERS)
def test_member_is_as_described(name: str) -> None:
    member, path = MEMBERS[name], ZOO / name / "model.safetensors"
    assert path.stat().st_size == member["n_bytes"]
    assert "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest() == member["digest"]
    weights = load(name)
    assert sum(array.size for array in weights.values()) == member["n_parameters"]
    assert all(np.isfinite(array).all() for array in weights.values())
    config = json.loads((path.parent / "config.json").read_text(encoding="utf-8"))
    vocabulary = json.loads((path.parent / "tokenizer.json").read_text(encoding="utf-8"))
    assert len(vocabulary["model"]["vocab"]) == config["vocab_size"]
    # Common readers have no default for these.
    assert {"lstrip", "normalized", "rstrip", "single_word"} <= set(vocabulary["added_tokens"][0])
    assert {parent["member"] for parent in member["made_from"]} <= set(MEMBERS)


def test_every_ordered_pair_stands_once() -> None:
    assert len(PAIRS) == len(LINEAGE["pairs"])
    assert set(PAIRS) == set(itertools.permutations(MEMBERS, 2))


def test_expectations_are_relations_with_a_reason() -> None:
    relations = {str(value) for value in Relation}
    for pair in PAIRS.values():
        assert pair["expected"]
        assert set(pair["expected"]) <= relations
        assert pair["reason"]


def test_kinship_is_mutual_and_strangers_are_never_accused() -> None:
    accusations = {"verbatim", "reused", "derived", "shared_init"}
    for (subject, reference), pair in PAIRS.items():
        assert pair["kin"] == PAIRS[reference, subject]["kin"]
        if not pair["kin"]:
            assert not accusations.intersection(pair["expected"])
        elif pair["relationship"] != "remote":
            assert "no_evidence" not in pair["expected"]


def test_training_moved_the_weights_and_the_gains() -> None:
    full = [m["training"] for m in MEMBERS.values() if m["training"].get("n_steps", 0) >= 2000]
    assert len(full) >= 12
    for training in full:
        assert training["loss_after"] < training["loss_before"] - 1.4
        assert training["start_pearson"] < 0.8
        assert training["gain_deviation"] > 0.05


def test_strangers_share_nothing_but_the_recipe() -> None:
    for stranger in ("stranger-1", "stranger-2", "distilled"):
        assert abs(correlation(stranger, "base")) < 0.03


def test_twins_share_a_start_and_children_much_more() -> None:
    assert 0.25 < correlation("twin-otherdata", "base") < 0.6
    assert 0.6 < correlation("retrained", "base") < 0.95
    assert correlation("finetuned", "base") > 0.98


def test_merge_is_the_stated_sum() -> None:
    base, stranger, merged = (load(n) for n in ("base", "stranger-1", "merge-strangers"))
    for name, values in merged.items():
        wanted = 0.7 * base[name] + 0.3 * stranger[name]
        assert np.allclose(values, wanted, rtol=2**-8, atol=1e-7)


def test_quantised_rows_lie_on_sixteen_levels() -> None:
    base, rounded = load("base"), load("int4")
    for name, values in rounded.items():
        if "proj" in name:
            groups = values.reshape(-1, 32)
            assert max(len(np.unique(group)) for group in groups) <= 16
            assert 0.001 < np.abs(values - base[name]).mean() / base[name].std() < 0.15
        else:
            assert np.array_equal(values, base[name])


def test_noise_is_as_large_as_the_weights() -> None:
    base, noised = load("base"), load("noised")
    for name, values in base.items():
        if values.ndim == 2:
            assert (noised[name] - values).std() == pytest.approx(values.std(), rel=0.05)
