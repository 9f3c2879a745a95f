/* Put a point on the nearest street that a straight leg reaches in the open.
   Mirror of siting/network/snap.py: + − × ÷ sqrt and floor on whole millimetres. */
Siting.snap = (() => {
  const CELL = 100_000; // millimetres
  const { roundHalfUp } = Siting.network;

  /* Boxes by the cells that they touch, in flat arrays; `boxOf` writes the four sides of one. */
  function createGrid(count, boxOf) {
    const box = new Float64Array(4);
    const sides = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < count; i++) {
      boxOf(i, box);
      if (box[0] < sides[0]) sides[0] = box[0];
      if (box[1] < sides[1]) sides[1] = box[1];
      if (box[2] > sides[2]) sides[2] = box[2];
      if (box[3] > sides[3]) sides[3] = box[3];
    }
    const [west, south, east, north] = count ? sides : [0, 0, 0, 0];
    // Over a wide country fewer cells than boxes.
    const cell = Math.max(CELL, Math.ceil(Math.sqrt(((east - west) * (north - south)) / (4 * count + 1))));
    const [columns, rows] = [(east - west) / cell, (north - south) / cell].map((n) => Math.floor(n) + 1);
    const within = (value, last) => Math.min(Math.max(Math.floor(value / cell), 0), last);
    function visit([x0, y0, x1, y1], action) {
      const [first, last] = [within(x0 - west, columns - 1), within(x1 - west, columns - 1)];
      const top = within(y1 - south, rows - 1);
      for (let y = within(y0 - south, rows - 1); y <= top; y++) {
        for (let x = first; x <= last; x++) action(y * columns + x);
      }
    }
    const start = new Int32Array(columns * rows + 1);
    for (let i = 0; i < count; i++) {
      boxOf(i, box);
      visit(box, (c) => (start[c + 1] += 1));
    }
    for (let c = 0; c < columns * rows; c++) start[c + 1] += start[c];
    const fill = start.slice(0, -1);
    const member = new Int32Array(start[columns * rows]);
    for (let i = 0; i < count; i++) {
      boxOf(i, box);
      visit(box, (c) => (member[fill[c]++] = i));
    }
    /* What may touch a box, some of it more than once. */
    function near(x0, y0, x1, y1) {
      const found = [];
      if (!count || x1 < west || y1 < south || x0 > east || y0 > north) return found;
      visit([x0, y0, x1, y1], (c) => {
        for (let k = start[c]; k < start[c + 1]; k++) found.push(member[k]);
      });
      return found;
    }
    return { near };
  }

  /* A grid of points, or of straight pieces from a to b. */
  const gridOf = (ax, ay, bx, by, count = ax.length) =>
    createGrid(count, (i, box) => {
      box[0] = Math.min(ax[i], bx[i]);
      box[1] = Math.min(ay[i], by[i]);
      box[2] = Math.max(ax[i], bx[i]);
      box[3] = Math.max(ay[i], by[i]);
    });

  const side = (ax, ay, bx, by, px, py) =>
    Math.sign((bx - ax) * (py - ay) - (by - ay) * (px - ax));

  /* Walls and shores. A leg crosses one if it goes from one side to the other between its ends;
     touching is not crossing. Coordinates are integers below 2^26, so products are exact. */
  function createWalls(arrays) {
    const [ax, ay, bx, by] = ["ax", "ay", "bx", "by"].map((name) => arrays[`wall.${name}`]);
    const grid = gridOf(ax, ay, bx, by);
    function block(px, py, qx, qy) {
      const pieces = grid.near(Math.min(px, qx), Math.min(py, qy), Math.max(px, qx), Math.max(py, qy));
      return pieces.some(
        (i) =>
          side(ax[i], ay[i], bx[i], by[i], px, py) * side(ax[i], ay[i], bx[i], by[i], qx, qy) < 0 &&
          side(px, py, qx, qy, ax[i], ay[i]) * side(px, py, qx, qy, bx[i], by[i]) <= 0,
      );
    }
    return { block };
  }

  /* A function that lists the straight pieces of a network near a box: [edge, first vertex], some
     more than once. Pieces of links, added later, are few and always listed. */
  function createPieces({ edges, start, x, y }) {
    const edgeOf = new Int32Array(start[edges]);
    const first = new Int32Array(start[edges] - edges);
    for (let e = 0, piece = 0; e < edges; e++) {
      edgeOf.fill(e, start[e], start[e + 1]);
      for (let i = start[e]; i + 1 < start[e + 1]; i++) first[piece++] = i;
    }
    const grid = createGrid(first.length, (i, box) => {
      const a = first[i];
      box[0] = Math.min(x[a], x[a + 1]);
      box[1] = Math.min(y[a], y[a + 1]);
      box[2] = Math.max(x[a], x[a + 1]);
      box[3] = Math.max(y[a], y[a + 1]);
    });
    return (net, ...box) => {
      const found = grid.near(...box).map((i) => [edgeOf[first[i]], first[i]]);
      for (let e = edges; e < net.edges; e++) found.push(...piecesOf(net, e));
      return found;
    };
  }

  /* The straight pieces of an edge: [edge, first vertex]. */
  function piecesOf(net, edge) {
    const pieces = [];
    for (let i = net.start[edge]; i + 1 < net.start[edge + 1]; i++) pieces.push([edge, i]);
    return pieces;
  }

  function legTo(net, edge, a, x, y, b = a + 1) {
    const ax = net.x[a];
    const ay = net.y[a];
    const dx = net.x[b] - ax;
    const dy = net.y[b] - ay;
    const px = x - ax;
    const py = y - ay;
    const share = Math.min(Math.max((px * dx + py * dy) / (dx * dx + dy * dy), 0), 1);
    const awayX = px - share * dx;
    const awayY = py - share * dy;
    const square = awayX * awayX + awayY * awayY;
    return {
      edge,
      square,
      offset: net.at[a] + roundHalfUp(share * (net.at[b] - net.at[a])),
      leg: roundHalfUp(Math.sqrt(square)),
      footX: ax + roundHalfUp(share * dx),
      footY: ay + roundHalfUp(share * dy),
    };
  }

  /* In the order in which they are chosen: nearest, then smallest edge, then smallest offset. */
  const nearer = (a, b) => a.square - b.square || a.edge - b.edge || a.offset - b.offset;

  /* A function that places points: { edge, offset, leg, reason }, edge −1 where it cannot. */
  function createSnapper(net, pieces, walls, { max_snap_mm: reach, min_component: least }) {
    const serves = (edge) => net.size[net.component[net.u[edge]]] >= least;
    return function snap(px, py) {
      const near = pieces(net, px - reach, py - reach, px + reach, py + reach)
        .map(([edge, vertex]) => legTo(net, edge, vertex, px, py))
        .filter(({ leg }) => leg <= reach)
        .sort(nearer);
      const open = near.find((leg) => serves(leg.edge) && !walls.block(px, py, leg.footX, leg.footY));
      if (open) return { ...open, reason: "placed" };
      return { edge: -1, offset: 0, leg: 0, reason: near.length ? "no-open-leg" : "too-far" };
    };
  }

  return { createWalls, createSnapper, createPieces, gridOf, piecesOf, legTo, nearer };
})();
