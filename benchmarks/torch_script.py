"""The script people write today to compare two checkpoints, as they write it."""

from __future__ import annotations

import json
import sys
import time

import torch
from safetensors.torch import load_file

start = time.perf_counter()
subject, reference = load_file(sys.argv[1]), load_file(sys.argv[2])
cosines, dot, square_a, square_b = {}, 0.0, 0.0, 0.0
for name, weight in reference.items():
    a, b = weight.float().flatten(), subject[name].float().flatten()
    cosines[name] = torch.nn.functional.cosine_similarity(a, b, dim=0).item()
    dot, square_a, square_b = dot + a.dot(b), square_a + a.dot(a), square_b + b.dot(b)
cosine = float(dot / (square_a.sqrt() * square_b.sqrt()))
found = {"seconds": time.perf_counter() - start, "cosine": cosine, "norm_square": float(square_a)}
print(json.dumps(found))
