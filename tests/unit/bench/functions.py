"""Small networks of every kind and what they compute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch")

from bench.accuracy import networks, pictures  # noqa: E402
from bench.attacks import naming  # noqa: E402
from bench.attacks.network import Network  # noqa: E402
from bench.zoo.models import Bert, Gpt2, Llama, Shape  # noqa: E402
from bench.zoo.multimodal import AudioShape  # noqa: E402

_TEXT = Shape(
    n_tokens=50,
    width=24,
    n_layers=3,
    n_heads=4,
    n_kv_heads=2,
    head_width=8,
    n_units=20,
    n_positions=16,
)
_PLAIN = Shape(
    n_tokens=50, width=24, n_layers=3, n_heads=3, n_kv_heads=3, n_units=20, n_positions=16
)
_UNTIED = Shape(
    n_tokens=50,
    width=24,
    n_layers=3,
    n_heads=4,
    n_kv_heads=2,
    head_width=8,
    n_units=20,
    n_positions=16,
    tied=False,
    qkv_bias=True,
)
_MOE = Shape(
    n_tokens=50,
    width=24,
    n_layers=2,
    n_heads=4,
    n_kv_heads=2,
    head_width=8,
    n_units=12,
    n_positions=16,
    n_experts=4,
)

KINDS: dict[str, Callable[[], Any]] = {
    "llama": lambda: Llama(_TEXT),
    "qwen2": lambda: networks.Qwen2(_UNTIED),
    "qwen3": lambda: networks.Qwen3(_TEXT),
    "mixtral": lambda: Llama(_MOE),
    "gpt2": lambda: Gpt2(_PLAIN),
    "bert": lambda: Bert(_PLAIN),
    "vit": lambda: pictures.Vit(
        pictures.PictureShape(width=24, n_layers=3, n_heads=3, n_units=20, n_classes=7)
    ),
    "whisper": lambda: networks.Whisper(
        AudioShape(width=24, n_layers=3, n_heads=3, n_units=20, n_mels=10, n_positions=8), 5
    ),
}


def network(kind: str, seed: int = 0) -> Network:
    """Return a network of a kind with random weights, gains and biases."""
    model = KINDS[kind]()
    rng = np.random.default_rng(seed)
    tensors = {}
    for name, parameter in model.state_dict().items():
        shape = tuple(parameter.shape)
        if parameter.dim() < 2:
            start = 0.0 if name.endswith("bias") else 1.0
            tensors[name] = start + 0.3 * rng.normal(size=shape)
        else:
            tensors[name] = rng.normal(size=shape) * 0.3
    return naming.read(tensors, model.config())


def outputs(net: Network) -> NDArray[np.float64]:
    """Return what a network answers to the same few inputs."""
    return answers(*naming.write(net))


def answers(tensors: dict[str, NDArray[Any]], config: dict[str, Any]) -> NDArray[np.float64]:
    """Return what a checkpoint answers to the same few inputs."""
    model = networks.build(config).double().eval()
    model.load_state_dict({name: torch.from_numpy(a).double() for name, a in tensors.items()})
    rng = torch.Generator().manual_seed(1)
    kind = config["model_type"]
    if kind == "qwen2_audio_encoder":
        given = torch.randn((2, config["num_mel_bins"], 16), generator=rng).double()
    elif kind in {"vit", "torchvision_resnet"}:
        given = torch.randn((2, 3, 24, 24), generator=rng).double()
    else:
        given = torch.randint(0, 40, (2, 11), generator=rng)
    with torch.no_grad():
        return np.asarray(model(given).numpy())


def difference(before: Network, after: Network) -> float:
    """Return the largest change of an answer, in standard deviations of the answers."""
    old, new = outputs(before), outputs(after)
    return float(np.abs(old - new).max() / old.std())


def pictured() -> tuple[dict[str, NDArray[np.float64]], dict[str, Any]]:
    """Return a residual convolutional network with random weights and statistics."""
    model = pictures.ResNet(pictures.ConvShape((8, 12), 2, 7))
    rng = np.random.default_rng(0)
    tensors = {}
    for name, parameter in model.state_dict().items():
        drawn = rng.normal(size=tuple(parameter.shape)) * 0.3
        if "running_var" in name:
            drawn = np.exp(drawn)
        elif parameter.dim() < 2 and name.endswith("weight"):
            drawn = 1 + drawn
        tensors[name] = np.asarray(drawn)
    return tensors, model.config()
