/* Trial changes, and what every live rule says after them. Nothing here touches the page. */
Siting.trial = (() => {
  const { FAR, NONE } = Siting.network;
  const { counts, judge, reach: reaches, snap } = Siting;

  const MOST_REACHES = 40;

  const noEdits = () => ({ added: [], closed: new Set(), opened: new Set(), links: [] });
  const isEmpty = (edits) =>
    !(edits.added.length || edits.closed.size || edits.opened.size || edits.links.length);

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

    let edits = noEdits();
    let ground = null; // streets with the trial's links, and people and facilities on them
    let groundLinks = "";
    let cache = new Map(); // reach of what exists, by the facilities that serve

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
        .filter(({ one }) => answers.includes(judge.passesAny(need.filters, one, year)))
        .map(({ one, facility }) => ({
          facility,
          place: ground.place(one.x, one.y),
          neighbours: reaches.neighboursOf(ground, grid, one.x, one.y),
          x: one.x,
          y: one.y,
        }));
    }

    /* The reach of what exists, kept for as long as the same facilities serve. */
    function cached(chosen) {
      const key = chosen.join(",");
      if (!cache.has(key)) {
        if (cache.size >= MOST_REACHES) cache.delete(cache.keys().next().value);
        cache.set(key, reaches.nearest(ground, ground.facilities, chosen));
      }
      return cache.get(key);
    }

    /* Costs of one need for every demand point, of certain and of all thinkable facilities. */
    function costsOf(need) {
      prepare();
      const { certain, perhaps } = serving(need);
      const sure = trialsFor(need, ["certain"]);
      const all = trialsFor(need, ["certain", "perhaps"]);
      const found = reaches.withTrials(ground, cached(certain), sure);
      const straight = straightOf(certain, sure);
      if (!perhaps.length && all.length === sure.length) return { certain: found, perhaps: found, straight };
      const every = [...certain, ...perhaps].sort((a, b) => a - b);
      return { certain: found, perhaps: reaches.withTrials(ground, cached(every), all), straight };
    }

    /* The straight line that stands beside every walk, under the trial. */
    function straightOf(certain, sure) {
      const reach = cached(certain);
      reach.straight ??= Siting.straight.nearest(demandNow, certain.map((f) => data.facilities[f]));
      return sure.length ? Siting.straight.nearer(demandNow, sure, reach.straight) : reach.straight;
    }

    /* The parts that a need decides and that the page carries. */
    const shownFeeds = (rule, need) => need.feeds.filter((part) => rule.shown.includes(part));
    const baseRows = (rule, part) => Siting.verdicts.rowsOf(arrays, rule.id, part);

    /* A column of a part's rows, by demand point. */
    function spread(rows, column, empty) {
      const dense = new Int32Array(count).fill(empty);
      rows.demand.forEach((at, i) => {
        dense[at] = rows[column][i];
      });
      return dense;
    }

    /* What the official run says of a need, by demand point; read once. */
    const officially = new Map();
    function officialOf(rule, need) {
      const key = `${rule.id} ${need.id}`;
      if (!officially.has(key)) {
        const own = baseRows(rule, shownFeeds(rule, need)[0]);
        const verdict = spread(own, "verdict", 3);
        // Where no facility decides: the rule does not apply, or a fact about the place is missing.
        const settled = verdict.map((value) => (value === 3 || value === 5 ? 1 : 0));
        officially.set(key, { cutoff: spread(own, "cutoff_mm", -1), verdict, settled });
      }
      return officially.get(key);
    }

    /* One need judged at every demand point that it concerns. */
    function judgeNeed(rule, need) {
      const { certain, perhaps, straight } = costsOf(need);
      const { cutoff, verdict: official, settled } = officialOf(rule, need);
      const verdict = new Uint8Array(count);
      for (let at = 0; at < count; at++) {
        if (settled[at]) verdict[at] = official[at];
        else if (ground.demand.edge[at] < 0) verdict[at] = 2;
        else verdict[at] = judge.ofCost(certain.cost[at], perhaps.cost[at], cutoff[at]);
      }
      return { verdict, cost: certain.cost, facility: certain.facility, cutoff, straight };
    }

    /* How many facilities of a need stand in each unit under the trial. */
    function tally(need, { level, homes }) {
      const { certain, perhaps } = serving(need);
      const homeOf = (f) => homes[data.facilities[f].id] ?? null;
      const unitAt = ({ x, y }) => level && Siting.units.codeAt(data, arrays, level, x, y);
      return counts.tally([
        ...certain.map((f) => ["certain", homeOf(f)]),
        ...perhaps.map((f) => ["perhaps", homeOf(f)]),
        ...edits.added.map((one) => [judge.passesAny(need.filters, one, year), unitAt(one)]),
      ]);
    }

    function judgePresence(rule, need) {
      const { certain, perhaps } = tally(need, rule.live.presence);
      const least = rule.live.presence.at_least;
      return (unit) => judge.ofCount(certain.get(unit) ?? 0, perhaps.get(unit) ?? 0, least);
    }

    /* The value and verdict of a rule that counts facilities. */
    const measure = (rule) => counts.measure(rule.live.count, tally(rule.live.needs[0], rule.live.count));

    /* Rows of every part of a live rule under the trial. */
    function evaluate(rule) {
      if (rule.live.presence) return evaluatePresence(rule);
      const judged = new Map(rule.live.needs.map((need) => [need.id, judgeNeed(rule, need)]));
      const parts = new Map();
      for (const need of rule.live.needs) {
        for (const part of shownFeeds(rule, need)) parts.set(part, fedRows(baseRows(rule, part), judged.get(need.id)));
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
      for (let i = 0; i < rows.demand.length; i++) {
        const at = rows.demand[i];
        // A band's row is not applicable where another band holds, whatever the need says.
        const settled = rows.verdict[i] === 3 || rows.verdict[i] === 5;
        writeRow(next, i, settled ? rows.verdict[i] : judged.verdict[at], judged, at);
        next.straight[i] = isKnown(next.verdict[i]) && judged.straight[at] <= judged.cutoff[at] ? 1 : 0;
      }
      return next;
    }

    const isKnown = (verdict) => verdict === judge.COVERED || verdict === judge.UNCOVERED;

    function emptyRows(rows) {
      const next = { ...rows };
      for (const column of ["verdict", "cost_mm", "cutoff_mm", "facility", "straight"]) {
        next[column] = new Int32Array(rows.demand.length);
      }
      return next;
    }

    function writeRow(next, i, verdict, judged, at) {
      next.verdict[i] = verdict;
      next.cost_mm[i] = known(judged.cost[at], NONE);
      next.facility[i] = known(judged.facility[at], NONE);
      next.cutoff_mm[i] = judged.cutoff[at];
    }

    /* The headline: every need that concerns the row's ages; the farthest beyond speaks for all. */
    function joinedRows(rule, judged) {
      const rows = baseRows(rule, "all");
      const next = emptyRows(rows);
      const needsOf = data.group_ids.map((group) => {
        const segment = rule.live.segments.find((one) => one.group === group);
        return segment ? segment.needs.map((id) => judged.get(id)) : [];
      });
      for (let i = 0; i < rows.demand.length; i++) {
        const at = rows.demand[i];
        const needs = needsOf[rows.group[i]];
        let worst = needs[0];
        let farthest = ratioOf(worst, at);
        let verdict = worst.verdict[at];
        let isNear = isNearStraight(worst, at);
        for (let k = 1; k < needs.length; k++) {
          const ratio = ratioOf(needs[k], at);
          if (ratio > farthest) [worst, farthest] = [needs[k], ratio];
          verdict = judge.worse(verdict, needs[k].verdict[at]);
          isNear = isNear && isNearStraight(needs[k], at);
        }
        writeRow(next, i, verdict, worst, at);
        next.straight[i] = isKnown(verdict) && isNear ? 1 : 0;
      }
      return next;
    }

    const ratioOf = (one, at) => (one.cutoff[at] > 0 ? one.cost[at] / one.cutoff[at] : -1);
    const isNearStraight = (one, at) => one.cutoff[at] < 0 || one.straight[at] <= one.cutoff[at];

    /* Without any change the page must say what the official run said: the rest is settled. */
    function verify(rule) {
      if (!rule.live || rule.verified) return Boolean(rule.live);
      const before = edits;
      edits = noEdits();
      if (rule.live.count) verifyCount(rule);
      else verifyNeeds(rule);
      edits = before;
      rule.verified = true;
      return Boolean(rule.live);
    }

    function verifyCount(rule) {
      const { value, verdict } = measure(rule);
      if (value !== rule.value || verdict !== rule.verdict) rule.live = null;
    }

    function verifyNeeds(rule) {
      for (const need of rule.live.presence ? [] : rule.live.needs) {
        const { verdict } = judgeNeed(rule, need);
        const own = baseRows(rule, shownFeeds(rule, need)[0]);
        const differs = own.demand.filter((at, i) => verdict[at] !== own.verdict[i]);
        const { verdict: official, settled } = officialOf(rule, need);
        if (differs.some((at) => official[at] !== judge.NOT_ASSESSED)) rule.live = null;
        if (!rule.live) break;
        for (const at of differs) settled[at] = 1;
      }
    }

    return {
      set: (next) => {
        edits = next;
      },
      isEmpty: () => isEmpty(edits),
      edits: () => edits,
      verify,
      evaluate,
      measure,
      /* Where a new facility would join the streets, or why it cannot. */
      place: (x, y) => prepare().place(x, y),
      reachOf: (facility) => reaches.nearest(prepare(), prepare().facilities, [facility]),
      ground: prepare,
    };
  }

  return { create, noEdits, isEmpty };
})();
