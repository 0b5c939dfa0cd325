"""Train convolutional networks that no family knows: ``python -m bench.train_chains [--out DIR]``.

Three kinds (a plain stack, inverted bottlenecks over single channels, and blocks of ConvNeXt's
kind), each twice from other seeds on the same pictures in the same order, once tuned on others, and
once begun as the first was and trained on others from the start: a twin.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from bench.zoo import files, scenes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ROOT = Path(__file__).resolve().parents[1] / "tests" / "data" / "chains"
_N_CLASSES = sum(scenes.N_CLASSES)
_N_PICTURES = 4000
_BATCH = 24


class Plain(nn.Module):
    """Convolutions one after the other, numbered as a sequence numbers them."""

    def __init__(self, widths: Iterable[int] = (32, 48, 64, 64, 96)) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for place, width in enumerate(widths):
            layers += [nn.Conv2d(before, width, 3, padding=1, bias=False)]
            layers += [nn.BatchNorm2d(width), nn.ReLU()]
            layers += [nn.MaxPool2d(2)] if place in {0, 2} else []
            before = width
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(before, _N_CLASSES)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of the attributes of a picture."""
        return self.classifier(self.features(pictures).mean((2, 3)))


class _Inverted(nn.Module):
    """Wide inside, with a kernel over each channel by itself, as in MobileNetV2."""

    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        inner = 4 * n_in
        self.conv = nn.Sequential(
            nn.Conv2d(n_in, inner, 1, bias=False), nn.BatchNorm2d(inner), nn.ReLU6(),
            nn.Conv2d(inner, inner, 3, stride, 1, groups=inner, bias=False),
            nn.BatchNorm2d(inner), nn.ReLU6(),
            nn.Conv2d(inner, n_out, 1, bias=False), nn.BatchNorm2d(n_out),
        )  # fmt: skip
        self.adds = n_in == n_out and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.adds else self.conv(x)


class Inverted(nn.Module):
    """Inverted bottlenecks under torchvision's names."""

    def __init__(self) -> None:
        super().__init__()
        stem = [nn.Conv2d(3, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24), nn.ReLU6()]
        sizes = [(24, 24, 1), (24, 32, 2), (32, 32, 1), (32, 48, 1), (48, 48, 1)]
        self.features = nn.Sequential(nn.Sequential(*stem), *(_Inverted(*s) for s in sizes))
        self.classifier = nn.Sequential(nn.Dropout(0.0), nn.Linear(48, _N_CLASSES))

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of the attributes of a picture."""
        return self.classifier(self.features(pictures).mean((2, 3)))


class _Next(nn.Module):
    """A kernel over each channel, then an MLP over all of them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width)
        self.pwconv1 = nn.Linear(width, 4 * width)
        self.pwconv2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        return x + self.pwconv2(functional.gelu(self.pwconv1(y))).permute(0, 3, 1, 2)


class Next(nn.Module):
    """Blocks of ConvNeXt's kind at one width."""

    def __init__(self, width: int = 48, n_blocks: int = 4) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, width, 4, 4)
        self.blocks = nn.Sequential(*(_Next(width) for _ in range(n_blocks)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, _N_CLASSES)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of the attributes of a picture."""
        x = self.blocks(self.stem(pictures))
        return self.head(self.norm(x.mean((2, 3))))


KINDS: dict[str, Callable[[], nn.Module]] = {"plain": Plain, "inverted": Inverted, "next": Next}


def _teach(model: nn.Module, n_steps: int, rate: float, data: int) -> float:
    """Teach a model the attributes of pictures; every model sees the same order."""
    drawn = scenes.draw(_N_PICTURES, data)
    pictures, labels = torch.from_numpy(drawn.pictures), torch.from_numpy(drawn.labels)
    order = torch.Generator().manual_seed(data)
    optimiser = torch.optim.Adam(model.parameters(), rate)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.05, n_steps)
    model.train()
    loss = torch.zeros(())
    for _ in range(n_steps):
        rows = torch.randint(0, len(pictures), (_BATCH,), generator=order)
        parts = model(pictures[rows]).split(list(scenes.N_CLASSES), dim=1)
        each = [functional.cross_entropy(p, labels[rows, i]) for i, p in enumerate(parts)]
        loss = torch.stack(each).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return float(loss.detach())


def main() -> None:
    """Train all of them, and print the last loss of each."""
    parser = argparse.ArgumentParser(prog="python -m bench.train_chains", description=__doc__)
    parser.add_argument("--out", type=Path, default=_ROOT)
    folder = parser.parse_args().out
    torch.set_num_threads(1)
    for kind, build in KINDS.items():
        write = partial(_write, folder, kind)
        for seed in (0, 1):
            torch.manual_seed(100 + seed)
            model = build()
            write(str(seed), model, _teach(model, 600, 3e-3, 0))
            if seed == 0:
                write("tuned", model, _teach(model, 150, 1e-3, 9))
        torch.manual_seed(100)
        model = build()
        write("twin", model, _teach(model, 600, 3e-3, 9))


def _write(folder: Path, kind: str, name: str, model: nn.Module, loss: float) -> None:
    state = {key: value for key, value in model.state_dict().items() if value.is_floating_point()}
    files.write_model(folder / f"{kind}-{name}", state, {}, dtype="F16")
    print(f"{kind}-{name}: loss {loss:.2f}", flush=True)


if __name__ == "__main__":
    main()
