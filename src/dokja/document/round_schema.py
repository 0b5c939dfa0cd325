"""The published JSON Schemas of the programme: files people write, and documents made of them.

The module knows the schemas' frame and names, never what a field means.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from dokja.document.disclosure import DisclosureReport, DisclosureReports, PublishedRound
from dokja.document.leaderboard import CountryTable, LeaderboardBook, LeaderboardReport, Snapshot
from dokja.document.panel import PanelFile, PanelReport, PanelReports
from dokja.document.results import ResultsDocument
from dokja.document.round import RoundFile
from dokja.document.round_report import CriteriaCheck, CriteriaLock, ReplayReport, RoundReport
from dokja.document.solution import SolutionReport
from dokja.document.what_if import ScenarioFile, WhatIfReport

if TYPE_CHECKING:
    from dokja.document.common import Document

__all__ = ["round_schema_text", "round_schemas"]

_WRITTEN: Final[dict[str, type[Document]]] = {
    "round-report-1": RoundReport,
    "round-lock-1": CriteriaLock,
    "round-lock-check-1": CriteriaCheck,
    "round-replay-1": ReplayReport,
    "results-1": ResultsDocument,
    "panel-report-1": PanelReport,
    "panel-reports-1": PanelReports,
    "leaderboard-report-1": LeaderboardReport,
    "leaderboard-book-1": LeaderboardBook,
    "what-if-1": WhatIfReport,
    "publication-1": PublishedRound,
    "disclosure-report-1": DisclosureReport,
    "disclosure-reports-1": DisclosureReports,
    "solution-1": SolutionReport,
}
_READ: Final[dict[str, type[Document]]] = {
    "round-1": RoundFile,
    "panel-1": PanelFile,
    "snapshot-1": Snapshot,
    "countries-1": CountryTable,
    "scenarios-1": ScenarioFile,
}
"""Files in which a number may stand with or without quotes."""


def round_schemas() -> dict[str, dict[str, Any]]:
    """Return every schema of the programme by its name.

    Returns
    -------
    dict
        Schemas of draft 2020-12, of files that people write and of documents made of them.
    """
    bodies = {
        name: model.model_json_schema(mode="validation", by_alias=True)
        for name, model in _READ.items()
    }
    for name, model in _WRITTEN.items():
        bodies[name] = model.model_json_schema(mode="serialization", by_alias=True)
    return {
        name: {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:dokja:schema:{name.rpartition('-')[0]}:{name.rpartition('-')[2]}",
            **body,
        }
        for name, body in bodies.items()
    }


def round_schema_text(name: str) -> str:
    """Return a schema as the text that is published with the package.

    Parameters
    ----------
    name
        One of the names of `round_schemas`.

    Returns
    -------
    str
        Indented JSON with a newline at its end; the same bytes every time.
    """
    return json.dumps(round_schemas()[name], indent=2, ensure_ascii=False) + "\n"
