"""Time and memory of Dokja beside ``cat`` and beside the script people write today."""

from __future__ import annotations
