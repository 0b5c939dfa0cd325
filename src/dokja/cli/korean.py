"""The command line in Korean: every English sentence of it, and nothing else."""

from __future__ import annotations

from typing import Final

from dokja.cli.korean_bundle import KOREAN_BUNDLE
from dokja.cli.korean_dossier import KOREAN_DOSSIER
from dokja.cli.korean_review import KOREAN_REVIEW
from dokja.cli.korean_trajectory import KOREAN_TRAJECTORY
from dokja.cli.korean_words import KOREAN_WORDS

__all__ = ["KOREAN"]

KOREAN: Final = {
    **KOREAN_REVIEW,
    **KOREAN_BUNDLE,
    **KOREAN_DOSSIER,
    **KOREAN_TRAJECTORY,
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
    "Write any view of a stored report: a page, a PDF, Markdown, JSON.": (
        "저장된 보고서를 웹 페이지, PDF, Markdown, JSON 등으로 씁니다."
    ),
    "Audit the bundled case and write its page; the last line names the page.": (
        "함께 제공되는 사례를 감사하고 페이지를 씁니다. 마지막 줄이 페이지의 위치입니다."
    ),
    "List formats, families, comparisons, rules and renderers, built in and plugged in.": (
        "내장되었거나 추가된 형식, 계열, 비교, 규칙, 출력기를 나열합니다."
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
    # rounds
    "Run a round: check, score, ask what would change it, publish, solve, replay.": (
        "평가 라운드를 다룹니다. 점검, 채점, 가정 바꿔 보기, 공개, 역산, 재현."
    ),
    "Publish what a profile lets out, and tell what readers can work out from it.": (
        "정한 범위만큼 공개하고, 독자가 그것으로 무엇을 계산해 낼 수 있는지 알려 줍니다."
    ),
    "Solve for points that were not published: what is possible, and in how many ways.": (
        "공개되지 않은 점수를 역산합니다. 가능한 값과 경우의 수를 보여 줍니다."
    ),
    "Example: dokja round solve dokpamo-2026-stage-2 --html solved.html": (
        "예: dokja round solve dokpamo-2026-stage-2 --html solved.html"
    ),
    "Example: dokja round publish my-round.yaml results.csv --profile item_winners "
    "--yaml published.yaml --html published.html": (
        "예: dokja round publish my-round.yaml results.csv --profile item_winners "
        "--yaml published.yaml --html published.html"
    ),
    "Item or block to count over besides; repeatable.": (
        "경우의 수를 더 세어 볼 항목이나 영역. 여러 번 쓸 수 있습니다."
    ),
    "How far figures may be off beyond their last digit.": (
        "수치가 마지막 자릿수를 넘어 어긋날 수 있는 폭(점)."
    ),
    "Part whose figures may be off; all by default.": "어긋날 수 있는 영역. 기본값은 모두.",
    "Work allowed for one count of possibilities; 200,000 take about a second.": (
        "경우의 수를 한 번 세는 데 허용할 계산량. 200,000이면 1초쯤 걸립니다."
    ),
    "What is published; by default the first profile the round names.": (
        "공개 범위. 기본값은 라운드에 적힌 첫째 공개 범위."
    ),
    "Team that is told its own points besides.": "자기 점수를 함께 알려 줄 팀.",
    "Lay beside it what every other profile would give away.": (
        "다른 공개 범위라면 무엇이 드러나는지 나란히 놓습니다."
    ),
    "Write the publication as a round file.": "공개 자료를 라운드 파일로 씁니다.",
    "Write the publication as JSON.": "공개 자료를 JSON으로 씁니다.",
    "Write what readers can work out; - for stdout.": (
        "독자가 계산해 낼 수 있는 것을 씁니다. -는 표준 출력."
    ),
    "Exit with 1 if a score can be worked out that is not published.": (
        "공개하지 않은 점수를 계산해 낼 수 있으면 1로 끝냅니다."
    ),
    "the round names no profile; name one with --profile": (
        "라운드에 공개 범위가 없습니다. --profile로 정하십시오"
    ),
    "--tolerance is a number of points such as 0.1, not {words}": (
        "--tolerance는 0.1과 같은 점수입니다. 잘못된 값: {words}"
    ),
    "part": "구분",
    "contradicts the rest": "나머지와 모순되는 내용",
    "solving": "역산 중",
    "working out what readers can": "독자가 알 수 있는 것을 계산 중",
    "Example: dokja round score dokpamo-2026-stage-1 --html round.html. A ROUND is a YAML file, or "
    "one that comes along: blank, dokpamo-2026-stage-1, dokpamo-2026-additional, "
    "dokpamo-2026-stage-2.": (
        "예: dokja round score dokpamo-2026-stage-1 --html round.html. ROUND는 YAML 파일이거나 "
        "함께 제공되는 라운드입니다: blank, dokpamo-2026-stage-1, dokpamo-2026-additional, "
        "dokpamo-2026-stage-2."
    ),
    "Write a round file to fill in, or one that comes along.": (
        "채워 넣을 라운드 파일이나 함께 제공되는 라운드를 씁니다."
    ),
    "Tell every defect of a round file and of its results; lock the criteria, or compare them.": (
        "라운드 파일과 결과 자료의 결함을 모두 알려 주고, 평가 기준을 고정하거나 비교합니다."
    ),
    "Read results of any known format, and write them as one document, table or exchange files.": (
        "알려진 모든 형식의 결과를 읽어 하나의 문서, 표, 교환용 파일로 씁니다."
    ),
    "Score a round, decide who advances, and lay what was published beside what was computed.": (
        "라운드를 채점하고 진출 팀을 정하며, 공개된 값과 계산한 값을 나란히 놓습니다."
    ),
    "Try other formulas, weights, raters, benchmarks and rounding: what changes the decision.": (
        "산식, 비중, 평가자, 벤치마크, 반올림을 바꾸어 무엇이 결정을 바꾸는지 봅니다."
    ),
    "Compute a published report anew; exit with 1 if anything comes out otherwise.": (
        "공개된 보고서를 다시 계산합니다. 하나라도 다르게 나오면 1로 끝냅니다."
    ),
    "Put models, organisations and countries in order, from dated snapshots of an index.": (
        "날짜가 있는 지수 스냅샷으로 모델, 기관, 국가의 순위를 매깁니다."
    ),
    "Print the JSON Schema of a document that Dokja reads or writes.": (
        "Dokja가 읽거나 쓰는 문서의 JSON 스키마를 출력합니다."
    ),
    "Example: dokja round init my-round.yaml": "예: dokja round init my-round.yaml",
    "Example: dokja round check my-round.yaml --write-lock criteria.lock.json": (
        "예: dokja round check my-round.yaml --write-lock criteria.lock.json"
    ),
    "Example: dokja round import ./runs panel.xlsx --mapping mapping.yaml --csv results.csv": (
        "예: dokja round import ./runs panel.xlsx --mapping mapping.yaml --csv results.csv"
    ),
    "Example: dokja round score my-round.yaml results.csv --panel panel.yaml --html round.html": (
        "예: dokja round score my-round.yaml results.csv --panel panel.yaml --html round.html"
    ),
    "Example: dokja round what-if dokpamo-2026-stage-2 --accept inferred "
    "--reference 'aaii:63.1:Claude Opus 5' --html what-if.html": (
        "예: dokja round what-if dokpamo-2026-stage-2 --accept inferred "
        "--reference 'aaii:63.1:Claude Opus 5' --html what-if.html"
    ),
    "Model of the world that an item may be scaled by; repeatable.": (
        "항목의 만점 기준으로 삼을 세계 모델. 여러 번 쓸 수 있습니다."
    ),
    "Your own changes of the rules, tried in place of the usual ones (YAML).": (
        "기본 변경 대신 시험할, 직접 적은 규칙 변경(YAML)."
    ),
    "How far each weight is moved.": "각 비중을 움직일 폭(%).",
    "Exit with 1 if any change turns the decision over.": (
        "결정을 뒤집는 변경이 하나라도 있으면 1로 끝냅니다."
    ),
    "Weightings drawn where they cannot be worked out exactly.": (
        "정확히 계산할 수 없을 때 뽑는 비중 조합의 수."
    ),
    "--reference is ITEM:VALUE:NAME, such as aaii:56:GPT-5; not {words}": (
        "--reference는 ITEM:VALUE:NAME 꼴입니다(예: aaii:56:GPT-5). 잘못된 값: {words}"
    ),
    "change": "변경",
    "decision": "결정",
    "what comes out": "결과",
    "turned over": "뒤집힘",
    "left open": "판단 불가",
    "reading": "읽는 중",
    "scoring": "채점 중",
    "drawing raters anew": "평가자 재추출 중",
    "trying other rules": "다른 규칙 적용 중",
    "writing": "쓰는 중",
    "Example: dokja round replay my-round.yaml report.json results.csv": (
        "예: dokja round replay my-round.yaml report.json results.csv"
    ),
    "Example: dokja leaderboard --view country --html leaderboard.html": (
        "예: dokja leaderboard --view country --html leaderboard.html"
    ),
    "Round file, or the name of one that comes along.": (
        "라운드 파일, 또는 함께 제공되는 라운드의 이름."
    ),
    "Round file to write; it must not be there yet.": (
        "쓸 라운드 파일. 아직 없는 이름이어야 합니다."
    ),
    "Template, or a real round with its sources.": "빈 양식, 또는 출처가 달린 실제 라운드.",
    "Files or folders of results, of any known format.": (
        "결과 파일이나 폴더. 알려진 형식이면 됩니다."
    ),
    "What is known of the results and not in them (YAML).": (
        "결과 파일에 없지만 알려진 내용(YAML)."
    ),
    "Forms of a panel, YAML or JSON; repeatable.": (
        "패널 평가지(YAML 또는 JSON). 여러 번 쓸 수 있습니다."
    ),
    "Criteria as they were locked.": "고정해 둔 평가 기준.",
    "Weakest mark of published values that may stand in for results: official, press, "
    "third_party or inferred. Default: what the round says.": (
        "결과 대신 쓸 수 있는 공개된 값의 가장 약한 출처 표시(official, press, third_party, "
        "inferred). 기본값은 라운드가 정한 대로입니다."
    ),
    "Times that raters are drawn anew.": "평가자를 다시 뽑는 횟수.",
    "Write the table as CSV.": "표를 CSV로 씁니다.",
    "Write the table as a workbook.": "표를 XLSX로 씁니다.",
    "Write the criteria down as they stand today.": "지금의 평가 기준을 적어 고정합니다.",
    "Day of the lock; today if not given.": "고정한 날짜. 없으면 오늘.",
    "Write the comparison with the lock; - for stdout.": (
        "고정한 기준과 비교한 결과를 씁니다. -는 표준 출력."
    ),
    "Write the results; - for stdout.": "결과를 씁니다. -는 표준 출력.",
    "Write files of Every Eval Ever into a folder.": "Every Eval Ever 파일을 폴더에 씁니다.",
    "Who hands the files of --eee out.": "--eee 파일을 내놓는 곳.",
    "Day of --eee; today if not given.": "--eee의 날짜. 없으면 오늘.",
    "Write what the marks of single raters say.": "평가자별 점수의 분석을 씁니다.",
    "Add to the page what would change the decision.": (
        "무엇이 결정을 바꾸는지 페이지에 덧붙입니다."
    ),
    "Exit with 1 if a published statement differs.": (
        "공개된 내용과 다른 것이 있으면 1로 끝냅니다."
    ),
    "Exit with 4 if it stays open who advances.": "진출 팀이 정해지지 않으면 4로 끝냅니다.",
    "A report written by dokja round score --json.": "dokja round score --json이 쓴 보고서.",
    "Write every difference; - for stdout.": "모든 차이를 씁니다. -는 표준 출력.",
    "Snapshots of an index; those that come along.": "지수 스냅샷. 없으면 함께 제공되는 것.",
    "What a row is.": "한 줄의 단위.",
    "All models, or those with open weights.": "모든 모델, 또는 오픈 웨이트 모델.",
    "For whom a model counts that was made from another.": (
        "다른 모델로 만든 모델을 어느 쪽에 셀지."
    ),
    "Table of organisations and countries.": "기관과 국가의 표.",
    "Kind of document, such as round-1.": "문서의 종류. 예: round-1.",
    "there is a file of that name; name another one": (
        "같은 이름의 파일이 있습니다. 다른 이름을 쓰십시오"
    ),
    "--json needs --lock: it holds the comparison with it": (
        "--json에는 --lock이 필요합니다. 고정한 기준과 비교한 결과를 담습니다"
    ),
    "--eee needs a folder that is there": "--eee에는 이미 있는 폴더가 필요합니다",
    "there is no schema {name}; known: {names}": (
        "{name} 스키마는 없습니다. 쓸 수 있는 이름: {names}"
    ),
    "… and {n} more": "… 그 밖에 {n}건",
    "published: {agrees} agree, {differs} differ, {open} cannot be computed": (
        "공개된 내용: 일치 {agrees}건, 불일치 {differs}건, 계산 불가 {open}건"
    ),
    "version unknown": "버전 알 수 없음",
    "unknown": "알 수 없음",
    "round": "라운드",
    "rank": "순위",
    "team": "팀",
    "teams": "팀",
    "item": "항목",
    "items": "항목",
    "gates": "관문",
    "benchmark": "벤치마크",
    "value": "값",
    "unit": "단위",
    "file": "파일",
    "total": "총점",
    "outcome": "결과",
    "results": "결과",
    "published statements": "공개된 내용",
    "criteria digest": "평가 기준 다이제스트",
    "advances": "진출",
    "out": "탈락",
    "undecided": "미정",
    "model": "모델",
    "organisation": "기관",
    "country": "국가",
    "score": "점수",
    "agrees": "일치",
    "consistent": "가능",
    "differs": "불일치",
    "not computable": "계산 불가",
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
    "Where large matrices are multiplied: a graphics processor (cuda) needs the extra "
    "torch; the verdict is the same.": (
        "큰 행렬을 곱하는 곳. 그래픽 처리 장치(cuda)에는 추가 패키지 torch가 필요하며, "
        "판정은 같습니다."
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
    **KOREAN_WORDS,
}
"""Korean by English, as `dokja.cli.language.say` looks it up."""
