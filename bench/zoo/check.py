"""Plain numpy figures of a pair, to see that the zoo holds what its recipes promise.

Pairs tensors by name and shape only; refuses to be an audit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Arrays = dict[str, "NDArray[np.float64]"]


@dataclass(frozen=True, slots=True)
class Figures:
    """Pearson and slope of matrices and of norm gains (centred tensor by tensor).

    ``matrices`` is the mean over matrices weighted by their parameters.
    """

    matrices: float
    gains: float
    slope_matrices: float
    slope_gains: float
    n_pairs: int

    @property
    def ratio(self) -> float:
        """Slope of the gains over slope of the matrices."""
        return self.slope_gains / self.slope_matrices


def is_gain(name: str, array: NDArray[np.float64]) -> bool:
    """Whether a tensor is a norm's gain."""
    norm = any(part in name.lower() for part in ("norm", "ln_"))
    return norm and array.ndim == 1 and name.endswith("weight")


def compare(subject: Arrays, reference: Arrays) -> Figures | None:
    """Figures of the subject on the reference; None where nothing pairs."""
    names = [n for n, a in subject.items() if n in reference and a.shape == reference[n].shape]
    matrices = [n for n in names if subject[n].ndim >= 2]
    gains = [n for n in names if is_gain(n, subject[n])]
    if not matrices or not gains:
        return None
    sizes = np.array([subject[n].size for n in matrices], dtype=float)
    moments = np.array([_moments(subject[n], reference[n]) for n in matrices])
    of_gains = np.array([_moments(subject[n], reference[n]) for n in gains]).sum(0)
    pearson = moments[:, 1] / np.sqrt(moments[:, 0] * moments[:, 2])
    total = moments.sum(0)
    return Figures(
        matrices=float(pearson @ sizes / sizes.sum()),
        gains=_ratio(of_gains[1], np.sqrt(of_gains[0] * of_gains[2])),
        slope_matrices=float(total[1] / total[2]),
        slope_gains=_ratio(of_gains[1], of_gains[2]),
        n_pairs=len(names),
    )


def _ratio(part: float, whole: float) -> float:
    """Quotient, or 0 where gains never left one."""
    return float(part / whole) if whole else 0.0


def _moments(a: NDArray[np.float64], b: NDArray[np.float64]) -> tuple[float, float, float]:
    a, b = (a - a.mean()).ravel(), (b - b.mean()).ravel()
    return float(a @ a), float(a @ b), float(b @ b)


def gain_deviation(state: Arrays) -> float:
    """Mean distance of the gains from one, where they started."""
    gains = np.concatenate([a for n, a in state.items() if is_gain(n, a)])
    return float(np.abs(gains - 1).mean())


def table(rows: Mapping[tuple[str, str], Figures]) -> str:
    """Text table of pairs."""
    head = f"{'subject':24s}{'reference':24s}{'matrices r':>11s}{'gains r':>9s}"
    lines = [head + f"{'beta_M':>8s}{'beta_G':>8s}{'rho':>8s}"]
    for (subject, reference), f in rows.items():
        ratio = f"{f.ratio:8.2f}" if abs(f.slope_matrices) > 0.05 else f"{'-':>8s}"
        lines.append(
            f"{subject:24s}{reference:24s}{f.matrices:11.3f}{f.gains:9.3f}"
            f"{f.slope_matrices:8.3f}{f.slope_gains:8.3f}{ratio}"
        )
    return "\n".join(lines)
