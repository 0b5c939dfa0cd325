"""The table of ratios and the page made of it.

The module knows figures and words, never how a figure was measured.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.measure import Run
    from benchmarks.pairs import ModelShape

__all__ = ["Figures", "render", "table"]

_GIB: Final = 2**30
_MAX_PASS: Final = 2.0
_MAX_AUDIT: Final = 10.0
_AUDIT_CONSTANT_S: Final = 5.0
_MAX_HELP_S: Final = 0.4
_MAX_INSPECT_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything measured on one pair."""

    n_bytes: int
    shape: ModelShape
    runs: dict[str, Run]
    """By name: cat, pass, moments, blake3, digest, inspect, audit."""
    script: Run | None
    """The script people write; None where torch is not installed."""
    truth: dict[str, Any]
    """Flat cosine and squared norm in float64."""

    def ratio(self, name: str) -> float:
        """Return the time of a run over that of ``cat``.

        Parameters
        ----------
        name
            Name of the run.

        Returns
        -------
        float
            The ratio.
        """
        return self.runs[name].seconds / self.runs["cat"].seconds


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / _GIB:.2f} GiB"


def _timed(name: str) -> Callable[[Figures], str]:
    return lambda f: f"{f.runs[name].seconds:.2f} s ({f.ratio(name):.2f} ×)"


def _memory(name: str) -> Callable[[Figures], str]:
    return lambda f: f"{f.runs[name].peak_bytes / 2**20:.0f} MiB"


def _script_time(figures: Figures) -> str:
    if figures.script is None:
        return "torch not installed"
    ratio = figures.script.seconds / figures.runs["cat"].seconds
    return f"{figures.script.seconds:.2f} s ({ratio:.1f} ×)"


def _script_memory(figures: Figures) -> str:
    return "" if figures.script is None else f"{figures.script.peak_bytes / 2**20:.0f} MiB"


def _error(measured: Callable[[Figures], Run | None], key: str) -> Callable[[Figures], str]:
    def error(figures: Figures) -> str:
        found = measured(figures)
        if found is None:
            return ""
        return f"{abs(found.found[key] / figures.truth[key] - 1):.0e}"

    return error


_ROWS: Final[tuple[tuple[str, Callable[[Figures], str]], ...]] = (
    ("`cat` both files", lambda f: f"{f.runs['cat'].seconds:.2f} s"),
    ("digests and moments, one pass", _timed("pass")),
    ("… moments alone", _timed("moments")),
    ("… BLAKE3 alone, the bare library", _timed("blake3")),
    ("… peak memory", _memory("pass")),
    ("… error of the cosine", _error(lambda f: f.runs["pass"], "cosine")),
    ("… error of the squared norm", _error(lambda f: f.runs["pass"], "norm_square")),
    ("`dokja audit`, whole", _timed("audit")),
    ("… over 10 × `cat` + 5 s", lambda f: f"{_share_of_limit(f):.2f}"),
    ("… peak memory", _memory("audit")),
    ("digest of the subject alone", lambda f: f"{f.runs['digest'].seconds:.2f} s"),
    ("`dokja inspect` of the subject", lambda f: f"{f.runs['inspect'].seconds:.2f} s"),
    ("… peak memory", _memory("inspect")),
    ("script with torch", _script_time),
    ("… peak memory", _script_memory),
    ("… error of its flat cosine", _error(lambda f: f.script, "cosine")),
    ("… error of its squared norm", _error(lambda f: f.script, "norm_square")),
)


def _share_of_limit(figures: Figures) -> float:
    limit = _MAX_AUDIT * figures.runs["cat"].seconds + _AUDIT_CONSTANT_S
    return figures.runs["audit"].seconds / limit


def table(figures: Sequence[Figures], help_run: Run) -> str:
    """Return the table of all sizes.

    Parameters
    ----------
    figures
        One for each size, smallest first.
    help_run
        The start of the program.

    Returns
    -------
    str
        Markdown.
    """
    head = ["", *(f"2 × {_gib(f.n_bytes // 2)}" for f in figures)]
    rows = [[name, *(cell(f) for f in figures)] for name, cell in _ROWS]
    rows.append(["`dokja --help`", f"{help_run.seconds:.2f} s"] + [""] * (len(figures) - 1))
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _goals(figures: Sequence[Figures], help_run: Run) -> str:
    largest = figures[-1]
    peak = max(f.runs[name].peak_bytes for f in figures for name in ("pass", "audit", "inspect"))
    rates = [f.runs["pass"].seconds / f.n_bytes for f in figures]
    goals = (
        ("one pass at most 2 × `cat`", max(f.ratio("pass") for f in figures), _MAX_PASS, "×"),
        ("audit of the largest within 10 × `cat` + 5 s", _share_of_limit(largest), 1.0, "of it"),
        ("peak memory below 1 GiB at every size", peak / _GIB, 1.0, "GiB"),
        ("`dokja --help` below 0.4 s", help_run.seconds, _MAX_HELP_S, "s"),
        ("`dokja inspect` of the largest below 1 s", largest.runs["inspect"].seconds,
         _MAX_INSPECT_S, "s"),
        ("time of the pass per byte, largest over smallest", rates[-1] / rates[0], 1.3, "×"),
    )  # fmt: skip
    lines = ["| wanted | measured | |", "| --- | --- | --- |"]
    for wanted, value, limit, unit in goals:
        lines.append(f"| {wanted} | {value:.2f} {unit} | {'met' if value <= limit else 'MISSED'} |")
    return "\n".join(lines)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


_PAGE: Final = """# Speed and memory

<!-- Written by `make bench`; do not edit. -->

Measured on {date} with Python {python} on {n_cpus} processors ({processor}), files in the page
cache. Each time is the least of several runs that took turns; what counts are the ratios, for
the machine may have done other things too.

{table}

{goals}

The pairs are synthetic: normal weights in bfloat16 with the shapes of {shapes}, cut to size
after some of their layers; the subject is the reference with noise of three tenths of its
spread.

**One pass** reads every byte of both checkpoints once. While a block is in the processor's
cache it is hashed, measured and sampled. Timed inside the process, without its start and
without compiling, which takes about two seconds once on a machine. Most of its time is BLAKE3:
where a processor copies far faster than it hashes, the ratio to `cat` rises with that of the bare
library, for `cat` hashes nothing. **The whole audit** is the
command from start to end, with power, JSON and page; its evidence rests on samples drawn
beforehand, which cost power and never validity. **Inspect** hashes every weight too.

**The script** is `benchmarks/torch_script.py`, about twenty lines: load both files, take the
cosine of every tensor in float32, and add up dot products for the whole model. Its memory holds
both checkpoints and more. Its errors are those of totals in float32; the truth is computed by
numpy in float64 throughout.

Repeat it with `make bench`. The pairs take 14 GiB in `.cache/bench`, or in the folder that
`DOKJA_BENCH_CACHE` names.
"""


def render(figures: Sequence[Figures], help_run: Run) -> str:
    """Return the page of the documentation.

    Parameters
    ----------
    figures
        One for each size, smallest first.
    help_run
        The start of the program.

    Returns
    -------
    str
        Markdown.
    """
    return _PAGE.format(
        date=datetime.now(tz=UTC).date().isoformat(),
        python=platform.python_version(),
        n_cpus=len(os.sched_getaffinity(0)),
        processor=_processor(),
        table=table(figures, help_run),
        goals=_goals(figures, help_run),
        shapes=" and ".join(dict.fromkeys(f.shape.source for f in figures)),
    )
