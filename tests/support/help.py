"""What the program prints for ``--help``, as the README shows it; run it to mend the README."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
_BLOCK = re.compile(
    r"(<!-- help: (?P<name>\w+) -->\n```text\n)(?P<text>.*?)(```\n<!-- /help -->)", re.DOTALL
)


def help_text(command: str) -> str:
    """Return the help of a command in English at 100 columns, without trailing blanks."""
    done = subprocess.run(
        [sys.executable, "-m", "dokja", command, "--help", "--lang", "en"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"},
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines()) + "\n"


def shown_help(readme: str) -> dict[str, str]:
    """Return the help texts a README shows, by command."""
    return {found["name"]: found["text"] for found in _BLOCK.finditer(readme)}


def with_real_help(readme: str) -> str:
    """Return the README with every help text as the program prints it."""
    return _BLOCK.sub(lambda found: found[1] + help_text(found["name"]) + found[4], readme)


if __name__ == "__main__":
    README.write_text(with_real_help(README.read_text()))
