from __future__ import annotations

from pathlib import Path

import pytest
from blake3 import blake3

from dokja.document.round import RoundFile
from dokja.errors import ProgrammeError
from dokja.programme.audits import read_audits
from dokja.programme.score import score_round
from dokja.testing import sample_report
from tests.support.rounds import make_round, toy_entries, words


def _round(*inputs: tuple[str, str]) -> RoundFile:
    gate = {"id": "own", "title": words("Own"), "when": "after_ranking", "rule": {"kind": "audit"}}
    given = [
        {"kind": "audit", "gate": "own", "team": "a", "path": path, "digest": digest}
        for path, digest in inputs
    ]
    return make_round(gates=[gate], gate_inputs=given)


def _stored(path: Path, *, text: str | None = None) -> str:
    content = text or sample_report().model_dump_json(by_alias=True)
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return f"blake3:{blake3(content.encode()).hexdigest()}"


def test_a_report_is_read_by_path_and_digest(tmp_path: Path) -> None:
    digest = _stored(tmp_path / "audits" / "a.json")
    found = _round(("audits/a.json", digest))
    audits, files = read_audits(found, tmp_path)
    assert list(audits) == [digest]
    report = score_round(found, toy_entries(), audits=audits, files=files)
    assert next(gate for gate in report.gates if gate.team == "a").basis == "audit"
    assert [record.path for record in report.provenance.files] == ["audits/a.json", "results.csv"]


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "round"
    outside = _stored(tmp_path / "secret.json")
    torn = _stored(folder / "torn.json", text="{")
    _stored(folder / "other.json")
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    found = _round(
        ("gone.json", outside),
        ("torn.json", torn),
        ("other.json", "blake3:" + "0" * 64),
        ("link.json", outside),
    )
    with pytest.raises(ProgrammeError) as raised:
        read_audits(found, folder)
    lines = raised.value.message.splitlines()[1:]
    for line, told in zip(
        lines,
        ("no such file", "not a JSON document", "bears the digest", "leads out of the folder"),
        strict=True,
    ):
        assert told in line
