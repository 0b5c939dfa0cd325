"""Write the fingerprints of public modelling code: ``python bench/known_code.py WHEEL VERSION``.

The wheel is that of transformers (Apache-2.0). Only hashes, names of files and words of their
headers are kept.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from pathlib import Path

import numpy as np

from dokja.disclosure.known import known_file

DATA = Path(__file__).resolve().parents[1] / "src" / "dokja" / "disclosure" / "data"
MODELS = frozenset(
    re.findall(
        r"\w+",
        """
    llama mistral mixtral qwen2 qwen2_moe qwen2_vl qwen2_5_vl qwen2_audio qwen2_5_omni qwen3
    qwen3_moe qwen3_vl gemma gemma2 gemma3 deepseek_v2 deepseek_v3 deepseek_vl glm glm4 glm4_moe
    exaone4 exaone_moe solar_open hyperclovax gpt_oss gpt2 gpt_neox gptj opt bloom falcon phi
    phi3 olmo olmo2 cohere cohere2 internlm2 internvl minimax mamba mamba2 jamba bert roberta t5
    whisper wav2vec2 clip siglip siglip2 vit dinov2 llava llava_next idefics3 mllama
    seamless_m4t_v2 encodec dac bart granite smollm3 persimmon stablelm starcoder2 zamba2
    kimi_k2 ernie4_5 ernie4_5_moe hunyuan_v1_dense apertus axk1 vaetki
    """,
    )
)


def main(wheel: Path, version: str) -> None:
    """Read a wheel and write what is known of the models that are listed."""
    arrays: dict[str, np.ndarray] = {}
    told = []
    with zipfile.ZipFile(wheel) as held:
        for path in sorted(held.namelist()):
            folder, _, file = path.rpartition("/")
            if not file.startswith("modeling_") or "/models/" not in path:
                continue
            if folder.rpartition("/")[2] in MODELS:
                one = known_file(file, held.read(path).decode("utf-8"))
                key = f"f{len(told)}"
                arrays[f"{key}.wording"] = np.unique(one.wording)
                arrays[f"{key}.shape"] = np.unique(one.shape)
                told.append(
                    {
                        "key": key,
                        "file": path,
                        "licensed": one.licensed,
                        "holders": list(one.holders),
                    }
                )
    DATA.mkdir(exist_ok=True)
    with zipfile.ZipFile(DATA / "known.npz", "w", zipfile.ZIP_STORED) as written:
        for key, array in arrays.items():
            entry = zipfile.ZipInfo(f"{key}.npy", (1980, 1, 1, 0, 0, 0))
            with written.open(entry, "w") as stream:
                np.lib.format.write_array(stream, array, allow_pickle=False)
    about = {
        "package": "transformers",
        "version": version,
        "licence": "Apache-2.0",
        "files": told,
    }
    (DATA / "known.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
