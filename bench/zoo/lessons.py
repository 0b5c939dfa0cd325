"""What the demo's models learn from: text, pictures with captions, sounds with transcripts.

Knows batches and losses; refuses to know which model borrows from which.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.zoo import bpe, scenes, speech

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.zoo.corpus import Corpus
    from bench.zoo.models import Llama
    from bench.zoo.multimodal import AudioProjector, AudioTower, VisionTower

N_SCENES = 6000
N_UTTERANCES = 4000
N_HELD_OUT = 400


@dataclass(frozen=True, slots=True)
class Pairs:
    """Inputs of a tower, the attributes in them, and sentences about them."""

    inputs: Tensor
    labels: Tensor
    ids: Tensor

    def rows(self, index: NDArray[np.int64]) -> Pairs:
        """Part of them."""
        chosen = torch.from_numpy(index)
        return Pairs(self.inputs[chosen], self.labels[chosen], self.ids[chosen])


@dataclass(frozen=True, slots=True)
class Lessons:
    """Everything one model is taught, in its own tokens."""

    tokenizer: bpe.Tokenizer
    text: NDArray[np.int64]
    pictures: Pairs
    sounds: Pairs


def _pad(tokenizer: bpe.Tokenizer, sentences: tuple[str, ...]) -> Tensor:
    encoded = [tokenizer.encode(sentence) for sentence in sentences]
    out = torch.zeros((len(encoded), max(map(len, encoded)) + 1), dtype=torch.int64)
    for row, ids in zip(out, encoded, strict=True):
        row[: len(ids)] = torch.from_numpy(ids)
    return out


def prepare(corpus: Corpus, *, seed: int, n_tokens: int) -> Lessons:
    """Draw the pictures, speak the words, train the tokenizer on all the text there is."""
    drawn = scenes.draw(N_SCENES + N_HELD_OUT, seed)
    spoken = speech.synthesise(N_UTTERANCES + N_HELD_OUT, seed)
    text = corpus.text[:3_000_000]
    tokenizer = bpe.train(text + "".join((*drawn.captions, *spoken.transcripts)), n_tokens)
    return Lessons(
        tokenizer=tokenizer,
        text=tokenizer.encode(text),
        pictures=Pairs(
            torch.from_numpy(drawn.pictures),
            torch.from_numpy(drawn.labels),
            _pad(tokenizer, drawn.captions),
        ),
        sounds=Pairs(
            torch.from_numpy(spoken.spectrograms),
            torch.from_numpy(spoken.labels),
            _pad(tokenizer, spoken.transcripts),
        ),
    )


class Reader(nn.Module):
    """Attribute classifiers on top of a tower; a teaching aid that no checkpoint keeps."""

    def __init__(self, n_in: int, n_classes: tuple[int, ...]) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.out = nn.Linear(n_in, sum(n_classes))

    def forward(self, rows: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Loss, and the share of attributes read rightly."""
        parts = self.out(rows.flatten(1)).split(self.n_classes, dim=-1)
        losses = [functional.cross_entropy(part, labels[:, i]) for i, part in enumerate(parts)]
        right = [(part.argmax(-1) == labels[:, i]).float().mean() for i, part in enumerate(parts)]
        return torch.stack(losses).mean(), torch.stack(right).mean()


def vision_reader(tower: VisionTower) -> Reader:
    """Classifier of shapes, colours, sizes and relation."""
    n_rows = (tower.shape.side // tower.shape.patch // 2) ** 2
    return Reader(n_rows * tower.shape.n_out, scenes.N_CLASSES)


def audio_reader(tower: AudioTower) -> Reader:
    """Classifier of consonants and vowels in order."""
    n_classes = (len(speech.CONSONANTS), len(speech.VOWELS)) * speech.N_SYLLABLES
    return Reader(tower.shape.n_positions // 2 * tower.shape.width, n_classes)


class Omni(nn.Module):
    """A language model with the encoders it has, before anyone names its parts."""

    def __init__(
        self,
        language: Llama,
        *,
        vision: VisionTower | None = None,
        audio: AudioTower | None = None,
        vision_projector: nn.Linear | None = None,
        audio_projector: AudioProjector | nn.Linear | None = None,
    ) -> None:
        super().__init__()
        self.language = language
        self.vision = vision
        self.audio = audio
        self.vision_projector = vision_projector
        self.audio_projector = audio_projector

    def see(self, pictures: Tensor) -> Tensor:
        """Rows of the vision tower."""
        assert self.vision is not None
        return self.vision(pictures)

    def hear(self, spectrograms: Tensor) -> Tensor:
        """Rows of the audio tower."""
        assert self.audio is not None
        return self.audio(spectrograms)

    def tell(self, rows: Tensor, projector: nn.Module | None, ids: Tensor) -> Tensor:
        """Loss of a sentence about what a tower perceived."""
        seen = projector(rows) if projector is not None else rows
        words = self.language.model.embed_tokens(ids[:, :-1])
        hidden = self.language.model.run(torch.cat([seen, words], dim=1))
        logits = self.language.logits(hidden[:, seen.shape[1] - 1 : -1])
        targets = ids[:, : logits.shape[1]]
        return functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=0)


@dataclass(slots=True)
class Marks:
    """How well a model does on what it never saw."""

    text_loss: float = 0.0
    caption_loss: float | None = None
    attributes_read: float | None = None
    transcript_loss: float | None = None
    letters_read: float | None = None


@torch.no_grad()
def examine(model: Omni, lessons: Lessons, readers: dict[str, Reader], text_loss: float) -> Marks:
    """Losses and readings on the held-out pictures and sounds."""
    marks = Marks(text_loss=round(text_loss, 3))
    if model.vision is not None:
        part = lessons.pictures.rows(np.arange(N_SCENES, N_SCENES + N_HELD_OUT))
        rows = model.see(part.inputs)
        marks.caption_loss = round(float(model.tell(rows, model.vision_projector, part.ids)), 3)
        if "vision" in readers:
            marks.attributes_read = round(float(readers["vision"](rows, part.labels)[1]), 3)
    if model.audio is not None:
        part = lessons.sounds.rows(np.arange(N_UTTERANCES, N_UTTERANCES + N_HELD_OUT))
        rows = model.hear(part.inputs)
        marks.transcript_loss = round(float(model.tell(rows, model.audio_projector, part.ids)), 3)
        if "audio" in readers:
            marks.letters_read = round(float(readers["audio"](rows, part.labels)[1]), 3)
    return marks


def step_loss(
    model: Omni, lessons: Lessons, readers: dict[str, Reader], rng: np.random.Generator
) -> Tensor:
    """Loss of one mixed batch, text aside."""
    total = torch.zeros(())
    if model.vision is not None:
        part = lessons.pictures.rows(rng.integers(0, N_SCENES, 24))
        rows = model.see(part.inputs)
        total = total + model.tell(rows, model.vision_projector, part.ids)
        total = total + readers["vision"](rows, part.labels)[0]
    if model.audio is not None:
        part = lessons.sounds.rows(rng.integers(0, N_UTTERANCES, 24))
        rows = model.hear(part.inputs)
        total = total + model.tell(rows, model.audio_projector, part.ids)
        if "audio" in readers:
            total = total + readers["audio"](rows, part.labels)[0]
    return total
