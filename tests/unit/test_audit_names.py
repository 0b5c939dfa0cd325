"""What a report calls its checkpoints."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from dokja.audit.summary import named
from dokja.io.checkpoint import Checkpoint


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("models/base", "models/base"),
        ("https://user:secret@host/a/b?token=1#x", "https://host/a/b"),
        ("memory://a/b", "memory://a/b"),
    ],
)
def test_a_report_names_no_secret(uri: str, shown: str) -> None:
    assert named(cast("Checkpoint", SimpleNamespace(uri=uri))) == shown
