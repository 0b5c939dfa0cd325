"""A directive that shows what ``dokja COMMAND --help`` prints, so that no page can go stale."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive, directives

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class CommandHelp(Directive):
    """Run the program with ``--help`` and show its words."""

    optional_arguments = 2
    option_spec: ClassVar[dict[str, Any]] = {"lang": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return one literal block.

        Returns
        -------
        list of docutils.nodes.Node
            The block.
        """
        words = [*self.arguments, "--help", "--lang", self.options.get("lang", "en")]
        done = subprocess.run(  # noqa: S603  # our own program, our own words
            [sys.executable, "-m", "dokja", *words],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "COLUMNS": "88", "NO_COLOR": "1", "TERM": "dumb"},
        )
        text = "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())
        block = nodes.literal_block(text, text)
        block["language"] = "text"
        return [block]


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directive known.

    Parameters
    ----------
    app
        The site's builder.

    Returns
    -------
    dict
        That it may be read in parallel.
    """
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True}
