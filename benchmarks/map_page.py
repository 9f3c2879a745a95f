"""The map's size and speed: ``python -m benchmarks.map_page`` writes docs/performance/map.md.

Towns of growing size are run by the real floors; their maps are opened in Chromium without a GPU.
"""

from __future__ import annotations

import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from playwright.sync_api import sync_playwright

from siting.project import find_project
from siting.report.map import map_page
from siting.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator

CRS = "EPSG:4549"
X0, Y0, STEP_M = 533_000.0, 3_353_000.0, 90.0
COMMUNITY_M = 2_000
SIZES = {
    "small": [(2_000, 10_000)],
    "full": [(points, nodes) for nodes in (10_000, 100_000) for points in (2_000, 20_000, 100_000)],
}
PAGE = Path(__file__).parents[1] / "docs" / "performance" / "map.md"
ABOUT = """`python -m benchmarks.map_page full` wrote this page. Chromium without a GPU, 1400 × 900,
{machine}, two cores, wall clock; whatever else runs on the machine is in it. *ready*: from
opening the file until it is drawn and answers. *first*: the first trial of a rule, which finds
its state without any change. *drag*: one step of a trial facility under the pointer, *place*,
*close*, *open*: one more facility, *footway*: a link by two clicks; medians of nine, the first
ones cold, from the event until verdicts, figures, streets, gaps and colours are written, and in
brackets until the browser has handed the frame with them to the screen. A frame has 16.7 ms.
Every map is opened three times and the best time stands here: the machine is shared, and others
only ever add to it. *pan*: frames a second while the pointer drags the map for two seconds,
*zoom*: while it zooms in and out again; in brackets the longest frame, in ms. All is drawn by the
processor: no GPU was at hand.
"""
OPTIONS = ["--no-sandbox", "--disable-gpu"]
NATURE = {"data_nature": "示意(合成)"}
AGES = [*(f"p_{age}" for age in range(18)), "p18_59", "p60_64", "p65_79", "p80"]
RULE = """
[[rule]]
id = "{id}"
kind = "access"
basis = "standard"
clauses = ["B"]
places = ["town"]
group = "{group}"
source = {{ document = "bench", clause = "1", confidence = "E" }}
title = {{ zh = "{id}", en = "{id}" }}
text = {{ zh = "{id}", en = "{id}" }}
[[rule.need]]
id = "{kind}"
title = {{ zh = "{kind}", en = "{kind}" }}
group = "{group}"
cutoff_m = {cutoff}
facilities = [{{ kind = "{kind}" }}]
"""
RULES = [
    {"id": "kindergartens", "group": "kindergarten_age", "kind": "kindergarten", "cutoff": 500},
    {"id": "homes", "group": "elders", "kind": "elder_home", "cutoff": 1000},
]
PLAN = """
id = "bench"
document = "bench"
places = ["town"]
title = { zh = "bench", en = "bench" }
[[clause]]
id = "B"
section = "1"
class = "a"
tier = "T1"
rule = "kindergartens"
text = { zh = "-", en = "-" }
"""
SCENARIO = """
title = { zh = "示意镇", en = "Sample town" }
place = "town"
as_of = 2020-11-01
crs = "EPSG:4549"
plans = ["bench"]
[layers.residents]
path = "residents.gpkg"
[layers.units]
path = "units.gpkg"
[layers.streets]
path = "streets.gpkg"
[[layers.facilities]]
path = "facilities.gpkg"
"""
MEASURE = """async () => {
  const { app } = Siting;
  const { x, y } = app.data.facilities[0];
  const kind = app.data.rules[0].parts[0].facility_kind;
  const ofKind = app.data.facilities.flatMap((f, i) => (f.kind === kind ? [i] : []));
  const [planned, operating] = ["planned", "operating"].map((status) =>
    ofKind.filter((i) => app.data.facilities[i].status === status));
  const timed = (action) => new Promise((done) => requestAnimationFrame(() => {
    const start = performance.now();
    action();
    const written = performance.now() - start;
    setTimeout(() => done([written, performance.now() - start])); // when the frame is handed over
  }));
  const median = async (action, undo = () => {}, count = 9) => {
    const times = [];
    for (let i = 0; i < count; i++) {
      times.push(await timed(() => action(i)));
      await timed(() => undo(i));
    }
    return [0, 1].map((k) => times.map((one) => one[k]).sort((a, b) => a - b)[count >> 1]);
  };
  const facility = (i) => app.newFacility(kind, x + 400000 + 1000 * i, y, 90);
  const first = await timed(() => app.addFacility(facility(0)));
  const drag = await median((i) => {
    app.moveFacility(0, x + 400000 + 5000 * i, y, false);
    app.drawFrame();
  });
  const place = await median((i) => app.addFacility(facility(20 + i)), () => app.removeFacility(1));
  const closed = (i) => app.toggleFacility(operating[1 + i]);
  const opened = (i) => app.toggleFacility(planned[i % 2]);
  const close = await median(closed, closed);
  const open = await median(opened, opened);
  const link = (i) => app.addLink({ x0: x, y0: y + 1000 * i, x1: x + 150000, y1: y + 1000 * i });
  const footway = await median(link, () => app.removeLink(0));
  app.setEdits(Siting.trial.noEdits());
  return { first, drag, place, close, open, footway };
}"""
# Frames since `begin`: how many a second, and the longest in milliseconds.
FRAMES = """() => {
  let times = [];
  const step = (now) => {
    times.push(now);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
  globalThis.frames = {
    begin: () => (times = []),
    end: () => {
      const gaps = times.slice(1).map((now, i) => now - times[i]);
      const total = gaps.reduce((sum, gap) => sum + gap, 0);
      return [(1000 * gaps.length) / total, Math.max(...gaps)];
    },
  };
}"""
ZOOM = """async () => {
  const map = Object.values(window).find((one) => one instanceof L.Map);
  frames.begin();
  for (const by of [1, -1]) {
    const ended = new Promise((done) => map.once("zoomend", done));
    map.setZoom(map.getZoom() + by);
    await ended;
    await new Promise((done) => setTimeout(done, 750)); // while it is drawn sharply
  }
  return frames.end();
}"""
WORK = ["first", "drag", "place", "close", "open", "footway"]  # ms until written, until handed over
TIMES = 3
MOVES = ["pan", "zoom"]  # frames a second, the longest in ms
PATH = [(-4, -3), (5, 2), (2, 5), (-3, -4)]  # of the pointer, by turns, pixels a frame
START = (600, 500)
PAN_S, SETTLED_MS = 2.0, 1_500


def write_town(root: Path, *, points: int, nodes: int) -> Path:
    """Write a grid town with bends and jitter as a project; return its scenario."""
    rng = np.random.default_rng(1)
    place = root / "layers" / "town"
    plans = root / "scenarios" / "plans"
    place.mkdir(parents=True)
    plans.mkdir(parents=True)
    (plans / "bench.toml").write_text(PLAN + "".join(RULE.format(**one) for one in RULES), "utf-8")
    path = root / "scenarios" / "town.toml"
    path.write_text(SCENARIO, "utf-8")
    side = round(nodes**0.5)
    width = side * STEP_M
    layers = {
        "streets": streets(rng, side),
        "units": units(width),
        "residents": residents(rng, points, width),
        "facilities": facilities(rng, max(20, nodes // 400), width),
    }
    for name, table in layers.items():
        table.to_file(place / f"{name}.gpkg", driver="GPKG")
    return path


def streets(rng: np.random.Generator, side: int) -> gpd.GeoDataFrame:
    """Return a jittered grid of streets, each with one bend."""
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) * STEP_M
    at = grid + np.array([X0, Y0]) + rng.uniform(-18, 18, grid.shape)
    ends = [(at[:, :-1], at[:, 1:]), (at[:-1], at[1:])]
    a, b = (np.concatenate([pair[k].reshape(-1, 2) for pair in ends]) for k in (0, 1))
    kept = rng.random(len(a)) > 0.08
    a, b = a[kept], b[kept]
    bend = (a + b) / 2 + rng.uniform(-6, 6, a.shape)
    lines = shapely.linestrings(np.stack([a, bend, b], axis=1).round(3))
    table = {"class": "residential", "name": "", "walkable": True, **NATURE}
    return gpd.GeoDataFrame(table, geometry=lines, crs=CRS, index=range(len(lines)))


def units(width: float) -> gpd.GeoDataFrame:
    """Return a district of four streets with communities of about two kilometres."""
    rows: list[dict[str, Any]] = []

    def add(code: str, level: str, parent: str | None, box: tuple[float, float, float]) -> None:
        x, y, size = box
        shape = shapely.box(X0 + x, Y0 + y, X0 + x + size, Y0 + y + size)
        row = {"code": code, "name": code, "level": level, "parent": parent, "urban_rural": "111"}
        rows.append(row | {"land_km2": size * size / 1e6, "outside": False, "geometry": shape})

    add("T", "district", None, (-100, -100, width + 200))
    add("B", "block", "T", (-100, -100, width + 200))
    half = width / 2 + 100
    across = max(2, round(half / COMMUNITY_M))
    for i, (cx, cy) in enumerate(((0, 0), (1, 0), (0, 1), (1, 1))):
        x, y = cx * half - 100, cy * half - 100
        add(f"S{i}", "street", "B", (x, y, half))
        size = half / across
        for k, (dx, dy) in enumerate(np.ndindex(across, across)):
            add(f"S{i}C{k}", "community", f"S{i}", (x + dx * size, y + dy * size, size))
    return gpd.GeoDataFrame(rows, crs=CRS).assign(**NATURE)


def residents(rng: np.random.Generator, points: int, width: float) -> gpd.GeoDataFrame:
    """Return people at points all over the town."""
    xy = rng.uniform(0, width, (points, 2)).round(3)
    people = {age: rng.integers(0, 9, points) for age in AGES}
    table = {"id": [f"d{i:06d}" for i in range(points)], "name": "", "kind": "cell", **people}
    return gpd.GeoDataFrame(
        table | {"outside": False} | NATURE,
        geometry=gpd.points_from_xy(*(xy + np.array([X0, Y0])).T),
        crs=CRS,
    )


def facilities(rng: np.random.Generator, count: int, width: float) -> gpd.GeoDataFrame:
    """Return kindergartens and elder homes in turn."""
    xy = rng.uniform(0, width, (count, 2)).round(3)
    kinds = [RULES[i % 2]["kind"] for i in range(count)]
    statuses = ["planned" if i % 10 in {4, 5} else "operating" for i in range(count)]
    table = {"id": [f"f{i:05d}" for i in range(count)], "name": [f"设施{i}" for i in range(count)]}
    return gpd.GeoDataFrame(
        table | {"kind": kinds, "status": statuses, "year_open": 2010, "beds": 50} | NATURE,
        geometry=gpd.points_from_xy(*(xy + np.array([X0, Y0])).T),
        crs=CRS,
    )


def measured(sizes: list[tuple[int, int]]) -> Iterator[dict[str, Any]]:
    """Yield the figures of each size of town."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS)
        for points, nodes in sizes:
            with tempfile.TemporaryDirectory() as folder:
                path = write_town(Path(folder), points=points, nodes=nodes)
                result = run(path, project=find_project(path.parent))
                file = Path(folder) / "map.html"
                file.write_text(map_page(result, lang="zh"), encoding="utf-8")
                yield {
                    "points": points,
                    "nodes": len(result.streets.node_x_mm) if result.streets else 0,
                    "mb": file.stat().st_size / 1e6,
                } | best([opened(browser, file) for _ in range(TIMES)])
        browser.close()


def best(times: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the least time of each kind of work and the fastest of each movement."""
    return {name: (max if name in MOVES else min)(one[name] for one in times) for name in times[0]}


def opened(browser: Any, file: Path) -> dict[str, Any]:
    """Open a map; return when it is ready, how it moves, and its answers to trials."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]", timeout=120_000)
    ready = page.evaluate("performance.getEntriesByName('siting-ready')[0].startTime")
    page.evaluate(FRAMES)
    page.wait_for_timeout(SETTLED_MS)
    figures = {"ready": ready, "pan": panned(page), "zoom": page.evaluate(ZOOM)}
    figures |= page.evaluate(MEASURE)
    page.close()
    return figures


def panned(page: Any) -> list[float]:
    """Drag the map for `PAN_S` seconds; return frames a second and the longest."""
    x, y = START
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("frames.begin()")
    began = time.monotonic()
    while (passed := time.monotonic() - began) < PAN_S:
        dx, dy = PATH[int(passed / PAN_S * len(PATH))]
        x, y = x + dx, y + dy
        page.mouse.move(x, y)
    frames: list[float] = page.evaluate("frames.end()")
    page.mouse.up()
    page.wait_for_timeout(SETTLED_MS)
    return frames


def page_text(rows: list[dict[str, Any]]) -> str:
    """Return the page of the documentation."""
    heads = ["ready, ms", *(f"{name}, ms" for name in WORK), *(f"{name}, /s" for name in MOVES)]
    lines = [
        "# The map: measured\n",
        ABOUT.format(machine=platform.machine()),
        f"| people at | nodes | file, MB | {' | '.join(heads)} |",
        "|---:" * (3 + len(heads)) + "|",
    ]
    for row in rows:
        pairs = [
            *(f"{row[name][0]:,.1f} ({row[name][1]:,.1f})" for name in WORK),
            *(f"{row[name][0]:.0f} ({row[name][1]:.0f})" for name in MOVES),
        ]
        start = f"| {row['points']:,} | {row['nodes']:,} | {row['mb']:.1f} | {row['ready']:,.0f} | "
        lines.append(f"{start}{' | '.join(pairs)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, and write the page if all sizes were measured."""
    size = sys.argv[1] if len(sys.argv) > 1 else "small"
    rows = list(measured(SIZES[size]))
    text = page_text(rows)
    print(text)
    if size == "full":
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
