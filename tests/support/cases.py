"""Disputes of January 2026 rebuilt in small: a dossier each, of models that were really trained."""

from __future__ import annotations

import json
import json.decoder
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from safetensors import deserialize

from dokja.document.consistency_outcomes import check_review
from tests.support.writers import Raw, write_safetensors
from tests.support.zoo import ZOO

RUNS = Path(__file__).parents[1] / "data/trajectory"
LICENCE = Path(__file__).parents[2] / "LICENSE"
DEMO = Path(__file__).parents[2] / "src/dokja/data/demo"

__all__ = [
    "accusation",
    "borrowed_towers",
    "outcomes",
    "own_finetune",
    "recorded_run",
    "recorded_towers",
    "reused_code",
    "write_dossier",
]


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target)


def write_dossier(folder: Path, text: str) -> Path:
    """Write a dossier and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "dossier.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def borrowed_towers(folder: Path, *, card: str = "# Omni\nA model of ours.\n") -> Path:
    """Own language model, vision tower trained on from another, audio tower as it was found."""
    for name in ("subject", "vision-donor", "audio-donor"):
        _copy(DEMO / name, folder / name)
    # The text of the licence of the one donor lies there, that of the other does not.
    shutil.copy(LICENCE, folder / "subject" / "LICENSE-vision-donor")
    (folder / "card.md").write_text(card)
    return write_dossier(
        folder,
        """\
schema_version: "1"
id: borrowed-towers
title: A model that sees and hears with borrowed towers
maker: Maker A
date: 2026-01-05
artefacts:
  - id: omni
    kind: model
    path: subject
    origin: own
    licence: Apache-2.0
    parts:
      - {component: audio_encoder, frozen: true}
  - {id: card, kind: card, path: card.md}
references:
  - id: seeing
    name: Vision Donor
    owner: Maker V
    path: vision-donor
    licence: Apache-2.0
    licence_shipped: true
  - id: hearing
    name: Audio Donor
    owner: Maker H
    path: audio-donor
    licence: Apache-2.0
    licence_shipped: false
""",
    )


def _raw(file: Path) -> dict[str, Raw]:
    return {
        name: Raw(held["dtype"], tuple(held["shape"]), bytes(held["data"]))
        for name, held in deserialize(file.read_bytes())
    }


def recorded_towers(folder: Path, *, forged: bool = False) -> Path:
    """The borrowed towers around a language model whose training run was recorded from step 0.

    Parameters
    ----------
    folder
        Where the case shall lie.
    forged
        Whether one matrix of the language model is another than the run ended with.
    """
    file = borrowed_towers(folder)
    _copy(RUNS / "small-a", folder / "run")
    _copy(RUNS / "small-b" / "step-000400", folder / "other-model")
    place = folder / "subject" / "model.safetensors"
    kept = {
        name: raw
        for name, raw in _raw(place).items()
        if not name.startswith("model.language_model.")
    }
    last = _raw(folder / "run" / "step-000400" / "model.safetensors")
    own = {f"model.language_model.{name}": raw for name, raw in last.items()}
    if forged:
        first, second = (
            f"model.language_model.model.layers.{k}.mlp.up_proj.weight" for k in range(2)
        )
        data = bytearray(own[second].data)
        data[: len(data) // 2] = own[first].data[: len(data) // 2]
        own[second] = replace(own[second], data=bytes(data))
    write_safetensors(place, kept | own)
    config = json.loads((folder / "subject" / "config.json").read_text())
    trained = json.loads((folder / "run" / "step-000400" / "config.json").read_text())
    config["text_config"] = trained
    (folder / "subject" / "config.json").write_text(json.dumps(config))
    recipe = (folder / "run" / "recipe.yaml").read_text()
    recipe = recipe.replace(
        "path: step-000400\nbatch", "path: subject\n  component: language_model\nbatch"
    )
    recipe = recipe.replace("path: step-", "path: run/step-").replace("path: log", "path: run/log")
    # No path leads out of a recipe's folder; so it stands above the run and the submission.
    (folder / "recipe.yaml").write_text(recipe)
    text = file.read_text() + (
        "  - {id: other, name: Other Model, owner: Maker E, path: other-model, licence: MIT}\n"
        "trajectories:\n  - {id: run, artefact: omni, recipe: recipe.yaml}\n"
    )
    file.write_text(text)
    return file


def accusation(folder: Path) -> Path:
    """A model accused for the cosine of its norm vectors, laid beside the one it was accused of."""
    _copy(ZOO / "base", folder / "base")
    _copy(ZOO / "stranger-1", folder / "stranger")
    (folder / "card.md").write_text("# Base\nTrained from random weights.\n")
    return write_dossier(
        folder,
        """\
schema_version: "1"
id: accusation
maker: Maker B
date: 2026-01-05
artefacts:
  - {id: base, kind: model, path: base, origin: own}
  - {id: card, kind: card, path: card.md}
references:
  - {id: other, name: Other Model, owner: Maker C, path: stranger, licence: MIT}
""",
    )


HEADER = """\
# Copyright 2025 The Vision Donor Team. All rights reserved.
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
"""


def reused_code(folder: Path, *, kept: bool) -> Path:
    """Modelling code of another maker's, renamed, its licence header kept or stripped."""
    body = Path(json.decoder.__file__).read_text(encoding="utf-8")
    (folder / "theirs").mkdir(parents=True)
    (folder / "ours").mkdir()
    (folder / "theirs" / "modeling_vision.py").write_text(HEADER + body)
    renamed = body.replace("JSON", "Ours").replace("scan", "look")
    (folder / "ours" / "modeling_omni.py").write_text((HEADER if kept else "") + renamed)
    shutil.copy(LICENCE, folder / "ours" / "LICENSE")
    (folder / "card.md").write_text("# Omni\nIts code is that of Vision Donor, changed by us.\n")
    return write_dossier(
        folder,
        """\
schema_version: "1"
id: reused-code
maker: Maker A
date: 2026-01-05
artefacts:
  - {id: code, kind: code, path: ours, origin: mixed, licence: Apache-2.0, trained_from: [theirs]}
  - {id: card, kind: card, path: card.md}
references:
  - {id: theirs, kind: code, name: Vision Donor, owner: Maker V, path: theirs,
     licence: Apache-2.0, licence_shipped: true}
""",
    )


def own_finetune(folder: Path, *, owner: str = "owner: Maker B") -> Path:
    """A declared fine-tune of the maker's own earlier model."""
    _copy(ZOO / "finetuned", folder / "finetuned")
    _copy(ZOO / "base", folder / "base")
    (folder / "card.md").write_text("# Second\nTrained on from First.\n")
    return write_dossier(
        folder,
        f"""\
schema_version: "1"
id: own-finetune
maker: Maker B
date: 2026-01-05
artefacts:
  - id: second
    kind: model
    path: finetuned
    origin: own
    base_model: First
    base_model_relation: own_derivative
    trained_from: [first]
  - {{id: card, kind: card, path: card.md}}
references:
  - {{id: first, name: First, path: base, {owner}}}
""",
    )


def recorded_run(folder: Path, *, submitted: str = "run/step-000400") -> Path:
    """A small model trained from random weights in a recorded run, beside a model of another."""
    _copy(RUNS / "small-a", folder / "run")
    _copy(RUNS / "small-b" / "step-000400", folder / "other")
    (folder / "card.md").write_text("# Small\nTrained from random weights.\n")
    return write_dossier(
        folder,
        f"""\
schema_version: "1"
id: recorded
maker: Maker D
date: 2026-01-05
artefacts:
  - {{id: small, kind: model, path: {submitted}, origin: own}}
  - {{id: card, kind: card, path: card.md}}
references:
  - {{id: other, name: Other Model, owner: Maker E, path: other, licence: MIT}}
trajectories:
  - {{id: run, artefact: small, recipe: run/recipe.yaml}}
""",
    )


def outcomes(report: Any) -> dict[str, dict[str, str]]:
    """Return the outcome of each view by component; a report never contradicts itself."""
    check_review(report)
    return {
        one.component: {view.view: view.outcome for view in one.views} for one in report.components
    }
