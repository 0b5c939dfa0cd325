"""What the command of the review says in Korean; the module holds sentences and nothing else."""

from __future__ import annotations

from typing import Final

__all__ = ["KOREAN_REVIEW"]

KOREAN_REVIEW: Final = {
    "Review a submission under three views: own weights, own control, open about both.": (
        "제출물을 기술·정책·윤리 세 관점에서 심사합니다."
    ),
    "Dossier (YAML), or the folder that holds it.": "신고서(YAML) 또는 신고서가 있는 폴더.",
    "Criteria: k-sovereign-2026, from-scratch-strict, open-use, or a TOML file.": (
        "기준: k-sovereign-2026, from-scratch-strict, open-use 또는 TOML 파일."
    ),
    "What people signed or overrule (YAML); repeatable.": (
        "사람이 서명하거나 번복한 내용(YAML). 여러 번 쓸 수 있습니다."
    ),
    "People it takes to overrule, in place of the policy's number.": (
        "번복에 필요한 사람 수. 정책의 수를 대신합니다."
    ),
    "Day of the review; today if not given.": "심사일. 없으면 오늘입니다.",
    "Exit with 1 if the outcome is this or worse: not_met or inconclusive.": (
        "결과가 이보다 나쁘거나 같으면 1로 끝냅니다: not_met 또는 inconclusive."
    ),
    "Exit with 4 if the review stays inconclusive.": "결론이 나지 않으면 4로 끝냅니다.",
    "Print the policy as a file to start from, and leave.": "정책을 고쳐 쓸 파일로 출력합니다.",
    "Example: dokja review dossier.yaml --policy k-sovereign-2026 --html review.html": (
        "예: dokja review dossier.yaml --policy k-sovereign-2026 --html review.html"
    ),
    "a review is written as html, json, markdown or pdf": (
        "심사 보고서는 html, json, markdown, pdf로만 쓸 수 있습니다"
    ),
    "name a dossier": "신고서를 지정하십시오",
    "Show what a licence asks for, what control it keeps, and what conflicts with it.": (
        "라이선스가 요구하는 것과 남기는 통제, 그와 충돌하는 것을 보여 줍니다."
    ),
    "SPDX expression, or a name such as llama3.1.": "SPDX 표현식 또는 llama3.1 같은 이름.",
    "Licence that what was made from it bears.": "이를 바탕으로 만든 것에 붙인 라이선스.",
    "Only what it generates is used, to train a model.": "출력물만 모델 학습에 씁니다.",
    "Whether the work is passed on.": "배포하는지 여부.",
    "Whether the work is changed.": "변경하는지 여부.",
    "Monthly active users.": "월간 활성 이용자 수.",
    "Revenue a year in US dollars.": "연 매출(미국 달러).",
    "Write the answer; - for stdout.": "답을 파일로 씁니다. -는 표준 출력.",
    "Example: dokja licence 'llama3.1 OR MIT' --handed-under Apache-2.0": (
        "예: dokja licence 'llama3.1 OR MIT' --handed-under Apache-2.0"
    ),
    "licence": "라이선스",
    "asks for": "요구",
    "applies": "적용",
    "depends": "이용에 따라 다름",
    "conflict": "충돌",
    "yes": "예",
    "no": "아니오",
}
