"""Linear algebra on a graphics processor, by torch where that is installed.

The module knows devices and torch; it knows nothing of what is computed. Torch is loaded only when
a device is asked for, or seen.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from dokja.errors import MissingDependencyError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[Any]

__all__ = ["Device", "TorchAlgebra", "accelerator"]

Device = Literal["auto", "cpu", "cuda"]

MIN_OPERATIONS: Final = 2**26
"""Multiplications below which the way to a device and back takes longer than the work."""
_NVIDIA: Final = Path("/dev/nvidiactl")


def accelerator(device: Device = "auto") -> TorchAlgebra | None:
    """Choose what large matrices are multiplied with.

    Parameters
    ----------
    device
        ``cpu`` for numpy; ``cuda`` for torch on a graphics processor; ``auto`` for the latter where
        there is one.

    Returns
    -------
    TorchAlgebra or None
        None for numpy.

    Raises
    ------
    MissingDependencyError
        If a device was named, and torch or the device is not there.
    """
    if device == "cpu" or (device == "auto" and not _may_have_device()):
        return None
    try:
        import torch  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise MissingDependencyError(
            f"the device {device!r} cannot be used: torch is not installed",
            hint="pip install 'dokja[torch]', or leave --device out",
        ) from None
    if torch.cuda.is_available():
        return TorchAlgebra("cuda")
    if device == "cuda":
        raise MissingDependencyError(
            "this machine has no graphics processor that torch can use",
            hint="leave --device out, or say --device cpu; the verdict is the same",
        )
    return None


def _may_have_device() -> bool:
    """Whether it is worth loading torch to look: it takes longer than a small audit."""
    return _NVIDIA.exists() and importlib.util.find_spec("torch") is not None


class TorchAlgebra:
    """Products and decompositions by torch, in the precision numpy has.

    Parameters
    ----------
    device
        Any that torch knows.
    min_operations
        Multiplications below which numpy does it.

    Notes
    -----
    Sums are taken in another order than on the processor, so that figures differ in their last
    digits from those of numpy, as they do between two processors. Verdicts rest on effects many
    orders of magnitude larger. Products use no reduced precision (TF32), whatever torch is told.
    """

    def __init__(self, device: str, *, min_operations: int = MIN_OPERATIONS) -> None:
        import torch  # noqa: PLC0415 - an extra

        torch.set_float32_matmul_precision("highest")
        self._torch = torch
        self._device = device
        self._min_operations = min_operations

    @property
    def name(self) -> str:
        """Name of the device."""
        return self._device

    def product(self, a: Matrix, b: Matrix) -> Matrix:
        """Multiply two matrices.

        Parameters
        ----------
        a, b
            Shape ``(n, k)`` and ``(k, m)``.

        Returns
        -------
        NDArray
            Shape ``(n, m)``.
        """
        if a.size * b.shape[-1] < self._min_operations:
            return np.asarray(a @ b)
        return self._back(self._there(a) @ self._there(b))

    def svd(self, matrix: Matrix) -> tuple[Matrix, Matrix]:
        """Find singular vectors.

        Parameters
        ----------
        matrix
            Shape ``(n, m)``.

        Returns
        -------
        left, right
            Shape ``(n, k)`` and ``(k, m)``.
        """
        if matrix.size * min(matrix.shape) < self._min_operations:
            left, _, right = np.linalg.svd(matrix, full_matrices=False)
            return left, right
        found = self._torch.linalg.svd(self._there(matrix), full_matrices=False)
        return self._back(found[0]), self._back(found[2])

    def eigh(self, matrix: Matrix) -> tuple[Matrix, Matrix]:
        """Find eigenvalues and eigenvectors of a symmetric matrix.

        Parameters
        ----------
        matrix
            Shape ``(n, n)``.

        Returns
        -------
        values, vectors
            Shape ``(n,)`` and ``(n, n)``.
        """
        if matrix.size * len(matrix) < self._min_operations:
            values, vectors = np.linalg.eigh(matrix)
            return values, vectors
        found = self._torch.linalg.eigh(self._there(matrix))
        return self._back(found[0]), self._back(found[1])

    def _there(self, array: Matrix) -> Any:  # noqa: ANN401 - torch is not always installed
        return self._torch.from_numpy(np.ascontiguousarray(array)).to(self._device)

    @staticmethod
    def _back(tensor: Any) -> Matrix:  # noqa: ANN401
        return np.asarray(tensor.cpu().numpy())
