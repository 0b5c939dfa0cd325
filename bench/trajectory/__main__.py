"""Honest and forged runs, and what is said of each: ``python -m bench.trajectory [--page F]``.

Trains what is missing (needs PyTorch), forges from it, judges everything, writes the table.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.trajectory.forge import FORGERIES
from bench.trajectory.honest import RUNS
from dokja.trajectory.run import trajectory

if TYPE_CHECKING:
    from dokja.document.trajectory import TrajectoryReport

_ROOT = Path(__file__).resolve().parents[2] / ".cache" / "trajectory" / "honest"
_HEAD = """# Training runs, honest and forged

<!-- Written by `python -m bench.trajectory --page docs/trajectories.md`; do not edit. -->

What `dokja trajectory` says of runs that were really trained, and of runs that were forged from
them. Each forgery takes honest checkpoints and logs apart and puts them together as a forger
would; the recipe stays that of the honest run, unless the trick is in the recipe.

"""


def train(root: Path) -> None:
    """Train the honest runs that are missing."""
    missing = [run for run in RUNS if not (root / run.name / "recipe.yaml").exists()]
    if not missing:
        return
    from bench.trajectory.train import carry_out, tower_of

    for run in missing:
        given = tower_of(root / "vit-lion-linear") if run.frozen else None
        carry_out(run, root / run.name, given)
        print(f"trained {run.name}", flush=True)


def _row(name: str, report: TrajectoryReport, *, right: bool, basis: str) -> str:
    verdict = report.verdict
    reasons = ", ".join(verdict.reasons[:3]) or "–"
    mark = "" if right else " **wrong**"
    first = report.findings[0].message.en if report.findings else verdict.summary.en
    return f"| {name} | {basis} | {verdict.outcome}{mark} | {reasons} | {first} |"


def honest_rows(root: Path) -> tuple[list[str], int]:
    """Judge the honest runs."""
    rows, wrong = [], 0
    for run in RUNS:
        report = trajectory(root / run.name / "recipe.yaml")
        right = report.verdict.outcome == "consistent"
        wrong += not right
        used = [one.used for one in report.intervals if one.used is not None]
        kept = report.checkpoints[-1].kept_start
        cosines = [one.cosine for one in report.intervals if one.cosine is not None]
        rows.append(
            f"| {run.name} | {run.network}, {run.stored} | {report.verdict.outcome} | "
            f"{f'{min(used):.2f} to {max(used):.2f}' if used else '–'} | "
            f"{f'{kept:.2f}' if kept is not None else '–'} | "
            f"{f'{min(cosines):.2f} to {max(cosines):.2f}' if cosines else '–'} | "
            f"{report.effective_rank:.1f} of {len(report.intervals)} |"
        )
        print(rows[-1], flush=True)
    return rows, wrong


def forged_rows(root: Path) -> tuple[list[str], int]:
    """Forge, judge and throw away."""
    rows, wrong = [], 0
    for forgery in FORGERIES:
        with tempfile.TemporaryDirectory() as folder:
            report = trajectory(forgery.make(root, Path(folder)))
            shutil.rmtree(Path(folder) / forgery.name)
        verdict = report.verdict
        right = verdict.outcome == forgery.outcome and verdict.reasons[:1] != ()
        right = right and verdict.reasons[0] in forgery.reasons
        wrong += not right
        rows.append(_row(forgery.name, report, right=right, basis=forgery.base))
        print(rows[-1], flush=True)
    return rows, wrong


def main() -> None:
    """Train what is missing, judge everything, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=_ROOT)
    parser.add_argument("--page", type=Path, help="write the page of the documentation")
    options = parser.parse_args()
    train(options.root)
    honest, accused = honest_rows(options.root)
    forged, missed = forged_rows(options.root)
    counts = (
        f"{len(honest)} honest runs, {accused} not borne out; {len(forged)} forgeries, {missed} "
        "not caught or named otherwise.\n\n"
    )
    print(counts)
    if options.page:
        head = (
            "## Honest runs\n\n| run | network, stored as | outcome | of the bound "
            "| kept of step 0 | cosine of neighbours | effective rank |\n"
            "| --- | --- | --- | --- | --- | --- | --- |\n"
        )
        second = (
            "\n\n## Forged runs\n\n| forgery | told as | outcome | reasons | first finding |\n"
            "| --- | --- | --- | --- | --- |\n"
        )
        text = _HEAD + counts + head + "\n".join(honest) + second + "\n".join(forged) + "\n"
        options.page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
