"""Rounds and results made for tests."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from dokja.document.results import Cell, Entry
from dokja.document.round import RoundFile
from dokja.programme.round_file import read_round

EVERYTHING = ("official", "press", "third_party", "inferred")


def words(text: str) -> dict[str, str]:
    return {"en": text, "ko": text}


def make_round(**changes: Any) -> RoundFile:
    """Make a round of two blocks, three items and three teams; fields can be put in its place."""
    content: dict[str, Any] = {
        "schema_version": "1",
        "id": "toy",
        "title": words("Toy"),
        "version": "1",
        "sources": [{"id": "paper", "title": words("Paper")}],
        "teams": [{"id": name, "name": words(name.upper())} for name in ("a", "b", "c")],
        "blocks": [
            {"id": "bench", "title": words("Bench"), "max": 60},
            {"id": "people", "title": words("People"), "max": 40},
        ],
        "items": [
            {
                "id": "quiz",
                "title": words("Quiz"),
                "block": "bench",
                "max": 40,
                "formula": {"kind": "share", "full": 100},
            },
            {
                "id": "race",
                "title": words("Race"),
                "block": "bench",
                "max": 20,
                "formula": {"kind": "best_team_full"},
            },
            {
                "id": "panel",
                "title": words("Panel"),
                "block": "people",
                "max": 40,
                "formula": {"kind": "share", "full": 5},
                "raters": {"scale": {"low": 1, "high": 5}, "combine": {"kind": "mean"}},
            },
        ],
        "rounding": [{"stage": "item", "digits": 1}],
        "advance": {"places": 2},
        **changes,
    }
    return RoundFile.model_validate_json(json.dumps(content, default=str))


def entry(team: str, item: str, value: object, **fields: Any) -> Entry:
    """Make a result; the unit is what the item's name suggests."""
    unit = fields.pop("unit", "scale" if item == "panel" else "percent")
    return Entry(
        team=team,
        item=item,
        value=Decimal(str(value)),
        unit=unit,
        original=str(value),
        source=Cell(
            file=fields.pop("file", "results.csv"),
            where=fields.pop("where", f"{team}/{item}/{fields}"),
            digest="blake3:" + "0" * 64,
        ),
        **fields,
    )


def toy_entries() -> list[Entry]:
    """Make results for `make_round`: a before b before c."""
    found = [entry(t, "quiz", v) for t, v in (("a", 80), ("b", "70.5"), ("c", 60))]
    found += [entry(t, "race", v) for t, v in (("a", 40), ("b", 50), ("c", 20))]
    marks = {"a": (5, 4, 4, 5), "b": (4, 4, 4, 3), "c": (2, 3, 1, 2)}
    found += [
        entry(team, "panel", mark, rater=f"r{step}")
        for team, given in marks.items()
        for step, mark in enumerate(given)
    ]
    return found


def sample(name: str, *, accept: tuple[str, ...] | None = None) -> RoundFile:
    """Read a round that comes with the package."""
    found = read_round(name)
    return found if accept is None else found.model_copy(update={"accept": accept})
