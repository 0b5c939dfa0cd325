"""Every format of results, on a sample file with that format's own keys."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dokja.document.results import Entry, ResultsDocument
from dokja.errors import ProgrammeError
from dokja.programme.results import (
    FORMATS,
    ResultsMapping,
    read_many,
    read_mapping,
    read_results,
)
from dokja.programme.results.source import Source
from tests.support.results import SAMPLES, zipped


def by_name(document: ResultsDocument) -> dict[tuple[str, str | None], Entry]:
    return {(one.item, one.protocol.metric): one for one in document.entries}


def said(document: ResultsDocument) -> str:
    return "\n".join(note.en for note in document.notes)


def changed(name: str, tmp_path: Path, change: Any) -> Path:
    content = json.loads((SAMPLES / name).read_text())
    change(content)
    path = tmp_path / Path(name).name
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("lm-eval", "lm-eval.json"),
        ("lm-eval", "lm-eval-0.3.json"),
        ("lighteval", "lighteval/results_2026-01-21T03-44-18.458309.json"),
        ("inspect", "inspect.json"),
        ("helm", "helm-run"),
        ("opencompass", "opencompass.csv"),
        ("hugging-face", "hub/.eval_results/gpqa.yaml"),
        ("every-eval-ever", "every-eval-ever.json"),
        ("table", "team-form.csv"),
        ("table", "panel-cp949.csv"),
    ],
)
def test_each_sample_is_recognised_by_its_own_format_alone(name: str, path: str) -> None:
    fitting = [one for one in FORMATS if FORMATS.get(one).recognises(Source(SAMPLES / path))]
    assert [one for one in fitting if one != "table"] == ([] if name == "table" else [name])
    assert name in fitting


# -- lm-evaluation-harness ------------------------------------------------------------------------


def test_lm_eval_keeps_original_unit_and_protocol() -> None:
    found = by_name(read_results(SAMPLES / "lm-eval.json"))[("hellaswag", "acc_norm")]
    assert found.team == "example/one-7b"
    assert (str(found.value), found.unit) == ("74.21", "percent")
    assert (found.original, found.original_unit) == ("0.7421", "fraction")
    assert found.standard_error == Decimal("0.4365841283")
    assert found.higher_is_better is True
    assert (found.low, found.high) == (0, 100)
    protocol = found.protocol
    assert (protocol.harness, protocol.harness_version) == ("lm-evaluation-harness", "0.4.13")
    assert (protocol.filter, protocol.n_shot, protocol.n_samples) == ("none", 5, 10042)
    assert protocol.model_digest == "git:82047f5e5d5245c1b3a4cd75ad98aa441d6487cd"
    assert protocol.chat_template_digest is not None
    assert protocol.chat_template_digest.startswith("sha256:2f1d")
    assert protocol.measured_on == "2026-01-21"
    assert protocol.mode is None
    assert found.source.where == "results.hellaswag.acc_norm,none"
    assert found.source.digest.startswith("blake3:")


def test_lm_eval_takes_the_filter_out_of_the_name_of_a_metric() -> None:
    document = read_results(SAMPLES / "lm-eval.json")
    filters = [one.protocol.filter for one in document.entries if one.item == "gsm8k"]
    assert filters == ["strict-match", "flexible-extract"]
    errors = [one.standard_error for one in document.entries if one.item == "gsm8k"]
    assert errors == [Decimal("1.367"), None]


def test_lm_eval_marks_groups_and_names_what_has_no_unit() -> None:
    document = read_results(SAMPLES / "lm-eval.json")
    assert by_name(document)[("kmmlu", "acc")].note == "mean of a group of 2 tasks"
    assert ("house_task", "reward") not in by_name(document)
    assert "house_task reward" in said(document)
    perplexity = by_name(document)[("wikitext", "word_perplexity")]
    assert (perplexity.unit, perplexity.higher_is_better) == ("index", False)


def test_lm_eval_of_version_3_has_no_filters_and_its_model_among_the_arguments() -> None:
    document = read_results(SAMPLES / "lm-eval-0.3.json")
    found = by_name(document)[("sciq", "acc_norm")]
    assert (found.team, found.value, found.protocol.n_shot) == (
        "example/old-3b",
        Decimal("81.6"),
        0,
    )
    assert "limit 100" in said(document)


def test_a_share_beyond_one_is_out_of_range_and_never_taken_for_a_percentage(
    tmp_path: Path,
) -> None:
    def spoil(content: Any) -> None:
        content["results"]["hellaswag"]["acc,none"] = 61.2
        content["results"]["kmmlu"]["acc,none"] = float("nan")
        content["results"]["gsm8k"]["exact_match,strict-match"] = "n/a"

    path = changed("lm-eval.json", tmp_path, spoil)
    with pytest.raises(ProgrammeError) as caught:
        read_results(path)
    message = str(caught.value)
    assert "3 defects" in message
    assert "results.hellaswag.acc,none: '61.2' is out of range" in message
    assert "results.kmmlu.acc,none: 'NaN' is no finite number" in message
    assert "results.gsm8k.exact_match,strict-match: 'n/a'" in message
    assert "unit: percent" in caught.value.hint


def test_an_explicit_unit_outranks_what_the_format_documents(tmp_path: Path) -> None:
    path = changed(
        "lm-eval.json",
        tmp_path,
        lambda content: content["results"]["kmmlu"].update({"acc,none": 47.3}),
    )
    mapping = ResultsMapping.model_validate(
        {"items": {"kmmlu": {"item": "nia", "unit": "percent"}}}
    )
    (found,) = read_results(path, mapping=mapping).entries
    assert (found.value, found.original_unit) == (Decimal("47.3"), "percent")


def test_shares_can_be_kept_as_fractions() -> None:
    mapping = ResultsMapping.model_validate({"items": {"kmmlu": {"item": "nia", "to": "fraction"}}})
    (found,) = read_results(SAMPLES / "lm-eval.json", mapping=mapping).entries
    assert (str(found.value), found.unit, found.high) == ("0.4730", "fraction", 1)
    assert found.standard_error == Decimal("0.0026")


# -- LightEval ------------------------------------------------------------------------------------


def test_lighteval_reads_tasks_shots_and_directions() -> None:
    document = read_results(SAMPLES / "lighteval")
    found = by_name(document)
    algebra = found["mmlu:abstract_algebra", "acc"]
    assert (str(algebra.value), algebra.protocol.n_shot, algebra.protocol.n_samples) == (
        "31",
        5,
        100,
    )
    assert algebra.protocol.harness_version is None
    assert algebra.protocol.measured_on == "2026-01-21"
    assert found["mmlu:anatomy", "acc"].standard_error is None
    assert (found["glue:cola", "mcc"].value, found["glue:cola", "mcc"].unit) == (
        Decimal("-0.0162"),
        "index",
    )
    assert "all" not in {one.item for one in document.entries}
    assert "results.all is left out" in said(document)
    assert "custom_reward" in said(document)


# -- Inspect --------------------------------------------------------------------------------------


def test_inspect_reads_accuracy_and_leaves_a_mean_without_unit() -> None:
    document = read_results(SAMPLES / "inspect.json")
    (found,) = document.entries
    assert found.value == Decimal("70.95959595959596")
    assert found.standard_error == Decimal("3.24")
    assert found.protocol.filter == "choice, mean"
    assert found.protocol.n_samples == 198
    assert "790 of 792" in said(document)
    assert "mean judge" in said(document)


def eval_file(path: Path, header: Any, **others: bytes | str) -> Path:
    content = header if isinstance(header, bytes | str) else json.dumps(header)
    path.write_bytes(zipped({"header.json": content, **others}))
    return path


def test_inspect_archive_gives_what_the_json_gives(tmp_path: Path) -> None:
    header = json.loads((SAMPLES / "inspect.json").read_text())
    del header["samples"]
    path = eval_file(tmp_path / "log.eval", header, **{"samples/1_epoch_1.json": "{}"})
    (found,) = read_results(path).entries
    (plain,) = read_results(SAMPLES / "inspect.json").entries
    assert found.value == plain.value
    assert found.protocol == plain.protocol


@pytest.mark.parametrize("status", ["error", "cancelled", "started", None])
def test_inspect_must_have_come_to_a_good_end(tmp_path: Path, status: str | None) -> None:
    path = changed("inspect.json", tmp_path, lambda content: content.update(status=status))
    with pytest.raises(ProgrammeError, match="not 'success'"):
        read_results(path)


def test_inspect_log_that_was_declared_invalid_is_refused(tmp_path: Path) -> None:
    path = changed("inspect.json", tmp_path, lambda content: content.update(invalidated=True))
    with pytest.raises(ProgrammeError, match="declared invalid"):
        read_results(path)


def test_inspect_archive_without_header_is_unfinished(tmp_path: Path) -> None:
    path = tmp_path / "log.eval"
    path.write_bytes(zipped({"_journal/start.json": "{}"}))
    with pytest.raises(ProgrammeError, match="did not come to its end"):
        read_results(path)


# -- HELM -----------------------------------------------------------------------------------------


def test_helm_takes_the_plain_test_split_and_names_the_rest() -> None:
    document = read_results(SAMPLES / "helm-run")
    found = by_name(document)
    task = "mmlu:subject=philosophy,method=multiple_choice_joint"
    assert set(found) == {(task, "exact_match"), (task, "quasi_exact_match")}
    exact = found[task, "exact_match"]
    assert exact.team == "example/four"
    assert exact.value == Decimal("63.02250803858521")
    assert (exact.protocol.split, exact.protocol.n_shot, exact.protocol.n_samples) == (
        "test",
        5,
        311,
    )
    assert exact.note == "at most 5 examples were shown, 4.75 on average"
    for left in ("exact_match valid", "exact_match test robustness", "ece_10_bin test"):
        assert left in said(document)
    assert exact.source.where == "stats.json[2].mean"


def test_helm_split_and_metric_can_be_chosen() -> None:
    task = "mmlu:subject=philosophy,method=multiple_choice_joint"
    rule = {"item": "global", "metric": "exact_match", "split": "valid"}
    mapping = ResultsMapping.model_validate({"items": {task: rule}})
    (found,) = read_results(SAMPLES / "helm-run", mapping=mapping).entries
    assert found.value == 70
    rule = {"item": "global", "metric": "ece_10_bin", "unit": "fraction", "higher_is_better": False}
    mapping = ResultsMapping.model_validate({"items": {task: rule}})
    (found,) = read_results(SAMPLES / "helm-run", mapping=mapping).entries
    assert (found.value, found.higher_is_better) == (12, False)


def test_helm_without_a_score_says_what_there_is(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(SAMPLES / "helm-run", folder)
    (folder / "stats.json").write_text(
        '[{"name": {"name": "exact_match", "split": "valid"}, "mean": 0.5}]'
    )
    with pytest.raises(ProgrammeError, match="exact_match valid"):
        read_results(folder)


# -- OpenCompass ----------------------------------------------------------------------------------


def test_opencompass_reads_a_column_a_model() -> None:
    document = read_results(SAMPLES / "opencompass.csv")
    values = {(one.team, one.item): str(one.value) for one in document.entries}
    assert values == {
        ("example-five-hf", "kmmlu"): "47.30",
        ("example-six-vllm", "kmmlu"): "51.02",
        ("example-five-hf", "humaneval"): "60.37",
    }
    assert "mmlu naive_average" in said(document)
    assert "example-six-vllm humaneval" in said(document)


def test_opencompass_reports_every_bad_cell(tmp_path: Path) -> None:
    path = tmp_path / "summary.csv"
    path.write_text(
        "dataset,version,metric,mode,m\nkmmlu,1,accuracy,gen,473\nrace,1,accuracy,gen,x\nshort,1\n"
    )
    with pytest.raises(ProgrammeError) as caught:
        read_results(path)
    message = str(caught.value)
    assert "row 2, column m: '473' is out of range" in message
    assert "row 3, column m: 'x' is not a number" in message
    assert "row 4: 2 columns" in message


# -- Hugging Face ---------------------------------------------------------------------------------


def test_hub_needs_model_and_unit_from_the_mapping() -> None:
    path = SAMPLES / "hub"
    with pytest.raises(ProgrammeError, match="which model"):
        read_results(path)
    with pytest.raises(ProgrammeError, match="not guessed"):
        read_results(path, mapping=ResultsMapping(model="m"))
    document = read_results(path, mapping=ResultsMapping(model="m", unit="fraction"))
    first, second = document.entries
    assert (str(first.value), first.original) == ("41.20", "0.4120")
    assert first.protocol.measured_on == "2026-03-19"
    assert first.protocol.dataset_revision is not None
    assert first.item == "Idavidrein/gpqa:gpqa_diamond"
    assert second.item == "Idavidrein/gpqa"
    assert second.note == "a verifyToken is there and was not checked"
    assert (first.source.file, first.source.where) == (
        f"{path}/.eval_results/gpqa.yaml",
        "[0].value",
    )


def test_hub_list_may_begin_with_a_document_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("---\n- dataset:\n    id: a/b\n  value: 75.80\n")
    mapping = ResultsMapping(model="m", unit="percent")
    (found,) = read_results(path, mapping=mapping).entries
    assert str(found.value) == "75.80"


# -- Every Eval Ever ------------------------------------------------------------------------------


def test_every_eval_ever_units_come_from_the_stated_range_or_name() -> None:
    first, second = read_results(SAMPLES / "every-eval-ever.json").entries
    assert (str(first.value), first.original_unit, first.by) == ("62.65", "fraction", "third_party")
    assert (first.protocol.mode, first.protocol.n_samples) == ("thinking", 12032)
    assert (second.value, second.higher_is_better, second.high) == (Decimal("8.4"), False, None)


def test_every_eval_ever_without_a_unit_is_refused(tmp_path: Path) -> None:
    def spoil(content: Any) -> None:
        content["evaluation_results"][0]["metric_config"]["max_score"] = 7

    with pytest.raises(ProgrammeError, match="not guessed"):
        read_results(changed("every-eval-ever.json", tmp_path, spoil))


# -- mappings -------------------------------------------------------------------------------------


def test_a_mapping_names_teams_and_items() -> None:
    mapping = read_mapping(SAMPLES / "mapping.yaml")
    document = read_results(SAMPLES / "lm-eval.json", mapping=mapping)
    rows = [(one.team, one.item, one.benchmark, str(one.value)) for one in document.entries]
    assert rows == [
        ("one", "global", "HellaSwag", "74.21"),
        ("one", "global", "GSM8K", "56.10"),
        ("one", "nia.kmmlu", None, "47.30"),
    ]
    assert {one.by for one in document.entries} == {"agency"}
    assert {one.protocol.mode for one in document.entries} == {"instruct"}
    for left in ("wikitext", "house_task", "hellaswag acc none", "arc_challenge"):
        assert left in said(document)


def test_two_metrics_of_a_chosen_task_must_be_chosen_between() -> None:
    mapping = ResultsMapping.model_validate({"items": {"hellaswag": "global"}})
    with pytest.raises(ProgrammeError, match="a second value") as caught:
        read_results(SAMPLES / "lm-eval.json", mapping=mapping)
    assert "`metric`" in caught.value.hint


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"teams": {"other": "one"}}, "not listed in the mapping"),
        ({"items": {"hellaswag": {"item": "g", "metric": "f1"}}}, "asks for f1"),
        ({"protocol": {"n_shot": 0}}, "states n_shot 0, the file says 5"),
        ({"items": {"house_task": "g"}}, "not guessed"),
        ({"format": "helm"}, "run_spec"),
        ({"format": "nothing"}, "no results format"),
    ],
)
def test_what_a_mapping_says_must_fit_the_file(mapping: dict[str, Any], words: str) -> None:
    with pytest.raises((ProgrammeError, LookupError), match=words):
        read_results(SAMPLES / "lm-eval.json", mapping=ResultsMapping.model_validate(mapping))


def test_a_mapping_that_does_not_fit_names_every_line(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text("unit: percents\nteems: {}\nitems:\n  a: {item: b, unit: furlong}\n")
    with pytest.raises(ProgrammeError) as caught:
        read_mapping(path)
    for words in ("unit (line 1)", "teems (line 2): no such field", "(line 4)"):
        assert words in str(caught.value)
    with pytest.raises(ProgrammeError, match="cannot be read"):
        read_mapping(tmp_path / "none.yaml")


# -- several files --------------------------------------------------------------------------------


def test_several_files_are_one_document_that_names_what_is_missing() -> None:
    document = read_many([SAMPLES / "lm-eval.json", SAMPLES / "opencompass.csv"])
    assert len({one.source.file for one in document.entries}) == 2
    assert "no value is given for" in said(document)


def test_the_same_value_in_two_files_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "again.json"
    shutil.copy(SAMPLES / "lm-eval.json", copy)
    with pytest.raises(ProgrammeError, match="the first stands at"):
        read_many([SAMPLES / "lm-eval.json", copy])


def test_defects_of_all_files_come_together(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("team,item,score(%)\none,x,101\n")
    (tmp_path / "b.json").write_text("{")
    with pytest.raises(ProgrammeError) as caught:
        read_many([tmp_path / "a.csv", tmp_path / "b.json", tmp_path / "c.csv"])
    message = str(caught.value)
    assert "3 files cannot be read" in message
    for name in ("a.csv", "b.json", "c.csv"):
        assert name in message


def test_a_folder_is_read_by_name_without_following_links(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "helm-run", tmp_path / "runs" / "one")
    shutil.copy(SAMPLES / "lm-eval.json", tmp_path / "runs" / "b.json")
    (tmp_path / "runs" / "samples.jsonl").write_text("{}\n")
    (tmp_path / "runs" / "loop").symlink_to(tmp_path / "runs")
    document = read_results(tmp_path / "runs")
    assert {one.protocol.harness for one in document.entries} == {"helm", "lm-evaluation-harness"}
    assert "samples.jsonl" in said(document)


def test_an_empty_folder_and_unknown_content_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ProgrammeError, match="no file of results"):
        read_results(tmp_path)
    for content in (b"\x89PNG\r\n\x1a\n\0\0", b"", b'{"something": 1}', b"\xd0\xcf\x11\xe0\0\0"):
        path = tmp_path / "x.csv"
        path.write_bytes(content)
        with pytest.raises(ProgrammeError, match="no known format"):
            read_results(path)
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"a.txt": "x"}))
    with pytest.raises(ProgrammeError, match="no known format"):
        read_results(path)


def test_names_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = changed("lm-eval.json", tmp_path, lambda content: content.update(model_name="a\ud800b"))
    with pytest.raises(ProgrammeError, match="no text for a name"):
        read_results(path)
    path = changed("lm-eval.json", tmp_path, lambda content: content.update(model_name="m" * 501))
    with pytest.raises(ProgrammeError, match="too long"):
        read_results(path)


@pytest.mark.parametrize(
    ("task", "metric", "words"),
    [("", "acc,none", "is empty"), ("a\nb", "acc,none", "no text"), ("a", ",none", "its metric")],
)
def test_tasks_and_metrics_need_names(tmp_path: Path, task: str, metric: str, words: str) -> None:
    path = changed(
        "lm-eval.json", tmp_path, lambda content: content["results"].update({task: {metric: 0.5}})
    )
    with pytest.raises(ProgrammeError, match=words):
        read_results(path, mapping=ResultsMapping(unit="fraction"))


def test_no_room_names_its_place_absolutely_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SAMPLES)
    document = read_results("lm-eval.json")
    assert {one.source.file for one in document.entries} == {"lm-eval.json"}
