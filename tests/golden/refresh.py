"""Write anew what tests compare with: the kept report, its views, and outputs in the pages.

Run it as ``python tests/golden/refresh.py`` after a change that is meant to be seen, and read what
git then shows: every line of it is a promise that changes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.golden.views import VIEWS, view
from tests.support.golden import GOLDEN, REPORT, canonical, masked
from tests.support.modules import REPOSITORY
from tests.support.shown import PAGES, Terminal, with_real_outputs, with_real_tables


def main() -> None:
    """Run the demo and the commands of the pages, and write what they print."""
    with tempfile.TemporaryDirectory(prefix="dokja-") as folder:
        terminal = Terminal(Path(folder))
        terminal.run("dokja demo").check_returncode()
        report = json.loads((Path(folder) / "dokja-demo/report.json").read_text("utf-8"))
        REPORT.write_text(canonical(masked(report)), "utf-8")
        for name in VIEWS:
            (GOLDEN / name).write_text(view(name), "utf-8")
        for page in PAGES:
            text = with_real_tables((REPOSITORY / page).read_text("utf-8"))
            (REPOSITORY / page).write_text(with_real_outputs(text, terminal), "utf-8")


if __name__ == "__main__":
    main()
