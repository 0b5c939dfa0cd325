"""Results and tables out: CSV, XLSX and Every Eval Ever, so that importing gives back the same.

The room writes what it is given, to bytes; it never scores, and never touches the disk.
"""

from __future__ import annotations

from dokja.programme.export.every_eval_ever import results_every_eval_ever
from dokja.programme.export.round_yaml import round_yaml
from dokja.programme.export.tables import results_csv, results_xlsx, table_csv, table_xlsx

__all__ = [
    "results_csv",
    "results_every_eval_ever",
    "results_xlsx",
    "round_yaml",
    "table_csv",
    "table_xlsx",
]
