"""Folders and indices that are broken, or made to lead elsewhere."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dokja.errors import (
    FormatError,
    MalformedCheckpointError,
    MissingShardError,
    SourceChangedError,
    SourceError,
    SourceNotFoundError,
    UnknownFormatError,
    UnsafePathError,
)
from dokja.io.checkpoint import open_checkpoint
from tests.support.server import serve
from tests.support.writers import safetensors_bytes, write_safetensors, write_sharded

A = {"a": np.arange(4, dtype=np.float32)}
B = {"b": np.arange(6, dtype=np.float16).reshape(2, 3)}
INDEX = "model.safetensors.index.json"
FIRST = "model-00001-of-00002.safetensors"


def _index(folder: Path, weight_map: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": weight_map}))
    return folder


@pytest.mark.parametrize(
    "name",
    [
        "../outside.safetensors",
        "sub/../../outside.safetensors",
        "sub/..",
        "..",
        ".",
        "./outside.safetensors",
        "/etc/passwd",
        "//host/share",
        "sub//outside.safetensors",
        "sub/",
        "..\\outside.safetensors",
        "C:\\outside.safetensors",
        "C:outside",
        "~/outside.safetensors",
        "file:///etc/passwd",
        "http://elsewhere/w.safetensors",
        "data:text/plain,x",
        "a\x00b",
        "a\nb",
        "\u202esrotsnetefas",
    ],
)
def test_index_may_name_nothing_outside_of_its_folder(name: str, tmp_path: Path) -> None:
    write_safetensors(tmp_path / "outside.safetensors", A)
    folder = _index(tmp_path / "m", {"a": name})
    for uri in (folder, folder / INDEX):
        with pytest.raises(UnsafePathError, match="outside of its folder") as caught:
            open_checkpoint(uri)
        assert caught.value.hint
        assert caught.value.uri == str(folder / INDEX)
        assert str(caught.value).isprintable()


def test_index_may_not_lead_out_through_a_linked_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    write_safetensors(tmp_path / "elsewhere" / "w.safetensors", A)
    folder = _index(tmp_path / "m", {"a": "sub/w.safetensors"})
    (folder / "sub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UnsafePathError, match="leads through a link out of the folder"):
        open_checkpoint(folder)


def test_shards_may_be_links_as_in_a_download_cache(tmp_path: Path) -> None:
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    folder = write_sharded(tmp_path / "snapshots" / "c0ffee", [A, B])
    for file in list(folder.iterdir()):
        shutil.move(file, blobs / f"{file.name}.blob")
        file.symlink_to(f"../../blobs/{file.name}.blob")
    with open_checkpoint(folder) as checkpoint:
        assert set(checkpoint.records) == {"a", "b"}
        checkpoint.check_unchanged()


def test_shards_may_lie_deeper_in_the_folder(tmp_path: Path) -> None:
    folder = _index(tmp_path / "m", {"a": "part/w.safetensors"})
    (folder / "part").mkdir()
    write_safetensors(folder / "part" / "w.safetensors", A)
    with open_checkpoint(folder) as checkpoint:
        assert checkpoint.read("a").tolist() == [0.0, 1.0, 2.0, 3.0]


def test_folder_may_be_reached_through_a_link(tmp_path: Path) -> None:
    write_sharded(tmp_path / "real", [A, B])
    (tmp_path / "link").symlink_to("real")
    with open_checkpoint(tmp_path / "link") as checkpoint:
        assert len(checkpoint.sources) == 2


def test_missing_shards_are_all_named(tmp_path: Path) -> None:
    folder = write_sharded(tmp_path / "m", [A, B, {"c": np.ones(1)}])
    (folder / "model-00001-of-00003.safetensors").unlink()
    (folder / "model-00003-of-00003.safetensors").unlink()
    with pytest.raises(MissingShardError, match="2 of 3 shards") as caught:
        open_checkpoint(folder)
    assert "model-00001-of-00003.safetensors, model-00003" in caught.value.message
    assert caught.value.uri == str(folder / INDEX)
    assert caught.value.hint


def test_nothing_stays_open_after_a_failure(tmp_path: Path) -> None:
    folder = write_sharded(tmp_path / "m", [A, B, {"c": np.ones(1)}])
    (folder / "model-00003-of-00003.safetensors").write_bytes(b"\x08" + bytes(20))
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(FormatError):
        open_checkpoint(folder)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize(
    ("weight_map", "message"),
    [
        ({"a": FIRST}, "disagree: in a shard where the index does not name them: x"),
        (
            {"a": FIRST, "x": FIRST, "y": FIRST},
            "disagree: not in the shard that the index names: y",
        ),
        ({"a": FIRST, "x": FIRST.replace("1-", "2-")}, "not in the shard .*; .*does not name"),
    ],
)
def test_index_and_shards_must_agree(
    weight_map: dict[str, str], message: str, tmp_path: Path
) -> None:
    folder = _index(tmp_path / "m", weight_map)
    write_safetensors(folder / FIRST, {**A, "x": np.ones(1)})
    write_safetensors(folder / FIRST.replace("1-", "2-"), {})
    with pytest.raises(MalformedCheckpointError, match=message) as caught:
        open_checkpoint(folder)
    assert caught.value.context == "weight_map"


def test_long_lists_in_messages_are_cut(tmp_path: Path) -> None:
    folder = _index(tmp_path / "m", {f"t{i}": FIRST for i in range(5000)})
    write_safetensors(folder / FIRST, A)
    with pytest.raises(MalformedCheckpointError, match="and 4980 more") as caught:
        open_checkpoint(folder)
    assert len(str(caught.value)) < 3000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "outermost value is not an object"),
        ("{}", "no weight_map"),
        ('{"weight_map": []}', "no weight_map"),
        ('{"weight_map": {}}', "no weight_map, or an empty one"),
        ('{"weight_map": {"a": 1}}', "name of the shard is not a string"),
        ('{"weight_map": {"a": ""}}', "name of the shard is not a string"),
        ('{"weight_map": {"a": "x", "a": "y"}}', "key 'a' stands twice"),
        ('{"weight_map": {"a": "\\ud800"}}', "half a character"),
        ("[" * 100_000, "nested more than 64 levels|not JSON"),
        ('{"a":' * 500 + "1" + "}" * 500, "nested more than 64 levels"),
        ('{"a":[' + "[]," * 1_000_001 + "1]}", "more than 1,000,000 objects and lists"),
        ("9" * 5000, "not JSON"),
    ],
)
def test_broken_index_is_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / INDEX).write_text(text)
    write_safetensors(tmp_path / FIRST, A)
    with pytest.raises(MalformedCheckpointError, match=message) as caught:
        open_checkpoint(tmp_path)
    assert caught.value.hint
    assert len(str(caught.value)) < 1000


def test_index_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / INDEX).write_bytes(b'{"\xff": 1}')
    with pytest.raises(MalformedCheckpointError, match="not UTF-8"):
        open_checkpoint(tmp_path)


@pytest.mark.parametrize("name", [INDEX, "config.json"])
def test_huge_side_file_is_refused_unread(name: str, tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model.safetensors", A)
    with (tmp_path / name).open("wb") as file:
        file.truncate(2**34)
    with pytest.raises(MalformedCheckpointError, match="17,179,869,184 bytes, more than the cap"):
        open_checkpoint(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[1]", "outermost value is not an object"),
        ('{"a":' * 70 + "1" + "}" * 70, "nested more than 64 levels"),
        ('{"a": 1, "a": 2}', "stands twice"),
    ],
)
def test_broken_config_is_refused(text: str, message: str, tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model.safetensors", A)
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(MalformedCheckpointError, match=message) as caught:
        open_checkpoint(tmp_path)
    assert caught.value.uri == str(tmp_path / "config.json")


def test_folders_without_a_checkpoint_say_what_they_hold(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormatError, match="the folder is empty") as caught:
        open_checkpoint(tmp_path)
    assert caught.value.hint
    (tmp_path / "sub").mkdir()
    with pytest.raises(UnknownFormatError, match="the folder is empty"):
        open_checkpoint(tmp_path)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UnknownFormatError, match="holds 1 files, but no checkpoint"):
        open_checkpoint(tmp_path)
    (tmp_path / "pytorch_model.bin").touch()
    (tmp_path / "model.gguf").touch()
    with pytest.raises(
        UnknownFormatError, match=r"cannot be read: model\.gguf, pytorch_model\.bin"
    ) as caught:
        open_checkpoint(tmp_path)
    assert caught.value.hint == "convert them to safetensors"


def test_one_tensor_in_two_files_is_refused(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "one.safetensors", {**A, **B})
    write_safetensors(tmp_path / "two.safetensors", B)
    with pytest.raises(
        MalformedCheckpointError,
        match=r"in more than one file: b \(one.safetensors and two.safetensors\)",
    ) as caught:
        open_checkpoint(tmp_path)
    assert caught.value.hint


def test_several_indices_must_be_chosen_from(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "x.safetensors", A)
    for name in ("fp16.safetensors.index.json", "fp32.safetensors.index.json"):
        (tmp_path / name).write_text('{"weight_map": {"a": "x.safetensors"}}')
    with pytest.raises(UnknownFormatError, match="several indices: fp16"):
        open_checkpoint(tmp_path)
    with open_checkpoint(tmp_path / "fp16.safetensors.index.json") as checkpoint:
        assert list(checkpoint.records) == ["a"]


@pytest.mark.parametrize("name", ["no", "no.safetensors", f"no/{INDEX}", INDEX])
def test_nothing_there(name: str, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError) as caught:
        open_checkpoint(tmp_path / name)
    assert caught.value.hint


def test_folder_that_may_not_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(SourceError, match="may not be read"):
        open_checkpoint(tmp_path)


def test_shard_replaced_while_reading_is_noticed(tmp_path: Path) -> None:
    folder = write_sharded(tmp_path / "m", [A, B])
    with open_checkpoint(folder) as checkpoint:
        checkpoint.check_unchanged()
        write_safetensors(folder / "new", {"a": np.zeros(4, np.float32)}).rename(folder / FIRST)
        assert checkpoint.read("a").tolist() == [0.0, 1.0, 2.0, 3.0]
        with pytest.raises(SourceChangedError) as caught:
            checkpoint.check_unchanged()
    assert caught.value.uri == str(folder / FIRST)


def test_shard_replaced_on_a_server_is_noticed() -> None:
    files = {"/m/model.safetensors": safetensors_bytes({"a": np.ones(100_000, np.float32)})}
    with serve(files) as server, open_checkpoint(f"{server.url}/m/") as checkpoint:
        assert checkpoint.read("a", 99_998).tolist() == [1.0, 1.0]
        server.tag = '"two"'
        with pytest.raises(SourceChangedError):
            checkpoint.read("a")
        with pytest.raises(SourceChangedError):
            checkpoint.check_unchanged()


def test_index_on_a_server_may_not_lead_elsewhere() -> None:
    index = json.dumps({"weight_map": {"a": "../secret.safetensors"}}).encode()
    files = {f"/m/{INDEX}": index, "/secret.safetensors": safetensors_bytes(A)}
    with serve(files) as server, pytest.raises(UnsafePathError):
        open_checkpoint(f"{server.url}/m/")
    assert [request.path for request in server.requests] == [f"/m/{INDEX}"]


def test_missing_shard_on_a_server_is_named() -> None:
    index = json.dumps({"weight_map": {"a": "x.safetensors", "b": "y.safetensors"}}).encode()
    files = {f"/m/{INDEX}": index, "/m/x.safetensors": safetensors_bytes(A)}
    with serve(files) as server, pytest.raises(MissingShardError, match=r"y\.safetensors"):
        open_checkpoint(f"{server.url}/m/")
