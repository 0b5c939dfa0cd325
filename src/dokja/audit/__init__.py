"""The orchestrator of the weights: the only room that knows the whole story of an audit."""

from __future__ import annotations

from dokja.audit.run import audit
from dokja.audit.summary import inspect

__all__ = ["audit", "inspect"]
