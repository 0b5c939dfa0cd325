"""The main job: from a recipe, its checkpoints and logs to a report.

The module calls the rooms in their order and keeps the books; it judges nothing.
"""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

import numpy as np

from dokja.arch.resolve import resolve
from dokja.document.trajectory import (
    TrajectoryProvenance,
    TrajectoryReport,
    TrajectorySource,
)
from dokja.errors import DokjaError, SourceError
from dokja.io.checkpoint import open_checkpoint
from dokja.trajectory.bounds import Bounds, half_step
from dokja.trajectory.choosing import Chooser
from dokja.trajectory.context import Context
from dokja.trajectory.directions import directions_of
from dokja.trajectory.facts import (
    checkpoint_facts,
    interval_facts,
    log_facts,
    matrix_of,
    thresholds,
)
from dokja.trajectory.judge import judge_run
from dokja.trajectory.logs import read_log
from dokja.trajectory.reading import read_run
from dokja.trajectory.recipe_file import read_recipe
from dokja.trajectory.references import compare_reference
from dokja.trajectory.schedule import declared_rates, logged_rates
from dokja.trajectory.seeds import redraw
from dokja.trajectory.start import StartTester
from dokja.trajectory.submission import compare_end

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dokja.document.trajectory import ReferenceFacts, StartFit, TrajectoryFinding
    from dokja.io.checkpoint import Checkpoint
    from dokja.trajectory.logs import LogTable
    from dokja.trajectory.reading import Run
    from dokja.trajectory.recipe_file import RecipeFile
    from dokja.trajectory.schedule import Rates

__all__ = ["trajectory"]

SAMPLE: Final = 2**18
"""Weights of each checkpoint on which directions are measured, if there are not too many …"""
MOST_SAMPLED: Final = 2**24
"""… and of all checkpoints together."""


def trajectory(
    recipe: str | Path,
    references: Sequence[str] = (),
    *,
    root: str | Path | None = None,
    seed: int = 0,
    max_bytes: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> TrajectoryReport:
    """Lay a training run beside the recipe that is declared for it.

    Parameters
    ----------
    recipe
        Path of the recipe.
    references
        Known models that the run is declared to be without.
    root
        Folder that no path of the recipe may lead out of; that of the recipe if not given.
    seed
        Of every random choice. The same inputs and seed give the same report but for times.
    max_bytes
        Refuse to begin if the checkpoints have more bytes than this together.
    progress
        Called with a label, bytes done and bytes in all.

    Returns
    -------
    TrajectoryReport
        Facts, findings and verdict.

    Raises
    ------
    TrajectoryError
        If the recipe or a log cannot be read, or contradicts itself.
    SourceError
        If bytes cannot be read, are too many, or change while they are read.
    FormatError
        If a file is no checkpoint.

    Examples
    --------
    >>> report = trajectory("run/recipe.yaml")  # doctest: +SKIP
    >>> report.verdict.outcome  # doctest: +SKIP
    'consistent'
    """
    started_at, began = datetime.now(UTC), monotonic()
    read = read_recipe(recipe, root=root)
    tables = [read_log(read.root.path(one.path), one) for one in read.recipe.logs]
    with ExitStack() as stack:
        opened = _open_all(stack, read, references, max_bytes)
        meter = _Meter(progress, opened)
        rng = np.random.default_rng(seed)
        chooser = Chooser(opened.checkpoints[0])
        declared = declared_rates(read.recipe.schedule, read.recipe.steps)
        rates = declared if declared is not None else _rates_of(tables)
        steps = [one.step for one in read.recipe.checkpoints]
        bounds = Bounds(read.recipe, rates, chooser, steps)
        meter.label = "checkpoints"
        run = _read(opened.checkpoints, bounds, rng, meter)
        context = Context(read.recipe, run, bounds, chooser)
        end = compare_end(read, opened.checkpoints[-1], opened.submission, run, meter)
        fits, redrawn = _start(context, opened.checkpoints[0], rng)
        facts, further = _references(context, opened, references, seed, meter)
        digests = _file_digests(read, opened)
        for one in opened.all:
            one.check_unchanged()
        directions = directions_of(context, context.matrices())
        norms = checkpoint_facts(context, directions, tables)
        judged = judge_run(
            context,
            directions,
            fits=fits,
            redrawn=redrawn,
            tables=tables,
            declared=declared,
            end=end,
            file_digests=digests,
            further=further,
        )
        return TrajectoryReport(
            schema_version="1",
            recipe=read.recipe,
            recipe_digest=read.digest,
            checkpoints=norms,
            intervals=interval_facts(context, directions),
            cosines=matrix_of(directions),
            effective_rank=directions.rank,
            start=tuple(fits),
            seed_reproduced=None if redrawn is None else redrawn[0],
            references=facts,
            logs=log_facts(tables),
            submission_digest=end.digest,
            submission_rounded=end.rounded,
            findings=judged.findings,
            untold=judged.untold,
            verdict=judged.verdict,
            provenance=TrajectoryProvenance(
                dokja=version("dokja"),
                seed=seed,
                sources=tuple(
                    TrajectorySource(uri=_shown(one.uri), n_bytes=one.size, identity=one.identity)
                    for checkpoint in opened.all
                    for one in checkpoint.sources
                ),
                bytes_read=sum(one.bytes_read for one in opened.all),
                started_at=started_at.isoformat(timespec="seconds"),
                wall_s=round(monotonic() - began, 3),
                parameters=thresholds(),
            ),
        )


def _shown(uri: str) -> str:
    return uri.partition("?")[0] if "://" in uri else uri


@dataclass(frozen=True, slots=True)
class _Opened:
    checkpoints: tuple[Checkpoint, ...]
    submission: Checkpoint | None
    """None where there is none, or where it is the last checkpoint itself."""
    references: tuple[Checkpoint, ...]

    @property
    def all(self) -> tuple[Checkpoint, ...]:
        """Everything that is open."""
        held = () if self.submission is None else (self.submission,)
        return (*self.checkpoints, *held, *self.references)


class _Meter:
    """Bytes read against bytes expected, under the label of what is being read."""

    def __init__(self, progress: Callable[[str, int, int], None] | None, opened: _Opened) -> None:
        self._progress = progress
        self._total = sum(one.n_bytes for one in opened.all) + sum(
            2 * one.n_bytes for one in opened.references
        )
        self._done = 0
        self.label = ""

    def __call__(self, n_bytes: int) -> None:
        self._done = min(self._done + n_bytes, self._total)
        if self._progress is not None:
            self._progress(self.label, self._done, self._total)


def _open_all(
    stack: ExitStack, read: RecipeFile, references: Sequence[str], max_bytes: int | None
) -> _Opened:
    _allow_files(4 * len(read.recipe.checkpoints) + 64)
    paths = [str(read.root.path(one.path)) for one in read.recipe.checkpoints]
    checkpoints = tuple(stack.enter_context(open_checkpoint(path)) for path in paths)
    submission = None
    if read.recipe.submission is not None:
        path = read.root.path(read.recipe.submission.path)
        if Path(path).resolve() != Path(paths[-1]).resolve():
            submission = stack.enter_context(open_checkpoint(str(path)))
    known = tuple(stack.enter_context(open_checkpoint(uri)) for uri in references)
    opened = _Opened(checkpoints, submission, known)
    n_bytes = sum(one.n_bytes for one in opened.all)
    if max_bytes is not None and n_bytes > max_bytes:
        raise SourceError(
            f"the checkpoints have {n_bytes:,} bytes together, more than the {max_bytes:,} allowed",
            uri=read.uri,
            hint="Raise --max-bytes, or name fewer checkpoints.",
        )
    return opened


def _allow_files(n: int) -> None:
    """Ask the system for more open files, as many checkpoints of many shards need."""
    try:
        import resource  # noqa: PLC0415 - not on every system

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = max(soft, 1_024 + 64 * n)
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (ImportError, OSError, ValueError):
        return


def _rates_of(tables: Sequence[LogTable]) -> Rates | None:
    parts = [table.known("lr") for table in tables]
    if not parts:
        return None
    return logged_rates(
        np.concatenate([step for step, _ in parts]), np.concatenate([rate for _, rate in parts])
    )


def _read(
    checkpoints: Sequence[Checkpoint],
    bounds: Bounds,
    rng: np.random.Generator,
    meter: Callable[[int], None],
) -> Run:
    shapes = {name: record.shape for name, record in checkpoints[0].records.items()}

    def give(name: str, k: int) -> float:
        found = bounds.allowance(name, shapes[name], k)
        rounding = sum(half_step(one.records[name].dtype) for one in checkpoints[k - 1 : k + 1])
        return found.relative + rounding

    budget = min(SAMPLE, MOST_SAMPLED // len(checkpoints))
    return read_run(checkpoints, give, rng, budget=budget, progress=meter)


def _start(
    context: Context, first: Checkpoint, rng: np.random.Generator
) -> tuple[list[StartFit], tuple[bool, tuple[str, ...]] | None]:
    layers = _layers(first)
    tester = StartTester(first, context.recipe.initialiser, context.chooser, layers, rng)
    fits = [
        tester.test(stack.name, context.run.samples[stack.name][0])
        for stack in context.stacks
        if stack.name not in context.chooser.fixed
    ]
    return fits, redraw(context.recipe, first, context.chooser, layers)


def _layers(checkpoint: Checkpoint) -> dict[str, int | None]:
    try:
        found = resolve(checkpoint.records, checkpoint.config)
    except DokjaError:
        return {}
    return {
        tensor.view.record: tensor.role.layer
        for component in found.components
        for tensor in component.tensors
    }


def _references(
    context: Context,
    opened: _Opened,
    names: Sequence[str],
    seed: int,
    meter: _Meter,
) -> tuple[tuple[ReferenceFacts, ...], list[TrajectoryFinding]]:
    facts, findings = [], []
    meter.label = "references"
    for one, name in zip(opened.references, names, strict=True):
        found, told = compare_reference(
            context,
            (opened.checkpoints[0], opened.checkpoints[-1]),
            one,
            name=_shown(name),
            seed=seed,
        )
        meter(3 * one.n_bytes)
        facts.append(found)
        findings.extend(told)
    return tuple(facts), findings


def _file_digests(read: RecipeFile, opened: _Opened) -> dict[int, str]:
    """Take SHA-256 of the files of checkpoints whose recipe names one."""
    found = {}
    for k, entry in enumerate(read.recipe.checkpoints):
        sources = opened.checkpoints[k].sources
        if entry.digest is not None and entry.digest.startswith("sha256:") and len(sources) == 1:
            taken = hashlib.sha256()
            for start in range(0, sources[0].size, 2**22):
                taken.update(sources[0].read(start, min(start + 2**22, sources[0].size)))
            found[k] = f"sha256:{taken.hexdigest()}"
    return found
