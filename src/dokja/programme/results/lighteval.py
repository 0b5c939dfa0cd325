"""Results of LightEval: ``results_*.json``.

The module knows that harness's keys, never which of its metrics a round wants.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from dokja.programme.results.found import Found, Reading, unchecked
from dokja.programme.results.metrics import LIGHTEVAL, scale_of
from dokja.programme.results.notes import note
from dokja.programme.results.reach import (
    count_of,
    day_of,
    flag_of,
    list_of,
    number_of,
    object_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dokja.document.results import Protocol
    from dokja.programme.results.found import Job
    from dokja.programme.results.source import Source

__all__ = ["IMPORTER", "LightEval"]

_SHOTS = re.compile(r"(.+?)\|([0-9]{1,4})(\|[0-9])?", re.ASCII)
_DAY_IN_NAME = re.compile(r"results_(\d{4}-\d{2}-\d{2})T", re.ASCII)
_ALL: Final = "all"


class LightEval:
    """LightEval."""

    name = "lighteval"

    def recognises(self, source: Source) -> bool:
        """Tell whether a file holds ``results`` and ``config_general``.

        Parameters
        ----------
        source
            The file.

        Returns
        -------
        bool
            By its keys.
        """
        return {"results", "config_general"} <= object_of(source.json).keys()

    def read(self, job: Job) -> Reading:
        """Read every metric of every task; the mean over unlike tasks is left out.

        Parameters
        ----------
        job
            The file, what is stated about it, and where defects go.

        Returns
        -------
        Reading
            Values in the order of the file.
        """
        source, defects = job.source, job.defects
        top = object_of(source.json)
        day = _DAY_IN_NAME.match(source.path.name)
        found = []
        for key, metrics in object_of(top, "results").items():
            if key == _ALL:
                continue
            here = list(_task(top, key, object_of(metrics), day_of(day[1]) if day else None))
            if not here:
                defects.add(f"results.{key}", "no metric stands here")
            found.extend(here)
        return Reading(found=tuple(found), notes=tuple(_notes(source, top)))


def _notes(source: Source, top: dict[str, Any]) -> Iterator[Any]:
    if _ALL in object_of(top, "results"):
        yield note(
            source.name,
            "results.all is left out: it averages unlike tasks",
            "results.all 제외: 서로 다른 과제의 평균",
        )
    limit = text_of(object_of(top, "config_general").get("max_samples"))
    if limit is not None:
        yield note(
            source.name,
            f"only a part of the questions was asked (max_samples {limit})",
            f"문항 일부만 사용 (max_samples {limit})",
        )


def _task(
    top: dict[str, Any], key: str, metrics: dict[str, Any], day: str | None
) -> Iterator[Found]:
    general = object_of(top, "config_general")
    split = _SHOTS.fullmatch(key)
    config = object_of(top, "config_tasks", key)
    if not config and split:
        config = object_of(top, "config_tasks", split[1])
    directions = _directions(config)
    shots = split[2] if split else None
    model = text_of(general.get("model_name")) or text_of(
        object_of(general, "model_config").get("model_name")
    )
    for metric, value in metrics.items():
        if metric.endswith("_stderr"):
            continue
        scale = scale_of(LIGHTEVAL, metric)
        stated = directions.get(metric)
        yield Found(
            where=f"results.{key}.{metric}",
            text=number_of(value) or "",
            task=split[1] if split else key,
            model=model,
            unit=scale.unit if scale else None,
            low=scale.low if scale else None,
            high=scale.high if scale else None,
            standard_error=number_of(metrics.get(f"{metric}_stderr")),
            higher_is_better=scale.higher_is_better if scale and stated is None else stated,
            protocol=_protocol(top, key, config, metric=metric, shots=shots, day=day),
            note="mean over the subsets of a task" if ":_average" in key else None,
        )


def _protocol(
    top: dict[str, Any],
    key: str,
    config: dict[str, Any],
    *,
    metric: str,
    shots: str | None,
    day: str | None,
) -> Protocol:
    commit = text_of(object_of(top, "config_general").get("lighteval_sha"))
    splits = [text for text in map(text_of, list_of(config.get("evaluation_splits"))) if text]
    weights = text_of(object_of(top, "config_general").get("model_sha"))
    return unchecked(
        harness="lighteval",
        harness_version=f"git:{commit}" if commit and commit != "?" else None,
        task=key,
        task_version=text_of(object_of(top, "versions").get(key)),
        dataset=text_of(config.get("hf_repo")),
        dataset_revision=text_of(config.get("hf_revision")),
        metric=metric,
        split="+".join(splits) or None,
        n_shot=int(shots) if shots is not None else count_of(config.get("num_fewshots")),
        n_samples=count_of(config.get("effective_num_docs")),
        model_digest=f"git:{weights}" if weights else None,
        measured_on=day,
    )


def _directions(config: dict[str, Any]) -> dict[str, bool]:
    """Return whether more is better, by metric; grouped metrics have a list of names."""
    directions: dict[str, bool] = {}
    for metric in list_of(config.get("metrics", config.get("metric"))):
        settings = object_of(metric)
        names, better = settings.get("metric_name"), settings.get("higher_is_better")
        for name in names if isinstance(names, list) else [names]:
            one = flag_of(better.get(name) if isinstance(better, dict) else better)
            if isinstance(name, str) and one is not None:
                directions[name] = one
    return directions


IMPORTER: Final = LightEval()
