"""Compile loops with numba where it is installed, and keep what was compiled where that works."""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])

HAS_NUMBA = find_spec("numba") is not None

_log = logging.getLogger(__name__)
_notices: set[str] = set()


def compiled(function: Function) -> Function:
    """Compile `function` at its first call; it then runs outside the interpreter lock.

    Numba refuses to cache where no cache folder is writable (a system-wide install, a read-only
    container): then the function is compiled in memory, once per process, with a notice. Without
    numba the function stays as it is: slow, with the same numbers.
    """
    if not HAS_NUMBA:
        _notice("numba is not installed: searches run on scipy, drawings in plain Python")
        return function
    from numba import njit  # noqa: PLC0415 – where it is installed

    try:
        return cast("Function", njit(cache=True, nogil=True)(function))
    except RuntimeError:
        _notice("no writable cache folder: street searches are compiled anew in every process")
        return cast("Function", njit(nogil=True)(function))


def _notice(text: str) -> None:
    if text not in _notices:
        _notices.add(text)
        _log.warning(text)
