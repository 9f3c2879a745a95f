"""Compile loops with numba, and keep what was compiled where that is possible."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

_log = logging.getLogger(__name__)
_notices: set[str] = set()


def compiled(function: Function) -> Function:
    """Compile `function` at its first call, outside the interpreter lock.

    Numba refuses to cache where no cache folder is writable (a system-wide install, a read-only
    container): then the function is compiled in memory, once per process, with a notice.
    """
    try:
        return cast("Function", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:
        _notice("no writable cache folder: street searches are compiled anew in every process")
        return cast("Function", numba.njit(nogil=True)(function))


def _notice(text: str) -> None:
    if text not in _notices:
        _notices.add(text)
        _log.warning(text)
