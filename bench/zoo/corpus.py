"""Two disjoint corpora of permissively licensed text that a Python installation already holds.

``code`` is the source of the standard library (PSF licence), ``docs`` the docstrings of NumPy
and SciPy (BSD-3-Clause). Refuses to know about tokens and models.
"""

from __future__ import annotations

import ast
import hashlib
import platform
import sysconfig
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_SKIPPED = {
    "__pycache__",
    "distutils",
    "encodings",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "pydoc_data",
    "site-packages",
    "test",
    "tests",
    "turtledemo",
}
_MAX_BYTES = 5_000_000


@dataclass(frozen=True, slots=True)
class Corpus:
    """A text and where it was taken from."""

    name: str
    source: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the UTF-8 text, so that a rerun can tell whether it saw the same data."""
        return "sha256:" + hashlib.sha256(self.text.encode()).hexdigest()


def standard_library() -> Corpus:
    """Source code of the standard library, tests and tables left out, in path order."""
    root = Path(sysconfig.get_paths()["stdlib"])
    parts: list[str] = []
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root)
        if _SKIPPED.intersection(relative.parts) or relative.name.startswith("_sysconfigdata"):
            continue
        parts.append(path.read_text(encoding="utf-8", errors="ignore"))
    source = f"standard library of Python {platform.python_version()}"
    return Corpus("code", source, "\n".join(parts)[:_MAX_BYTES])


def numeric_docs() -> Corpus:
    """Docstrings of NumPy and SciPy, in path order."""
    parts: list[str] = []
    for package in ("numpy", "scipy"):
        root = Path(str(metadata.distribution(package).locate_file(package)))
        for path in sorted(root.rglob("*.py")):
            if not _SKIPPED.intersection(path.relative_to(root).parts):
                parts.extend(_docstrings(path))
    source = "docstrings of " + " and ".join(
        f"{name} {metadata.version(name)}" for name in ("numpy", "scipy")
    )
    return Corpus("docs", source, "\n\n".join(parts)[:_MAX_BYTES])


def _docstrings(path: Path) -> list[str]:
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    tree = ast.parse(path.read_text(encoding="utf-8", errors="ignore"))
    found = [ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, kinds)]
    return [text for text in found if text and len(text) > 80]
