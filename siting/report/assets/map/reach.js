/* What the nearest of some facilities costs every demand point, and what a trial changes in it. */
Siting.reach = (() => {
  const { FAR, NONE, inbound, emptyLabel, fitted, search, shares, arriving, along, roundHalfUp } =
    Siting.network;
  const { groupBy } = Siting.verdicts;
  const { linesTo, without, nearer, draftOf: draftOfLines } = Siting.straight;
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

  /* The ground once links are added: `demand` with the rows `moved` on other streets. `copy` says into
     which arrays what changes is copied. */
  function withLinks(base, { net, demand, moved, copy }) {
    const rows = moved.map(({ row }) => row);
    const both = rows.flatMap((row) => [2 * row, 2 * row + 1]);
    const ends = { node: copy("ends.node", base.ends.node, both), cost: copy("ends.cost", base.ends.cost, both) };
    const [byEdge, byNode] = [new Map(), new Map()];
    const put = (map, key, value) => map.set(key, [...(map.get(key) ?? []), value]);
    for (const row of rows) {
      putEnds(ends, net, demand, row);
      put(byEdge, demand.edge[row], row);
    }
    for (const end of both) put(byNode, ends.node[end], end);
    const graph = { ...base.graph, ways: net.ways };
    return { ...base, net, graph, demand, ends, joints: jointsOf(net), moved: { rows, byEdge, byNode } };
  }

  /* People on an edge: who stood there always, and who has come. */
  function peopleOn({ byEdge: { start, row }, demand, moved }, edge) {
    const stood = edge + 1 < start.length ? row.subarray(start[edge], start[edge + 1]) : [];
    return [...stood.filter((one) => demand.edge[one] === edge), ...(moved.byEdge.get(edge) ?? [])];
  }

  function offer(reach, row, cost, facility) {
    if (cost > reach.cost[row] || (cost === reach.cost[row] && facility >= reach.facility[row])) return;
    // A row that is changed for the first time.
    if (reach.from && reach.cost[row] === reach.from.cost[row] && reach.facility[row] === reach.from.facility[row]) reach.rows.push(row);
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
    const edge = demand.edge[row];
    if (edge < 0) return;
    for (const end of [2 * row, 2 * row + 1]) offerFrom(reach, row, ends.node[end], ends.cost[end]);
    for (const [node, offset] of net.joints.get(edge) ?? []) {
      offerFrom(reach, row, node, along(net, placeAt(demand, row), { edge, offset, leg: 0 }));
    }
  }
  function offerFrom(reach, row, node, step) {
    const { cost, facility } = reach.label;
    if (cost[node] < FAR) offer(reach, row, cost[node] + step, facility[node]);
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

  const pointsOf = (places, chosen) => chosen.map((f) => ({ x: places.x[f], y: places.y[f] }));

  /* The same with straight lines beside the walks. */
  const whole = (ground, places, chosen) => ({ ...nearest(ground, places, chosen), lines: linesTo(ground.demand, pointsOf(places, chosen)) });

  const anew = (_, array) => array.slice();

  /* A copy of a reach to be changed: it notes at which `nodes` and in which `rows` it differs from that.
     `copy` says into which arrays it is copied. */
  function draftOf(reach, copy = anew) {
    const { label, cost, facility, lines } = reach;
    const [nodes, rows] = [[], []];
    return {
      label: { cost: copy("label.cost", label.cost, nodes), facility: copy("label.facility", label.facility, nodes) },
      cost: copy("cost", cost, rows),
      facility: copy("facility", facility, rows),
      lines: draftOfLines(lines, copy),
      from: reach,
      nodes,
      rows,
    };
  }

  /* Search on, and let people around the nodes that changed have their offers. */
  function searchOn(ground, reach, seeds, rim) {
    for (const node of search(ground.graph, reach.label, seeds, rim)) {
      reach.nodes.push(node);
      offerFromNode(ground, reach, node);
    }
  }

  /* Open further facilities ({ place, facility, neighbours, x, y }). */
  function open(ground, reach, further) {
    for (const { place, facility, neighbours } of further) {
      searchOn(ground, reach, seedsOf(ground.net, place, facility));
      offerBeside(ground, reach, place, facility, neighbours);
    }
    nearer(ground.demand, reach.lines, further);
  }

  /* Close the facilities that are `gone`; `kept` are those that still serve. Whoever went to one that
     is gone is reached anew from the rim of what the others reach. */
  function close(ground, reach, places, { kept, gone }) {
    const nodes = emptied(reach.label, gone);
    const rim = [];
    for (const node of nodes) {
      reach.nodes.push(node);
      putNeighbours(rim, ground.graph, node);
    }
    const { u, v, joints } = ground.net;
    const isLost = (node) => reach.label.cost[node] === FAR;
    const beside = kept.filter((f) => joints.has(places.edge[f]) || isLost(u[places.edge[f]]) || isLost(v[places.edge[f]]));
    const seeds = beside.flatMap((f) => seedsOf(ground.net, placeAt(places, f), f));
    search(ground.graph, reach.label, seeds, rim);
    reachPeople(ground, reach, places, { people: emptied(reach, gone), chosen: kept });
    without(ground.demand, reach.lines, { gone: pointsOf(places, gone), rest: pointsOf(places, kept) });
  }

  /* What `chosen` facilities cost people of whom nothing is known. */
  function reachPeople(ground, reach, places, { people, chosen }) {
    for (const row of people) {
      reach.rows.push(row);
      offerTo(ground, reach, row);
    }
    const edges = new Set(people.map((row) => ground.demand.edge[row]));
    for (const f of chosen) {
      const neighbours = ground.sites.get(f) ?? [];
      if (neighbours.length || edges.has(places.edge[f])) offerBeside(ground, reach, placeAt(places, f), f, neighbours);
    }
  }

  /* Let `chosen` facilities, which stand where they stood, serve by the links of a ground: costs only
     fall, from the links outward, but for people who have come to other streets. */
  function join(ground, reach, places, chosen) {
    const { net, graph, moved } = ground;
    reach.label = fitted(reach.label, net.nodes);
    for (const row of moved.rows) reach.cost[row] = reach.facility[row] = FAR;
    const onLinked = chosen.filter((f) => net.joints.has(places.edge[f]));
    const seeds = onLinked.flatMap((f) => seedsOf(net, placeAt(places, f), f));
    searchOn(ground, reach, seeds, [...graph.ways.keys()]);
    reachPeople(ground, reach, places, { people: moved.rows, chosen });
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

  /* Put the nodes from which one goes to a node into a list. */
  function putNeighbours(list, { start, to, ways }, node) {
    if (node + 1 < start.length) for (let i = start[node]; i < start[node + 1]; i++) list.push(to[i]);
    for (const [from] of ways.get(node) ?? []) list.push(from);
  }

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

  return { createGround, withLinks, nearest, whole, draftOf, open, close, join, neighboursOf, placeAt };
})();
