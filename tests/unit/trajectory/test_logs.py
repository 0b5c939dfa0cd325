from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.trajectory.write import write_log
from dokja.document.recipe import LogColumns, LogFile
from dokja.errors import TrajectoryError
from dokja.trajectory.logs import read_log
from dokja.trajectory.tensorboard import read_events

ROWS = [
    {"step": k, "loss": 3.0 - k / 10, "lr": 1e-3, "time": f"2026-03-02T09:00:{k:02d}Z"}
    for k in range(20)
]


@pytest.mark.parametrize("kind", ["jsonl", "csv", "wandb", "tensorboard"])
def test_every_format_says_the_same(kind: str, tmp_path: Path) -> None:
    write_log(kind, ROWS, tmp_path)
    name = next(tmp_path.iterdir()).name
    table = read_log(tmp_path / name, LogFile(path=name))
    assert table.step.tolist() == list(range(20))
    assert table.values["loss"] == pytest.approx([row["loss"] for row in ROWS], abs=1e-6)
    assert table.values["lr"] == pytest.approx(np.full(20, 1e-3), abs=1e-9)
    assert np.diff(table.values["time"]) == pytest.approx(np.ones(19))
    assert not table.has("tokens")


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"log_history": [{"step": 1, "loss": 2.0}, {"step": 2, "eval_loss": 1.0}]}),
        json.dumps([{"_step": 1, "train/loss": 2.0}, {"_step": 2}]),
        json.dumps({"step": [1, 2], "loss": [2.0, None]}),
        '{"step": 1, "loss": 2.0}\n{"step": 2}\n{"step": 3, "lo',
        "Step,my run - train/loss,my run - train/loss__MIN\n1,2.0,2.0\n2,,\n",
        "iteration\tlm loss\n1\t2.0\n2\t\n",
    ],
)
def test_usual_shapes_are_known(text: str, tmp_path: Path) -> None:
    path = tmp_path / ("log.json" if text.startswith(('{"log', "[", '{"step": [')) else "log.txt")
    path.write_text(text, encoding="utf-8")
    table = read_log(path, LogFile(path=path.name))
    assert table.step.tolist()[:2] == [1, 2]
    steps, loss = table.known("loss")
    assert (steps.tolist(), loss.tolist()) == ([1], [2.0])


def test_columns_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("it,loss,nll\n1,9,2\n", encoding="utf-8")
    columns = LogColumns(step="it", loss="nll")
    assert read_log(path, LogFile(path="log.csv", columns=columns)).values["loss"].tolist() == [2.0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,2\n", "no column of steps"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"step,step\n1,2\n", "two columns"),
        (b'{"step": 1}\n{"step": \n{"step": 2}\n', "no JSON"),
        (b"[1, 2", "no JSON"),
        (b'step\n"1\n', "no CSV"),
    ],
)
def test_broken_logs_are_refused(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(content)
    with pytest.raises(TrajectoryError, match=words):
        read_log(path, LogFile(path="log"))


def _events(tmp_path: Path) -> bytes:
    write_log("tensorboard", ROWS, tmp_path)
    return next(tmp_path.iterdir()).read_bytes()


def test_an_event_file_cut_anywhere_ends_or_is_refused(tmp_path: Path) -> None:
    content = _events(tmp_path)
    whole = list(read_events(content, uri="x"))
    assert len(whole) == 40
    for stop in range(0, len(content), 7):
        assert (
            list(read_events(content[:stop], uri="x"))
            == whole[: len(whole)][:40][: len(list(read_events(content[:stop], uri="x")))]
        )


def test_a_changed_byte_of_an_event_file_is_noticed(tmp_path: Path) -> None:
    content = bytearray(_events(tmp_path))
    for place in (0, 9, 20, 40):
        changed = bytes(content[:place]) + bytes([content[place] ^ 1]) + bytes(content[place + 1 :])
        with pytest.raises(TrajectoryError, match="byte"):
            list(read_events(changed, uri="x"))


def test_a_length_is_not_believed(tmp_path: Path) -> None:
    from bench.trajectory.write import _masked

    head = struct.pack("<Q", 2**62)
    with pytest.raises(TrajectoryError, match="length"):
        list(read_events(head + struct.pack("<I", _masked(head)) + b"x" * 64, uri="x"))


@given(st.binary(max_size=200))
def test_any_record_is_scalars_or_an_error_of_ours(record: bytes) -> None:
    from bench.trajectory.write import _masked

    head = struct.pack("<Q", len(record))
    content = head + struct.pack("<I", _masked(head)) + record + struct.pack("<I", _masked(record))
    try:
        found = list(read_events(content, uri="x"))
    except TrajectoryError:
        return
    assert all(isinstance(one.tag, str) for one in found)


@pytest.mark.parametrize("factor", [1, 1_000, 1_000_000, 1_000_000_000])
def test_times_are_read_in_every_unit(factor: int, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps({"step": 1, "time": 1_772_442_000 * factor}) + "\n")
    assert read_log(path, LogFile(path=path.name)).values["time"].tolist() == [1_772_442_000.0]


def test_lines_that_bear_no_number_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    lines = [
        '{"step": 1, "loss": NaN, "time": 1e300}',
        '{"step": 2, "loss": "oops", "time": "soon"}',
        '{"step": 3, "loss": 2.0}',
        '{"step": 1e19, "loss": 2.0}',
        '{"step": -1}',
        '{"eval_loss": 1.0}',
    ]
    path.write_text("\n".join(lines) + "\n")
    table = read_log(path, LogFile(path=path.name))
    assert table.step.tolist() == [1, 2, 3]
    assert table.unread == {"loss": 2, "step": 2, "time": 2}
