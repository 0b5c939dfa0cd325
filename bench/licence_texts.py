"""Write the digests of licence texts that Dokja knows by their words.

``python bench/licence_texts.py FOLDER`` reads ScanCode's texts (``licensedcode/data/licenses`` of
the package ``scancode-toolkit-mini``) and keeps digests alone.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from dokja.licensing.texts import text_digest

ROOM = Path(__file__).resolve().parents[1] / "src" / "dokja" / "licensing"
# ScanCode's names of texts whose SPDX id reads otherwise.
FILES = {
    "BSD-2-Clause": ("bsd-simplified",),
    "BSD-3-Clause": ("bsd-new",),
    "0BSD": ("bsd-zero",),
    "PSF-2.0": ("psf-2.0",),
    "LGPL-2.1-only": ("lgpl-2.1",),
    "LGPL-3.0-only": ("lgpl-3.0",),
    "GPL-2.0-only": ("gpl-2.0",),
    "GPL-3.0-only": ("gpl-3.0",),
    "AGPL-3.0-only": ("agpl-3.0",),
    "LicenseRef-scancode-gemma-tou-2024-04-01": ("gemma-tou-2024-04-01", "gemma-tou-2025-03-24"),
    "LicenseRef-scancode-bigscience-open-rail-m": (
        "bigscience-open-rail-m",
        "bigscience-open-rail-m2",
    ),
}


def main(folder: Path) -> None:
    """Write the digests of every text that is there."""
    known = tomllib.loads((ROOM / "licences.toml").read_text())["licence"]
    lines = ["# Written by bench/licence_texts.py: SHA-256 of the words of a licence's text.", ""]
    lines.append("[digests]")
    for one in known:
        key = one["id"]
        for name in FILES.get(key, (key.removeprefix("LicenseRef-scancode-").lower(),)):
            file = folder / f"{name}.LICENSE"
            if file.is_file():
                text = file.read_text(encoding="utf-8").split("\n---\n", 1)[1]
                lines.append(f'{text_digest(text)} = "{key}"')
    (ROOM / "texts.toml").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
