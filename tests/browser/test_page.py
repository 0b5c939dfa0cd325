"""The page in a real browser: plots drawn, nothing at all on the console."""

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


@pytest.mark.parametrize(
    ("build", "language", "width"),
    [
        (reports.demo_report, "en", 500),
        (reports.demo_report, "en", 1200),
        (reports.demo_report, "ko", 500),
        (reports.demo_report, "ko", 1200),
        (reports.hostile_report, "en", 500),
        (reports.hostile_report, "ko", 1200),
        (reports.shared_init_report, "en", 1200),
        (reports.inconclusive_report, "ko", 1200),
    ],
)
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
    assert said == []
    assert done.stdout.count("<svg") + done.stdout.count("<canvas") >= 2
