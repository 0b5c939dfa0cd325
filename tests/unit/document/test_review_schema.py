from __future__ import annotations

from importlib.resources import files

import jsonschema
import pytest

from dokja.document.review_schema import review_schema_text, review_schemas


@pytest.mark.parametrize("name", sorted(review_schemas()))
def test_published_schema_is_that_of_the_code(name: str) -> None:
    published = files("dokja.document").joinpath("schemas", f"{name}.json")
    assert published.read_text(encoding="utf-8") == review_schema_text(name)
    jsonschema.Draft202012Validator.check_schema(review_schemas()[name])
