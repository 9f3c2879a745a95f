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

  /* In each cell, the longest of some distances: whatever lies farther is nearer to nobody there. */
  function farthestOf(people, straight) {
    const { cell } = cellsOf(people);
    const farthest = new Float64Array(ACROSS * ACROSS).fill(-1);
    for (let i = 0; i < straight.length; i++) if (straight[i] > farthest[cell[i]]) farthest[cell[i]] = straight[i];
    return farthest;
  }

  /* Visit everybody to whom a point may be as near as what stands there. */
  function visitNear(people, farthest, { x: px, y: py }, visit) {
    const { x, y } = people;
    const { x0, y0, size, start, row } = cellsOf(people);
    for (let cell = 0; cell < farthest.length; cell++) {
      const [west, south] = [x0 + (cell % ACROSS) * size - px, y0 + Math.floor(cell / ACROSS) * size - py];
      const most = farthest[cell];
      if (west > most || -west - size > most || south > most || -south - size > most) continue;
      for (let k = start[cell]; k < start[cell + 1]; k++) visit(row[k], x[row[k]] - px, y[row[k]] - py);
    }
  }

  const isInBox = (most, dx, dy) => dx <= most && -dx <= most && dy <= most && -dy <= most;
  const lengthOf = (dx, dy) => roundHalfUp(Math.sqrt(dx * dx + dy * dy));

  /* What the nearest of some points are away: lines that are changed in copies, which note in which `rows`. */
  function linesTo(people, points) {
    const straight = nearest(people, points);
    return { straight, farthest: farthestOf(people, straight) };
  }
  function draftOf(lines, copy) {
    const rows = [];
    return { straight: copy("straight", lines.straight, rows), farthest: lines.farthest.slice(), from: lines, rows };
  }

  /* Take away the points that are `gone`; `rest` are those that remain. */
  function without(people, { straight, farthest, rows }, { gone, rest }) {
    const { cell } = cellsOf(people);
    const left = rest.length ? gridOf(rest) : null;
    const near = [];
    const visit = (i, dx, dy) => {
      if (isInBox(straight[i], dx, dy) && lengthOf(dx, dy) === straight[i]) near.push(i);
    };
    for (const point of gone) visitNear(people, farthest, point, visit);
    for (const i of near) {
      straight[i] = left ? roundHalfUp(Math.sqrt(nearestSquare(left, people.x[i], people.y[i]))) : FAR;
      farthest[cell[i]] = Math.max(farthest[cell[i]], straight[i]);
      rows.push(i);
    }
  }

  /* Add a few points; what was farthest then lies no farther. */
  function nearer(people, { straight, farthest, rows }, points) {
    const visit = (i, dx, dy) => {
      if (!isInBox(straight[i], dx, dy) || lengthOf(dx, dy) >= straight[i]) return;
      straight[i] = lengthOf(dx, dy);
      rows.push(i);
    };
    for (const point of points) visitNear(people, farthest, point, visit);
  }

  return { nearest, linesTo, draftOf, without, nearer };
})();
