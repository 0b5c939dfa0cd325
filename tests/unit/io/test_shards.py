from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dokja.errors import MalformedCheckpointError
from dokja.io.shards import find_files, read_whole
from dokja.io.source import find_transport
from tests.support.writers import write_safetensors, write_sharded

if TYPE_CHECKING:
    from pathlib import Path

A, B = {"a": np.ones(2)}, {"b": np.ones(3)}


def test_index_gives_shards_in_order_of_their_names(tmp_path: Path) -> None:
    folder = write_sharded(tmp_path / "m", [A, B])
    files = find_files(str(folder))
    assert files.names == (
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
    )
    assert files.shards == tuple(str(folder / name) for name in files.names)
    assert files.weight_map == {"a": files.names[0], "b": files.names[1]}
    assert files.index_uri == str(folder / "model.safetensors.index.json")
    assert files.n_bytes_read == (folder / "model.safetensors.index.json").stat().st_size


def test_folder_without_an_index_gives_all_its_checkpoint_files(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "b.safetensors", B)
    write_safetensors(tmp_path / "A.SAFETENSORS", A)
    (tmp_path / "notes.txt").touch()
    files = find_files(str(tmp_path))
    assert files.names == ("A.SAFETENSORS", "b.safetensors")
    assert files.weight_map is None
    assert files.folder == str(tmp_path)


def test_whole_files_are_capped(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"0123456789")
    transport = find_transport(str(file))
    assert read_whole(transport, str(file), 10) == b"0123456789"
    assert read_whole(transport, str(file), 4, may_be_longer=True) == b"0123"
    assert read_whole(transport, str(tmp_path / "y"), 10) is None
    with pytest.raises(MalformedCheckpointError, match="10 bytes, more than the cap of 9"):
        read_whole(transport, str(file), 9)


@pytest.mark.parametrize("name", ["a" * 256, "/".join(["a" * 200] * 6)])
def test_name_longer_than_any_file_has_is_refused(name: str, tmp_path: Path) -> None:
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"w": name}}))
    with pytest.raises(MalformedCheckpointError, match="longer than any") as caught:
        find_files(str(tmp_path))
    assert len(str(caught.value)) < 400 + len(str(tmp_path))


def test_number_of_shards_is_capped(tmp_path: Path) -> None:
    index = tmp_path / "model.safetensors.index.json"
    names = {f"t{i}": f"s{i}.safetensors" for i in range(10_001)}
    index.write_text(json.dumps({"weight_map": names}))
    with pytest.raises(MalformedCheckpointError, match="10,001 shards") as caught:
        find_files(str(tmp_path))
    assert caught.value.hint
