"""GDAL's settings, changed for one step and no longer."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyogrio

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@contextmanager
def gdal_options(options: Mapping[str, str]) -> Iterator[None]:
    """Set configuration options of GDAL, and set them back."""
    before = {key: pyogrio.get_gdal_config_option(key) for key in options}
    pyogrio.set_gdal_config_options(dict(options))
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)
