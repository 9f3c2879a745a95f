/* Trial changes, and what every live rule says after them. Nothing here touches the page. */
Siting.trial = (() => {
  const { FAR, NONE } = Siting.network;
  const { judge, reach: reaches, snap } = Siting;

  const noEdits = () => ({ added: [], closed: new Set(), opened: new Set(), links: [] });
  const isEmpty = (edits) =>
    !(edits.added.length || edits.closed.size || edits.opened.size || edits.links.length);

  function create(data, arrays) {
    const count = arrays["demand.x"].length;
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

    let edits = noEdits();
    let ground = null; // streets with the trial's links, and people and facilities on them
    let groundLinks = "";
    let cache = new Map(); // reach of what exists, by need, until closures or links change

    /* Streets, people and facilities as they are under the trial's links. */
    function prepare() {
      const links = JSON.stringify(edits.links);
      if (ground && links === groundLinks) return ground;
      let net = Siting.network.fromArrays(arrays);
      for (const link of edits.links) net = Siting.links.withLink(net, link);
      const place = snap.createSnapper(net, walls, data.trial);
      const moved = edits.links.length
        ? Siting.links.placedAgain({ net, place, links: edits.links, demand: demandNow, facilities: facilitiesNow, arrays })
        : { demand: demandNow, facilities: facilitiesNow };
      ground = {
        ...reaches.createGround({ net, demand: moved.demand, walls, sites }),
        facilities: moved.facilities,
        place,
      };
      groundLinks = links;
      cache = new Map();
      return ground;
    }

    /* Facilities of a need that serve under the trial: certainly, and perhaps. */
    function serving(need) {
      const numbers = (ids) => ids.map((id) => number.get(id));
      const still = (ids) => numbers(ids).filter((f) => !edits.closed.has(f));
      const newly = (ids) => numbers(ids).filter((f) => edits.opened.has(f));
      return {
        certain: [...still(need.certain), ...newly(need.would)].sort((a, b) => a - b),
        perhaps: [...still(need.perhaps), ...newly(need.would_perhaps)].sort((a, b) => a - b),
      };
    }

    /* New facilities that pass the need's filters with `answer`, placed on the streets. */
    function trialsFor(need, answers) {
      return edits.added
        .map((one, i) => ({ one, facility: data.facilities.length + i }))
        .filter(({ one }) => answers.includes(judge.passesAny(need.filters, one)))
        .map(({ one, facility }) => ({
          facility,
          place: ground.place(one.x, one.y),
          neighbours: reaches.neighboursOf(ground, grid, one.x, one.y),
          x: one.x,
          y: one.y,
        }));
    }

    function cached(chosen) {
      const key = chosen.join(",");
      if (!cache.has(key)) cache.set(key, reaches.nearest(ground, ground.facilities, chosen));
      return cache.get(key);
    }

    /* Costs of one need for every demand point, of certain and of all thinkable facilities. */
    function costsOf(need) {
      prepare();
      const { certain, perhaps } = serving(need);
      const sure = trialsFor(need, ["certain"]);
      const all = trialsFor(need, ["certain", "perhaps"]);
      const found = reaches.withTrials(ground, cached(certain), sure);
      if (!perhaps.length && all.length === sure.length) return { certain: found, perhaps: found, sure };
      const every = [...certain, ...perhaps].sort((a, b) => a - b);
      return { certain: found, perhaps: reaches.withTrials(ground, cached(every), all), sure };
    }

    /* Straight distance to the nearest certain facility, for the column beside. */
    function straightOf(need, base, sure) {
      const straight = new Float64Array(count).fill(FAR);
      const changed = [...edits.closed, ...edits.opened].length > 0;
      const near = (x, y, i) => {
        const dx = demandNow.x[i] - x;
        const dy = demandNow.y[i] - y;
        return Math.floor(Math.sqrt(dx * dx + dy * dy) + 0.5);
      };
      if (!changed) base.forEach((value, i) => { straight[i] = value; });
      const points = [...sure, ...(changed ? serving(need).certain.map((f) => data.facilities[f]) : [])];
      for (const { x, y } of points) {
        for (let i = 0; i < count; i++) straight[i] = Math.min(straight[i], near(x, y, i));
      }
      return straight;
    }

    const baseRows = (rule, part) => Siting.verdicts.rowsOf(arrays, rule.id, part);

    /* A column of a part's rows, by demand point. */
    function spread(rows, column, empty) {
      const dense = new Int32Array(count).fill(empty);
      rows.demand.forEach((at, i) => {
        dense[at] = rows[column][i];
      });
      return dense;
    }

    /* One need judged at every demand point that it concerns. */
    function judgeNeed(rule, need) {
      const own = baseRows(rule, need.feeds[0]);
      const { certain, perhaps, sure } = costsOf(need);
      const cutoff = spread(own, "cutoff_mm", -1);
      const official = spread(own, "verdict", 3);
      const straight = straightOf(need, spread(own, "straight_mm", FAR).map((v) => (v < 0 ? FAR : v)), sure);
      const frozen = frozenRows(rule, need);
      const verdict = new Uint8Array(count).fill(3);
      for (let at = 0; at < count; at++) {
        if (official[at] === 3 || official[at] === 5 || frozen?.has(at)) verdict[at] = official[at];
        else if (ground.demand.edge[at] < 0) verdict[at] = 2;
        else verdict[at] = judge.ofCost(certain.cost[at], perhaps.cost[at], cutoff[at]);
      }
      return { verdict, cost: certain.cost, facility: certain.facility, cutoff, straight };
    }

    /* Points whose official verdict no facility explains (a fact about the place is missing). */
    const frozen = new Map();
    const frozenRows = (rule, need) => frozen.get(`${rule.id} ${need.id}`);

    function judgePresence(rule, need) {
      const { level, at_least: least, homes } = rule.live.presence;
      const { certain, perhaps } = serving(need);
      const sure = new Map();
      const maybe = new Map();
      const countIn = (map, unit) => unit && map.set(unit, (map.get(unit) || 0) + 1);
      for (const f of certain) countIn(sure, homes[data.facilities[f].id]);
      for (const f of perhaps) countIn(maybe, homes[data.facilities[f].id]);
      for (const one of edits.added) {
        const answer = judge.passesAny(need.filters, one);
        if (answer === "certain") countIn(sure, Siting.units.codeAt(data, arrays, level, one.x, one.y));
        if (answer === "perhaps") countIn(maybe, Siting.units.codeAt(data, arrays, level, one.x, one.y));
      }
      return (unit) => judge.ofCount(sure.get(unit) || 0, maybe.get(unit) || 0, least);
    }

    /* Rows of every part of a live rule under the trial. */
    function evaluate(rule) {
      if (rule.live.presence) return evaluatePresence(rule);
      const judged = new Map(rule.live.needs.map((need) => [need.id, judgeNeed(rule, need)]));
      const parts = new Map();
      for (const need of rule.live.needs) {
        for (const part of need.feeds) parts.set(part, fedRows(baseRows(rule, part), judged.get(need.id)));
      }
      if (rule.live.segments.length) parts.set("all", joinedRows(rule, judged));
      return parts;
    }

    function evaluatePresence(rule) {
      const [need] = rule.live.needs;
      const verdictOf = judgePresence(rule, need);
      const rows = baseRows(rule, "all");
      const column = arrays[`demand.${rule.live.presence.level}`];
      const verdict = rows.verdict.map((official, i) => {
        if (official === 3 || official === 5) return official;
        const unit = data.base.units[column[rows.demand[i]]];
        return unit ? verdictOf(unit.code) : official;
      });
      return new Map([["all", { ...rows, verdict }]]);
    }

    const known = (value, empty) => (value >= FAR ? empty : value);

    function fedRows(rows, judged) {
      const next = emptyRows(rows);
      rows.demand.forEach((at, i) => {
        // A band's row is not applicable where another band holds, whatever the need says.
        const settled = rows.verdict[i] === 3 || rows.verdict[i] === 5;
        writeRow(next, i, settled ? rows.verdict[i] : judged.verdict[at], judged, at);
        next.straight[i] = isKnown(next.verdict[i]) && judged.straight[at] <= judged.cutoff[at] ? 1 : 0;
      });
      return next;
    }

    const isKnown = (verdict) => verdict === judge.COVERED || verdict === judge.UNCOVERED;

    function emptyRows(rows) {
      const next = { ...rows };
      for (const column of ["verdict", "cost_mm", "straight_mm", "cutoff_mm", "facility", "straight"]) {
        next[column] = new Int32Array(rows.demand.length);
      }
      return next;
    }

    function writeRow(next, i, verdict, judged, at) {
      next.verdict[i] = verdict;
      next.cost_mm[i] = known(judged.cost[at], NONE);
      next.facility[i] = known(judged.facility[at], NONE);
      next.straight_mm[i] = known(judged.straight[at], NONE);
      next.cutoff_mm[i] = judged.cutoff[at];
    }

    /* The headline: every need that concerns the row's ages; the farthest beyond speaks for all. */
    function joinedRows(rule, judged) {
      const rows = baseRows(rule, "all");
      const next = emptyRows(rows);
      const needsOf = new Map(rule.live.segments.map(({ group, needs }) => [group, needs.map((id) => judged.get(id))]));
      const ratio = (one, at) => (one.cutoff[at] > 0 ? one.cost[at] / one.cutoff[at] : -1);
      rows.demand.forEach((at, i) => {
        const needs = needsOf.get(data.group_ids[rows.group[i]]);
        const worst = needs.reduce((a, b) => (ratio(b, at) > ratio(a, at) ? b : a));
        writeRow(next, i, judge.join(needs.map((one) => one.verdict[at])), worst, at);
        const near = needs.every((one) => one.cutoff[at] < 0 || one.straight[at] <= one.cutoff[at]);
        next.straight[i] = isKnown(next.verdict[i]) && near ? 1 : 0;
      });
      return next;
    }

    /* Without any change the page must say what the official run said: the rest is settled. */
    function verify(rule) {
      if (!rule.live || rule.verified) return Boolean(rule.live);
      const before = edits;
      edits = noEdits();
      for (const need of rule.live.presence ? [] : rule.live.needs) {
        const { verdict } = judgeNeed(rule, need);
        const own = baseRows(rule, need.feeds[0]);
        const differs = own.demand.filter((at, i) => verdict[at] !== own.verdict[i]);
        const official = spread(own, "verdict", 3);
        if (differs.some((at) => official[at] !== judge.NOT_ASSESSED)) rule.live = null;
        else frozen.set(`${rule.id} ${need.id}`, new Set(differs));
        if (!rule.live) break;
      }
      edits = before;
      rule.verified = true;
      return Boolean(rule.live);
    }

    return {
      set: (next) => {
        const same = (a, b) => a.size === b.size && [...a].every((value) => b.has(value));
        if (!same(edits.closed, next.closed) || !same(edits.opened, next.opened)) cache = new Map();
        edits = next;
      },
      isEmpty: () => isEmpty(edits),
      edits: () => edits,
      verify,
      evaluate,
      /* Where a new facility would join the streets, or why it cannot. */
      place: (x, y) => prepare().place(x, y),
      reachOf: (facility) => reaches.nearest(prepare(), prepare().facilities, [facility]),
      ground: prepare,
    };
  }

  return { create, noEdits, isEmpty };
})();
