"""What the commands of dossiers say in Korean; the module holds sentences and nothing else."""

from __future__ import annotations

from typing import Final

__all__ = ["KOREAN_DOSSIER"]

KOREAN_DOSSIER: Final = {
    "Draft a dossier from a checkpoint, and check one before it is handed in.": (
        "체크포인트에서 신고서 초안을 만들고, 제출하기 전에 점검합니다."
    ),
    "Example: dokja dossier init our-model, then: dokja dossier check dossier.yaml. What a dossier "
    "says is judged by dokja review.": (
        "예: dokja dossier init our-model 다음에 dokja dossier check dossier.yaml. 신고서의 내용은 "
        "dokja review가 판정합니다."
    ),
    "Draft a dossier from headers, configuration, card and licence files; list what is missing.": (
        "헤더, 설정, 카드, 라이선스 파일에서 신고서 초안을 만들고 빠진 것을 나열합니다."
    ),
    "Checkpoints to hand in: files or folders.": "제출할 체크포인트(파일 또는 폴더).",
    "Dossier to write, above the checkpoints.": "쓸 신고서. 체크포인트보다 위에 있어야 합니다.",
    "Who hands it in.": "제출하는 곳.",
    "Write over a dossier that is there.": "이미 있는 신고서를 덮어씁니다.",
    "Date of the dossier; today if not given.": "신고서의 날짜. 없으면 오늘.",
    "--maker is empty; name who hands the submission in": (
        "--maker가 비어 있습니다. 제출자 이름을 적으십시오"
    ),
    "there is a file of that name; name another one, or give --force": (
        "같은 이름의 파일이 있습니다. 다른 이름을 쓰거나 --force를 주십시오"
    ),
    "missing, in the order in which it is best mended:": "빠진 것(채우기 좋은 차례대로):",
    "then": "그다음",
    "Example: dokja dossier init our-model --maker 'Maker A' -o dossier.yaml": (
        "예: dokja dossier init our-model --maker 'Maker A' -o dossier.yaml"
    ),
    "Tell every defect, contradiction and gap of a dossier; exit with 1 if there is any.": (
        "신고서의 결함, 모순, 빠진 것을 모두 알립니다. 하나라도 있으면 1로 끝납니다."
    ),
    "Day of the check; today if not given.": "점검하는 날. 없으면 오늘.",
    "Write the findings; - for stdout.": "찾은 것을 씁니다. -는 표준 출력.",
    "contradictions": "모순",
    "notes": "참고",
    "files": "파일",
    "nothing contradicts itself, and nothing is missing": "모순도 빠진 것도 없습니다",
    "Example: dokja dossier check dossier.yaml --json -": (
        "예: dokja dossier check dossier.yaml --json -"
    ),
}
