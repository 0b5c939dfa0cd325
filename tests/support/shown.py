"""What pages show: commands in blocks of ``sh``, and what the commands print, word for word.

Output that a page quotes stands between two comments, the first of which names the command::

    <!-- output: dokja demo -->
    ```text
    …
    ```
    <!-- /output -->

A file that a page shows, and that its commands read, stands between ``<!-- file: its-name -->`` and
``<!-- /file -->``.

A table that is taken from another page stands between ``<!-- table: that/page.md -->`` and
``<!-- /table -->``. Run ``python tests/golden/refresh.py`` to mend all of it.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.modules import REPOSITORY
from tests.support.zoo import ZOO

FIRST_PAGES = ("README.md", "README.ko.md", "docs/tutorial.md", "docs/ko/tutorial.md")
PAGES = (*FIRST_PAGES, "docs/how-to/run-a-round.md", "docs/ko/run-a-round.md")
STAND_INS = {
    "submission": ZOO / "finetuned",
    "candidate-a": ZOO / "base",
    "candidate-b": ZOO / "stranger-1",
    "candidates/a": ZOO / "base",
    "candidates/b": ZOO / "stranger-1",
}
"""What pages name, and the models that stand in for it."""

_SH = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_OUTPUT = re.compile(
    r"(<!-- output: (?P<command>.+?) -->\n```text\n)(?P<text>.*?)(```\n<!-- /output -->)", re.DOTALL
)
_FILE = re.compile(
    r"<!-- file: (?P<name>\S+) -->\n```\w+\n(?P<text>.*?)```\n<!-- /file -->", re.DOTALL
)
_WRITTEN = re.compile(r"--(?:json|write-lock) (\S+\.json)")
_TABLE = re.compile(r"(<!-- table: (?P<source>\S+) -->\n)(?P<text>.*?)(<!-- /table -->)", re.DOTALL)
_ROWS = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)
_NUMBER = re.compile(r"(?<![\w.])[+-]?\d[\d,]*\.?\d*(?![\w])")


@dataclass
class Terminal:
    """A folder with models in it; every command is run once, in the order in which it is met."""

    folder: Path
    done: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, model in STAND_INS.items():
            shutil.copytree(model, self.folder / name)
        for page in PAGES:
            for name, text in files(page).items():
                (self.folder / name).write_text(text, encoding="utf-8")

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a reader would, through a shell, or say what it did before."""
        if command not in self.done:
            self.done[command] = subprocess.run(
                ["/bin/bash", "-c", command.replace("dokja", f"{sys.executable} -m dokja", 1)],
                capture_output=True,
                text=True,
                check=False,
                cwd=self.folder,
                timeout=280,
                env={**os.environ, "LC_ALL": "C.UTF-8", "DOKJA_LANG": "en"},
            )
        return self.done[command]

    def _prepare(self, command: str) -> None:
        """Run whatever writes what a command reads, since commands may come in any order."""
        for name, writer in writers().items():
            if name in command.split() and writer != command and name not in _written(command):
                self._prepare(writer)
                self.run(writer)
        if "dokja-demo/" in command:
            self.run("dokja demo")

    def printed(self, command: str) -> str:
        """Return what a command writes to stdout, its folder left out."""
        self._prepare(command)
        text = self.run(command).stdout.replace(str(self.folder.resolve()), "/…")
        return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()) + "\n"


def _written(command: str) -> list[str]:
    return _WRITTEN.findall(command)


def writers() -> dict[str, str]:
    """Return the commands of the pages that write what others read, by what they write."""
    found: dict[str, str] = {}
    for page in PAGES:
        for command in commands(page):
            for name in _written(command):
                found.setdefault(name, command)
    return found


def commands(page: str) -> list[str]:
    """Return the commands of a page that can be run here; ``make demo`` is ``dokja demo``."""
    found = []
    for block in _SH.findall((REPOSITORY / page).read_text(encoding="utf-8")):
        for line in block.replace("\\\n", " ").splitlines():
            command = " ".join(shlex.split(line, comments=True))
            command = "dokja demo" if command == "make demo" else command
            if command.startswith("dokja "):
                found.append(command)
    return found


def files(page: str) -> dict[str, str]:
    """Return the files that a page shows, by name."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return {match["name"]: match["text"] for match in _FILE.finditer(text)}


def outputs(page: str) -> dict[str, str]:
    """Return the outputs that a page quotes, by command."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    return {match["command"]: match["text"] for match in _OUTPUT.finditer(text)}


def with_real_outputs(text: str, terminal: Terminal) -> str:
    """Return a page's text with every output as it is printed today."""
    return _OUTPUT.sub(lambda found: found[1] + terminal.printed(found["command"]) + found[4], text)


def with_real_tables(text: str) -> str:
    """Return a page's text with the tables that it takes from other pages as they stand there."""

    def first(source: str) -> str:
        rows = _ROWS.search((REPOSITORY / source).read_text(encoding="utf-8"))
        assert rows is not None, f"{source} has no table"
        return rows[0]

    return _TABLE.sub(lambda found: found[1] + first(found["source"]) + found[4], text)


def words(text: str) -> list[str]:
    """Return the words of a text, numbers left open, so that spaces do not count."""
    return _NUMBER.sub("#", text).split()


def numbers(text: str) -> list[float]:
    """Return the numbers of a text in order."""
    return [float(found.replace(",", "")) for found in _NUMBER.findall(text)]
