"""Units and ranges of metrics, where a harness documents them.

The module knows what each harness says of its own metrics, never what stands in a file; a metric
that is not here has no known unit, and none is guessed from its value.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dokja.document.results import Unit

__all__ = ["HELM", "INSPECT", "LIGHTEVAL", "LM_EVAL", "OPENCOMPASS", "Scale", "scale_of"]


@dataclass(frozen=True, slots=True)
class Scale:
    """Unit and range of a metric."""

    unit: Unit
    low: Decimal | None
    high: Decimal | None
    higher_is_better: bool


_KINDS: Final = {
    "fraction": Scale("fraction", Decimal(0), Decimal(1), higher_is_better=True),
    "lower": Scale("fraction", Decimal(0), Decimal(1), higher_is_better=False),
    "signed": Scale("index", Decimal(-1), Decimal(1), higher_is_better=True),
    "percent": Scale("percent", Decimal(0), Decimal(100), higher_is_better=True),
    "open": Scale("index", Decimal(0), None, higher_is_better=False),
}


def _table(**scales: Iterable[str]) -> Mapping[str, Scale]:
    return {name: _KINDS[kind] for kind, names in scales.items() for name in names}


LM_EVAL: Final = _table(
    fraction=(
        "acc",
        "acc_norm",
        "acc_bytes",
        "acc_mutual_info",
        "exact_match",
        "em",
        "f1",
        "mc1",
        "mc2",
        "likelihood_diff_acc",
        "prompt_level_strict_acc",
        "inst_level_strict_acc",
        "prompt_level_loose_acc",
        "inst_level_loose_acc",
        "pass_at_1",
        "pass@1",
    ),
    lower=("brier_score",),
    signed=("mcc",),
    # sacreBLEU's own scale.
    percent=("bleu", "chrf"),
    open=("perplexity", "word_perplexity", "byte_perplexity", "bits_per_byte"),
)
"""lm-evaluation-harness, after its task guide and ``lm_eval.api.metrics``."""

LIGHTEVAL: Final = _table(
    fraction=(
        "acc",
        "acc_norm",
        "acc_norm_token",
        "acc_golds_likelihood",
        "em",
        "qem",
        "pem",
        "pqem",
        "exact_match",
        "quasi_exact_match",
        "prefix_exact_match",
        "prefix_quasi_exact_match",
        "extractive_match",
        "f1",
        "f1_score_micro",
        "f1_score_macro",
        "loglikelihood_f1",
        "mrr",
        "truthfulqa_mc1",
        "truthfulqa_mc2",
        "rouge1",
        "rouge2",
        "rougeL",
        "rougeLsum",
        "prompt_level_strict_acc",
        "inst_level_strict_acc",
        "prompt_level_loose_acc",
        "inst_level_loose_acc",
    ),
    signed=("mcc",),
    percent=("bleu", "chrf", "chrf++"),
    open=("ppl", "word_perplexity", "byte_perplexity", "bits_per_byte"),
)
"""LightEval, after its list of metrics."""

INSPECT: Final = _table(fraction=("accuracy",))
"""Inspect: ``accuracy`` is a share; ``mean`` has the unit of its scorer, which the log omits."""

HELM: Final = _table(
    fraction=(
        "exact_match",
        "quasi_exact_match",
        "prefix_exact_match",
        "quasi_prefix_exact_match",
        "quasi_leave_articles_exact_match",
        "final_number_exact_match",
        "chain_of_thought_correctness",
        "f1_score",
        "f1_set_match",
        "classification_macro_f1",
        "classification_micro_f1",
        "rouge_1",
        "rouge_2",
        "rouge_l",
        "bleu_1",
        "bleu_4",
        "math_equiv",
        "math_equiv_chain_of_thought",
        "ifeval_strict_accuracy",
        "omni_math_accuracy",
        "wildbench_score_rescaled",
        "NDCG@10",
        "RR@10",
        "pass",
        "code_eval_acc",
    ),
)
"""HELM: scores of its scenarios; counts, costs and calibration are no scores."""

OPENCOMPASS: Final = _table(
    percent=(
        "accuracy",
        "exact_match",
        "acc_1",
        "acc_4",
        "circular_1",
        "circular_4",
        "vote_4",
        "prob_4",
        "perf_1",
        "perf_4",
        "humaneval_pass@1",
        "humaneval_plus_pass@1",
        "mbpp_pass@1",
        "pass@1",
        "rouge1",
        "rouge2",
        "rougeL",
        "rougeLsum",
        "f1",
        "extract_rate",
    ),
)
"""OpenCompass: its evaluators multiply by 100; ``score`` and averages have no single unit."""


def scale_of(table: Mapping[str, Scale], metric: str) -> Scale | None:
    """Return the documented scale of a metric.

    Parameters
    ----------
    table
        One harness's table.
    metric
        Name of the metric, with ``:`` or ``@k=`` and whatever follows, which are its settings.

    Returns
    -------
    Scale or None
        None if the harness documents none.

    Examples
    --------
    >>> scale_of(LM_EVAL, "acc").unit
    'fraction'
    >>> scale_of(LM_EVAL, "reward") is None
    True
    """
    if metric in table:
        return table[metric]
    base = metric.partition(":")[0].partition("@")[0]
    return table.get(base)
