"""The table: who owes what to whom, what an answer is worth, how sure a rate is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from bench.accuracy import ours, page, pairs, peers, rules, store
from bench.accuracy.answers import Answer, Mark, Said, mark, read
from bench.accuracy.operations import OPERATIONS, lesson
from bench.accuracy.recipes import RECIPES
from dokja.document.audit import Relation

EVERY = pairs.every_pair()
RELATED = [pair for pair in EVERY if pair.related]
STRANGERS = [pair for pair in EVERY if not pair.related]


def test_the_benchmark_is_as_large_as_promised() -> None:
    counted = [pair for pair in RELATED if pair.counted]
    assert len(counted) >= 40
    assert len({pair.operation for pair in counted}) >= 20
    hardest = [pair for pair in STRANGERS if pair.operation != "another shape"]
    assert len(hardest) >= 200
    assert len({pair.key for pair in EVERY}) == len({(p.operation, p.key) for p in EVERY})
    assert len({pairs.kind_of(pair.subject) for pair in EVERY}) >= 4
    assert all(len(members) >= 2 for members in pairs.ORIGINALS.values())


def test_relatives_share_a_root_and_strangers_share_none() -> None:
    for pair in EVERY:
        shared = pairs.roots(pair.subject) & pairs.roots(pair.references[0])
        assert bool(shared) is pair.related, pair


def test_every_step_of_every_recipe_is_known_and_every_source_exists() -> None:
    for name, recipe in RECIPES.items():
        for step in recipe.steps:
            assert step in OPERATIONS or lesson(step, recipe.kind), (name, step)
        for other in recipe.needs:
            assert other in RECIPES or (store.ZOO / other / "model.safetensors").exists()
        assert (recipe.source is None) is (recipe.seed is not None)


def test_parents_are_made_before_their_children() -> None:
    order = store.needed(RECIPES)
    assert sorted(order) == sorted(RECIPES)
    for place, name in enumerate(order):
        for other in RECIPES[name].needs:
            assert other not in RECIPES or order.index(other) < place


def test_a_model_is_made_once_and_again_when_its_recipe_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.make("llama-units", tmp_path)
    assert store.ready("llama-units", tmp_path)
    weights = store.folder_of("llama-units", tmp_path) / "model.safetensors"
    before = weights.read_bytes()
    store.make("llama-units", tmp_path)
    assert weights.read_bytes() == before
    store.digest.cache_clear()
    changed = RECIPES["llama-units"].__class__("llama", ("permute heads",), "base")
    monkeypatch.setitem(RECIPES, "llama-units", changed)
    assert not store.ready("llama-units", tmp_path)
    store.digest.cache_clear()


@pytest.mark.parametrize(
    ("said", "related", "wanted"),
    [
        (Said.KIN, True, Mark.RIGHT),
        (Said.KIN, False, Mark.WRONG),
        (Said.STRANGERS, True, Mark.WRONG),
        (Said.STRANGERS, False, Mark.RIGHT),
        (Said.NOTHING, True, Mark.UNDECIDED),
        (Said.NOTHING, False, Mark.UNDECIDED),
    ],
)
def test_marks(said: Said, wanted: Mark, *, related: bool) -> None:
    pair = pairs.Pair("any", "a", ("b",), related=related)
    answer = Answer(pair.key, "any", said)
    assert mark(pair, answer) is wanted
    assert read(answer.as_json()) == answer


def test_a_shared_start_does_not_count_as_found_and_any_stronger_word_does() -> None:
    found = {relation: ours.said(relation.value) for relation in Relation}
    assert found[Relation.SHARED_INIT] is Said.STRANGERS
    assert found[Relation.DERIVED] is Said.KIN
    assert found[Relation.NOT_TESTABLE] is Said.NOTHING
    assert [r for r, said in found.items() if said is Said.KIN] == [
        relation
        for relation in Relation
        if list(Relation).index(relation) < list(Relation).index(Relation.SHARED_INIT)
    ]


def test_the_bound_is_that_of_clopper_and_pearson() -> None:
    assert page.upper_bound(0, 200) == pytest.approx(1 - 0.05 ** (1 / 200))
    assert page.upper_bound(3, 3) == 1.0
    assert page.upper_bound(1, 200) > page.upper_bound(0, 200)


def test_unbiased_cka_is_one_of_itself_under_rotation_and_near_zero_of_strangers() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 96, 16))
    turn, _ = np.linalg.qr(rng.normal(size=(16, 16)))
    assert rules.unbiased_cka(a, 3 * a @ turn) == pytest.approx(1.0)
    values = [rules.unbiased_cka(*rng.normal(size=(2, 96, 16))) for _ in range(100)]
    assert abs(np.mean(values)) < 3 * np.std(values) / 10
    assert abs(rules.unbiased_cka(a, b)) < 0.2


def test_awm_sees_through_permutations_and_not_through_rotations(tmp_path: Path) -> None:
    for name in ("llama-channels", "llama-rotated", "llama-narrow"):
        store.make(name, tmp_path)
    found = {
        name: rules.awm(pairs.Pair("any", name, ("base",), related=True), tmp_path)
        for name in ("llama-channels", "llama-rotated", "llama-narrow", "stranger-1", "gpt2-base")
    }
    assert found["llama-channels"].figures["score"] > 0.99
    assert found["llama-rotated"].figures["score"] < 0.4
    assert found["llama-narrow"].said is Said.NOTHING
    answers, line = rules.settle(
        [found["llama-channels"], found["llama-rotated"], found["stranger-1"]],
        {"stranger-1 <- base"},
    )
    assert line == found["stranger-1"].figures["score"]
    assert answers[0].said is Said.KIN
    assert answers[2].said is Said.STRANGERS


def test_the_plain_rule_needs_its_cosine(tmp_path: Path) -> None:
    store.make("llama-int8", tmp_path)
    store.make("llama-channels", tmp_path)
    said = {
        name: rules.cosine(pairs.Pair("any", name, ("base",), related=True), tmp_path).said
        for name in ("llama-int8", "llama-channels")
    }
    assert said == {"llama-int8": Said.KIN, "llama-channels": Said.STRANGERS}


def test_what_other_tools_say_is_understood() -> None:
    modeldna, cisco = peers.PEERS
    row = {"key": "a <- b", "score": 0.5}
    assert peers.understood(modeldna, {**row, "verdict": "FINE_TUNE"}).said is Said.KIN
    assert peers.understood(modeldna, {**row, "verdict": "NO_MATCH"}).said is Said.STRANGERS
    assert peers.understood(modeldna, {**row, "verdict": "INSUFFICIENT"}).said is Said.NOTHING
    assert peers.understood(cisco, {**row, "verdict": "Confirmed Match"}).said is Said.KIN
    not_compared = peers.understood(modeldna, {"key": "a", "score": None, "verdict": "NO_MATCH"})
    assert not_compared.said is Said.NOTHING
    words = "Not Matched (metadata only)"
    assert peers.understood(cisco, {**row, "verdict": words}).said is Said.STRANGERS
    broken = peers.understood(cisco, {**row, "verdict": "ERROR", "error": "no such file"})
    assert broken.said is Said.NOTHING
    assert broken.figures["error"] == "no such file"


def test_a_tool_that_is_not_there_is_said_not_to_have_run(tmp_path: Path) -> None:
    assert all("not run" in str(peers.why_not(peer, tmp_path)) for peer in peers.PEERS)


def test_the_page_counts_every_pair_and_names_the_faults() -> None:
    asked = [
        pairs.Pair("hidden", "finetuned", ("base",), related=True),
        pairs.Pair("hidden", "retrained", ("base",), related=True),
        pairs.Pair("another seed", "base", ("stranger-1",), related=False),
        pairs.Pair("alone", "merge-strangers", ("base",), related=True, counted=False),
    ]
    said = [Said.KIN, Said.STRANGERS, Said.STRANGERS, Said.NOTHING]
    held = {p.key: Answer(p.key, "Dokja", s, "words") for p, s in zip(asked, said, strict=True)}
    outcome = page.Outcome(asked, {"Dokja": held}, {"Other": "not run: why"}, 0.0)
    text = page.written(outcome, "Dokja")
    assert "| Dokja | 1 / 0 / 1 | 1 / 0 / 0 | 95.00% |" in text
    assert "| retrained <- base | hidden | wrong | words |" in text
    assert "| **all** | **1** | **0 / 1 / 0** |" in text
    assert "*Other*: not run: why" in text
