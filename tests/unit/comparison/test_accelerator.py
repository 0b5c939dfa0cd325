"""Computing elsewhere: the same verdict, and a clear word where the device is not there."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dokja.audit import audit
from dokja.comparison import accelerator as module
from dokja.comparison.accelerator import TorchAlgebra, accelerator
from dokja.errors import MissingDependencyError
from dokja.numerics import algebra
from tests.support.zoo import ZOO

if TYPE_CHECKING:
    from pathlib import Path

    from dokja.document.audit import AuditReport


def test_the_processor_needs_nothing() -> None:
    assert accelerator("cpu") is None


def test_no_torch_is_loaded_to_look_where_no_device_can_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "_NVIDIA", tmp_path / "none")
    monkeypatch.setitem(sys.modules, "torch", None)  # an import would fail
    assert accelerator("auto") is None


def test_a_named_device_without_torch_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingDependencyError, match="torch is not installed") as error:
        accelerator("cuda")
    assert "dokja[torch]" in str(error.value.hint)


def test_a_device_that_is_not_there_is_refused() -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        assert accelerator("cuda") is not None
        return
    with pytest.raises(MissingDependencyError, match="no graphics processor"):
        accelerator("cuda")


class Counting:
    """Numpy, and how often it was asked."""

    def __init__(self) -> None:
        self.n_asked = 0

    def product(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        self.n_asked += 1
        return np.asarray(a @ b)

    def svd(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.n_asked += 1
        left, _, right = np.linalg.svd(matrix, full_matrices=False)
        return left, right

    def eigh(self, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.n_asked += 1
        values, vectors = np.linalg.eigh(matrix)
        return values, vectors


def test_what_is_inside_computes_elsewhere_and_what_is_after_does_not() -> None:
    counting = Counting()
    matrix = np.eye(3)
    with algebra.using(counting):
        algebra.product(matrix, matrix)
        algebra.svd(matrix)
        algebra.eigh(matrix)
    assert counting.n_asked == 3
    algebra.product(matrix, matrix)
    assert counting.n_asked == 3


def test_torch_computes_what_numpy_does() -> None:
    pytest.importorskip("torch")
    torch = TorchAlgebra("cpu", min_operations=0)
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=shape).astype(np.float32) for shape in ((40, 30), (30, 20)))
    np.testing.assert_allclose(torch.product(a, b), a @ b, atol=1e-5)
    assert torch.product(a, b).dtype == np.float32
    left, right = torch.svd(a)
    expected = np.linalg.svd(a, full_matrices=False)
    np.testing.assert_allclose(left @ right, expected[0] @ expected[2], atol=1e-4)
    square = a.T.astype(np.float64) @ a
    values, vectors = torch.eigh(square)
    np.testing.assert_allclose(vectors @ np.diag(values) @ vectors.T, square, atol=1e-9)
    assert np.all(np.diff(values) >= 0)
    small = TorchAlgebra("cpu")
    np.testing.assert_array_equal(small.product(a, b), a @ b)


@pytest.mark.parametrize(("subject", "reference"), [("retrained", "base"), ("stranger-1", "base")])
def test_the_verdict_is_the_same(
    subject: str, reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")

    def told(report: AuditReport) -> object:
        (result,) = report.components
        return result.relation, result.reason, [(f.rule, f.level) for f in report.verdict.findings]

    pair = str(ZOO / subject), [str(ZOO / reference)]
    here = audit(*pair, device="cpu")
    torch = TorchAlgebra("cpu", min_operations=0)
    monkeypatch.setattr("dokja.audit.run.accelerator", lambda _device: torch)
    there = audit(*pair)
    assert told(here) == told(there)
