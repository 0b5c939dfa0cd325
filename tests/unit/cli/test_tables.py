from __future__ import annotations

import pytest

from dokja.cli.console import visible
from dokja.cli.language import Language
from dokja.cli.tables import print_summary, print_verdict
from dokja.document.audit import AuditReport, CheckpointSummary
from dokja.policy import judge
from dokja.testing import sample_report
from tests.support.reports import BUILDERS

HOSTILE = "\x1b[31mevil\x1b[0m\u202e[red]x[/]\x07\r"


def _renamed(report: AuditReport, component: str) -> AuditReport:
    text = report.model_dump_json(by_alias=True).replace('"language_model"', f'"{component}"')
    return AuditReport.model_validate_json(text)


def test_control_characters_are_spelt_out() -> None:
    assert visible("a\x1b[31mb\u202ec\n가") == "a\\x1b[31mb\\u202ec\n가"


def test_hostile_names_command_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    escaped = HOSTILE.encode("unicode_escape").decode().replace("\\x", "\\u00")
    print_verdict(judge(_renamed(sample_report(), f"other:{escaped}")), Language.EN)
    shown = capsys.readouterr().out
    assert not [c for c in shown if not c.isprintable() and c != "\n"]
    assert "\\x1b[31mevil" in shown
    assert "[red]x[/]" in shown


@pytest.mark.parametrize("story", BUILDERS)
def test_every_report_can_be_printed(story: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = judge(BUILDERS[story]())
    print_verdict(report, Language.EN)
    shown = capsys.readouterr().out
    assert visible(report.verdict.summary.en) in shown
    assert not [c for c in shown if not c.isprintable() and c != "\n"]


def test_references_without_a_counterpart_take_no_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report = sample_report()
    result = report.components[0]
    elsewhere = {**dict(result), "reference": "/models/other", "reference_component": None}
    alone = {**elsewhere, "component": "projector"}
    both = AuditReport.model_validate(
        {
            **dict(report),
            "references": (
                report.references[0],
                {**dict(report.references[0]), "ref": "/models/other"},
            ),
            "components": (result, elsewhere, alone, {**alone, "reference": "/models/reference"}),
        }
    )
    print_verdict(both, Language.EN)
    shown = capsys.readouterr().out
    assert shown.count("language_model") == 1
    assert shown.count("projector") == 1
    assert "other" not in shown


def test_references_of_one_name_are_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    report = sample_report(reference="/a/model")
    twice = (report.references[0], {**dict(report.references[0]), "ref": "/b/model"})
    print_verdict(AuditReport.model_validate({**dict(report), "references": twice}), Language.EN)
    assert "/a/model" in capsys.readouterr().out


def test_summary_tells_tokenizer_and_nonfinite_weights(
    capsys: pytest.CaptureFixture[str],
) -> None:
    summary = CheckpointSummary.model_validate(
        {
            **dict(sample_report().subject),
            "tokenizer": {"digest": "blake3:aa", "n_tokens": 1234, "n_shared_tokens": None},
            "n_nonfinite": 7,
        }
    )
    print_summary(summary, Language.EN)
    shown = capsys.readouterr().out
    assert "tokenizer: 1,234 tokens, blake3:aa" in shown
    assert "NaN or infinite: 7" in shown
    assert "apache-2.0" in shown
