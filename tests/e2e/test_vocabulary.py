"""Vocabularies that were re-ordered, extended, cut or replaced, and rows that nobody trained."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dokja.arch.align import align
from dokja.arch.resolve import resolve
from dokja.audit import audit
from dokja.comparison.collect import collect
from dokja.comparison.structure import collect_structure
from dokja.comparison.vocabulary import lay_rows
from dokja.document.audit import (
    AuditReport,
    CanariesEvidence,
    ComponentResult,
    Relation,
    VocabularyEvidence,
)
from dokja.io.checkpoint import open_checkpoint
from dokja.numerics.matching import mutual_nearest
from dokja.numerics.relabelling import single_group_log10_p
from dokja.numerics.token_rows import drawn_rows, geometry, row_cosine, unit_rows
from tests.support.zoo import ZOO, Relabelled, Tensors, config, lineage, load, save

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

BASE = str(ZOO / "base")
TOKENS = "model.embed_tokens.weight"
HEAD = "lm_head.weight"
RELATED = {Relation.REUSED, Relation.DERIVED}


def tokenizer(name: str = "base") -> dict[str, Any]:
    return json.loads((ZOO / name / "tokenizer.json").read_text("utf-8"))


def renumbered(place: NDArray[np.int64]) -> dict[str, Any]:
    """Return the tokenizer of the zoo with each token under another number."""
    stored = tokenizer()
    stored["model"]["vocab"] = {t: int(place[i]) for t, i in stored["model"]["vocab"].items()}
    for token in stored["added_tokens"]:
        token["id"] = int(place[token["id"]])
    return stored


def with_rows(
    folder: Path,
    like: str,
    rows: NDArray[np.float32],
    spelled: dict[str, Any] | None,
    **more: NDArray[np.float32],
) -> str:
    """Write a member with other token rows, beside a tokenizer or none."""
    tensors: Tensors = {**load(like), TOKENS: rows, **more}
    save(folder, tensors, like)
    settings = json.loads((folder / "config.json").read_text("utf-8"))
    settings["vocab_size"] = len(rows)
    settings["tie_word_embeddings"] = HEAD not in tensors
    (folder / "config.json").write_text(json.dumps(settings), "utf-8")
    if spelled is not None:
        (folder / "tokenizer.json").write_text(json.dumps(spelled), "utf-8")
    return str(folder)


def against_base(subject: str) -> tuple[AuditReport, ComponentResult, VocabularyEvidence]:
    report = audit(subject, [BASE])
    (result,) = report.components
    rows = next(item for item in report.evidence if isinstance(item, VocabularyEvidence))
    return report, result, rows


def findings(report: AuditReport) -> set[str]:
    return {finding.rule for finding in report.verdict.findings}


def pearson_of(result: ComponentResult, record: str) -> float | None:
    return next(row.pearson for row in result.tensors if row.subject == record)


@pytest.mark.parametrize(
    ("strings", "route"),
    [("renumbered", "by_string"), ("none", "found"), ("left as they were", "found")],
)
def test_a_reordered_vocabulary_is_found_and_undone(
    strings: str, route: str, tmp_path: Path
) -> None:
    rows = load("finetuned")[TOKENS]
    order = np.random.default_rng(0).permutation(len(rows))
    place = np.argsort(order)
    spelled = {"renumbered": renumbered(place), "none": None, "left as they were": tokenizer()}
    subject = with_rows(tmp_path / "moved", "finetuned", rows[order], spelled[strings])
    report, result, evidence = against_base(subject)
    assert result.relation is Relation.REUSED
    assert result.transformation is not None
    assert result.transformation.operations == ("vocabulary_reordered",)
    assert "DKJ509" in findings(report)
    assert evidence.route == route
    assert evidence.n_aligned > 0.9 * len(rows)
    assert evidence.effect is not None
    assert evidence.effect > 0.8
    assert (pearson_of(result, TOKENS) or 0.0) > 0.98
    assert result.coverage.paired > 0.98


@pytest.mark.parametrize("spelled", [True, False])
def test_a_strangers_reordered_vocabulary_is_nothing(spelled: bool, tmp_path: Path) -> None:  # noqa: FBT001
    rows = load("stranger-1")[TOKENS]
    order = np.random.default_rng(0).permutation(len(rows))
    strings = renumbered(np.argsort(order)) if spelled else None
    subject = with_rows(tmp_path / "moved", "stranger-1", rows[order], strings)
    report, result, evidence = against_base(subject)
    assert result.relation is Relation.NO_EVIDENCE
    assert evidence.route == ("by_string" if spelled else "by_number")
    assert result.transformation is None
    assert not findings(report) & {"DKJ509", "DKJ510"}
    assert abs(pearson_of(result, TOKENS) or 0.0) < 0.2


@pytest.mark.parametrize("spelled", [True, False])
def test_an_extended_vocabulary_is_compared_over_what_it_shares(
    spelled: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    rows = load("base")[TOKENS]
    new = np.random.default_rng(0).normal(scale=0.05, size=(24, rows.shape[1]))
    stored = tokenizer()
    stored["added_tokens"] += [
        {**stored["added_tokens"][0], "id": len(rows) + i, "content": f"<new {i}>"}
        for i in range(24)
    ]
    subject = with_rows(
        tmp_path / "longer",
        "base",
        np.concatenate([rows, new]).astype(np.float32),
        stored if spelled else None,
    )
    report, result, evidence = against_base(subject)
    assert result.relation is Relation.REUSED
    assert (evidence.n_rows, evidence.n_aligned, evidence.n_moved) == (664, 640, 0)
    assert evidence.n_equal == 640
    assert "DKJ509" in findings(report)
    assert pearson_of(result, TOKENS) == pytest.approx(1.0)
    total = result.n_parameters
    assert result.coverage.paired == pytest.approx((total - new.size) / total)
    assert result.coverage.reference_paired == pytest.approx(1.0)
    (left,) = result.leftovers
    assert (left.side, left.n_parameters) == ("subject", new.size)
    laid = next(row for row in result.tensors if row.subject == TOKENS)
    assert laid.shape == rows.shape
    assert laid.n_parameters == rows.size


def test_a_cut_vocabulary_is_compared_over_what_is_left(tmp_path: Path) -> None:
    """Every third token is dropped, so that numbers and tokens part ways."""
    rows = load("base")[TOKENS]
    kept = np.flatnonzero(np.arange(len(rows)) % 3 != 1)
    place = {int(old): new for new, old in enumerate(kept)}
    stored = tokenizer()
    vocabulary = stored["model"]["vocab"]
    stored["model"]["vocab"] = {t: place[i] for t, i in vocabulary.items() if i in place}
    stored["model"]["merges"] = []
    subject = with_rows(tmp_path / "cut", "base", rows[kept], stored)
    report, result, evidence = against_base(subject)
    assert result.relation in RELATED
    assert evidence.n_aligned == evidence.n_equal == len(kept)
    assert "DKJ509" in findings(report)
    assert pearson_of(result, TOKENS) == pytest.approx(1.0)


@pytest.mark.parametrize("tied", ["reference", "neither"])
def test_untied_heads_are_laid_by_the_same_rows(tied: str, tmp_path: Path) -> None:
    rows = load("base")[TOKENS]
    order = np.random.default_rng(0).permutation(len(rows))
    head = (rows + np.random.default_rng(1).normal(scale=0.02, size=rows.shape)).astype(np.float32)
    strings = renumbered(np.argsort(order))
    more = {HEAD: head[order]}
    subject = with_rows(tmp_path / "untied", "base", rows[order], strings, **more)
    reference = BASE
    if tied == "neither":
        reference = with_rows(tmp_path / "reference", "base", rows, tokenizer(), **{HEAD: head})
    (result,) = audit(subject, [reference]).components
    assert result.relation is Relation.REUSED
    assert pearson_of(result, TOKENS) == pytest.approx(1.0)
    (laid,) = (row for row in result.tensors if row.subject == HEAD)
    assert laid.reference == (HEAD if tied == "neither" else TOKENS)
    assert laid.pearson == pytest.approx(1.0, abs=1e-2)
    assert not result.leftovers
    assert (result.coverage.paired, result.coverage.reference_paired) == (1.0, 1.0)
    if tied == "neither":
        assert laid.equal_share == 1.0


def test_a_head_is_laid_beside_the_table_it_was_tied_to_from_either_side(tmp_path: Path) -> None:
    rows = load("base")[TOKENS]
    untied = with_rows(tmp_path / "untied", "base", rows, tokenizer(), **{HEAD: rows})
    for subject, reference in ((untied, BASE), (BASE, untied)):
        (result,) = audit(subject, [reference]).components
        heads = [row for row in result.tensors if HEAD in {row.subject, row.reference}]
        assert [row.equal_share for row in heads] == [1.0]
        assert not result.leftovers
        assert (result.coverage.paired, result.coverage.reference_paired) == (1.0, 1.0)
        assert result.relation in {*RELATED, Relation.VERBATIM}


def test_rows_nobody_trained_show_a_start_and_accuse_nobody(tmp_path: Path) -> None:
    """A stranger with the unused rows of the base: as two models of one seed would keep them."""
    base, stranger = load("base")[TOKENS], load("stranger-1")[TOKENS]
    unused = drawn_rows(base, np.random.default_rng(0))
    rows = stranger.copy()
    rows[unused] = base[unused] - base[unused].mean(axis=0) + stranger[unused].mean(axis=0)
    report, result, _ = against_base(with_rows(tmp_path / "s", "stranger-1", rows, tokenizer()))
    assert result.relation is Relation.INCONCLUSIVE
    assert "random start at least" in result.reason.en
    assert {"DKJ104", "DKJ510"} <= findings(report)
    assert report.verdict.passed


def _embeddings(names: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    held = {name: load(name) for name in names}
    return {name: tensors[TOKENS] for name, tensors in held.items() if TOKENS in tensors}


def test_no_two_strangers_of_the_zoo_share_rows() -> None:
    """Same tokenizer, mostly the same data in the same order; another seed."""
    tables = _embeddings(sorted(lineage()["members"]))
    kin = {(pair["subject"], pair["reference"]): pair["kin"] for pair in lineage()["pairs"]}
    unused = {name: drawn_rows(rows, np.random.default_rng(0)) for name, rows in tables.items()}
    n_pairs = 0
    for one, other in itertools.permutations(tables, 2):
        first, second = tables[one], tables[other]
        if kin[one, other] or first.shape != second.shape:
            continue
        n_pairs += 1
        kept = unused[other]
        found = mutual_nearest(unit_rows(first[kept]) @ unit_rows(second[kept]).T)
        assert single_group_log10_p(len(kept), found.n_mutual, found.n_in_place) > -3.0
        assert abs(row_cosine(first[kept], second[kept]) or 0.0) < 0.05
        chosen, _ = lay_rows(first, second, None, np.random.default_rng(1), same_columns=True)
        assert chosen.route == "by_number"
        assert abs(chosen.effect or 0.0) < 0.2
    assert n_pairs > 100


@pytest.mark.parametrize("child", ["finetuned", "retrained", "twin-otherdata"])
def test_unused_rows_outlive_any_training(child: str) -> None:
    report = audit(str(ZOO / child), [BASE])
    item = next(item for item in report.evidence if isinstance(item, CanariesEvidence))
    assert item.log10_p < -100
    assert item.mean_cosine is not None
    assert item.mean_cosine > 0.25
    assert "DKJ510" in findings(report)


def test_a_fitted_rotation_would_call_a_distilled_model_kin() -> None:
    """Why untrained rows are compared in the basis as it stands: outputs carry how they lie."""
    base, student = load("base")[TOKENS], load("distilled")[TOKENS]
    unused = drawn_rows(base, np.random.default_rng(0))
    used = np.setdiff1d(np.arange(len(base)), unused)
    mean = student[used].mean(axis=0), base[used].mean(axis=0)
    u, _, v = np.linalg.svd((student[used] - mean[0]).T @ (base[used] - mean[1]))
    turned = student @ (u @ v)
    log10_p = []
    for rows in (turned, student):
        found = mutual_nearest(unit_rows(rows[unused]) @ unit_rows(base[unused]).T)
        log10_p.append(single_group_log10_p(len(unused), found.n_mutual, found.n_in_place))
    assert log10_p[0] < -10
    assert log10_p[1] > -2


def test_rows_by_string_begin_the_search_for_a_renumbered_copy(tmp_path: Path) -> None:
    """Channels, units and tokens renumbered together, and tuned before."""
    rng = np.random.default_rng(3)
    model = Relabelled(load("finetuned"), config("finetuned"))
    tensors = model.at_random(rng, channels=True, units=True).result()
    order = rng.permutation(len(tensors[TOKENS]))
    rest = {name: values for name, values in tensors.items() if name != TOKENS}
    strings = renumbered(np.argsort(order))
    subject = with_rows(tmp_path / "all", "finetuned", tensors[TOKENS][order], strings, **rest)
    _, result, evidence = against_base(subject)
    assert (result.relation, result.level) == (Relation.DERIVED, "structure")
    assert result.transformation is not None
    expected = {"units_renumbered", "channels_renumbered", "vocabulary_reordered"}
    assert expected <= set(result.transformation.operations)
    assert (evidence.route, evidence.n_aligned) == ("by_string", len(order))
    with open_checkpoint(subject) as ours, open_checkpoint(BASE) as theirs:
        sides = [resolve(side.records, side.config) for side in (ours, theirs)]
        alignment = align(sides[0].components[0], sides[1].components[0])
        data = collect(ours, theirs, "base", alignment, np.random.default_rng(0))
        structure = collect_structure(
            ours, theirs, alignment, np.random.default_rng(0), data.vocabulary
        )
    assert structure is not None
    facing = structure.rows["token_embedding.weight"]
    assert (geometry(*facing) or 0.0) > 0.95
