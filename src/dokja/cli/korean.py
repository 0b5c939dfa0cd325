"""The command line in Korean: every English sentence of it, and nothing else."""

from __future__ import annotations

from typing import Final

__all__ = ["KOREAN"]

KOREAN: Final = {
    # frame
    "Arguments": "인자",
    "Options": "옵션",
    "Commands": "명령",
    "Error": "오류",
    "[default: {}]": "[기본값: {}]",
    "[required]": "[필수]",
    "Try [blue]'{command_path} {help_option}'[/] for help.": (
        "도움말: [blue]'{command_path} {help_option}'[/]"
    ),
    "error": "오류",
    "hint": "도움말",
    "internal error": "내부 오류",
    "This is a defect of Dokja; DOKJA_DEBUG=1 shows where. Please report it.": (
        "Dokja의 결함입니다. DOKJA_DEBUG=1로 실행하면 위치가 나옵니다. 알려 주시기 바랍니다."
    ),
    "Show this message and exit.": "이 도움말을 보여 주고 끝냅니다.",
    "Install completion for the current shell.": "지금 쓰는 셸에 자동 완성을 설치합니다.",
    "Show completion for the current shell, to copy it or customize the installation.": (
        "지금 쓰는 셸의 자동 완성 스크립트를 보여 줍니다."
    ),
    "Print the version and leave.": "버전을 출력하고 끝냅니다.",
    "Print the version.": "버전을 출력합니다.",
    # overview
    "Tell whether an AI model is its maker's own work.": (
        "AI 모델이 만든 이의 독자적인 결과물인지 알려 줍니다."
    ),
    "Exit codes: 0 nothing at or above --fail-on; 1 such a finding; 2 usage; "
    "3 could not complete; 4 inconclusive under --require-conclusion.": (
        "종료 코드: 0 --fail-on 이상의 관계 없음; 1 있음; 2 사용법 오류; 3 끝마치지 못함; "
        "4 --require-conclusion인데 결론 없음."
    ),
    # commands
    "Say of every component where it came from, and how sure that is.": (
        "구성요소마다 어디서 왔는지, 얼마나 확실한지 말합니다."
    ),
    "Show components, parameters and shares, number formats, layers, family and tokenizer.": (
        "구성요소, 매개변수와 비중, 수 형식, 층, 계열, 토크나이저를 보여 줍니다."
    ),
    "Judge a stored report again, under any policy, without the weights.": (
        "저장된 보고서를 가중치 없이 다른 정책으로 다시 판정합니다."
    ),
    "Write any view of a stored report: a page, Markdown, JSON.": (
        "저장된 보고서를 웹 페이지, Markdown, JSON 등으로 씁니다."
    ),
    "Audit the bundled case and write its page; the last line names the page.": (
        "함께 제공되는 사례를 감사하고 페이지를 씁니다. 마지막 줄이 페이지의 위치입니다."
    ),
    "List formats, families, comparisons, rules and renderers, built in and plugged in.": (
        "내장되었거나 추가된 형식, 계열, 비교, 규칙, 출력기를 나열합니다."
    ),
    "Print the JSON Schema of the report that dokja audit writes.": (
        "dokja audit이 쓰는 보고서의 JSON 스키마를 출력합니다."
    ),
    # examples
    "Example: dokja audit ./submission ./candidate-a ./candidate-b --html report.html": (
        "예: dokja audit ./submission ./candidate-a ./candidate-b --html report.html"
    ),
    "Example: dokja inspect ./submission --json -": "예: dokja inspect ./submission --json -",
    "Example: dokja judge report.json --policy press-2026 --html press.html": (
        "예: dokja judge report.json --policy press-2026 --html press.html"
    ),
    "Example: dokja render report.json -o report.html --lang ko": (
        "예: dokja render report.json -o report.html --lang ko"
    ),
    "Example: dokja demo --lang ko": "예: dokja demo --lang ko",
    "Example: dokja version": "예: dokja version",
    "Example: dokja plugins": "예: dokja plugins",
    "Example: dokja schema > report.schema.json": "예: dokja schema > report.schema.json",
    # parameters
    "Language of texts and pages; default from DOKJA_LANG or the locale.": (
        "글과 페이지의 언어. 기본값은 DOKJA_LANG 또는 로캘을 따릅니다."
    ),
    "Print no progress and no summary.": "진행 상황과 요약을 출력하지 않습니다.",
    "Show progress on stderr even where it is no terminal.": (
        "표준 오류가 단말기가 아니어도 진행 상황을 보여 줍니다."
    ),
    "Policy that judges the evidence.": "근거를 판정할 정책.",
    "Exit with 1 if any component is related this closely: "
    "verbatim, reused, derived or shared_init.": (
        "이만큼 가까운 구성요소가 하나라도 있으면 1로 끝냅니다: "
        "verbatim, reused, derived, shared_init."
    ),
    "Exit with 4 if any component stays inconclusive.": (
        "결론이 나지 않은 구성요소가 있으면 4로 끝냅니다."
    ),
    "Seed of every random choice the audit makes.": "감사에 쓰이는 모든 난수의 씨앗.",
    "Seed of every random choice.": "모든 난수의 씨앗.",
    "Refuse to begin if more bytes had to be read.": (
        "이보다 많은 바이트를 읽어야 하면 시작하지 않습니다."
    ),
    "Write the report; - for stdout.": "보고서를 씁니다. -는 표준 출력.",
    "Write the page, self-contained.": "그 자체로 완결된 웹 페이지를 씁니다.",
    "Write a PDF (needs the extra pdf).": "PDF를 씁니다(추가 패키지 pdf 필요).",
    "Write Markdown for an issue or a mail.": "이슈나 메일에 쓸 Markdown을 씁니다.",
    "A report written by dokja audit --json.": "dokja audit --json이 쓴 보고서.",
    "Checkpoint under audit: file, folder or URL.": "감사 대상 체크포인트: 파일, 폴더 또는 URL.",
    "Checkpoints it might come from.": "원본일 수 있는 체크포인트들.",
    "Checkpoint: file, folder or URL.": "체크포인트: 파일, 폴더 또는 URL.",
    "Write the summary; - for stdout.": "요약을 씁니다. -는 표준 출력.",
    "Read every weight for the digest, or the headers only.": (
        "다이제스트를 위해 모든 가중치를 읽거나, 머리말만 읽습니다."
    ),
    "File to write; - for stdout.": "쓸 파일. -는 표준 출력.",
    "Renderer by name; otherwise the suffix decides.": (
        "출력기 이름. 없으면 파일 확장자가 정합니다."
    ),
    "Folder for the page and the report.": "페이지와 보고서를 담을 폴더.",
    # messages
    "notes in the report: {n}": "보고서에 담긴 참고 사항: {n}건",
    "wrote {path}": "{path} 저장",
    "Report: {path}": "보고서: {path}",
    "two outputs would go to the same place": "두 출력이 같은 곳을 가리킵니다",
    "an output would overwrite what is to be read": "출력이 읽을 파일을 덮어쓰게 됩니다",
    "there is no format {name}; known: {names}": (
        "{name} 형식은 없습니다. 쓸 수 있는 형식: {names}"
    ),
    "%s: %s; trying again": "%s: %s; 다시 시도합니다",
    "no renderer writes {suffix}; name one with --format: {names}": (
        "{suffix}를 쓰는 출력기가 없습니다. --format으로 지정하십시오: {names}"
    ),
    "a file without a suffix": "확장자 없는 파일",
    # tables
    "component": "구성요소",
    "share": "비중",
    "reference": "비교 모델",
    "relation": "관계",
    "cosine": "코사인",
    "Pearson": "피어슨",
    "log10 p": "log10 p",
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
"""Korean by English, as `dokja.cli.language.say` looks it up."""
