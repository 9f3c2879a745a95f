/* The streets as a graph, and the bounded search from facilities outward over reversed edges.
   The same arithmetic as siting/network: whole millimetres, halves rounded up. */
Siting.network = (() => {
  const FAR = 0x7fffffff;
  const NONE = -1;

  const roundHalfUp = (value) => Math.floor(value + 0.5);

  /* Length up to each vertex, from the pieces' drawn lengths and what differs from them. */
  function alongEdges(x, y, start, differs) {
    const at = new Int32Array(x.length);
    let piece = 0;
    for (let edge = 0; edge + 1 < start.length; edge++) {
      for (let i = start[edge] + 1; i < start[edge + 1]; i++, piece++) {
        const dx = x[i] - x[i - 1];
        const dy = y[i] - y[i - 1];
        at[i] = at[i - 1] + roundHalfUp(Math.sqrt(dx * dx + dy * dy)) + differs[piece];
      }
    }
    return at;
  }

  /* Room behind the arrays of a network for what links add, so that nothing is copied. */
  const ROOM = 1024;
  function roomy(array) {
    const more = new Int32Array(array.length + ROOM);
    more.set(array);
    return more;
  }

  /* Values put behind those in use; a longer array where there is no room for them. */
  function append(array, used, values) {
    const next = used + values.length <= array.length ? array : roomy(array);
    next.set(values, used);
    return next;
  }

  /* Of each array the first `edges`, `nodes` or `vertices` are in use. */
  function fromArrays(arrays) {
    const plus = (a, b) => a.map((value, i) => value + b[i]);
    const length = arrays["net.length"];
    const [x, y, start] = ["x", "y", "start"].map((name) => arrays[`streets.${name}`]);
    const joints = new Map(); // of an edge: [node, length along the edge], in order
    arrays["joint.edge"].forEach((edge, i) => {
      if (!joints.has(edge)) joints.set(edge, []);
      joints.get(edge).push([arrays["joint.node"][i], arrays["joint.offset_mm"][i]]);
    });
    const net = {
      edges: length.length,
      nodes: arrays["net.component"].length,
      vertices: x.length,
      u: roomy(arrays["net.u"]),
      v: roomy(arrays["net.v"]),
      length: roomy(length),
      uv: roomy(plus(arrays["net.uv"], length)),
      vu: roomy(plus(arrays["net.vu"], length)),
      start: roomy(start),
      x: roomy(x),
      y: roomy(y),
      at: roomy(alongEdges(x, y, start, arrays["net.piece"])),
      component: roomy(arrays["net.component"]),
      size: arrays["net.size"],
      joints,
      ways: new Map(), // into nodes, beside whole edges: along edges with joints, and along links
      paths: [], // of the links of a trial
    };
    for (const edge of joints.keys()) putWays(net.ways, net, edge);
    return net;
  }

  /* For each node its neighbours, and what it costs to walk from them to it, along whole edges. */
  function inbound(net) {
    const { nodes } = net;
    const start = new Int32Array(nodes + 1);
    for (let e = 0; e < net.edges; e++) {
      start[net.u[e] + 1] += 1;
      start[net.v[e] + 1] += 1;
    }
    for (let n = 0; n < nodes; n++) start[n + 1] += start[n];
    const fill = start.slice(0, nodes);
    const to = new Int32Array(start[nodes]);
    const cost = new Int32Array(start[nodes]);
    for (let e = 0; e < net.edges; e++) {
      to[fill[net.v[e]]] = net.u[e];
      cost[fill[net.v[e]]++] = net.uv[e];
      to[fill[net.u[e]]] = net.v[e];
      cost[fill[net.u[e]]++] = net.vu[e];
    }
    return { start, to, cost };
  }

  /* Nodes along an edge, in order: its ends, and between them its joints. */
  const stopsOf = (net, edge) => [
    [net.u[edge], 0],
    ...(net.joints.get(edge) ?? []),
    [net.v[edge], net.length[edge]],
  ];

  /* Add the ways along an edge from stop to stop to those into each node: [from, cost]. */
  function putWays(ways, net, edge) {
    const stops = stopsOf(net, edge);
    const put = (node, way) => ways.set(node, [...(ways.get(node) ?? []), way]);
    for (let i = 1; i < stops.length; i++) {
      const [[a, from], [b, to]] = [stops[i - 1], stops[i]];
      const [first, last] = [shares(net, edge, from), shares(net, edge, to)];
      put(b, [a, last.out - first.out]);
      put(a, [b, last.back - first.back]);
    }
  }

  /* Labels of nodes, with room for those that links add. */
  const emptyLabel = (nodes) => ({ cost: new Int32Array(nodes + ROOM).fill(FAR), facility: new Int32Array(nodes + ROOM).fill(FAR) });

  /* Labels with as much room as a network of `nodes` needs. */
  function fitted(label, nodes) {
    if (nodes <= label.cost.length) return label;
    const longer = emptyLabel(nodes);
    longer.cost.set(label.cost);
    longer.facility.set(label.facility);
    return longer;
  }

  /* A binary heap of (cost, node) in two arrays that grow; `key` and `node` are its smallest. */
  function createHeap() {
    let keys = new Int32Array(4096);
    let nodes = new Int32Array(4096);
    let size = 0;
    function grow() {
      const [moreKeys, moreNodes] = [new Int32Array(2 * size), new Int32Array(2 * size)];
      moreKeys.set(keys);
      moreNodes.set(nodes);
      [keys, nodes] = [moreKeys, moreNodes];
    }
    function push(key, node) {
      if (size === keys.length) grow();
      let at = size++;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (keys[parent] <= key) break;
        keys[at] = keys[parent];
        nodes[at] = nodes[parent];
        at = parent;
      }
      keys[at] = key;
      nodes[at] = node;
    }
    function drop() {
      size -= 1;
      const key = keys[size];
      const node = nodes[size];
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= size) break;
        if (child + 1 < size && keys[child + 1] < keys[child]) child += 1;
        if (keys[child] >= key) break;
        keys[at] = keys[child];
        nodes[at] = nodes[child];
        at = child;
      }
      keys[at] = key;
      nodes[at] = node;
    }
    return { push, drop, key: () => keys[0], node: () => nodes[0], isEmpty: () => size === 0 };
  }

  /* Lower the labels of all nodes that `seeds` ([node, cost, facility]) reach more cheaply; of two
     facilities at the same cost the smaller number wins. What has a label at the `rim` is walked on
     from there. Returns the nodes that changed, some of them more than once. */
  function search(graph, label, seeds, rim = []) {
    const heap = createHeap();
    const changed = [];
    const { cost: costs, facility: facilities } = label;
    const { start, to, cost: steps, ways } = graph;
    const nodes = start.length - 1;
    function offer(node, cost, facility) {
      if (cost > costs[node] || (cost === costs[node] && facility >= facilities[node])) return;
      costs[node] = cost;
      facilities[node] = facility;
      changed.push(node);
      heap.push(cost, node);
    }
    for (const [node, cost, facility] of seeds) offer(node, cost, facility);
    for (const node of rim) if (costs[node] < FAR) heap.push(costs[node], node);
    while (!heap.isEmpty()) {
      const cost = heap.key();
      const node = heap.node();
      heap.drop();
      if (cost > costs[node]) continue;
      const end = node < nodes ? start[node + 1] : 0; // a node inside an edge has no whole edges
      for (let i = node < nodes ? start[node] : 0; i < end; i++) offer(to[i], cost + steps[i], facilities[node]);
      if (!ways.has(node)) continue;
      for (const [from, step] of ways.get(node)) offer(from, cost + step, facilities[node]);
    }
    return changed;
  }

  /* Shares of an edge's cost: from u to the offset, and from there back to u. */
  function shares(net, edge, offset) {
    return {
      out: roundHalfUp((net.uv[edge] * offset) / net.length[edge]),
      back: roundHalfUp((net.vu[edge] * offset) / net.length[edge]),
    };
  }

  /* What it costs to arrive at a place from the ends of its edge, and from the joints between. */
  const arriving = (net, place) =>
    stopsOf(net, place.edge).map(([node, offset]) => [node, along(net, { edge: place.edge, offset, leg: 0 }, place)]);

  /* The walk between two places on the same edge, along it. */
  function along(net, from, to) {
    const a = shares(net, from.edge, from.offset);
    const b = shares(net, to.edge, to.offset);
    const walk = from.offset <= to.offset ? b.out - a.out : a.back - b.back;
    return walk + from.leg + to.leg;
  }

  return { FAR, NONE, append, fromArrays, inbound, stopsOf, putWays, emptyLabel, fitted, search, shares, arriving, along, roundHalfUp };
})();
