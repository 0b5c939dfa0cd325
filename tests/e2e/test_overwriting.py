"""No report may ever take the place of a checkpoint."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.zoo import ZOO

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("target", ["model.safetensors", "config.json", "../blobs/abc"])
def test_an_output_never_overwrites_what_is_read(target: str, tmp_path: Path) -> None:
    from dokja.cli.outputs import check_targets, collect_outputs

    snapshot, blobs = tmp_path / "snapshot", tmp_path / "blobs"
    snapshot.mkdir()
    blobs.mkdir()
    shutil.copy(ZOO / "base" / "model.safetensors", blobs / "abc")
    shutil.copy(ZOO / "base" / "config.json", snapshot)
    (snapshot / "model.safetensors").symlink_to("../blobs/abc")
    outputs = collect_outputs({"json": str(snapshot / target)})
    with pytest.raises(Exception, match="overwrite"):
        check_targets(outputs, [str(snapshot)])
    check_targets(collect_outputs({"json": str(snapshot / "report.json")}), [str(snapshot)])


def test_a_checkpoint_of_somebody_else_is_not_overwritten_either(tmp_path: Path) -> None:
    from dokja.cli.outputs import check_targets, collect_outputs

    shutil.copy(ZOO / "base" / "model.safetensors", tmp_path / "weights.bin")
    with pytest.raises(Exception, match="overwrite"):
        check_targets(collect_outputs({"html": str(tmp_path / "weights.bin")}), [])
