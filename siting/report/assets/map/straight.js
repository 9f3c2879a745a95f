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

  /* The same without the points that are `gone`; `rest` are those that remain. */
  function without({ x, y }, before, { gone, rest }) {
    if (!rest.length) return new Int32Array(x.length).fill(FAR);
    const straight = before.slice();
    const grid = gridOf(rest);
    for (let i = 0; i < x.length; i++) {
      for (const point of gone) {
        const dx = x[i] - point.x;
        const dy = y[i] - point.y;
        const best = before[i];
        if (dx > best || dx < -best || dy > best || dy < -best) continue;
        if (roundHalfUp(Math.sqrt(dx * dx + dy * dy)) > best) continue;
        straight[i] = roundHalfUp(Math.sqrt(nearestSquare(grid, x[i], y[i])));
        break;
      }
    }
    return straight;
  }

  /* The same after a few more points, in the array `straight`. */
  function nearer({ x, y }, points, straight) {
    for (const { x: px, y: py } of points) {
      for (let i = 0; i < x.length; i++) {
        const dx = x[i] - px;
        const dy = y[i] - py;
        const best = straight[i];
        if (dx > best || dx < -best || dy > best || dy < -best) continue;
        straight[i] = Math.min(best, roundHalfUp(Math.sqrt(dx * dx + dy * dy)));
      }
    }
    return straight;
  }

  return { nearest, without, nearer };
})();
