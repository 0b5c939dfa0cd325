"""The one decorator under which every kernel of this room is compiled.

The module knows how kernels are compiled and cached, never what they compute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FASTMATH", "kernel"]

FASTMATH: Final = frozenset({"reassoc", "contract", "arcp", "nsz"})
"""Liberties the compiler may take with floats.

As fast as all of them. ``nnan`` and ``ninf`` are left out on purpose: they allow the compiler to
assume that no NaN and no infinity occurs, which makes counting them undefined.
"""

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function to machine code on its first call, without holding the interpreter lock.

    Parameters
    ----------
    function
        Loops over arrays and scalars. It may call other kernels of the same file only: the cache
        notices changes of the kernel's own file and of no other.

    Returns
    -------
    Callable
        The compiled function. The undecorated one stays readable as ``py_func``.

    Raises
    ------
    RuntimeError
        If numba refuses the function for any other reason than a missing place for its cache.

    Notes
    -----
    Compiled code is cached beside the source, else in the user's cache folder, else in
    ``NUMBA_CACHE_DIR``. Where none of them can be written, numba raises as soon as the function is
    decorated; the kernel is then compiled anew in each process, which costs about 0.1 s a kernel.

    Examples
    --------
    >>> @kernel
    ... def total(values):
    ...     result = 0.0
    ...     for value in values:
    ...         result += value
    ...     return result
    >>> import numpy as np
    >>> total(np.array([1.0, 2.0]))
    3.0
    """
    try:
        return _compile(function, cache=True)
    except RuntimeError as error:
        if "no locator available" not in str(error):
            raise
        return _compile(function, cache=False)


def _compile(function: Callable[P, R], *, cache: bool) -> Callable[P, R]:
    options: dict[str, Any] = {"nogil": True, "cache": cache, "fastmath": set(FASTMATH)}
    return cast("Callable[P, R]", numba.njit(**options)(function))
