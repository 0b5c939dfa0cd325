"""Small files beside the weights are looked at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dokja.audit import audit, inspect
from dokja.errors import MalformedCheckpointError
from dokja.testing.toys import random_toy, write_toy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("broken", ["subject", "reference"])
def test_a_broken_tokenizer_is_refused_before_any_weight_is_read(
    broken: str, tmp_path: Path
) -> None:
    for name, seed in (("subject", 0), ("reference", 1)):
        (tmp_path / name).mkdir()
        write_toy(random_toy(seed), tmp_path / name)
    (tmp_path / broken / "tokenizer.json").write_text("{", encoding="utf-8")
    calls: list[str] = []

    def progress(label: str, done: int, total: int) -> None:
        del done, total
        calls.append(label)

    with pytest.raises(MalformedCheckpointError) as caught:
        audit(str(tmp_path / "subject"), [str(tmp_path / "reference")], progress=progress)
    assert caught.value.uri is not None
    assert caught.value.uri.endswith(f"{broken}/tokenizer.json")
    with pytest.raises(MalformedCheckpointError):
        inspect(str(tmp_path / broken), progress=progress)
    assert calls == []
