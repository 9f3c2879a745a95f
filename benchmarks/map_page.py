"""The map's size and speed: ``python -m benchmarks.map_page`` writes docs/performance/map.md.

Towns of growing size are run by the real floors; their maps are opened in Chromium, which
draws with a GPU where there is one.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from benchmarks.map_town import write_town
from siting.project import find_project
from siting.report.map import map_page
from siting.run import run

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = {
    "small": [(2_000, 10_000)],
    "full": [(points, nodes) for nodes in (10_000, 100_000) for points in (2_000, 20_000, 100_000)],
}
PAGE = Path(__file__).parents[1] / "docs" / "performance" / "map.md"
ABOUT = """`python -m benchmarks.map_page full` wrote this page. Chromium, 1400 × 900;
{machine}, {cores} cores, drawn by {drawn}; wall clock;
whatever else runs on the machine is in it. *ready*: from opening the file until it is drawn and
answers. *first*: the first trial of a rule, after a second
and a half in which nothing was done. *drag*: one step of a trial facility under the pointer,
*place*, *close*, *open*: one more facility, *footway*: a link by two clicks; medians of nine, the
first ones among them, from the event until verdicts, figures, streets, gaps and colours are
written, and in brackets until the browser has handed the frame with them to the screen. A frame
has 16.7 ms. Every map is opened {times} times and the best time stands here: the machine is shared,
and others only ever add to it. *pan*: frames a second while the pointer drags the map for two
seconds, *zoom*: while it zooms in and out again; in brackets the longest frame, in ms.
"""
OPTIONS = ["--no-sandbox"]
RENDERER = """() => {
  const context = document.createElement("canvas").getContext("webgl");
  const named = context?.getExtension("WEBGL_debug_renderer_info");
  return named ? context.getParameter(named.UNMASKED_RENDERER_WEBGL) : "";
}"""
SOFTWARE = ("SwiftShader", "llvmpipe", "Microsoft Basic Render")  # what draws where no GPU is
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
TIMES = 5
MOVES = ["pan", "zoom"]  # frames a second, the longest in ms
PATH = [(-4, -3), (5, 2), (2, 5), (-3, -4)]  # of the pointer, by turns, pixels a frame
START = (600, 500)
PAN_S, SETTLED_MS = 2.0, 1_500


def gpu() -> str:
    """Return the name of the GPU that draws in the browser; empty: there is none."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS)
        name: str = browser.new_page().evaluate(RENDERER)
        browser.close()
    return "" if any(one in name for one in SOFTWARE) else name


def measured(sizes: list[tuple[int, int]], *, has_gpu: bool) -> Iterator[dict[str, Any]]:
    """Yield the figures of each size of town."""
    options = OPTIONS if has_gpu else [*OPTIONS, "--disable-gpu"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=options)
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


def page_text(rows: list[dict[str, Any]], *, gpu_name: str) -> str:
    """Return the page of the documentation."""
    drawn = gpu_name or "the processor (no GPU was at hand)"
    heads = ["ready, ms", *(f"{name}, ms" for name in WORK), *(f"{name}, /s" for name in MOVES)]
    lines = [
        "# The map: measured\n",
        ABOUT.format(drawn=drawn, machine=platform.machine(), cores=os.cpu_count(), times=TIMES),
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
    name = gpu()
    rows = list(measured(SIZES[size], has_gpu=bool(name)))
    text = page_text(rows, gpu_name=name)
    print(text)
    if size == "full":
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
