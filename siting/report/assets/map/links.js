/* Trial links (footbridges, gates) as edges beside those there are. Mirror of siting/layers/links.py
   and siting/network/links.py: nothing of the network changes; who lives nearer to a link than to any
   street begins to walk there. */
Siting.links = (() => {
  const { append, putWays, roundHalfUp } = Siting.network;
  const { legTo, nearer, piecesOf } = Siting.snap;
  const REACH_MM = 200_000; // a link joins the nearest street at each end

  /* The nearest place on any walkable street, whatever lies between. */
  function footOf(net, pieces, x, y) {
    const legs = pieces(net, x - REACH_MM, y - REACH_MM, x + REACH_MM, y + REACH_MM).map(([edge, a]) => {
      const b = a + 1;
      // From its smaller end, whichever way a street is drawn.
      const isTurned = net.x[a] > net.x[b] || (net.x[a] === net.x[b] && net.y[a] > net.y[b]);
      return isTurned ? legTo(net, edge, b, x, y, a) : legTo(net, edge, a, x, y, b);
    });
    const best = legs.sort(nearer)[0];
    return best && best.square <= REACH_MM * REACH_MM ? [best.footX, best.footY] : null;
  }

  /* The vertices of a link, from street to street; null if one end is too far from any. */
  function pathOf({ net, pieces }, { x0, y0, x1, y1 }) {
    const [from, to] = [footOf(net, pieces, x0, y0), footOf(net, pieces, x1, y1)];
    if (!from || !to) return null;
    const path = [from, [x0, y0], [x1, y1], to];
    return path.filter(([x, y], i) => i === 0 || x !== path[i - 1][0] || y !== path[i - 1][1]);
  }

  /* Where on an edge a vertex lies, but for the rounding that moved it there. */
  const placeOf = (net, pieces, x, y) =>
    pieces(net, x - 1, y - 1, x + 1, y + 1)
      .map(([edge, a]) => legTo(net, edge, a, x, y))
      .filter(({ square }) => square < 1)
      .sort(nearer)[0];

  /* A network that links can be put into without a change of the one before. */
  const drafted = (net) => ({ ...net, size: net.size.slice(), joints: new Map(net.joints), ways: new Map(net.ways), paths: [], groups: new Map() });

  /* The node at a place: an end of the edge, a joint that is there, or a new one. */
  function jointAt(net, { edge, offset }) {
    if (offset === 0) return net.u[edge];
    if (offset === net.length[edge]) return net.v[edge];
    const joints = net.joints.get(edge) ?? [];
    const known = joints.find(([, at]) => at === offset);
    if (known) return known[0];
    const component = net.component[net.u[edge]];
    net.component = append(net.component, net.nodes, [component]);
    grow(net, component, 1);
    net.joints.set(edge, [...joints, [net.nodes, offset]].sort((a, b) => a[1] - b[1]));
    return net.nodes++;
  }

  const groupOf = (net, component) => net.groups.get(component) ?? [component];
  function grow(net, component, count) {
    for (const one of groupOf(net, component)) net.size[one] += count;
  }

  /* Components that a link joins are as large as both. */
  function merge(net, a, b) {
    const [one, other] = [groupOf(net, a), groupOf(net, b)];
    if (one.includes(b)) return;
    const [both, size] = [[...one, ...other], net.size[a] + net.size[b]];
    for (const component of both) {
      net.groups.set(component, both);
      net.size[component] = size;
    }
  }

  /* An edge along some vertices, behind the last. */
  function putEdge(net, u, v, path, permille) {
    const at = [0];
    let cost = 0;
    for (let i = 1; i < path.length; i++) {
      const [dx, dy] = [path[i][0] - path[i - 1][0], path[i][1] - path[i - 1][1]];
      const step = roundHalfUp(Math.sqrt(dx * dx + dy * dy));
      at.push(at[i - 1] + step);
      cost += Math.floor((step * permille + 500) / 1000);
    }
    const edge = { u, v, length: at[at.length - 1], uv: cost, vu: cost };
    for (const [name, value] of Object.entries(edge)) net[name] = append(net[name], net.edges, [value]);
    const vertices = { x: path.map(([x]) => x), y: path.map(([, y]) => y), at };
    for (const [name, values] of Object.entries(vertices)) net[name] = append(net[name], net.vertices, values);
    net.vertices += path.length;
    net.edges += 1;
    net.start = append(net.start, net.edges, [net.vertices]);
    grow(net, net.component[u], path.length - 2);
    merge(net, net.component[u], net.component[v]);
  }

  /* Edges between those vertices of a path that lie on streets. */
  function putPath(net, pieces, path, permille) {
    net.paths.push(path);
    const places = path.map(([x, y]) => placeOf(net, pieces, x, y));
    const stops = places.flatMap((place, i) => (place ? [[i, jointAt(net, place)]] : []));
    for (let k = 1; k < stops.length; k++) {
      const [[first, u], [last, v]] = [stops[k - 1], stops[k]];
      putEdge(net, u, v, path.slice(first, last + 1), permille);
    }
  }

  /* The network with links, one after the other; they join earlier ones, too. */
  function withLinks(base, pieces, links, permille) {
    const net = drafted(base);
    for (const link of links) {
      const path = pathOf({ net, pieces }, link);
      if (path) putPath(net, pieces, path, permille); // an address may tell of one that is none
    }
    const isNew = ([edge, joints]) => joints.length > (base.joints.get(edge)?.length ?? 0);
    const divided = [...net.joints].filter(isNew).map(([edge]) => edge);
    for (const edge of divided) putWays(net.ways, net, edge);
    for (let edge = base.edges; edge < net.edges; edge++) if (!net.joints.has(edge)) putWays(net.ways, net, edge);
    return net;
  }

  /* Streets on which people may stand now: links, and what has become large enough by them. */
  function newlyServed(net, base, least) {
    const edges = [];
    const isGrown = base.size.map((size, one) => (size < least && net.size[one] >= least ? 1 : 0));
    if (isGrown.includes(1)) for (let edge = 0; edge < base.edges; edge++) if (isGrown[net.component[net.u[edge]]]) edges.push(edge);
    for (let edge = base.edges; edge < net.edges; edge++) edges.push(edge);
    return edges;
  }

  /* Rows of places whose nearest street is another now, with their new place. `near` lists the rows
     in a box. */
  function movedBy({ net, base, place, trial }, places, near) {
    const reach = trial.max_snap_mm;
    const rows = new Set();
    for (const edge of newlyServed(net, base, trial.min_component)) {
      for (const [, a] of piecesOf(net, edge)) {
        const [x0, y0] = [Math.min(net.x[a], net.x[a + 1]), Math.min(net.y[a], net.y[a + 1])];
        const [x1, y1] = [Math.max(net.x[a], net.x[a + 1]), Math.max(net.y[a], net.y[a + 1])];
        for (const row of near(x0 - reach, y0 - reach, x1 + reach, y1 + reach)) {
          const { leg } = legTo(net, edge, a, places.x[row], places.y[row]);
          if (leg <= (places.edge[row] < 0 ? reach : places.leg[row])) rows.add(row);
        }
      }
    }
    return [...rows]
      .sort((a, b) => a - b)
      .map((row) => ({ row, ...place(places.x[row], places.y[row]) }))
      .filter(({ row, edge, offset, leg }) => edge !== places.edge[row] || offset !== places.offset[row] || leg !== places.leg[row]);
  }

  /* The same places where some have moved; `copy` says into which arrays they are copied. */
  function placedAgain(places, moved, copy) {
    const rows = moved.map(({ row }) => row);
    const next = { ...places };
    for (const name of ["edge", "offset", "leg"]) {
      next[name] = copy(name, places[name], rows);
      for (const one of moved) next[name][one.row] = one[name];
    }
    return next;
  }

  return { withLinks, pathOf, movedBy, placedAgain };
})();
