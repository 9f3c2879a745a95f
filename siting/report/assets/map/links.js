/* A trial link (footbridge, gate) as new edges, as siting/layers/changes.py draws it: from the
   nearest street over both given points to the nearest street on the other side. */
Siting.links = (() => {
  const { roundHalfUp } = Siting.network;
  const { legTo, piecesOf } = Siting.snap;
  const AROUND_MM = 250_000; // people this near to a link may join it

  /* The nearest place on any walkable street, whatever lies between; null beyond 200 m. */
  function nearestPiece(net, x, y, reach) {
    const pieces = piecesOf(net);
    let best = null;
    for (let i = 0; i < pieces.edge.length; i++) {
      const leg = legTo(net, pieces.edge[i], pieces.vertex[i], x, y);
      if (!best || leg.square < best.square) best = leg;
    }
    return best && best.square <= reach * reach ? best : null;
  }

  const lengthOf = (x0, y0, x1, y1) =>
    roundHalfUp(Math.sqrt((x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0)));

  /* Edges as plain objects, so that one can be split and others added. */
  function edgesOf(net) {
    const edges = [];
    for (let e = 0; e < net.u.length; e++) {
      const points = [];
      for (let i = net.start[e]; i < net.start[e + 1]; i++) points.push([net.x[i], net.y[i], net.at[i]]);
      edges.push({ u: net.u[e], v: net.v[e], uv: net.uv[e], vu: net.vu[e], length: net.length[e], points });
    }
    return edges;
  }

  function measured(points) {
    let at = 0;
    return points.map(([x, y], i) => {
      if (i) at += lengthOf(points[i - 1][0], points[i - 1][1], x, y);
      return [x, y, at];
    });
  }

  function edgeOf(u, v, points, cost = null) {
    const path = measured(points);
    const length = path[path.length - 1][2];
    return { u, v, points: path, length, uv: cost ? cost.uv : length, vu: cost ? cost.vu : length };
  }

  /* Cut an edge at a foot; returns the node there, a new one unless a node stands there already. */
  function splitAt(edges, nodes, foot) {
    const edge = edges[foot.edge];
    const here = [foot.footX, foot.footY];
    const first = edge.points[0];
    const last = edge.points[edge.points.length - 1];
    if (first[0] === here[0] && first[1] === here[1]) return edge.u;
    if (last[0] === here[0] && last[1] === here[1]) return edge.v;
    const node = nodes.count++;
    nodes.component.push(nodes.component[edge.u]);
    const cut = edge.points.findIndex(([x, y, at], i) => i > 0 && at >= foot.offset && edge.points[i - 1][2] <= foot.offset);
    const head = [...edge.points.slice(0, cut), here];
    const tail = [here, ...edge.points.slice(cut)].filter(([x, y], i) => i === 0 || x !== here[0] || y !== here[1]);
    // A slope keeps its price: the costs are shared by length.
    const whole = edge.length;
    const a = edgeOf(edge.u, node, head);
    const b = edgeOf(node, edge.v, tail);
    const priced = (part, cost) => (cost === whole ? part.length : roundHalfUp((cost * part.length) / whole));
    edges[foot.edge] = { ...a, uv: priced(a, edge.uv), vu: priced(a, edge.vu) };
    edges.push({ ...b, uv: priced(b, edge.uv), vu: priced(b, edge.vu) });
    return node;
  }

  /* Where a link would join the streets at both ends; null if one end is too far from any. */
  function feet(net, { x0, y0, x1, y1 }, reach = 200_000) {
    const from = nearestPiece(net, x0, y0, reach);
    const to = nearestPiece(net, x1, y1, reach);
    return from && to ? [from, to] : null;
  }

  function withLink(net, link) {
    const edges = edgesOf(net);
    const nodes = { count: net.component.length, component: [...net.component] };
    const from = splitAt(edges, nodes, nearestPiece(net, link.x0, link.y0, 200_000));
    const again = packed(edges, nodes, [...net.size]);
    const to = splitAt(edges, nodes, nearestPiece(again, link.x1, link.y1, 200_000));
    const position = (node) => {
      for (const { u, v, points } of edges) {
        if (u === node) return points[0];
        if (v === node) return points[points.length - 1];
      }
      return null;
    };
    const path = [position(from), [link.x0, link.y0], [link.x1, link.y1], position(to)];
    const bent = path.filter(([x, y], i) => i === 0 || x !== path[i - 1][0] || y !== path[i - 1][1]);
    edges.push(edgeOf(from, to, bent));
    const size = [...net.size];
    const [a, b] = [nodes.component[from], nodes.component[to]];
    size[a] += nodes.count - net.component.length + bent.length - 2;
    if (a !== b) {
      size[a] += size[b];
      nodes.component = nodes.component.map((component) => (component === b ? a : component));
    }
    return packed(edges, nodes, size);
  }

  function packed(edges, nodes, size) {
    const start = new Int32Array(edges.length + 1);
    edges.forEach(({ points }, e) => {
      start[e + 1] = start[e] + points.length;
    });
    const column = (name) => Int32Array.from(edges, (edge) => edge[name]);
    const flat = (axis) => Int32Array.from(edges.flatMap(({ points }) => points.map((point) => point[axis])));
    return {
      u: column("u"),
      v: column("v"),
      uv: column("uv"),
      vu: column("vu"),
      length: column("length"),
      start,
      x: flat(0),
      y: flat(1),
      at: flat(2),
      component: Int32Array.from(nodes.component),
      size: Int32Array.from(size),
    };
  }

  /* People and facilities around the links, on streets that were cut, or on no street so far, are
     placed anew. */
  function placedAgain({ net, place, links, demand, facilities, arrays }) {
    const old = Siting.network.fromArrays(arrays).u.length;
    const isNear = (x, y) =>
      links.some(
        ({ x0, y0, x1, y1 }) =>
          x > Math.min(x0, x1) - AROUND_MM &&
          x < Math.max(x0, x1) + AROUND_MM &&
          y > Math.min(y0, y1) - AROUND_MM &&
          y < Math.max(y0, y1) + AROUND_MM,
      );
    const before = Siting.network.fromArrays(arrays).length;
    const isCut = (edge) => edge < old && net.length[edge] !== before[edge];
    const again = (places, xs, ys) => {
      const next = { ...places, edge: places.edge.slice(), offset: places.offset.slice(), leg: places.leg.slice() };
      for (let i = 0; i < next.edge.length; i++) {
        if (next.edge[i] >= 0 && !isCut(next.edge[i]) && !isNear(xs[i], ys[i])) continue;
        const found = place(xs[i], ys[i]);
        next.edge[i] = found.edge;
        next.offset[i] = found.offset;
        next.leg[i] = found.leg;
      }
      return next;
    };
    return {
      demand: again(demand, demand.x, demand.y),
      facilities: again(facilities, arrays["facility.x"], arrays["facility.y"]),
    };
  }

  return { withLink, feet, placedAgain };
})();
