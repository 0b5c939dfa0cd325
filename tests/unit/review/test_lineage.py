"""What came from what in a dossier: over weights, over outputs, by way of anything."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dokja.errors import DossierError
from dokja.review.dossier import read_dossier
from dokja.review.lineage import Lineage
from tests.support.cases import write_dossier

ON = dt.date(2026, 1, 20)
HEAD = """\
schema_version: "1"
id: case
maker: Maker
date: 2026-01-05
"""


def reached(folder: Path, text: str) -> dict[str, tuple[tuple[str, ...], bool]]:
    dossier = read_dossier(write_dossier(folder, HEAD + text), on=ON).dossier
    found = Lineage.of(dossier).reached(dossier.artefacts[0], None)
    return {one.id: (one.through, one.by_outputs) for one in found}


def test_chains_lead_over_artefacts_references_and_base_models(tmp_path: Path) -> None:
    text = """\
artefacts:
  - {id: last, kind: model, trained_from: [middle]}
  - {id: middle, kind: model, base_model: Known Model}
references:
  - {id: known, name: Known Model, trained_from: [older]}
  - {id: older, name: Older Model}
  - {id: stranger, name: Stranger}
"""
    assert reached(tmp_path, text) == {
        "middle": ((), False),
        "known": (("middle",), False),
        "older": (("middle", "known"), False),
    }


def test_data_that_a_model_wrote_are_its_outputs(tmp_path: Path) -> None:
    text = """\
artefacts:
  - {id: last, kind: model, trained_from: [pairs, corpus]}
  - {id: pairs, kind: data, trained_from: [teacher]}
references:
  - {id: teacher, name: Teacher, trained_from: [older]}
  - {id: older, name: Older}
  - {id: corpus, kind: data, name: Corpus}
"""
    assert reached(tmp_path, text) == {
        "pairs": ((), False),
        "corpus": ((), False),
        "teacher": (("pairs",), True),
        "older": (("pairs", "teacher"), True),
    }


def test_weights_count_where_both_lead_there(tmp_path: Path) -> None:
    text = """\
artefacts:
  - {id: last, kind: model, trained_from: [pairs, middle]}
  - {id: middle, kind: model, trained_from: [teacher]}
  - {id: pairs, kind: data, trained_from: [teacher]}
references:
  - {id: teacher, name: Teacher}
"""
    assert reached(tmp_path, text)["teacher"] == (("middle",), False)


def test_data_alone_came_from_outputs(tmp_path: Path) -> None:
    text = """\
artefacts:
  - {id: pairs, kind: data, trained_from: [teacher]}
references:
  - {id: teacher, name: Teacher}
"""
    assert reached(tmp_path, text) == {"teacher": ((), True)}


@pytest.mark.parametrize(
    ("text", "way"),
    [
        (
            (
                "artefacts:\n  - {id: a, kind: model, trained_from: [b]}\n"
                "  - {id: b, kind: model, base_model: a}\n"
            ),
            "a → b → a",
        ),
        (
            (
                "artefacts:\n  - id: a\n    kind: model\n"
                "    parts: [{component: vision, trained_from: [a]}]\n"
            ),
            "a → a",
        ),
        (
            (
                "artefacts:\n  - {id: a, kind: model}\nreferences:\n"
                "  - {id: x, name: X, trained_from: [y]}\n  - {id: y, name: Y, trained_from: [x]}\n"
            ),
            "x → y → x",
        ),
    ],
)
def test_a_circle_is_refused_and_its_way_is_told(tmp_path: Path, text: str, way: str) -> None:
    with pytest.raises(DossierError) as caught:
        read_dossier(write_dossier(tmp_path, HEAD + text), on=ON)
    assert way in str(caught.value)
