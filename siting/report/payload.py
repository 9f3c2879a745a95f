"""Arrays of integers as text: what the page decodes in `assets/map/codec.js`.

Every array becomes zigzag varints of its values, or of their differences where that is shorter;
all arrays together are compressed once. Whole numbers only: what the page computes with is what
Python computed with, to the bit.
"""

from __future__ import annotations

import base64
import gzip
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Longs = NDArray[np.int64]

UNREACHABLE = np.iinfo(np.int32).max
_MAX_BYTES = 5


def _varints(values: Longs) -> bytes:
    """Encode integers of at most 32 bits: 7 bits a byte, the lowest first, sign in the last bit."""
    zigzag = ((values << 1) ^ (values >> 63)).astype(np.uint64)
    shifts = np.arange(_MAX_BYTES, dtype=np.uint64) * np.uint64(7)
    groups = (zigzag[:, None] >> shifts) & np.uint64(0x7F)
    length = np.maximum(1, _MAX_BYTES - np.argmax(groups[:, ::-1] != 0, axis=1))
    length[zigzag == 0] = 1
    place = np.arange(_MAX_BYTES)
    more = place < (length - 1)[:, None]
    encoded = (groups | (more.astype(np.uint64) << np.uint64(7))).astype(np.uint8)
    return bytes(encoded[place < length[:, None]])


def _fits(values: Longs) -> bool:
    return not values.size or int(np.abs(values).max()) <= UNREACHABLE


def pack(arrays: Mapping[str, ArrayLike]) -> dict[str, Any]:
    """Pack named integer arrays into ``{"arrays": [[name, count, delta], …], "data": base64}``.

    Raises
    ------
    ValueError
        If a value does not fit into 32 bits.
    """
    index: list[list[Any]] = []
    stream = bytearray()
    for name, array in arrays.items():
        values = np.asarray(array).astype(np.int64)
        if not _fits(values):
            raise ValueError(f"{name}: a value does not fit into 32 bits")
        steps = np.diff(values, prepend=0)
        plain = _varints(values)
        delta = _varints(steps) if _fits(steps) else plain
        shorter = len(delta) < len(plain)
        index.append([name, int(values.size), int(shorter)])
        stream += delta if shorter else plain
    data = base64.b64encode(gzip.compress(bytes(stream), 9, mtime=0)).decode()
    return {"arrays": index, "data": data}
