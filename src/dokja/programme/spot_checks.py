"""Re-runs laid beside the values that teams handed in.

The module knows differences and tolerances, never why a re-run came out otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from dokja.document.round_report import SpotCheckResult
from dokja.programme.rounding import exactly

if TYPE_CHECKING:
    from decimal import Decimal

    from dokja.document.round_rules import SpotCheck

__all__ = ["apply_spot_check"]


@exactly
def apply_spot_check(
    rule: SpotCheck, benchmark: str | None, value: Decimal, rerun: Decimal
) -> SpotCheckResult:
    """Compare a value with its re-run.

    Parameters
    ----------
    rule
        Tolerance, and what lies beyond it.
    benchmark
        Name of the benchmark, for the record.
    value
        What was handed in.
    rerun
        What came out again.

    Returns
    -------
    SpotCheckResult
        A difference of exactly the tolerance lies within.
    """
    difference = rerun - value
    allowed = abs(value) * rule.tolerance if rule.relative else rule.tolerance
    within = abs(difference) <= allowed
    used: Literal["value", "rerun", "none"] = "value"
    if not within:
        used = {"keep": "value", "replace": "rerun", "unknown": "none"}[rule.beyond]  # type: ignore[assignment]
    return SpotCheckResult(
        benchmark=benchmark,
        value=value,
        rerun=rerun,
        difference=difference,
        tolerance=allowed,
        within=within,
        used=used,
    )
