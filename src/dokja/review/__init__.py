"""The orchestrator of the independence review: from a dossier to a report under three views."""

from __future__ import annotations
