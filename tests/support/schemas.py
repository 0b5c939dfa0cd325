"""Publish the schemas of rounds anew: ``python tests/support/schemas.py``."""

from __future__ import annotations

from pathlib import Path

from dokja.document.bundle_schema import bundle_schema_text, bundle_schemas
from dokja.document.review_schema import review_schema_text, review_schemas
from dokja.document.round_schema import round_schema_text, round_schemas
from dokja.document.trajectory_schema import trajectory_schema_text, trajectory_schemas

FOLDER = Path(__file__).parents[2] / "src" / "dokja" / "document" / "schemas"

if __name__ == "__main__":
    for name in round_schemas():
        (FOLDER / f"{name}.json").write_text(round_schema_text(name), encoding="utf-8")
    for name in trajectory_schemas():
        (FOLDER / f"{name}.json").write_text(trajectory_schema_text(name), encoding="utf-8")
    for name in review_schemas():
        (FOLDER / f"{name}.json").write_text(review_schema_text(name), encoding="utf-8")
    for name in bundle_schemas():
        (FOLDER / f"{name}.json").write_text(bundle_schema_text(name), encoding="utf-8")
