"""Every module of the package, by name and by file."""

from __future__ import annotations

from pathlib import Path

import dokja

ROOT = Path(dokja.__file__).parent
REPOSITORY = Path(__file__).parents[2]


def module_files() -> list[Path]:
    """Return every Python file of the package, sorted."""
    return sorted(ROOT.rglob("*.py"))


def module_name(file: Path) -> str:
    """Return the dotted name of a file of the package."""
    parts = file.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def module_names() -> list[str]:
    """Return every importable module; the one that runs the program when imported is left out."""
    return [name for name in map(module_name, module_files()) if not name.endswith("__main__")]
