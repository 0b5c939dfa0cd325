"""One folder in which the commands of the pages are run once."""

from __future__ import annotations

import pytest

from tests.support.shown import Terminal


@pytest.fixture(scope="session")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """Return a terminal in which whatever was run before is not run again."""
    return Terminal(tmp_path_factory.mktemp("terminal"))
