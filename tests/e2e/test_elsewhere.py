"""A stolen part that pairing by name and family leaves over is found by its digests."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

import dokja
from dokja.audit import audit
from dokja.document.audit import Relation
from dokja.io.checkpoint import open_checkpoint
from tests.support.writers import bf16, write_safetensors

DEMO = Path(dokja.__file__).parent / "data" / "demo"


def test_a_stolen_projector_is_found_though_another_was_paired(tmp_path: Path) -> None:
    def tensors(name: str) -> dict[str, np.ndarray]:
        with open_checkpoint(str(DEMO / name)) as checkpoint:
            return {record: np.array(checkpoint.read(record)) for record in checkpoint.records}

    own = {k: v for k, v in tensors("subject").items() if "audio_projector" not in k}
    donor = {k: v for k, v in tensors("audio-donor").items() if "projector" in k}
    for name, values in donor.items():
        own[f"model.audio_projector.linear.{name.rpartition('.')[2]}"] = values
    write_safetensors(
        tmp_path / "model.safetensors", {name: bf16(values) for name, values in own.items()}
    )
    shutil.copy(DEMO / "subject" / "config.json", tmp_path)
    report = audit(str(tmp_path), [str(DEMO / "audio-donor")])
    found = {result.component: result for result in report.components}
    stolen_part = found["other:model.audio_projector"]
    assert stolen_part.relation in {Relation.VERBATIM, Relation.DERIVED}
    assert stolen_part.reference_component == "projector"
    assert found["projector"].relation not in {Relation.VERBATIM, Relation.DERIVED}
    assert not report.verdict.passed
