/* Straight distances from people to the nearest of some points, in whole millimetres. */
Siting.straight = (() => {
  const { FAR, roundHalfUp } = Siting.network;

  /* Points in square cells of about one point each, cell after cell in flat arrays. */
  function gridOf(points) {
    const xs = points.map(({ x }) => x);
    const ys = points.map(({ y }) => y);
    const [x0, y0] = [Math.min(...xs), Math.min(...ys)];
    const [width, height] = [Math.max(...xs) - x0, Math.max(...ys) - y0];
    const cell = Math.max(1, Math.ceil(Math.sqrt((width * height) / points.length)), Math.ceil((width + height) / 1000));
    const columns = Math.floor(width / cell) + 1;
    const rows = Math.floor(height / cell) + 1;
    const cellOf = (i) => Math.floor((ys[i] - y0) / cell) * columns + Math.floor((xs[i] - x0) / cell);
    const start = new Int32Array(columns * rows + 1);
    points.forEach((_, i) => (start[cellOf(i) + 1] += 1));
    for (let c = 0; c < columns * rows; c++) start[c + 1] += start[c];
    const fill = start.slice(0, -1);
    const px = new Int32Array(points.length);
    const py = new Int32Array(points.length);
    points.forEach((_, i) => {
      const at = fill[cellOf(i)]++;
      px[at] = xs[i];
      py[at] = ys[i];
    });
    return { x0, y0, cell, columns, rows, start, px, py };
  }

  /* Square of the distance from (x, y) to the nearest point, ring after ring of cells. */
  function nearestSquare({ x0, y0, cell, columns, rows, start, px, py }, x, y) {
    const cx = Math.floor((x - x0) / cell);
    const cy = Math.floor((y - y0) / cell);
    const first = Math.max(-cx, cx - columns + 1, -cy, cy - rows + 1, 0);
    const last = Math.max(cx, columns - 1 - cx, cy, rows - 1 - cy, 0);
    let best = Infinity;
    for (let ring = first; ring <= last; ring++) {
      const beyond = (ring - 1) * cell; // nothing in this ring is nearer than that
      if (ring > 0 && best <= beyond * beyond) break;
      const [west, east] = [cx - ring, cx + ring];
      for (let j = Math.max(0, cy - ring); j <= Math.min(rows - 1, cy + ring); j++) {
        // The first and the last row of a ring are searched whole, of the others both ends.
        const isWhole = j === cy - ring || j === cy + ring;
        const step = isWhole ? 1 : 2 * ring;
        for (let i = isWhole ? Math.max(0, west) : west; i <= (isWhole ? Math.min(columns - 1, east) : east); i += step) {
          if (i < 0 || i >= columns) continue;
          const at = j * columns + i;
          for (let k = start[at]; k < start[at + 1]; k++) {
            const dx = px[k] - x;
            const dy = py[k] - y;
            const square = dx * dx + dy * dy;
            if (square < best) best = square;
          }
        }
      }
    }
    return best;
  }

  function nearest({ x, y }, points) {
    const straight = new Int32Array(x.length).fill(FAR);
    if (!points.length) return straight;
    const grid = gridOf(points);
    for (let i = 0; i < x.length; i++) straight[i] = roundHalfUp(Math.sqrt(nearestSquare(grid, x[i], y[i])));
    return straight;
  }

  /* People in square cells. */
  const ACROSS = 64;
  const filed = new WeakMap();
  function cellsOf({ x, y }) {
    if (!filed.has(x)) {
      const [x0, y0] = [x, y].map((values) => values.reduce((a, b) => Math.min(a, b), Infinity));
      const [x1, y1] = [x, y].map((values) => values.reduce((a, b) => Math.max(a, b), -Infinity));
      const size = Math.max(1, Math.ceil((Math.max(x1 - x0, y1 - y0) + 1) / ACROSS));
      const cell = x.map((value, i) => Math.floor((y[i] - y0) / size) * ACROSS + Math.floor((value - x0) / size));
      filed.set(x, { x0, y0, size, cell, ...Siting.verdicts.groupBy(cell, ACROSS * ACROSS) });
    }
    return filed.get(x);
  }

  /* In each cell, the longest way to those that stood before: whatever lies farther is nearer to nobody. */
  const longest = new WeakMap();
  function longestOf({ cell }, before) {
    if (!longest.has(before)) {
      const found = new Float64Array(ACROSS * ACROSS).fill(-1);
      for (let i = 0; i < before.length; i++) if (before[i] > found[cell[i]]) found[cell[i]] = before[i];
      longest.set(before, found);
    }
    return longest.get(before);
  }

  /* Visit everybody to whom a point may be as near as what stood before. */
  function visitNear({ x, y }, before, { x: px, y: py }, visit) {
    const cells = cellsOf({ x, y });
    const { x0, y0, size, start, row } = cells;
    const farthest = longestOf(cells, before);
    const beyond = (value, low) => Math.max(low - value, value - low - size, 0);
    for (let cell = 0; cell < farthest.length; cell++) {
      const dx = beyond(px, x0 + (cell % ACROSS) * size);
      const dy = beyond(py, y0 + Math.floor(cell / ACROSS) * size);
      if (dx > farthest[cell] || dy > farthest[cell]) continue;
      for (let k = start[cell]; k < start[cell + 1]; k++) visit(row[k], x[row[k]] - px, y[row[k]] - py);
    }
  }

  const isWithin = (best, dx, dy) => dx <= best && -dx <= best && dy <= best && -dy <= best && roundHalfUp(Math.sqrt(dx * dx + dy * dy)) <= best;

  /* The distances `before` without the points that are `gone`; `rest` are those that remain. */
  function without(people, before, { gone, rest }) {
    if (!rest.length) return new Int32Array(before.length).fill(FAR);
    const straight = before.slice();
    const grid = gridOf(rest);
    const visit = (i, dx, dy) => {
      if (isWithin(before[i], dx, dy)) straight[i] = roundHalfUp(Math.sqrt(nearestSquare(grid, people.x[i], people.y[i])));
    };
    for (const point of gone) visitNear(people, before, point, visit);
    return straight;
  }

  /* The same after a few more points, in the array `straight`, a copy of what was `before`. */
  function nearer(people, points, straight, before) {
    const visit = (i, dx, dy) => {
      if (isWithin(straight[i], dx, dy)) straight[i] = roundHalfUp(Math.sqrt(dx * dx + dy * dy));
    };
    for (const point of points) visitNear(people, before, point, visit);
    return straight;
  }

  return { nearest, without, nearer };
})();
