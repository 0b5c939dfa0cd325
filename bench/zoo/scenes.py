"""Small drawn pictures and a sentence that tells what each shows.

Knows shapes and words; refuses to know about models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 24
COLOURS = {
    "red": (0.9, 0.15, 0.15),
    "green": (0.15, 0.8, 0.2),
    "blue": (0.2, 0.3, 0.95),
    "yellow": (0.95, 0.9, 0.2),
    "white": (0.95, 0.95, 0.95),
    "purple": (0.7, 0.2, 0.85),
}
SHAPES = ("square", "disc", "ring", "cross", "triangle", "bar")
SIZES = ("small", "large")
RELATIONS = ("left of", "above")
# Size of each attribute, in the order of `Scenes.labels`.
N_CLASSES = (2, 6, 6, 2, 2, 6, 6)


@dataclass(frozen=True, slots=True)
class Scenes:
    """Pictures ``[n, 3, side, side]`` in [-1, 1], attribute labels, and captions."""

    pictures: NDArray[np.float32]
    labels: NDArray[np.int64]
    captions: tuple[str, ...]


def _mask(shape: str, radius: float, centre: tuple[float, float]) -> NDArray[np.bool_]:
    y, x = np.mgrid[:SIDE, :SIDE].astype(float)
    y, x = (y - centre[0]) / radius, (x - centre[1]) / radius
    box = np.maximum(abs(x), abs(y))
    distance = np.hypot(x, y)
    masks = {
        "square": box <= 0.9,
        "disc": distance <= 1,
        "ring": (distance <= 1.05) & (distance >= 0.55),
        "cross": (box <= 1) & (np.minimum(abs(x), abs(y)) <= 0.3),
        "triangle": (abs(y) <= 1) & (abs(x) <= (y + 1) / 2),
        "bar": (abs(x) <= 1.1) & (abs(y) <= 0.35),
    }
    return masks[shape]


def draw(n: int, seed: int) -> Scenes:
    """Draw two objects a picture, on a tinted and noisy ground, jittered in place and colour."""
    rng = np.random.default_rng((seed, 7))
    labels = np.stack([rng.integers(0, k, n) for k in N_CLASSES], axis=1)
    ground = rng.uniform(0, 0.5, (n, 3, 1, 1)) * rng.uniform(0.4, 1.6, (n, 1, SIDE, SIDE))
    pictures = ground.astype(np.float32)
    colours = list(COLOURS)
    captions: list[str] = []
    for picture, label in zip(pictures, labels, strict=True):
        words = []
        for k, (size, colour, shape) in enumerate((label[:3], label[4:])):
            offset = (6.0, 17.5)[k]
            centre = (12.0, offset) if label[3] == 0 else (offset, 12.0)
            jittered = tuple(c + rng.uniform(-1.5, 1.5) for c in centre)
            radius = (3.2, 5.4)[size] * rng.uniform(0.88, 1.12)
            paint = np.array(COLOURS[colours[colour]]) * rng.uniform(0.6, 1.0)
            picture[:, _mask(SHAPES[shape], radius, jittered)] = paint[:, None]
            words.append(f"a {SIZES[size]} {colours[colour]} {SHAPES[shape]}")
        captions.append(f" Picture: {words[0]} {RELATIONS[label[3]]} {words[1]}.")
    pictures += rng.normal(0, 0.12, pictures.shape).astype(np.float32)
    return Scenes(pictures * 2 - 1, labels, tuple(captions))
