/* What the nearest of some facilities costs every demand point, and what a trial changes in it. */
Siting.reach = (() => {
  const { FAR, NONE, inbound, emptyLabel, copyLabel, search, shares, arriving, along, roundHalfUp } =
    Siting.network;
  const { groupBy } = Siting.verdicts;
  const ON_SITE_MM = 50_000;

  /* A table of places on edges from three arrays. */
  const placeAt = (places, i) => ({ edge: places.edge[i], offset: places.offset[i], leg: places.leg[i] });

  /* Where the nodes inside edges stand. */
  const jointsOf = ({ joints }) =>
    new Map([...joints].flatMap(([edge, inner]) => inner.map(([node, offset]) => [node, { edge, offset, leg: 0 }])));

  /* What it costs people of a row to go to both ends of their edge. */
  function putEnds(ends, net, { edge: edges, offset, leg }, row) {
    const edge = edges[row];
    const { out, back } = shares(net, edge, offset[row]);
    ends.node[2 * row] = net.u[edge];
    ends.cost[2 * row] = back + leg[row];
    ends.node[2 * row + 1] = net.v[edge];
    ends.cost[2 * row + 1] = net.uv[edge] - out + leg[row];
  }

  /* Everything costs follow from: streets, people on them, premises shared with facilities. */
  function createGround({ net, demand, walls, sites }) {
    const count = demand.edge.length;
    const ends = { node: new Int32Array(2 * count).fill(NONE), cost: new Int32Array(2 * count) };
    for (let i = 0; i < count; i++) if (demand.edge[i] >= 0) putEnds(ends, net, demand, i);
    return {
      net,
      graph: { ...inbound(net), ways: net.ways },
      demand,
      byEdge: groupBy(demand.edge, net.edges),
      ends,
      byNode: groupBy(ends.node, net.nodes),
      joints: jointsOf(net),
      moved: { rows: [], byEdge: new Map(), byNode: new Map() },
      walls,
      sites,
    };
  }

  /* The ground once links are added: `demand` with the rows `moved` on other streets. */
  function withLinks(base, { net, demand, moved }) {
    const { ends } = base;
    const next = moved.length ? { node: ends.node.slice(), cost: ends.cost.slice() } : ends;
    const [byEdge, byNode] = [new Map(), new Map()];
    const put = (map, key, value) => map.set(key, [...(map.get(key) ?? []), value]);
    for (const { row } of moved) {
      putEnds(next, net, demand, row);
      put(byEdge, demand.edge[row], row);
      for (const end of [2 * row, 2 * row + 1]) put(byNode, next.node[end], end);
    }
    const rows = moved.map(({ row }) => row);
    const graph = { ...base.graph, ways: net.ways };
    return { ...base, net, graph, demand, ends: next, joints: jointsOf(net), moved: { rows, byEdge, byNode } };
  }

  /* People on an edge: who stood there always, and who has come. */
  function peopleOn({ byEdge: { start, row }, demand, moved }, edge) {
    const stood = edge + 1 < start.length ? row.subarray(start[edge], start[edge + 1]) : [];
    return [...stood.filter((one) => demand.edge[one] === edge), ...(moved.byEdge.get(edge) ?? [])];
  }

  function offer(reach, row, cost, facility) {
    if (cost > reach.cost[row] || (cost === reach.cost[row] && facility >= reach.facility[row])) return;
    reach.cost[row] = cost;
    reach.facility[row] = facility;
  }

  /* People reach a facility on their own edge without passing its ends, one in their own yard
     without going out to the street. */
  function offerBeside(ground, reach, place, facility, neighbours) {
    if (place.edge >= 0) {
      for (const row of peopleOn(ground, place.edge)) {
        offer(reach, row, along(ground.net, placeAt(ground.demand, row), place), facility);
      }
    }
    for (const [row, straight] of neighbours) offer(reach, row, straight, facility);
  }

  function offerFromNode(ground, reach, node) {
    const { byNode, ends, joints, moved, net, demand } = ground;
    const [cost, facility] = [reach.label.cost[node], reach.label.facility[node]];
    const known = node + 1 < byNode.start.length;
    for (let i = known ? byNode.start[node] : 0; known && i < byNode.start[node + 1]; i++) {
      const end = byNode.row[i];
      if (ends.node[end] === node) offer(reach, end >> 1, cost + ends.cost[end], facility);
    }
    for (const end of moved.byNode.get(node) ?? []) offer(reach, end >> 1, cost + ends.cost[end], facility);
    const joint = joints.get(node);
    if (!joint) return;
    for (const row of peopleOn(ground, joint.edge)) offer(reach, row, cost + along(net, placeAt(demand, row), joint), facility);
  }

  /* People whose costs are not known yet, from the nodes around them. */
  function offerTo(ground, reach, row) {
    const { net, demand, ends } = ground;
    const { cost, facility } = reach.label;
    const from = (node, step) => {
      if (node >= 0 && cost[node] < FAR) offer(reach, row, cost[node] + step, facility[node]);
    };
    from(ends.node[2 * row], ends.cost[2 * row]);
    from(ends.node[2 * row + 1], ends.cost[2 * row + 1]);
    for (const [node, offset] of net.joints.get(demand.edge[row]) ?? []) {
      from(node, along(net, placeAt(demand, row), { edge: demand.edge[row], offset, leg: 0 }));
    }
  }

  const seedsOf = (net, place, facility) =>
    place.edge < 0 ? [] : arriving(net, place).map(([node, cost]) => [node, cost, facility]);

  /* The nearest of `chosen` facilities (numbers); `places` says where each facility stands. */
  function nearest(ground, places, chosen) {
    const count = ground.demand.edge.length;
    const reach = {
      label: emptyLabel(ground.net.nodes),
      cost: new Int32Array(count).fill(FAR),
      facility: new Int32Array(count).fill(FAR),
    };
    const seeds = chosen.flatMap((f) => seedsOf(ground.net, placeAt(places, f), f));
    search(ground.graph, reach.label, seeds);
    for (let node = 0; node < ground.net.nodes; node++) if (reach.label.cost[node] < FAR) offerFromNode(ground, reach, node);
    for (const f of chosen) {
      offerBeside(ground, reach, placeAt(places, f), f, ground.sites.get(f) || []);
    }
    return reach;
  }

  /* The same with further facilities ({ place, facility, neighbours }); `reach` stays as it is, and
     `copy` says into which arrays it is copied. */
  function withTrials(ground, { label, cost, facility: whose }, trials, copy) {
    const better = {
      label: { cost: copy("label.cost", label.cost), facility: copy("label.facility", label.facility) },
      cost: copy("cost", cost),
      facility: copy("facility", whose),
    };
    for (const { place, facility, neighbours } of trials) {
      const changed = search(ground.graph, better.label, seedsOf(ground.net, place, facility));
      for (const node of changed) offerFromNode(ground, better, node);
      offerBeside(ground, better, place, facility, neighbours);
    }
    return better;
  }

  /* The same without the facilities that are `gone`; `kept` are those that still serve. Whoever went
     to one that is gone is reached anew from the rim of what the others reach. */
  function without(ground, reach, places, { kept, gone }) {
    const next = { label: copyLabel(reach.label), cost: reach.cost.slice(), facility: reach.facility.slice() };
    const nodes = emptied(next.label, gone);
    const rim = nodes.flatMap((node) => neighboursIn(ground.graph, node));
    const { u, v, joints } = ground.net;
    const isLost = (node) => next.label.cost[node] === FAR;
    const beside = kept.filter((f) => joints.has(places.edge[f]) || isLost(u[places.edge[f]]) || isLost(v[places.edge[f]]));
    const seeds = beside.flatMap((f) => seedsOf(ground.net, placeAt(places, f), f));
    search(ground.graph, next.label, seeds, rim);
    reachPeople(ground, next, places, { people: emptied(next, gone), chosen: kept });
    return next;
  }

  /* What `chosen` facilities cost people of whom nothing is known. */
  function reachPeople(ground, reach, places, { people, chosen }) {
    for (const row of people) offerTo(ground, reach, row);
    const edges = new Set(people.map((row) => ground.demand.edge[row]));
    for (const f of chosen) {
      const neighbours = ground.sites.get(f) ?? [];
      if (neighbours.length || edges.has(places.edge[f])) offerBeside(ground, reach, placeAt(places, f), f, neighbours);
    }
  }

  /* The reach of `chosen` facilities that stand where they stood, once links are added: costs only
     fall, from the links outward, but for people who have come to other streets. */
  function joined(ground, reach, places, chosen) {
    const { net, graph, moved } = ground;
    const next = { label: copyLabel(reach.label, net.nodes), cost: reach.cost.slice(), facility: reach.facility.slice() };
    for (const row of moved.rows) next.cost[row] = next.facility[row] = FAR;
    const onLinked = chosen.filter((f) => net.joints.has(places.edge[f]));
    const seeds = onLinked.flatMap((f) => seedsOf(net, placeAt(places, f), f));
    for (const node of search(graph, next.label, seeds, [...graph.ways.keys()])) offerFromNode(ground, next, node);
    reachPeople(ground, next, places, { people: moved.rows, chosen });
    return next;
  }

  /* Take away the costs to facilities that are gone; returns where. */
  function emptied({ cost, facility }, gone) {
    const found = [];
    for (const f of gone) {
      for (let i = facility.indexOf(f); i >= 0; i = facility.indexOf(f, i + 1)) {
        cost[i] = FAR;
        facility[i] = FAR;
        found.push(i);
      }
    }
    return found;
  }

  const neighboursIn = ({ start, to, ways }, node) => [
    ...(node + 1 < start.length ? to.subarray(start[node], start[node + 1]) : []),
    ...(ways.get(node) ?? []).map(([from]) => from),
  ];

  /* Demand points less than 50 m from a point with nothing between: [row, straight]. */
  function neighboursOf(ground, grid, x, y) {
    const { demand, walls } = ground;
    return grid
      .near(x - ON_SITE_MM, y - ON_SITE_MM, x + ON_SITE_MM, y + ON_SITE_MM)
      .map((row) => {
        const dx = demand.x[row] - x;
        const dy = demand.y[row] - y;
        return [row, dx * dx + dy * dy];
      })
      .filter(([row, square]) => square < ON_SITE_MM * ON_SITE_MM && !walls.block(demand.x[row], demand.y[row], x, y))
      .map(([row, square]) => [row, roundHalfUp(Math.sqrt(square))]);
  }

  return { createGround, withLinks, nearest, joined, withTrials, without, neighboursOf, placeAt };
})();
