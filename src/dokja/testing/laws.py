"""How a broken law is reported; the module knows none of the laws."""

from __future__ import annotations

__all__ = ["ConformanceError", "require"]


class ConformanceError(AssertionError):
    """A plugin breaks a law that every plugin of its kind keeps."""


def require(condition: object, law: str) -> None:
    """Raise unless a condition holds, with or without Python's optimisation.

    Parameters
    ----------
    condition
        What has to be true.
    law
        The law in words, for whoever broke it.

    Raises
    ------
    ConformanceError
        If `condition` is false.
    """
    if not condition:
        raise ConformanceError(law)
