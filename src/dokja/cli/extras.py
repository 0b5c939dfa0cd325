"""Optional packages, asked for before any work begins.

The module knows which extra brings which package, never what one is needed for.
"""

from __future__ import annotations

from importlib.util import find_spec

from dokja.errors import MissingDependencyError

__all__ = ["require"]


def require(*modules: str, extra: str = "programme") -> None:
    """Refuse to begin where a package of an extra is missing.

    Parameters
    ----------
    *modules
        Names as they are imported.
    extra
        The extra that brings them.

    Raises
    ------
    MissingDependencyError
        Naming every package that is missing, and the extra that brings them.
    """
    missing = [name for name in modules if not _is_there(name)]
    if missing:
        raise MissingDependencyError(
            f"not installed: {', '.join(missing)}", hint=f"pip install 'dokja[{extra}]'"
        )


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
