from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import fsspec
import numpy as np
import pytest

from dokja.errors import SourceNotFoundError, TruncatedSourceError
from dokja.io.checkpoint import Checkpoint, TensorRecord, open_checkpoint
from dokja.io.dtype import DType
from tests.support.server import serve
from tests.support.writers import bf16, safetensors_bytes, write_safetensors, write_sharded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RNG = np.random.default_rng(3)
ONE = {
    "z.matrix": RNG.normal(size=(7, 5)).astype(np.float32),
    "half": RNG.normal(size=(4, 3, 2)).astype(np.float16),
    "scalar": np.array(2.5),
    "empty": np.zeros((0, 3), np.int8),
    "also empty": np.zeros((3, 0), np.float32),
}
TWO = {"brain": bf16([[1.0, -2.0], [3.0, 0.5]]), "flags": np.array([True, False, True])}
CONFIG = {"model_type": "llama", "hidden_size": 64, "nested": {"a": [1, None, 2.5]}}
TOKENIZER = {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}}, "added_tokens": []}
CARD = "---\nlicense: apache-2.0\n---\n# Model\n"
SIDES = {
    "config.json": json.dumps(CONFIG).encode(),
    "tokenizer.json": json.dumps(TOKENIZER).encode(),
    "README.md": CARD.encode(),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = write_sharded(tmp_path / "m", [ONE, TWO])
    for name, content in SIDES.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(params=["local", "index", "memory", "server", "server without slash"])
def checkpoint(request: pytest.FixtureRequest, folder: Path) -> Iterator[Checkpoint]:
    """The same sharded checkpoint by every kind of address."""
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    if request.param == "memory":
        system = fsspec.filesystem("memory")
        system.pipe({f"/m/{name}": content for name, content in files.items()})
        with open_checkpoint("memory://m") as opened:
            yield opened
        system.rm("/m", recursive=True)
    elif request.param.startswith("server"):
        slash = "" if "without" in request.param else "/"
        with (
            serve({f"/m/{name}": content for name, content in files.items()}) as server,
            open_checkpoint(f"{server.url}/m{slash}") as opened,
        ):
            yield opened
    else:
        index = "model.safetensors.index.json"
        with open_checkpoint(folder / index if request.param == "index" else folder) as opened:
            yield opened


def test_everything_is_found_by_every_address(checkpoint: Checkpoint) -> None:
    assert list(checkpoint.records) == sorted({**ONE, **TWO})
    assert checkpoint.format == "safetensors"
    assert len(checkpoint.sources) == 2
    assert checkpoint.config == CONFIG
    assert checkpoint.license == "apache-2.0"
    assert checkpoint.tokenizer is not None
    assert checkpoint.tokenizer.tokens == {"a", "b"}
    assert checkpoint.n_parameters == 35 + 24 + 1 + 0 + 0 + 4 + 3
    assert checkpoint.n_bytes == 140 + 48 + 8 + 0 + 0 + 8 + 3
    for name, array in ONE.items():
        found = checkpoint.read(name)
        assert found.shape == array.shape
        np.testing.assert_array_equal(found, array)
    assert checkpoint.read("brain").tolist() == [[1.0, -2.0], [3.0, 0.5]]
    assert checkpoint.read("flags").tolist() == [1.0, 0.0, 1.0]
    checkpoint.check_unchanged()


def test_rows_are_read_alone(checkpoint: Checkpoint) -> None:
    for name in ("z.matrix", "half"):
        array = ONE[name]
        before = checkpoint.bytes_read
        found = checkpoint.read(name, 1, 3)
        np.testing.assert_array_equal(found, array[1:3])
        assert checkpoint.bytes_read - before == array[1:3].nbytes
        np.testing.assert_array_equal(checkpoint.read(name, 2), array[2:])
        assert checkpoint.read(name, 2, 2).shape == (0, *array.shape[1:])
    assert checkpoint.read("also empty", 1, 2).shape == (1, 0)
    assert checkpoint.read("empty", 0, 0).shape == (0, 3)


def test_rows_that_are_not_there_are_a_mistake_of_the_caller(folder: Path) -> None:
    with open_checkpoint(folder) as checkpoint:
        for rows in ((-1, 2), (0, 8), (5, 4), (8, 8)):
            with pytest.raises(ValueError, match="has 7 rows"):
                checkpoint.read("z.matrix", *rows)
        with pytest.raises(KeyError):
            checkpoint.read("nothing")


def test_raw_elements_are_read_into_the_callers_memory(checkpoint: Checkpoint) -> None:
    record = checkpoint.records["half"]
    buffer = np.empty(5, np.float16)
    checkpoint.read_into(record, 3, buffer.data)
    np.testing.assert_array_equal(buffer, ONE["half"].ravel()[3:8])
    raw = np.empty(10, np.uint8)
    checkpoint.read_into(record, 3, raw.data)
    np.testing.assert_array_equal(raw.view(np.float16), buffer)
    checkpoint.read_into(record, 24, memoryview(b""))


@pytest.mark.parametrize(("first", "n_bytes"), [(-1, 2), (0, 3), (24, 2), (20, 10), (10**9, 2)])
def test_elements_beyond_the_tensor_are_refused(first: int, n_bytes: int, folder: Path) -> None:
    with open_checkpoint(folder) as checkpoint:
        record = checkpoint.records["half"]
        with pytest.raises(ValueError, match="are no elements of 'half'"):
            checkpoint.read_into(record, first, memoryview(bytearray(n_bytes)))


def test_opening_reads_headers_and_config_alone(folder: Path) -> None:
    big = {f"w{i}": np.zeros(2**18, np.float32) for i in range(8)}
    write_safetensors(folder / "model-00002-of-00002.safetensors", {**TWO, **big})
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    index["weight_map"].update(dict.fromkeys(big, "model-00002-of-00002.safetensors"))
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with open_checkpoint(folder) as checkpoint:
        assert checkpoint.n_bytes > 8 * 2**20
        assert checkpoint.bytes_read < 10_000
        before = checkpoint.bytes_read
        assert checkpoint.tokenizer is not None
        assert checkpoint.tokenizer.size == len(SIDES["tokenizer.json"])
        assert checkpoint.bytes_read == before
        assert checkpoint.tokenizer.n_tokens == 2
        assert checkpoint.bytes_read == before + len(SIDES["tokenizer.json"])


def test_records_cannot_be_changed(folder: Path) -> None:
    with open_checkpoint(folder) as checkpoint:
        for mapping in (checkpoint.records, checkpoint.metadata, checkpoint.config):
            with pytest.raises(TypeError):
                mapping["x"] = 1  # type: ignore[index]
        record = checkpoint.records["half"]
        assert record == TensorRecord(
            "half", DType.F16, (4, 3, 2), 0, record.start, record.start + 48
        )


def test_many_threads_read_at_once(checkpoint: Checkpoint) -> None:
    wrong: list[str] = []

    def work() -> None:
        for _ in range(10):
            for name, array in ONE.items():
                if not np.array_equal(checkpoint.read(name), array):
                    wrong.append(name)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_shards_without_an_index_are_one_checkpoint(tmp_path: Path) -> None:
    folder = write_sharded(tmp_path / "m", [ONE, TWO], index=False)
    with open_checkpoint(folder) as checkpoint:
        assert set(checkpoint.records) == {*ONE, *TWO}
        assert checkpoint.records["brain"].source == 1


def test_files_the_index_does_not_name_are_left_alone(folder: Path) -> None:
    write_safetensors(folder / "consolidated.safetensors", {**ONE, **TWO})
    with open_checkpoint(folder) as checkpoint:
        assert len(checkpoint.sources) == 2


def test_only_index_of_another_name_is_used(folder: Path) -> None:
    (folder / "model.safetensors.index.json").rename(
        folder / "diffusion_model.safetensors.index.json"
    )
    (folder / "pytorch_model.bin.index.json").write_text("{}")
    with open_checkpoint(folder) as checkpoint:
        assert set(checkpoint.records) == {*ONE, *TWO}


def test_metadata_of_all_files_is_joined_and_the_first_wins(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "a.safetensors", ONE, {"format": "pt", "a": "1"})
    write_safetensors(tmp_path / "b.safetensors", TWO, {"format": "np", "b": "2"})
    with open_checkpoint(tmp_path) as checkpoint:
        assert checkpoint.metadata == {"format": "pt", "a": "1", "b": "2"}


def test_folder_speaks_for_a_file_of_the_usual_name_alone(tmp_path: Path) -> None:
    for name, content in SIDES.items():
        (tmp_path / name).write_bytes(content)
    for name in ("model.safetensors", "vision.safetensors"):
        write_safetensors(tmp_path / name, ONE)
    with open_checkpoint(tmp_path / "model.safetensors") as checkpoint:
        assert checkpoint.config == CONFIG
        assert checkpoint.tokenizer is not None
    with open_checkpoint(tmp_path / "vision.safetensors") as checkpoint:
        assert checkpoint.config is None
        assert checkpoint.tokenizer is None
        assert checkpoint.license is None


def test_relative_file_finds_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_safetensors(tmp_path / "model.safetensors", ONE)
    (tmp_path / "config.json").write_bytes(SIDES["config.json"])
    monkeypatch.chdir(tmp_path)
    for uri in ("model.safetensors", ".", "./", "model.safetensors".upper().lower()):
        with open_checkpoint(uri) as checkpoint:
            assert checkpoint.config == CONFIG
            assert checkpoint.uri == uri


def test_without_side_files_there_is_nothing_to_say(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model.safetensors", ONE)
    with open_checkpoint(tmp_path) as checkpoint:
        assert checkpoint.config is None
        assert checkpoint.tokenizer is None
        assert checkpoint.license is None
        assert checkpoint.metadata == {}
        assert "5 tensors in safetensors" in repr(checkpoint)


def test_license_of_the_config_stands_in_for_the_cards(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model.safetensors", ONE)
    (tmp_path / "config.json").write_text('{"license": "mit"}')
    (tmp_path / "README.md").write_bytes(b"# No metadata \xff" + bytes(10**6))
    with open_checkpoint(tmp_path) as checkpoint:
        assert checkpoint.license == "mit"


def test_infinity_in_a_config_is_read(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "model.safetensors", ONE)
    (tmp_path / "config.json").write_text('{"time_step_limit": [0.0, Infinity]}')
    with open_checkpoint(tmp_path) as checkpoint:
        assert checkpoint.config == {"time_step_limit": [0.0, float("inf")]}


def test_tokenizer_that_vanishes_is_an_error_of_ours(folder: Path) -> None:
    with open_checkpoint(folder) as checkpoint:
        tokenizer = checkpoint.tokenizer
        (folder / "tokenizer.json").unlink()
        assert tokenizer is not None
        with pytest.raises(SourceNotFoundError, match="was there"):
            tokenizer.digest  # noqa: B018


def test_closed_checkpoint_is_not_read(folder: Path) -> None:
    with open_checkpoint(folder) as checkpoint:
        pass
    with pytest.raises(ValueError, match="closed"):
        checkpoint.read("half")


def test_shard_cut_short_while_open(folder: Path) -> None:
    with open_checkpoint(folder) as checkpoint:
        shard = folder / "model-00001-of-00002.safetensors"
        shard.write_bytes(shard.read_bytes()[:-100])
        with pytest.raises(TruncatedSourceError) as caught:
            checkpoint.read("also empty"), checkpoint.read("half"), checkpoint.read("scalar")
        assert caught.value.uri == str(shard)


def test_single_file_by_url_with_its_config() -> None:
    files = {"/m/model.safetensors": safetensors_bytes(ONE), "/m/config.json": b'{"a": 1}'}
    with serve(files) as server:
        for uri in (f"{server.url}/m/model.safetensors?download=true", f"{server.url}/m/"):
            with open_checkpoint(uri) as checkpoint:
                assert checkpoint.config == {"a": 1}
                assert checkpoint.license is None
                np.testing.assert_array_equal(checkpoint.read("half"), ONE["half"])


def test_file_by_an_address_that_looks_like_a_folder() -> None:
    with (
        serve({"/blobs/3f9a": safetensors_bytes(ONE)}) as server,
        open_checkpoint(f"{server.url}/blobs/3f9a") as checkpoint,
    ):
        assert checkpoint.config is None
        assert set(checkpoint.records) == set(ONE)
