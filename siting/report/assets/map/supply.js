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
      edge: arrays["facility.edge"],
      offset: arrays["facility.offset_mm"],
      leg: arrays["facility.leg_mm"],
    };
    const number = new Map(data.facilities.map(({ id }, i) => [id, i]));
    const walls = snap.createWalls(arrays);
    const grid = snap.createGrid(count, (i) => [demandNow.x[i], demandNow.y[i], demandNow.x[i], demandNow.y[i]]);
    const sites = new Map();
    arrays["site.facility"].forEach((facility, i) => {
      if (!sites.has(facility)) sites.set(facility, []);
      sites.get(facility).push([arrays["site.demand"][i], arrays["site.straight_mm"][i]]);
    });

    let edits = null;
    let ground = null; // streets with the trial's links, people and facilities on them, reaches found
    const grounds = new Map(); // by links: that without any, and the last with some

    /* Streets, people and facilities as they are under the trial's links. */
    function prepare() {
      const key = JSON.stringify(edits.links);
      if (!grounds.has(key)) {
        for (const old of grounds.keys()) if (old !== "[]") grounds.delete(old);
        grounds.set(key, groundWith(edits.links));
      }
      ground = grounds.get(key);
      return ground;
    }

    function groundWith(links) {
      let net = Siting.network.fromArrays(arrays);
      for (const link of links) net = Siting.links.withLink(net, link);
      const place = snap.createSnapper(net, walls, data.trial);
      const moved = links.length
        ? Siting.links.placedAgain({ net, place, links, demand: demandNow, facilities: facilitiesNow, arrays })
        : { demand: demandNow, facilities: facilitiesNow };
      return {
        ...reaches.createGround({ net, demand: moved.demand, walls, sites }),
        facilities: moved.facilities,
        place,
        kept: new Map(), // reach of what exists, by the facilities that serve
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
          neighbours: reaches.neighboursOf(ground, grid, x, y),
          x,
          y,
        }));
    }

    /* A facility of the data as a trial takes it: where it stands, whose premises it shares. */
    const existing = (f) => ({
      facility: f,
      place: reaches.placeAt(ground.facilities, f),
      neighbours: sites.get(f) ?? [],
      x: data.facilities[f].x,
      y: data.facilities[f].y,
    });

    const wholly = (chosen) => ({
      ...reaches.nearest(ground, ground.facilities, chosen),
      straight: lines.nearest(demandNow, chosen.map((f) => data.facilities[f])),
    });

    const withTrials = (reach, trials, copy) =>
      trials.length
        ? {
            ...reaches.withTrials(ground, reach, trials, copy),
            straight: lines.nearer(demandNow, trials, copy("straight", reach.straight)),
          }
        : reach;

    /* The reach of `chosen` facilities, from that of those that usually serve. */
    function altered(reach, chosen, usual) {
      const [now, before] = [new Set(chosen), new Set(usual)];
      const gone = usual.filter((f) => !now.has(f));
      const rest = usual.filter((f) => now.has(f));
      const placesOf = (numbers) => numbers.map((f) => data.facilities[f]);
      const left = gone.length
        ? {
            ...reaches.without(ground, reach, ground.facilities, { kept: rest, gone }),
            straight: lines.without(demandNow, reach.straight, { gone: placesOf(gone), rest: placesOf(rest) }),
          }
        : reach;
      return withTrials(left, chosen.filter((f) => !before.has(f)).map(existing), anew);
    }

    /* The reach of what exists, kept for as long as the same facilities serve. */
    function reachOf(chosen, usual) {
      const { kept } = ground;
      const [key, usually] = [chosen, usual].map((numbers) => numbers.join(","));
      const found = kept.get(key) ?? (key === usually ? wholly(chosen) : altered(reachOf(usual, usual), chosen, usual));
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
      const found = withTrials(reachOf(certain, numbersOf(need.certain)), sure, copied("certain"));
      if (!perhaps.length && all.length === sure.length) return { certain: found, perhaps: found };
      const every = [...certain, ...perhaps].sort((a, b) => a - b);
      const usual = numbersOf([...need.certain, ...need.perhaps]);
      return { certain: found, perhaps: withTrials(reachOf(every, usual), all, copied("perhaps")) };
    }

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
      costsOf,
      tally,
      reachOfOne: (f) => reaches.nearest(prepare(), prepare().facilities, [f]),
    };
  }

  return { create };
})();
