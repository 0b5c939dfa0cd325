"""The page in a real browser: plots drawn, no complaint on the console."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from dokja.report import BUILTIN
from tests.support import reports

if TYPE_CHECKING:
    from pathlib import Path

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine"),
]
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=15000",
)


@pytest.mark.parametrize("width", [500, 1200])
@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("build", [reports.demo_report, reports.hostile_report])
def test_page_in_a_browser(build: Any, language: Any, width: int, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(BUILTIN.get("html").render(build(), language=language))
    assert BROWSER is not None
    done = subprocess.run(
        [
            BROWSER,
            *FLAGS,
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--window-size={width},2000",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    complaints = [line for line in said if "WARN Dropping" not in line]
    assert complaints == []
    assert done.stdout.count("<svg") + done.stdout.count("<canvas") >= 2
