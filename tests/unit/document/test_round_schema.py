from __future__ import annotations

import datetime as dt
import json
from importlib.resources import files

import jsonschema
import pytest

from dokja.document.round_schema import round_schema_text, round_schemas
from dokja.programme.criteria import check, lock
from dokja.programme.replay import replay
from dokja.programme.score import score_round
from tests.support.rounds import make_round, toy_entries


@pytest.mark.parametrize("name", sorted(round_schemas()))
def test_published_schema_is_that_of_the_code(name: str) -> None:
    published = files("dokja.document").joinpath("schemas", f"{name}.json")
    assert published.read_text(encoding="utf-8") == round_schema_text(name)
    jsonschema.Draft202012Validator.check_schema(round_schemas()[name])


def test_documents_fit_their_schemas() -> None:
    found, entries = make_round(), toy_entries()
    report = score_round(found, entries)
    locked = lock(found, on=dt.date(2026, 1, 1))
    documents = {
        "round-report-1": report,
        "round-lock-1": locked,
        "round-lock-check-1": check(found, locked),
        "round-replay-1": replay(found, entries, report),
    }
    for name, document in documents.items():
        written = json.loads(document.model_dump_json())
        jsonschema.Draft202012Validator(round_schemas()[name]).validate(written)


def test_a_number_may_stand_in_quotes_or_without() -> None:
    schema = {"$defs": round_schemas()["round-1"]["$defs"], "$ref": "#/$defs/Block"}
    block = {"id": "b", "title": {"en": "b", "ko": "b"}}
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid({**block, "max": 40})
    assert validator.is_valid({**block, "max": "40.5"})
    assert not validator.is_valid({**block, "max": "4e1"})
