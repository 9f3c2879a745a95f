/* Put a point on the nearest street that a straight leg reaches in the open.
   Mirror of siting/network/snap.py: + − × ÷ sqrt and floor on whole millimetres. */
Siting.snap = (() => {
  const CELL = 100_000; // millimetres
  const { roundHalfUp } = Siting.network;

  /* Pieces from (ax, ay) to (bx, by) by the cells of a grid that their boxes touch. */
  function createGrid(count, boxOf) {
    const cells = new Map();
    for (let i = 0; i < count; i++) {
      const [x0, y0, x1, y1] = boxOf(i);
      for (let cx = Math.floor(x0 / CELL); cx <= Math.floor(x1 / CELL); cx++) {
        for (let cy = Math.floor(y0 / CELL); cy <= Math.floor(y1 / CELL); cy++) {
          const key = cx * 65536 + cy;
          if (cells.has(key)) cells.get(key).push(i);
          else cells.set(key, [i]);
        }
      }
    }
    /* All pieces near a box, each once, in ascending order. */
    function near(x0, y0, x1, y1) {
      const found = new Set();
      for (let cx = Math.floor(x0 / CELL); cx <= Math.floor(x1 / CELL); cx++) {
        for (let cy = Math.floor(y0 / CELL); cy <= Math.floor(y1 / CELL); cy++) {
          for (const i of cells.get(cx * 65536 + cy) || []) found.add(i);
        }
      }
      return [...found].sort((a, b) => a - b);
    }
    return { near };
  }

  const side = (ax, ay, bx, by, px, py) =>
    Math.sign((bx - ax) * (py - ay) - (by - ay) * (px - ax));

  /* Walls and shores. A leg crosses one if it goes from one side to the other between its ends;
     touching is not crossing. Coordinates are integers below 2^26, so products are exact. */
  function createWalls(arrays) {
    const [ax, ay, bx, by] = ["ax", "ay", "bx", "by"].map((name) => arrays[`wall.${name}`]);
    const grid = createGrid(ax.length, (i) => [
      Math.min(ax[i], bx[i]),
      Math.min(ay[i], by[i]),
      Math.max(ax[i], bx[i]),
      Math.max(ay[i], by[i]),
    ]);
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

  /* One straight piece for every two neighbouring vertices of an edge. */
  function piecesOf(net) {
    const edge = [];
    const vertex = [];
    for (let e = 0; e + 1 < net.start.length; e++) {
      for (let i = net.start[e]; i + 1 < net.start[e + 1]; i++) {
        edge.push(e);
        vertex.push(i);
      }
    }
    return { edge: Int32Array.from(edge), vertex: Int32Array.from(vertex) };
  }

  function legTo(net, edge, a, x, y) {
    const ax = net.x[a];
    const ay = net.y[a];
    const dx = net.x[a + 1] - ax;
    const dy = net.y[a + 1] - ay;
    const px = x - ax;
    const py = y - ay;
    const share = Math.min(Math.max((px * dx + py * dy) / (dx * dx + dy * dy), 0), 1);
    const awayX = px - share * dx;
    const awayY = py - share * dy;
    const square = awayX * awayX + awayY * awayY;
    return {
      edge,
      vertex: a,
      square,
      offset: net.at[a] + roundHalfUp(share * (net.at[a + 1] - net.at[a])),
      leg: roundHalfUp(Math.sqrt(square)),
      footX: ax + roundHalfUp(share * dx),
      footY: ay + roundHalfUp(share * dy),
    };
  }

  /* A function that places points: { edge, offset, leg, reason }, edge −1 where it cannot. */
  function createSnapper(net, walls, { max_snap_mm: reach, min_component: least }) {
    const pieces = piecesOf(net);
    const { x, y } = net;
    const grid = createGrid(pieces.edge.length, (i) => {
      const a = pieces.vertex[i];
      return [
        Math.min(x[a], x[a + 1]),
        Math.min(y[a], y[a + 1]),
        Math.max(x[a], x[a + 1]),
        Math.max(y[a], y[a + 1]),
      ];
    });
    const serves = (edge) => net.size[net.component[net.u[edge]]] >= least;
    function legs(px, py) {
      return grid
        .near(px - reach, py - reach, px + reach, py + reach)
        .map((i) => legTo(net, pieces.edge[i], pieces.vertex[i], px, py))
        .filter(({ leg }) => leg <= reach)
        .sort((a, b) => a.square - b.square || a.edge - b.edge || a.offset - b.offset);
    }
    return function snap(px, py) {
      const near = legs(px, py);
      const open = near.find((leg) => serves(leg.edge) && !walls.block(px, py, leg.footX, leg.footY));
      if (open) return { ...open, reason: "placed" };
      return { edge: -1, offset: 0, leg: 0, reason: near.length ? "no-open-leg" : "too-far" };
    };
  }

  return { createWalls, createSnapper, createGrid, legTo, piecesOf };
})();
