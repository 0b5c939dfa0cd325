from __future__ import annotations

from dokja.programme.results import protocols_differ
from tests.support.results import entry


def test_alike_is_alike() -> None:
    assert protocols_differ([]) == ()
    assert protocols_differ([entry(), entry(team="two")]) == ()
    assert protocols_differ([entry(p_n_shot=5), entry(team="two", p_n_shot=5)]) == ()


def test_every_respect_is_named_in_both_languages() -> None:
    first = entry(p_n_shot=0, p_harness="helm", p_mode="thinking")
    second = entry(team="two", p_n_shot=5, p_harness="helm", p_mode="instruct")
    sentences = protocols_differ([first, second])
    assert [one.en for one in sentences] == [
        "nia / kmmlu: the number of examples shown differs (0, 5)",
        "nia / kmmlu: the mode differs (thinking, instruct)",
    ]
    assert "예시 수" in sentences[0].ko


def test_what_only_some_state_is_said() -> None:
    (sentence,) = protocols_differ([entry(p_n_shot=0), entry(team="two")])
    assert (
        sentence.en
        == "nia / kmmlu: the number of examples shown is 0 for some, and not stated for two"
    )


def test_other_benchmarks_are_not_held_against_each_other() -> None:
    assert protocols_differ([entry(p_n_shot=0), entry(benchmark="mmlu", p_n_shot=5)]) == ()


def test_units_are_part_of_it() -> None:
    (sentence,) = protocols_differ([entry(), entry(team="two", unit="points")])
    assert "unit differs" in sentence.en


def test_checkpoints_may_differ_between_teams_but_not_within_one() -> None:
    first = entry(p_model_digest="git:a")
    assert protocols_differ([first, entry(team="two", p_model_digest="git:b")]) == ()
    (sentence,) = protocols_differ([first, entry(run="2", p_model_digest="git:b")])
    assert "one: the checkpoint differs" in sentence.en


def test_order_of_the_entries_does_not_matter_for_what_differs() -> None:
    entries = [entry(p_n_shot=0), entry(team="two", p_n_shot=5), entry(team="three", p_n_shot=5)]
    assert len(protocols_differ(entries)) == len(protocols_differ(entries[::-1])) == 1
