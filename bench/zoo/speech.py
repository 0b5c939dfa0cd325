"""Synthesised syllables: a waveform from a source and formants, its mel spectrogram, its spelling.

Knows sounds and letters; refuses to know about models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 8_000
HOP = 80
WINDOW = 256
N_FRAMES = 64
N_MELS = 40
# First and second formant in hertz.
VOWELS = {"a": (800, 1200), "e": (500, 1900), "i": (300, 2300), "o": (500, 900), "u": (320, 700)}
# Band of the noise in hertz; a low band is voiced.
CONSONANTS = {
    "s": (2600, 3900),
    "f": (1200, 3600),
    "k": (1300, 2000),
    "t": (2300, 3000),
    "m": (120, 350),
    "n": (180, 700),
}
N_SYLLABLES = 3


@dataclass(frozen=True, slots=True)
class Utterances:
    """Log-mel spectrograms ``[n, mel, frame]``, syllable labels, and transcripts."""

    spectrograms: NDArray[np.float32]
    labels: NDArray[np.int64]
    transcripts: tuple[str, ...]


def _mel_filters() -> NDArray[np.float64]:
    hertz = np.linspace(0, RATE / 2, WINDOW // 2 + 1)
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, N_MELS + 2) / 2595) - 1)
    rise = (hertz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - hertz) / np.diff(edges)[1:, None]
    filters: NDArray[np.float64] = np.maximum(0, np.minimum(rise, fall))
    return filters


def _vowel(letter: str, n: int, pitch: float, rng: np.random.Generator) -> NDArray[np.float64]:
    time = np.arange(n) / RATE
    wave = np.zeros(n)
    stretch = rng.uniform(0.9, 1.1)
    for harmonic in range(1, int(3600 / pitch)):
        hertz = harmonic * pitch
        peaks = [np.exp(-(((hertz - f * stretch) / 130) ** 2)) for f in VOWELS[letter]]
        phase = rng.uniform(0, 2 * np.pi)
        wave += (sum(peaks) + 0.02) * np.sin(2 * np.pi * hertz * time + phase)
    return wave * np.hanning(n + 2)[1:-1]


def _consonant(letter: str, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(rng.normal(size=n))
    hertz = np.fft.rfftfreq(n, 1 / RATE)
    low, high = CONSONANTS[letter]
    wave: NDArray[np.float64] = np.fft.irfft(spectrum * ((hertz > low) & (hertz < high)), n)
    return wave / (wave.std() + 1e-9) * 0.6


def _wave(label: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    n_total = N_FRAMES * HOP + WINDOW
    pitch = rng.uniform(90, 220)
    parts = [np.zeros(int(rng.integers(100, 400)))]
    for consonant, vowel in label.reshape(N_SYLLABLES, 2):
        lead = int(rng.integers(380, 560))
        parts.append(_consonant(list(CONSONANTS)[consonant], lead, rng))
        parts.append(_vowel(list(VOWELS)[vowel], int(rng.integers(800, 1100)), pitch, rng))
    wave = np.concatenate(parts)[:n_total]
    wave = np.pad(wave, (0, n_total - len(wave)))
    noisy: NDArray[np.float64] = wave + rng.normal(size=n_total) * rng.uniform(0.02, 0.5)
    return noisy


def synthesise(n: int, seed: int) -> Utterances:
    """Say `n` words of three syllables."""
    rng = np.random.default_rng((seed, 8))
    sizes = (len(CONSONANTS), len(VOWELS)) * N_SYLLABLES
    labels = np.stack([rng.integers(0, k, n) for k in sizes], axis=1)
    filters, taper = _mel_filters(), np.hanning(WINDOW)
    frames = np.arange(N_FRAMES)[:, None] * HOP + np.arange(WINDOW)
    out = np.empty((n, N_MELS, N_FRAMES), dtype=np.float32)
    for spectrogram, label in zip(out, labels, strict=True):
        power = abs(np.fft.rfft(_wave(label, rng)[frames] * taper)) ** 2
        spectrogram[:] = np.log10(filters @ power.T + 1e-3)
    out = (out - out.mean()) / out.std()
    letters = (list(CONSONANTS), list(VOWELS)) * N_SYLLABLES
    words = ["".join(s[i] for s, i in zip(letters, row, strict=True)) for row in labels]
    return Utterances(out, labels, tuple(f" Heard: {' '.join(word)}." for word in words))
