from __future__ import annotations

import contextlib
import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dokja.document.round import RoundFile
from dokja.document.round_schema import round_schemas
from dokja.document.yamltext import YamlMap, load_yaml
from dokja.errors import ProgrammeError
from dokja.programme.round_file import parse_round, read_round, sample_names, sample_text

BLANK = sample_text("blank").decode()


def _defects(text: str) -> list[str]:
    with pytest.raises(ProgrammeError) as raised:
        parse_round(text.encode(), uri="r.yaml")
    assert str(raised.value).startswith("r.yaml: ")
    return [line.strip() for line in raised.value.message.splitlines()[1:]]


def _line(text: str, snippet: str) -> int:
    assert snippet in text, snippet
    return text[: text.index(snippet)].count("\n") + 1


def _swap(*pairs: tuple[str, str]) -> str:
    text = BLANK
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


@pytest.mark.parametrize("name", sample_names())
def test_samples_are_read(name: str) -> None:
    found = read_round(name)
    assert found.id
    assert RoundFile.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize("name", [name for name in sample_names() if name != "blank"])
def test_every_statement_of_the_real_rounds_has_a_source_and_a_mark(name: str) -> None:
    found = read_round(name)
    parts = [*found.teams, *found.blocks, *found.items, *found.gates, *found.rounding]
    parts += [item.formula for item in found.items]
    parts += [item.raters for item in found.items if item.raters is not None]
    parts += [part for part in (found.advance, found.selection) if part is not None]
    parts += [*found.schedule, *found.disclosure, *found.facts, *found.gate_inputs, *found.ballots]
    for part in parts:
        assert part.source is not None, part
        assert part.confidence is not None, part


@pytest.mark.parametrize("name", sample_names())
def test_samples_fit_the_published_schema(name: str) -> None:
    plain = json.loads(json.dumps(load_yaml(sample_text(name), uri=name), default=float))
    jsonschema.Draft202012Validator(round_schemas()["round-1"]).validate(plain)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "round.yaml"
    path.write_text(BLANK)
    assert read_round(path) == read_round("blank")


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ProgrammeError, match="No such file") as raised:
        read_round(tmp_path / "none.yaml")
    assert "blank" in raised.value.hint


def test_an_unknown_sample_says_so() -> None:
    with pytest.raises(ProgrammeError, match="no sample round"):
        sample_text("../blank")


def test_numbers_keep_the_digits_they_were_written_with() -> None:
    found = parse_round(_swap(("max: 40}", "max: 40.00}")).encode(), uri="r")
    assert str(found.blocks[0].max) == "40.00"


def test_every_defect_stands_in_one_message_with_place_and_line() -> None:
    text = _swap(
        ("places: 1\n", "places: many\n"),
        ("block: expert", "block: exprt"),
        ("max: 25}", "max: 26}"),
        ("when: before_ranking", "when: sometime"),
        ("id: team-b", "id: team-a"),
        ("digits: 1", "digits: 1, colour: red"),
    )
    defects = _defects(text)
    assert defects == [
        f"rounding.0.colour (line {_line(text, 'colour')}): no such field",
        (
            f"gates.independence.when (line {_line(text, 'sometime')}): Input should be "
            "'before_ranking' or 'after_ranking', not 'sometime'"
        ),
        f"advance.places (line {_line(text, 'many')}): Input should be a valid integer, not 'many'",
        (f"teams.team-a.id (line {_line(text, 'Team B')}): the id 'team-a' stands twice"),
        f"items.expert.block (line {_line(text, 'exprt')}): there is no block 'exprt'",
    ]


def test_sums_are_told_once_the_form_is_right() -> None:
    text = _swap(("total_max: 100", "total_max: 99"), ("max: 25}", "max: 26}"))
    assert _defects(text) == [
        f"blocks.user.max (line {_line(text, 'max: 26')}): is 26, but its items add up to 25",
        f"total_max (line {_line(text, 'total_max: 99')}): is 99, but the blocks add up to 101",
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("full: 100", "full: 1e2", "not a plain decimal number"),
        ("full: 100", "full: .inf", "not a plain decimal number"),
        ("full: 100", "full: true", "a number was expected, not True"),
        ("full: 100", "full: 1234567890123", "more than 12 digits"),
        ("full: 100", "full: 0", "greater than 0"),
        ("kind: share, full: 100", "kind: shares", "shares"),
        ("kind: share, full: 100", "full: 100", "`kind` is missing"),
        ("planned: 10\n", "planed: 10\n", "did you mean 'planned'?"),
        ("id: team-b", "id: Team B", "pattern"),
        ("digits: 1", "digits: 0, only: [nobody]", "no item or block 'nobody'"),
        ("tie_break: [benchmark, expert]", "tie_break: [luck]", "no item or block 'luck'"),
        ("scale: {low: 1, high: 5}", "scale: {low: 5, high: 1}", "less than high"),
        ("formula: {kind: share, full: 5}", "formula: {kind: share, full: 4}", "highest mark"),
        ("drop_highest: 1", "drop_highest: 9", "drops 10 of 10 marks"),
        (
            "opens: 2026-03-01, closes: 2026-03-14",
            "opens: 2026-03-15, closes: 2026-03-14",
            "before",
        ),
        ("opens: 2026-04-01", "opens: 2026-04-31", "date"),
        ('version: "1"\n', "", "version"),
        ("{id: reasoning, ", "{id: knowledge, ", "stands twice"),
        ("max: 40\n    # Also", "max: 0.25\n    # Also", "has more digits than are kept"),
        ("    max: 40\n", "    max: 40\n    source: rumour\n", "no source 'rumour'"),
        ("{kind: share, full: 5}", "{kind: min_max, when_equal: some}", "when_equal"),
        ("combine: {kind: mean}, blind", "combine: {kind: sum}, blind", "fixed maximum"),
        ("      over: total", "      over: sub", "over"),
        ("    formula: {kind: points}", "    formula: {kind: share, full: 5}", "only if they are"),
        ("id: korean", "id: total", "means the sum of all blocks"),
        ("id: korean", "id: user", "stands twice"),
    ],
)
def test_defects_of_all_kinds(old: str, new: str, words: str) -> None:
    assert any(words in line for line in _defects(_swap((old, new))))


FACTS = """
facts:
  - {id: f1, kind: score, team: team-x, of: korean, value: 1, <<<}
  - {id: f2, kind: score, team: team-a, of: greek, value: 1, <<<}
  - {id: f3, kind: score, team: team-a, of: korean, value: 41, <<<}
  - {id: f4, kind: score, team: team-a, of: user, value: 1, source: rumour, confidence: press}
  - {id: f5, kind: score, team: team-a, of: user, value: 1, <<<}
  - {id: f6, kind: top, of: user, teams: [team-a, team-z], <<<}
  - {id: f7, kind: order, of: total, groups: [[team-a], [team-a]], <<<}
  - {id: f8, kind: sum, parts: [f1, f9], value: 3, <<<}
  - {id: f8b, kind: sum, parts: [f1, f6], value: 3, <<<}
  - {id: f10, kind: measured, team: team-a, item: user, benchmark: x, value: 3, unit: scale, <<<}
  - {id: f11, kind: measured, team: team-a, item: korean, benchmark: x, value: 3, unit: scale, <<<}
  - {id: f12, kind: measured, team: team-a, item: latin, value: 3, unit: scale, <<<}
gate_inputs:
  - {kind: audit, gate: independence, team: team-a, path: ../../etc/passwd, digest: "blake3:DIGEST"}
  - {kind: ticks, gate: independence, team: team-a, not_met: 11, of: 10}
  - {kind: ruling, gate: independence, team: team-a, view: moral, outcome: pass}
  - {kind: ruling, gate: luck, team: team-q, outcome: pass}
ballots:
  - {candidate: team-a}
amendments:
  - id: first
    on: 2026-04-10
    reason: {en: "x", ko: "x"}
    changes: [{kind: round, path: facts.f3.value, before: "40", after: "39"}]
  - id: second
    on: 2026-04-09
    reason: {en: "x", ko: "x"}
    changes: [{kind: round, path: items.nothing.max, before: "40", after: "39"}]
""".replace("<<<", "source: notice, confidence: press").replace("DIGEST", "0" * 64)


def test_defects_of_statements() -> None:
    text = BLANK + FACTS
    told = "\n".join(_defects(text))
    first = _line(text, "{id: f1,")
    for words in (
        f"facts.f1.team (line {first + 0}): there is no team 'team-x'",
        f"facts.f2.of (line {first + 1}): there is no item, sub-item or block 'greek'",
        f"facts.f3.value (line {first + 2}): does not lie between 0 and 40",
        f"facts.f4.source (line {first + 3}): there is no source 'rumour'",
        f"facts.f5 (line {first + 4}): says the same as 'f4'",
        "there is no team 'team-z'",
        "a team stands twice",
        "there is no fact 'f9'",
        "the fact 'f6' is no number",
        "the item has no benchmark 'x'",
        "there is no item 'latin'",
        "must lie in or below the folder",
        "is more than the 10 experts",
        "the gate has no view 'moral'",
        "there is no gate 'luck'",
        "there is no team 'team-q'",
        "the gate is decided by audit, not by ticks",
        "the round has no additional selection",
        "neither the votes nor what was found is given",
        "lies before the amendment above it",
        "facts.f3.value is 41, not 40",
        "there is nothing at items.nothing.max",
    ):
        assert words in told, words


def test_many_defects_are_cut_and_counted() -> None:
    row = "  - {id: n%d, kind: score, team: x, of: user, value: 1, source: x, confidence: press}\n"
    defects = _defects(BLANK + "facts:\n" + "".join(row % step for step in range(150)))
    assert len(defects) == 101
    assert defects[-1].endswith("more")


def test_lines_survive_members_that_are_taken_out() -> None:
    text = _swap(
        ("{id: knowledge, title", "{id: knowledge, weight: heavy, title"),
        ("block: user", "block: usr"),
    )
    assert _defects(text) == [
        (
            f"items.korean.benchmarks.knowledge.weight (line {_line(text, 'heavy')}): 'heavy' is "
            "not a plain decimal number such as 12.5"
        ),
        f"items.user.block (line {_line(text, 'usr')}): there is no block 'usr'",
    ]


def test_the_yaml_map_names_lines() -> None:
    read = load_yaml(BLANK.encode(), uri="r")
    assert isinstance(read, YamlMap)
    assert read.line(("teams", 0)) is not None


@given(st.lists(st.tuples(st.integers(0, len(BLANK) - 1), st.sampled_from(" :{}[]-,ax1\n'\""))))
def test_a_damaged_file_is_read_or_refused(changes: list[tuple[int, str]]) -> None:
    text = BLANK
    for at, new in changes[:6]:
        text = text[:at] + new + text[at + 1 :]
    with contextlib.suppress(ProgrammeError):
        parse_round(text.encode(), uri="r")
