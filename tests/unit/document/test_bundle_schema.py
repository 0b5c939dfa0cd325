from __future__ import annotations

from importlib.resources import files

import jsonschema
import pytest

from dokja.document.bundle_schema import bundle_schema_text, bundle_schemas


@pytest.mark.parametrize("name", sorted(bundle_schemas()))
def test_published_schema_is_that_of_the_code(name: str) -> None:
    published = files("dokja.document").joinpath("schemas", f"{name}.json")
    assert published.read_text(encoding="utf-8") == bundle_schema_text(name)
    jsonschema.Draft202012Validator.check_schema(bundle_schemas()[name])
