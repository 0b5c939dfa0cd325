"""``dokja trajectory`` in Korean: every English sentence of it, and nothing else."""

from __future__ import annotations

from typing import Final

__all__ = ["KOREAN_TRAJECTORY"]

KOREAN_TRAJECTORY: Final = {
    "Tell whether a training run bears out its recipe, from a random start to the submission.": (
        "학습 기록이 무작위 시작부터 제출물까지 레시피를 뒷받침하는지 알려 줍니다."
    ),
    "Recipe of a training run (YAML).": "학습 레시피(YAML).",
    "Known model that the run is declared to be without; repeatable.": (
        "이 학습에 쓰이지 않았다고 선언한 알려진 모델. 반복할 수 있습니다."
    ),
    "Folder that no path of the recipe may lead out of; by default the recipe's own.": (
        "레시피의 경로가 벗어날 수 없는 폴더. 기본값은 레시피가 있는 폴더입니다."
    ),
    "Exit with 1 if the outcome is this or worse: contradicted or inconclusive.": (
        "결과가 이것이거나 더 나쁘면 1로 끝냅니다: contradicted 또는 inconclusive."
    ),
    "Exit with 4 if the run stays inconclusive.": "결론이 나지 않으면 4로 끝냅니다.",
    "Example: dokja trajectory run/recipe.yaml --reference ./known-model --html run.html": (
        "예: dokja trajectory run/recipe.yaml --reference ./known-model --html run.html"
    ),
    "cannot be told": "알 수 없음",
    "borne out": "뒷받침됨",
    "contradicted": "모순",
    "left open": "미결",
    "checkpoints": "체크포인트",
    "references": "비교 모델",
    "finding": "발견",
    "steps": "스텝",
}
