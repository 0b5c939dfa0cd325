"""Results of lm-evaluation-harness: ``results_*.json`` of versions 0.3 and 0.4.

The module knows that harness's keys, never which of its metrics a round wants.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dokja.programme.results.found import Found, Reading, unchecked
from dokja.programme.results.metrics import LM_EVAL, scale_of
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

__all__ = ["IMPORTER", "LmEval"]

_NO_METRICS: Final = frozenset({"alias", "name", "sample_len", "sample_count"})


class LmEval:
    """The harness of EleutherAI."""

    name = "lm-eval"

    def recognises(self, source: Source) -> bool:
        """Tell whether a file holds ``results`` with ``versions`` and ``config``.

        Parameters
        ----------
        source
            The file.

        Returns
        -------
        bool
            By its keys.
        """
        top = object_of(source.json)
        needed = {"results", "versions"} <= top.keys()
        return needed and bool({"config", "configs"} & top.keys()) and "config_general" not in top

    def read(self, job: Job) -> Reading:
        """Read every metric of every task and group.

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
        found = []
        for task, metrics in object_of(top, "results").items():
            here = list(_task(top, task, object_of(metrics)))
            if not here:
                defects.add(f"results.{task}", "no metric stands here")
            found.extend(here)
        limit = text_of(object_of(top, "config").get("limit"))
        notes = []
        if limit is not None:
            notes.append(
                note(
                    source.name,
                    f"only a part of the questions was asked (limit {limit})",
                    f"문항 일부만 사용 (limit {limit})",
                )
            )
        return Reading(found=tuple(found), notes=tuple(notes))


def _task(top: dict[str, Any], task: str, metrics: dict[str, Any]) -> Iterator[Found]:
    group = len(list_of(object_of(top, "group_subtasks").get(task)))
    for key, value in metrics.items():
        metric, _, filter_ = key.partition(",")
        if metric in _NO_METRICS or metric.endswith("_stderr"):
            continue
        scale = scale_of(LM_EVAL, metric)
        stated = flag_of(object_of(top, "higher_is_better", task).get(metric))
        error = f"{metric}_stderr,{filter_}" if filter_ else f"{metric}_stderr"
        yield Found(
            where=f"results.{task}.{key}",
            text=number_of(value) or "",
            task=task,
            model=_model(top),
            unit=scale.unit if scale else None,
            low=scale.low if scale else None,
            high=scale.high if scale else None,
            standard_error=number_of(metrics.get(error)),
            higher_is_better=scale.higher_is_better if scale and stated is None else stated,
            protocol=_protocol(top, task, metric, filter_),
            note=f"mean of a group of {group} tasks" if group else None,
        )


def _protocol(top: dict[str, Any], task: str, metric: str, filter_: str) -> Protocol:
    config, settings = object_of(top, "config"), object_of(top, "configs", task)
    commit = text_of(top.get("git_hash"))
    template, weights = text_of(top.get("chat_template_sha")), text_of(config.get("model_sha"))
    shots = object_of(top, "n-shot").get(task, settings.get("num_fewshot"))
    return unchecked(
        harness="lm-evaluation-harness",
        harness_version=text_of(top.get("lm_eval_version"))
        or (f"git:{commit}" if commit else None),
        task=task,
        task_version=text_of(object_of(top, "versions").get(task)),
        dataset=text_of(settings.get("dataset_path")),
        metric=metric,
        filter=filter_ or None,
        split=text_of(settings.get("test_split")),
        # Version 0.3 has one number for all tasks.
        n_shot=count_of(config.get("num_fewshot") if shots is None else shots),
        n_samples=count_of(object_of(top, "n-samples", task).get("effective")),
        model_digest=f"git:{weights}" if weights else None,
        chat_template_digest=f"sha256:{template}" if template else None,
        measured_on=day_of(top.get("date")),
    )


def _model(top: dict[str, Any]) -> str | None:
    named = text_of(top.get("model_name"))
    arguments = object_of(top, "config").get("model_args")
    if named is not None:
        return named
    if isinstance(arguments, dict):
        return text_of(arguments.get("pretrained")) or text_of(arguments.get("model"))
    pairs = dict(part.partition("=")[::2] for part in (text_of(arguments) or "").split(","))
    return pairs.get("pretrained") or pairs.get("model") or None


IMPORTER: Final = LmEval()
