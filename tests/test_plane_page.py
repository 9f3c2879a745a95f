"""The page's plane in a real browser: the same place as in Python, for a district and a country."""

from pathlib import Path

import numpy as np
import pytest

import siting.report
from siting.report.projection import local_plane

pytestmark = pytest.mark.browser
PLANE = Path(siting.report.__file__).parent / "assets" / "map" / "plane.js"
AREAS = {
    "EPSG:4549": (528_000_000, 3_345_000_000, 572_000_000, 3_365_000_000),  # Qiantang
    "EPSG:3057": (230_000_000, 280_000_000, 800_000_000, 680_000_000),  # all of Iceland
}

# Degrees of points both ways: one by one, and all at once as the canvases draw them.
BOTH = """([data, xs, ys]) => {
  const plane = Siting.plane.create(data);
  const there = xs.map((x, i) => plane.toLonLat(x, ys[i]));
  const back = there.map(([lon, lat]) => plane.fromLonLat(lon, lat));
  const drawn = plane.worldArrays(xs, ys);
  return [there, back, [...drawn.x], plane.middle[0]];
}"""


@pytest.mark.parametrize("crs", sorted(AREAS))
def test_the_page_finds_the_same_places(browser, crs):
    x0, y0, x1, y1 = AREAS[crs]
    plane = local_plane(crs, bounds_mm=AREAS[crs])
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, x1 - x0, 500), rng.integers(0, y1 - y0, 500)
    tab = browser.new_page()
    tab.evaluate("globalThis.Siting = {};" + PLANE.read_text(encoding="utf-8"))
    answer = tab.evaluate(BOTH, [plane.as_dict(), x.tolist(), y.tolist()])
    tab.close()
    there, back = np.array(answer[0]), np.array(answer[1])
    np.testing.assert_allclose(there, np.column_stack(plane.to_lonlat(x, y)), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(np.floor(back + 0.5), np.column_stack([x, y]))
    drawn = 360 / 256 * (np.array(answer[2]) + answer[3]) - 180
    np.testing.assert_allclose(drawn, there[:, 0], rtol=0, atol=1e-12)
