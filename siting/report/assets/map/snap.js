/* Put a point on the nearest street that a straight leg reaches in the open.
   Mirror of siting/network/snap.py: + − × ÷ sqrt and floor on whole millimetres. */
Siting.snap = (() => {
  const CELL = 100_000; // millimetres
  const { roundHalfUp } = Siting.network;

  /* The least and the greatest of some arrays. */
  function sidesOf(low, high) {
    let [least, most] = low.length ? [low[0], high[0]] : [0, 0];
    for (let i = 1; i < low.length; i++) {
      if (low[i] < least) least = low[i];
      if (high[i] > most) most = high[i];
    }
    return [least, most];
  }

  /* Boxes, or points as boxes without size, by the cells that they touch, in flat arrays. */
  function createGrid(x0, y0, x1, y1) {
    const count = x0.length;
    const [[west, east], [south, north]] = [sidesOf(x0, x1), sidesOf(y0, y1)];
    // Over a wide country fewer cells than boxes.
    const cell = Math.max(CELL, Math.ceil(Math.sqrt(((east - west) * (north - south)) / (4 * count + 1))));
    const [columns, rows] = [east - west, north - south].map((size) => Math.floor(size / cell) + 1);
    const column = (x) => Math.min(Math.max(Math.floor((x - west) / cell), 0), columns - 1);
    const line = (y) => Math.min(Math.max(Math.floor((y - south) / cell), 0), rows - 1);
    const start = new Int32Array(columns * rows + 1);
    for (let i = 0; i < count; i++) {
      const [first, last, top] = [column(x0[i]), column(x1[i]), line(y1[i])];
      for (let y = line(y0[i]); y <= top; y++) for (let x = first; x <= last; x++) start[y * columns + x + 1] += 1;
    }
    for (let c = 0; c < columns * rows; c++) start[c + 1] += start[c];
    const fill = start.slice(0, -1);
    const member = new Int32Array(start[columns * rows]);
    for (let i = 0; i < count; i++) {
      const [first, last, top] = [column(x0[i]), column(x1[i]), line(y1[i])];
      for (let y = line(y0[i]); y <= top; y++) for (let x = first; x <= last; x++) member[fill[y * columns + x]++] = i;
    }
    /* What may touch a box, some of it more than once. */
    function near(left, below, right, above) {
      const found = [];
      const isBeside = right < west || above < south || left > east || below > north;
      for (let y = line(below); !isBeside && y <= line(above); y++) {
        const from = start[y * columns + column(left)];
        const to = start[y * columns + column(right) + 1];
        for (let k = from; k < to; k++) found.push(member[k]);
      }
      return found;
    }
    return { near };
  }

  /* A grid of straight pieces from a to b. */
  function gridOf(ax, ay, bx, by) {
    const least = (a, b) => a.map((value, i) => Math.min(value, b[i]));
    const most = (a, b) => a.map((value, i) => Math.max(value, b[i]));
    return createGrid(least(ax, bx), least(ay, by), most(ax, bx), most(ay, by));
  }

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
    const grid = gridOf(...[0, 1].flatMap((end) => [x, y].map((axis) => first.map((vertex) => axis[vertex + end]))));
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

  return { createWalls, createSnapper, createPieces, createGrid, piecesOf, legTo, nearer };
})();
