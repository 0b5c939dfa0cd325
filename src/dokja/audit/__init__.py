"""The orchestrator of the weights: the only room that knows the whole story of an audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dokja.audit.describe import inspect
    from dokja.audit.run import audit

__all__ = ["audit", "inspect"]


def __getattr__(name: str) -> object:
    # Describing a checkpoint needs no kernels, which take longer to import than it takes to run.
    if name == "audit":
        from dokja.audit.run import audit  # noqa: PLC0415

        return audit
    if name == "inspect":
        from dokja.audit.describe import inspect  # noqa: PLC0415

        return inspect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
