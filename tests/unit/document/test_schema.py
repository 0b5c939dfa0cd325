from __future__ import annotations

import json
from importlib.resources import files

import jsonschema
import pytest

from dokja.document.schema import SCHEMA_ID, report_schema, schema_text
from tests.support.reports import BUILDERS


def test_published_schema_is_that_of_the_code() -> None:
    published = files("dokja.document").joinpath("schemas", "audit-1.json")
    assert published.read_text(encoding="utf-8") == schema_text()


def test_schema_names_its_dialect_and_itself() -> None:
    published = json.loads(schema_text())
    assert published["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert published["$id"] == SCHEMA_ID
    jsonschema.Draft202012Validator.check_schema(published)


@pytest.mark.parametrize("name", sorted(BUILDERS))
def test_reports_fit_the_published_schema(name: str) -> None:
    written = json.loads(BUILDERS[name]().model_dump_json(by_alias=True))
    jsonschema.Draft202012Validator(report_schema()).validate(written)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), "2"),
        (("components", 0, "relation"), "stolen"),
        (("components", 0, "log10_p"), 3.0),
        (("components", 0, "surprise"), 1),
        (("evidence", 0, "kind"), "rumour"),
    ],
)
def test_schema_refuses_what_the_code_refuses(path: tuple[str | int, ...], value: object) -> None:
    written = json.loads(BUILDERS["demo"]().model_dump_json(by_alias=True))
    place = written
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(report_schema()).validate(written)
