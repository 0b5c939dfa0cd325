"""The bundled case is small enough to ship and is what its story says."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

DEMO = Path(str(files("dokja") / "data" / "demo"))
CASE: dict[str, Any] = json.loads((DEMO / "demo.json").read_text(encoding="utf-8"))
N_BYTES_AT_MOST = 4_000_000


def load(name: str, prefix: str) -> dict[str, NDArray[np.float32]]:
    raw = (DEMO / name / "model.safetensors").read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    out = {}
    for tensor, record in json.loads(raw[8:start]).items():
        if tensor.startswith(prefix) and tensor != "__metadata__":
            first, last = record["data_offsets"]
            bits = np.frombuffer(raw[start + first : start + last], dtype=np.uint16)
            values = (bits.astype(np.uint32) << 16).view(np.float32)
            out[tensor.removeprefix(prefix)] = values.reshape(record["shape"])
    return out


def pearson(a: dict[str, NDArray[np.float32]], b: dict[str, NDArray[np.float32]]) -> float:
    names = [n for n in a if a[n].ndim >= 2 and n in b and a[n].shape == b[n].shape]
    assert names
    values = [np.corrcoef(a[n].ravel(), b[n].ravel())[0, 1] for n in names]
    return float(np.average(values, weights=[a[n].size for n in names]))


def test_case_fits_into_the_wheel() -> None:
    assert sum(path.stat().st_size for path in DEMO.rglob("*")) <= N_BYTES_AT_MOST


def test_roles_name_folders_with_weights_and_configuration() -> None:
    for name in (CASE["subject"], *CASE["references"]):
        assert (DEMO / name / "model.safetensors").is_file()
        assert json.loads((DEMO / name / "config.json").read_text(encoding="utf-8"))
    assert {row["reference"] for row in CASE["lineage"]} == set(CASE["references"])
    assert CASE["story"]["en"]
    assert CASE["story"]["ko"]


def test_vision_encoder_is_the_donors_tuned_a_little() -> None:
    own = load("subject", "model.vision_model.")
    donor = load("vision-donor", "visual.")
    assert set(own) == set(donor)
    assert 0.985 < pearson(own, donor) < 0.995
    assert not any(np.array_equal(own[n], donor[n]) for n in own if own[n].ndim >= 2)


def test_audio_encoder_is_the_donors_to_the_last_bit() -> None:
    own = load("subject", "model.audio_model.")
    donor = load("audio-donor", "audio_tower.")
    assert set(own) == set(donor)
    assert all(np.array_equal(own[n], donor[n]) for n in own)


def test_stranger_has_the_same_shapes_everywhere_and_nothing_else() -> None:
    own, other = load("subject", ""), load("stranger", "")
    assert {n: a.shape for n, a in own.items()} == {n: a.shape for n, a in other.items()}
    fixed = "model.audio_model.embed_positions.weight"
    assert np.array_equal(own.pop(fixed), other.pop(fixed))
    parts = {name.split(".")[1] for name in own}
    assert parts == {
        "language_model",
        "vision_model",
        "audio_model",
        "mm_projector",
        "audio_projector",
    }
    for part in parts:
        chosen = {n: a for n, a in own.items() if n.split(".")[1] == part}
        assert abs(pearson(chosen, other)) < 0.05, part


def test_stranger_and_subject_have_one_configuration_and_tokenizer() -> None:
    for file in ("config.json", "tokenizer.json"):
        own, other = ((DEMO / name / file).read_bytes() for name in ("subject", "stranger"))
        assert own == other


def test_language_models_of_the_donors_are_not_the_subjects() -> None:
    own = load("subject", "model.language_model.")
    assert abs(pearson(own, load("vision-donor", ""))) < 0.03
    assert abs(pearson(own, load("audio-donor", "language_model."))) < 0.03


def test_every_part_learned_something() -> None:
    for name in (CASE["subject"], *CASE["references"]):
        marks = json.loads((DEMO / name / "training.json").read_text(encoding="utf-8"))
        assert marks["text_loss"] < marks["text_loss_before"] - 2
        assert marks.get("caption_loss", 0.0) < 0.3
        assert marks.get("transcript_loss", 0.0) < 0.3
        assert marks.get("attributes_read", 1.0) > 0.9
        assert marks.get("letters_read", 1.0) > 0.9
