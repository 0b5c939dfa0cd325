"""Run folders of HELM: ``run_spec.json`` and ``stats.json``.

The module knows which of the many statistics is a result, by one stated rule; what the rule leaves
is named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from dokja.errors import ProgrammeError
from dokja.programme.results.found import Found, Reading, unchecked
from dokja.programme.results.metrics import HELM, scale_of
from dokja.programme.results.notes import listed, note
from dokja.programme.results.reach import count_of, list_of, number_of, object_of, text_of
from dokja.programme.results.source import NumberText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.document.common import Localized
    from dokja.document.results import Protocol
    from dokja.programme.results.found import Job
    from dokja.programme.results.mapping import ResultsMapping
    from dokja.programme.results.source import Source

__all__ = ["IMPORTER", "Helm"]

_SPEC: Final = "run_spec.json"
_STATS: Final = "stats.json"
_TEST: Final = "test"
_SHOTS: Final = "num_train_instances"
_QUESTIONS: Final = "num_instances"
_MODEL_IN_NAME = re.compile(r"(?<=[:,])(model|model_deployment)=[^,]*(,|$)")


class Helm:
    """HELM."""

    name = "helm"

    def recognises(self, source: Source) -> bool:
        """Tell whether a folder holds the two files of a run.

        Parameters
        ----------
        source
            The folder.

        Returns
        -------
        bool
            By the names of its files.
        """
        return source.is_folder and None not in (source.child(_SPEC), source.child(_STATS))

    def read(self, job: Job) -> Reading:
        """Read the scores of a run, by rule.

        Parameters
        ----------
        job
            The file, what is stated about it, and where defects go.

        Returns
        -------
        Reading
            Mean of every statistic that is a score, on the split ``test`` (or the one that the
            mapping states for the task), without perturbation.
        """
        source, mapping, defects = job.source, job.mapping, job.defects
        spec_file, stats_file = source.child(_SPEC), source.child(_STATS)
        if spec_file is None or stats_file is None:
            raise ProgrammeError(
                f"no {_SPEC} or no {_STATS} stands here",
                uri=source.name,
                hint="Name the folder of one HELM run, with both files in it.",
            )
        run = _Run(object_of(spec_file.json), list_of(stats_file.json), mapping)
        found = tuple(run.scores())
        if not found:
            defects.add(
                _STATS,
                f"no score of the split {run.split()!r} without perturbation; "
                f"there are: {listed(run.left)}",
                hint="Choose one in the mapping: `items: {task: {item: …, metric: …, split: …}}`.",
            )
        # The digest of the folder is that of the file in which the values stand.
        source.digest = stats_file.digest
        return Reading(found=found, notes=tuple(run.notes(source.name)))


class _Run:
    """One run."""

    def __init__(self, spec: dict[str, Any], stats: list[Any], mapping: ResultsMapping) -> None:
        self.adapter = object_of(spec, "adapter_spec")
        self.stats = [object_of(stat) for stat in stats]
        self.left: list[str] = []
        name = text_of(spec.get("name")) or "?"
        self.task = _MODEL_IN_NAME.sub("", name).rstrip(":,") or name
        self.rules = (mapping.items or {}).get(self.task, ())
        self.scenario = object_of(spec, "scenario_spec")

    def split(self) -> str:
        return next((rule.split for rule in self.rules if rule.split), _TEST)

    def scores(self) -> Iterator[Found]:
        split, wanted = self.split(), {rule.metric for rule in self.rules if rule.metric}
        for place, stat in enumerate(self.stats):
            metric = text_of(object_of(stat, "name").get("name")) or "?"
            scale = scale_of(HELM, metric)
            if not self._is_plain(stat, split) or not (scale or metric in wanted):
                self.left.append(_named(stat))
                continue
            yield Found(
                where=f"{_STATS}[{place}].mean",
                text=number_of(stat.get("mean")) or "",
                task=self.task,
                model=text_of(self.adapter.get("model"))
                or text_of(self.adapter.get("model_deployment")),
                unit=scale.unit if scale else None,
                low=scale.low if scale else None,
                high=scale.high if scale else None,
                higher_is_better=scale.higher_is_better if scale else None,
                protocol=self._protocol(metric, split),
                note=self._note(split),
            )

    def notes(self, file: str) -> Iterator[Localized]:
        if self.left:
            names = listed(self.left)
            yield note(
                file,
                f"statistics that are no score on the split {self.split()} without perturbation "
                f"were left out: {names}",
                f"분할 {self.split()}, 변형 없음, 점수라는 규칙에 따라 제외한 통계: {names}",
            )

    def _is_plain(self, stat: dict[str, Any], split: str) -> bool:
        name = object_of(stat, "name")
        right_split = text_of(name.get("split")) == split
        return right_split and name.get("perturbation") is None and "sub_split" not in name

    def _mean(self, metric: str, split: str) -> NumberText | None:
        for stat in self.stats:
            if self._is_plain(stat, split) and object_of(stat, "name").get("name") == metric:
                mean = stat.get("mean")
                return mean if isinstance(mean, NumberText) else None
        return None

    def _protocol(self, metric: str, split: str) -> Protocol:
        return unchecked(
            harness="helm",
            task=self.task,
            dataset=text_of(self.scenario.get("class_name")),
            metric=metric,
            filter=text_of(self.adapter.get("method")),
            split=split,
            n_shot=count_of(self.adapter.get("max_train_instances")),
            n_samples=count_of(self._mean(_QUESTIONS, split)),
        )

    def _note(self, split: str) -> str | None:
        """Say so if long questions left no room for all of the examples."""
        most = count_of(self.adapter.get("max_train_instances"))
        mean = self._mean(_SHOTS, split)
        if most is None or mean is None or count_of(mean) == most:
            return None
        return f"at most {most} examples were shown, {mean} on average"


def _named(stat: dict[str, Any]) -> str:
    name = object_of(stat, "name")
    change = object_of(name, "perturbation").get("name")
    parts = [name.get("name"), name.get("split"), change]
    return " ".join(text for text in map(text_of, parts) if text) or "?"


IMPORTER: Final = Helm()
