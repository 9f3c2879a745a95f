/* What the nearest of some facilities costs every demand point, and what a trial changes in it. */
Siting.reach = (() => {
  const { FAR, NONE, inbound, emptyLabel, copyLabel, search, arriving, leaving, along, roundHalfUp } =
    Siting.network;
  const { groupBy } = Siting.verdicts;
  const ON_SITE_MM = 50_000;

  /* A table of places on edges from three arrays. */
  const placeAt = (places, i) => ({ edge: places.edge[i], offset: places.offset[i], leg: places.leg[i] });

  /* Everything costs follow from: streets, people on them, premises shared with facilities. */
  function createGround({ net, demand, walls, sites }) {
    const graph = inbound(net);
    const nodes = net.component.length;
    const byEdge = groupBy(demand.edge, net.u.length);
    const ends = { node: new Int32Array(2 * demand.edge.length).fill(NONE), cost: new Int32Array(2 * demand.edge.length) };
    demand.edge.forEach((edge, i) => {
      if (edge < 0) return;
      leaving(net, placeAt(demand, i)).forEach(([node, cost], end) => {
        ends.node[2 * i + end] = node;
        ends.cost[2 * i + end] = cost;
      });
    });
    return { net, graph, nodes, demand, byEdge, ends, byNode: groupBy(ends.node, nodes), walls, sites };
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
      const { start, row } = ground.byEdge;
      for (let i = start[place.edge]; i < start[place.edge + 1]; i++) {
        offer(reach, row[i], along(ground.net, placeAt(ground.demand, row[i]), place), facility);
      }
    }
    for (const [row, straight] of neighbours) offer(reach, row, straight, facility);
  }

  function offerFromNode(ground, reach, node) {
    const { byNode, ends } = ground;
    const { label } = reach;
    for (let i = byNode.start[node]; i < byNode.start[node + 1]; i++) {
      const end = byNode.row[i];
      offer(reach, end >> 1, label.cost[node] + ends.cost[end], label.facility[node]);
    }
  }

  const seedsOf = (net, place, facility) =>
    place.edge < 0 ? [] : arriving(net, place).map(([node, cost]) => [node, cost, facility]);

  /* The nearest of `chosen` facilities (numbers); `places` says where each facility stands. */
  function nearest(ground, places, chosen) {
    const count = ground.demand.edge.length;
    const reach = {
      label: emptyLabel(ground.nodes),
      cost: new Int32Array(count).fill(FAR),
      facility: new Int32Array(count).fill(FAR),
    };
    const seeds = chosen.flatMap((f) => seedsOf(ground.net, placeAt(places, f), f));
    search(ground.graph, reach.label, seeds);
    for (let node = 0; node < ground.nodes; node++) if (reach.label.cost[node] < FAR) offerFromNode(ground, reach, node);
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
    const isGone = new Uint8Array(1 + Math.max(0, ...kept, ...gone));
    for (const f of gone) isGone[f] = 1;
    const nodes = emptied(next.label, isGone);
    const { start, to } = ground.graph;
    const rim = nodes.flatMap((node) => Array.from(to.subarray(start[node], start[node + 1])));
    const seeds = kept.flatMap((f) => seedsOf(ground.net, placeAt(places, f), f));
    search(ground.graph, next.label, seeds, rim);
    const people = emptied(next, isGone);
    for (const row of people) {
      for (const end of [2 * row, 2 * row + 1]) {
        const node = ground.ends.node[end];
        if (node < 0 || next.label.cost[node] >= FAR) continue;
        offer(next, row, next.label.cost[node] + ground.ends.cost[end], next.label.facility[node]);
      }
    }
    if (people.length) for (const f of kept) offerBeside(ground, next, placeAt(places, f), f, ground.sites.get(f) || []);
    return next;
  }

  /* Take away the costs to facilities that are gone; returns where. */
  function emptied({ cost, facility }, isGone) {
    const found = [];
    for (let i = 0; i < cost.length; i++) {
      if (cost[i] < FAR && isGone[facility[i]]) {
        cost[i] = FAR;
        facility[i] = FAR;
        found.push(i);
      }
    }
    return found;
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

  return { createGround, nearest, withTrials, without, neighboursOf, placeAt };
})();
