"""The codec of the map: every 32-bit integer survives; the reader is a mirror of the writer."""

import base64
import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.report.payload import UNREACHABLE, pack


def unpack(packed):
    """Decode in plain Python what `assets/map/codec.js` decodes in the page."""
    stream = gzip.decompress(base64.b64decode(packed["data"]))
    at, arrays = 0, {}
    for name, count, is_delta in packed["arrays"]:
        values, previous = [], 0
        for _ in range(count):
            zigzag, shift = 0, 0
            while True:
                byte = stream[at]
                at += 1
                zigzag |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            value = (zigzag >> 1) ^ -(zigzag & 1)
            previous = previous + value if is_delta else value
            values.append(previous)
        arrays[name] = values
    assert at == len(stream)
    return arrays


numbers = st.lists(st.integers(-UNREACHABLE, UNREACHABLE), max_size=60)


@settings(deadline=None, max_examples=80)
@given(numbers, numbers)
def test_integers_survive(first, second):
    packed = pack({"first": np.array(first, np.int64), "second": second})
    assert unpack(packed) == {"first": first, "second": second}


def test_hand_written_bytes():
    """300 is 600 in zigzag: 88 with a mark that more follows, then 4; −1 is 1."""
    packed = pack({"a": [300, -1, 300]})
    assert packed["arrays"] == [["a", 3, 0]]
    assert gzip.decompress(base64.b64decode(packed["data"])) == bytes([216, 4, 1, 216, 4])


def test_sorted_numbers_are_written_as_differences():
    packed = pack({"a": np.arange(1_000_000, 1_000_100)})
    assert packed["arrays"] == [["a", 100, 1]]
    assert unpack(packed)["a"] == list(range(1_000_000, 1_000_100))


def test_a_number_beyond_32_bits_is_refused():
    with pytest.raises(ValueError, match="32 bits"):
        pack({"a": [UNREACHABLE + 1]})


def test_the_same_arrays_give_the_same_text():
    assert pack({"a": np.arange(50)}) == pack({"a": list(range(50))})
