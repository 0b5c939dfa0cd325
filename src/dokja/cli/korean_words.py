"""Words of tables in Korean: every English word of them, and nothing else."""

from __future__ import annotations

from typing import Final

__all__ = ["KOREAN_WORDS"]

KOREAN_WORDS: Final = {
    "family": "계열",
    "layers": "층",
    "tensors": "텐서",
    "parameters": "매개변수",
    "checkpoint": "체크포인트",
    "number formats": "수 형식",
    "license": "라이선스",
    "digest": "다이제스트",
    "tokenizer": "토크나이저",
    "NaN or infinite": "NaN 또는 무한대",
    "inferred": "추론됨",
    "kind": "종류",
    "name": "이름",
    "origin": "출처",
    "state": "상태",
    "built in": "내장",
    "ready": "사용 가능",
    "format": "형식",
    "comparison": "비교",
    "rule": "규칙",
    "transport": "전송",
    "renderer": "출력기",
    "warning": "경고",
    "note": "참고",
    "verbatim": "동일",
    "reused": "재사용",
    "derived": "파생",
    "shared_init": "초깃값 공유",
    "inconclusive": "판단 불가",
    "no_evidence": "재사용 근거 없음",
    "not_testable": "검정 불가",
}
