/* Who serves under the trial's changes, and what the nearest costs everybody. What a closure, an
   opening or a new facility alters is found from what was before. */
Siting.supply = (() => {
  const { judge, reach: reaches, snap } = Siting;
  const { createBuffers } = Siting.copies;
  const { anew } = Siting.steps;
  const MOST_KEPT = 40;

  function create(data, arrays) {
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
    const buffers = createBuffers(); // in which they stand

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
      };
    }

    function groundWith(links) {
      const { pieces } = base;
      const net = Siting.links.withLinks(base.net, pieces, links, data.trial.link_permille);
      const place = snap.createSnapper(net, pieces, walls, data.trial);
      const change = { net, base: base.net, place, trial: data.trial };
      const people = Siting.links.movedBy(change, demandNow, grid().near);
      const moved = Siting.links.movedBy(change, facilitiesNow, () => facilitiesNow.edge.keys());
      buffers.turn();
      const copied = (whose) => (name, array, rows) => buffers.copy(`${whose} ${name}`, array, rows);
      const demand = Siting.links.placedAgain(demandNow, people, copied("people"));
      return {
        ...reaches.withLinks(base, { net, demand, moved: people, copy: copied("people") }),
        facilities: Siting.links.placedAgain(facilitiesNow, moved, copied("facilities")),
        movedFacilities: new Set(moved.map(({ row }) => row)),
        pieces,
        place,
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

    /* New facilities that pass the need's filters with one of `answers`. */
    const trialsFor = (need, answers) =>
      edits.added.flatMap((one, i) => (answers.includes(answerOf(need, one)) ? [{ facility: data.facilities.length + i, x: one.x, y: one.y }] : []));

    /* A new facility on the streets. */
    const placed = ({ facility, x, y }) => ({ facility, x, y, place: ground.place(x, y), neighbours: reaches.neighboursOf(ground, grid(), x, y) });

    /* A facility of the data in the same words: where it stands, whose premises it shares. */
    const existing = ({ facilities }, f) => ({
      facility: f,
      x: facilities.x[f],
      y: facilities.y[f],
      place: reaches.placeAt(facilities, f),
      neighbours: sites.get(f) ?? [],
    });

    /* The reach of what usually serves, without links; what was asked last is dropped last. */
    const kept = new Map();
    function reachOf(chosen) {
      const key = chosen.join();
      const reach = kept.get(key) ?? reaches.whole(base, base.facilities, chosen);
      kept.delete(key);
      kept.set(key, reach);
      if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
      return reach;
    }

    /* Let facilities serve by the links: those that stand on other streets because of them close there,
       and open here. */
    function join(reach, chosen) {
      const gone = chosen.filter((f) => ground.movedFacilities.has(f));
      const stay = chosen.filter((f) => !ground.movedFacilities.has(f));
      if (gone.length) reaches.close(base, reach, base.facilities, { kept: stay, gone });
      reaches.join(ground, reach, ground.facilities, stay);
      reaches.open(ground, reach, gone.map((f) => existing(ground, f)));
    }

    /* Let `chosen` facilities serve in place of those that usually do. */
    function alter(reach, chosen, usual) {
      const [now, before] = [new Set(chosen), new Set(usual)];
      const gone = usual.filter((f) => !now.has(f));
      const stay = usual.filter((f) => now.has(f));
      if (gone.length) reaches.close(ground, reach, ground.facilities, { kept: stay, gone });
      reaches.open(ground, reach, chosen.filter((f) => !before.has(f)).map((f) => existing(ground, f)));
    }

    /* The reach of `chosen` facilities and `trials` under the links, in steps from that of those that
       `usually` serve; `step` says where they are written. */
    function reachUnder(step, { chosen, usually, trials = [] }) {
      let reach = reachOf(usually);
      if (ground !== base) reach = step("links", reach, ground, (next) => join(next, usually));
      const isUsual = chosen.join() === usually.join();
      if (!isUsual) reach = step("existing", reach, chosen.join(), (next) => alter(next, chosen, usually));
      if (trials.length) reach = step("new", reach, JSON.stringify(trials), (next) => reaches.open(ground, next, trials.map(placed)));
      return reach;
    }

    /* Costs of one need for every demand point, of certain and of all thinkable facilities, and the
       straight lines that stand beside them. `steps` keeps them from change to change. */
    function costsOf(need, steps) {
      prepare();
      const step = (whose) => (steps ? steps(`${need.id} ${whose}`) : anew);
      const { certain, perhaps } = serving(need);
      const sure = trialsFor(need, ["certain"]);
      const all = trialsFor(need, ["certain", "perhaps"]);
      const surely = reachUnder(step("certain"), { chosen: certain, usually: numbersOf(need.certain), trials: sure });
      if (!perhaps.length && all.length === sure.length) return { certain: surely, perhaps: surely };
      const chosen = [...certain, ...perhaps].sort((a, b) => a - b);
      const usually = numbersOf([...need.certain, ...need.perhaps]);
      return { certain: surely, perhaps: reachUnder(step("perhaps"), { chosen, usually, trials: all }) };
    }

    /* Where the facilities stand that certainly serve a need under the trial. */
    const standing = (need) => [...serving(need).certain.map((f) => data.facilities[f]), ...edits.added.filter((one) => answerOf(need, one) === "certain")];

    /* Facilities that would certainly serve a need, if they were in operation. */
    function idle(need) {
      const closed = numbersOf(need.certain).filter((f) => edits.closed.has(f));
      return [...numbersOf(need.would).filter((f) => !edits.opened.has(f)), ...closed].sort((a, b) => a - b);
    }

    function idleCosts(need) {
      prepare();
      return reachUnder(anew, { chosen: idle(need), usually: numbersOf(need.would) }).cost;
    }

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
