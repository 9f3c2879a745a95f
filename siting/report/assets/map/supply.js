/* Who serves under the trial's changes, and what the nearest costs everybody. What a closure, an
   opening or a new facility alters is found from what was before. */
Siting.supply = (() => {
  const { judge, reach: reaches, snap, straight: lines } = Siting;
  const MOST_KEPT = 40;
  const anew = (_, array) => array.slice();

  function create(data, arrays) {
    const count = arrays["demand.x"].length;
    const year = Number(data.scenario.as_of.slice(0, 4));
    const demandNow = {
      x: arrays["demand.x"],
      y: arrays["demand.y"],
      edge: arrays["demand.edge"],
      offset: arrays["demand.offset_mm"],
      leg: arrays["demand.leg_mm"],
    };
    const facilitiesNow = {
      x: arrays["facility.x"],
      y: arrays["facility.y"],
      edge: arrays["facility.edge"],
      offset: arrays["facility.offset_mm"],
      leg: arrays["facility.leg_mm"],
    };
    const number = new Map(data.facilities.map(({ id }, i) => [id, i]));
    const walls = snap.createWalls(arrays);
    let homes = null;
    const grid = () => (homes ??= snap.createGrid(demandNow.x, demandNow.y, demandNow.x, demandNow.y));
    const sites = new Map();
    arrays["site.facility"].forEach((facility, i) => {
      if (!sites.has(facility)) sites.set(facility, []);
      sites.get(facility).push([arrays["site.demand"][i], arrays["site.straight_mm"][i]]);
    });

    let edits = null;
    let ground = null; // streets with the trial's links, people and facilities on them, reaches found
    let base = null; // the same without links
    const building = build();
    let last = { key: "[]", ground: null }; // the last with some

    /* Streets, people and facilities as they are under the trial's links. */
    function prepare() {
      while (!base) building.next();
      const key = JSON.stringify(edits.links);
      if (key !== "[]" && key !== last.key) last = { key, ground: groundWith(edits.links) };
      ground = key === "[]" ? base : last.ground;
      return ground;
    }

    /* The ground without links, step by step. */
    function* build() {
      const net = Siting.network.fromArrays(arrays);
      yield;
      const pieces = snap.createPieces(net);
      yield;
      base = {
        ...reaches.createGround({ net, demand: demandNow, walls, sites }),
        facilities: facilitiesNow,
        pieces,
        place: snap.createSnapper(net, pieces, walls, data.trial),
        kept: new Map(), // reach of what exists, by the facilities that serve
      };
    }

    function groundWith(links) {
      const { pieces } = base;
      const net = Siting.links.withLinks(base.net, pieces, links, data.trial.link_permille);
      const place = snap.createSnapper(net, pieces, walls, data.trial);
      const change = { net, base: base.net, place, trial: data.trial };
      const people = Siting.links.movedBy(change, demandNow, grid().near);
      const moved = Siting.links.movedBy(change, facilitiesNow, () => facilitiesNow.edge.keys());
      const demand = Siting.links.placedAgain(demandNow, people);
      return {
        ...reaches.withLinks(base, { net, demand, moved: people }),
        facilities: Siting.links.placedAgain(facilitiesNow, moved),
        movedFacilities: new Set(moved.map(({ row }) => row)),
        pieces,
        place,
        kept: new Map(),
      };
    }

    const numbersOf = (ids) => ids.map((id) => number.get(id)).sort((a, b) => a - b);

    /* Facilities of a need that serve under the trial: certainly, and perhaps. */
    function serving(need) {
      const still = (ids) => numbersOf(ids).filter((f) => !edits.closed.has(f));
      const newly = (ids) => numbersOf(ids).filter((f) => edits.opened.has(f));
      return {
        certain: [...still(need.certain), ...newly(need.would)].sort((a, b) => a - b),
        perhaps: [...still(need.perhaps), ...newly(need.would_perhaps)].sort((a, b) => a - b),
      };
    }

    const answerOf = (need, one) => judge.passesAny(need.filters, one, year);

    /* New facilities that pass the need's filters with one of `answers`, placed on the streets. */
    function trialsFor(need, answers) {
      return edits.added
        .map((one, i) => ({ one, facility: data.facilities.length + i }))
        .filter(({ one }) => answers.includes(answerOf(need, one)))
        .map(({ one: { x, y }, facility }) => ({
          facility,
          place: ground.place(x, y),
          neighbours: reaches.neighboursOf(ground, grid(), x, y),
          x,
          y,
        }));
    }

    /* A facility of the data as a trial takes it: where it stands, whose premises it shares. */
    const existing = (on, f) => ({
      facility: f,
      place: reaches.placeAt(on.facilities, f),
      neighbours: sites.get(f) ?? [],
      x: data.facilities[f].x,
      y: data.facilities[f].y,
    });

    const placesOf = (numbers) => numbers.map((f) => data.facilities[f]);

    /* The reach of `chosen` facilities: found anew, or on a ground with links from that without. */
    function wholly(on, chosen) {
      if (on !== base) return joined(on, reachOf(base, chosen, chosen), chosen);
      return { ...reaches.nearest(on, on.facilities, chosen), straight: lines.nearest(demandNow, placesOf(chosen)) };
    }

    /* Facilities that stand on other streets because of the links close there, and open here. */
    function joined(on, reach, chosen) {
      const gone = chosen.filter((f) => on.movedFacilities.has(f));
      const kept = chosen.filter((f) => !on.movedFacilities.has(f));
      const left = gone.length ? reaches.without(base, reach, base.facilities, { kept, gone }) : reach;
      const there = { ...reaches.joined(on, left, on.facilities, kept), straight: reach.straight };
      return withTrials(on, there, gone.map((f) => existing(on, f)), anew);
    }

    const withTrials = (on, reach, trials, copy) =>
      trials.length
        ? {
            ...reaches.withTrials(on, reach, trials, copy),
            straight: lines.nearer(demandNow, trials, copy("straight", reach.straight), reach.straight),
          }
        : reach;

    /* The reach of `chosen` facilities, from that of those that usually serve. */
    function altered(on, reach, chosen, usual) {
      const [now, before] = [new Set(chosen), new Set(usual)];
      const gone = usual.filter((f) => !now.has(f));
      const kept = usual.filter((f) => now.has(f));
      const left = gone.length
        ? {
            ...reaches.without(on, reach, on.facilities, { kept, gone }),
            straight: lines.without(demandNow, reach.straight, { gone: placesOf(gone), rest: placesOf(kept) }),
          }
        : reach;
      return withTrials(on, left, chosen.filter((f) => !before.has(f)).map((f) => existing(on, f)), anew);
    }

    /* The reach of what exists, kept for as long as the same facilities serve. */
    function reachOf(on, chosen, usual) {
      const { kept } = on;
      const [key, usually] = [chosen, usual].map((numbers) => numbers.join(","));
      const found = kept.get(key) ?? (key === usually ? wholly(on, chosen) : altered(on, reachOf(on, usual, usual), chosen, usual));
      // What was asked last is dropped last.
      kept.delete(key);
      kept.set(key, found);
      if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
      return found;
    }

    /* Costs of one need for every demand point, of certain and of all thinkable facilities, and the
       straight lines that stand beside them; `copy` says where trials are written. */
    function costsOf(need, copy = anew) {
      const copied = (whose) => (name, array) => copy(`${need.id} ${whose} ${name}`, array);
      prepare();
      const { certain, perhaps } = serving(need);
      const sure = trialsFor(need, ["certain"]);
      const all = trialsFor(need, ["certain", "perhaps"]);
      const found = withTrials(ground, reachOf(ground, certain, numbersOf(need.certain)), sure, copied("certain"));
      if (!perhaps.length && all.length === sure.length) return { certain: found, perhaps: found };
      const every = [...certain, ...perhaps].sort((a, b) => a - b);
      const usual = numbersOf([...need.certain, ...need.perhaps]);
      return { certain: found, perhaps: withTrials(ground, reachOf(ground, every, usual), all, copied("perhaps")) };
    }

    /* Where the facilities stand that certainly serve a need under the trial. */
    const standing = (need) => [...placesOf(serving(need).certain), ...edits.added.filter((one) => answerOf(need, one) === "certain")];

    /* Facilities that would certainly serve a need, if they were in operation. */
    function idle(need) {
      const closed = numbersOf(need.certain).filter((f) => edits.closed.has(f));
      return [...numbersOf(need.would).filter((f) => !edits.opened.has(f)), ...closed].sort((a, b) => a - b);
    }

    const idleCosts = (need) => reachOf(prepare(), idle(need), numbersOf(need.would)).cost;

    /* The units (codes) in which they stand. */
    const idleUnits = (need, { homes }) => new Set(idle(need).map((f) => homes[data.facilities[f].id]));

    /* How many facilities of a need stand in each unit under the trial. */
    function tally(need, { level, homes }) {
      const { certain, perhaps } = serving(need);
      const homeOf = (f) => homes[data.facilities[f].id] ?? null;
      const unitAt = ({ x, y }) => level && Siting.units.codeAt(data, arrays, level, x, y);
      return Siting.counts.tally([
        ...certain.map((f) => ["certain", homeOf(f)]),
        ...perhaps.map((f) => ["perhaps", homeOf(f)]),
        ...edits.added.map((one) => [answerOf(need, one), unitAt(one)]),
      ]);
    }

    return {
      set: (next) => {
        edits = next;
      },
      ground: prepare,
      building,
      costsOf,
      standing,
      idleCosts,
      idleUnits,
      tally,
      reachOfOne: (f) => reaches.nearest(prepare(), prepare().facilities, [f]),
    };
  }

  return { create };
})();
