"""Tables that anybody can compute: two makers who share nothing else are not accused by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import save_file

from dokja.audit import audit
from dokja.document.audit import DigestEvidence, Relation
from tests.unit.numerics.test_computed import TABLES

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from dokja.document.audit import AuditReport

KIN = {Relation.VERBATIM, Relation.REUSED, Relation.DERIVED, Relation.SHARED_INIT}


def network(folder: Path, seed: int, name: str, table: NDArray[np.generic]) -> str:
    """A network of no known family, drawn at random, with a table that is in everybody's."""
    rng = np.random.default_rng(seed)
    tensors: dict[str, NDArray[np.generic]] = {name: np.ascontiguousarray(table)}
    for layer in range(3):
        for part, shape in (("lin1", (128, 48)), ("lin2", (48, 128))):
            drawn = rng.normal(scale=0.05, size=shape).astype(np.float32)
            tensors[f"net.blocks.{layer}.{part}.weight"] = drawn
    folder.mkdir()
    save_file(tensors, folder / "model.safetensors")
    return str(folder)


def compared(folder: Path, name: str, table: NDArray[np.generic]) -> AuditReport:
    pair = [network(folder / f"seed-{seed}", seed, name, table) for seed in (1, 2)]
    return audit(pair[0], pair[1:])


@pytest.mark.parametrize("name", ["net.table", "front.table"])
@pytest.mark.parametrize("table", TABLES)
def test_a_shared_table_accuses_nobody(tmp_path: Path, table: str, name: str) -> None:
    values = TABLES[table]
    values = values.astype(np.float32) if values.dtype.kind == "f" else values
    report = compared(tmp_path, name, values)
    assert not {result.relation for result in report.components} & KIN
    (digest,) = (item for item in report.evidence if isinstance(item, DigestEvidence))
    assert (digest.n_equal, digest.fixed_equal) == (0, 1)


def test_a_shared_tensor_that_was_drawn_is_still_a_finding(tmp_path: Path) -> None:
    drawn = np.random.default_rng(9).normal(size=(96, 80)).astype(np.float32)
    report = compared(tmp_path, "net.table", drawn)
    assert [result.relation for result in report.components] == [Relation.DERIVED]
