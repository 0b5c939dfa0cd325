"""Exit codes: the contract with scripts; the module knows nothing else."""

from __future__ import annotations

from typing import Final

__all__ = [
    "EXIT_BROKEN_PIPE",
    "EXIT_FINDING",
    "EXIT_INCOMPLETE",
    "EXIT_INCONCLUSIVE",
    "EXIT_INTERRUPTED",
    "EXIT_OK",
    "EXIT_USAGE",
]

EXIT_OK: Final = 0
"""Nothing at or above ``--fail-on``."""

EXIT_FINDING: Final = 1
"""What a script asked about was found: a relation at or above ``--fail-on``, criteria that were
changed, a published figure that differs; never anything else."""

EXIT_USAGE: Final = 2
"""The command line cannot be right, or asks for an extra that is not installed."""

EXIT_INCOMPLETE: Final = 3
"""Could not be completed: source, format, family, policy, report, round, results or output."""

EXIT_INCONCLUSIVE: Final = 4
"""Inconclusive under ``--require-conclusion``, or open under ``--require-decision``."""

EXIT_INTERRUPTED: Final = 130
"""Interrupted from the keyboard."""

EXIT_BROKEN_PIPE: Final = 141
"""Whoever read stdout left."""
