"""What every test stands on: one language, one thread pool, a folder of its own."""

from __future__ import annotations

import os

# Before numpy is imported by anything: two test workers must not fight for the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import HealthCheck, settings

from dokja.cli import language

settings.register_profile("ci", deadline=None, derandomize=True, max_examples=50)
settings.register_profile(
    "dev", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture(autouse=True)
def _one_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak English whatever the machine's locale, so that texts can be compared."""
    for variable in ("DOKJA_LANG", "DOKJA_DEBUG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    # What a command of an earlier test was asked to speak would otherwise be spoken on.
    language._current.set(None)
