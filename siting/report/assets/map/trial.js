/* Trial changes, and what every live rule says after them. Nothing here touches the page. */
Siting.trial = (() => {
  const { counts, judge } = Siting;
  const { isSettled, writable, writeFed, writeJoined, touchedBy } = Siting.judged;
  const { createBuffers } = Siting.copies;
  const { createSteps } = Siting.steps;
  const { byDemand, rowsOf } = Siting.verdicts;

  const noEdits = () => ({ added: [], closed: new Set(), opened: new Set(), links: [] });
  const isEmpty = (edits) =>
    !(edits.added.length || edits.closed.size || edits.opened.size || edits.links.length);

  function create(data, arrays) {
    const count = arrays["demand.x"].length;
    const supply = Siting.supply.create(data, arrays);
    let edits = noEdits();
    let buffers = createBuffers(); // of what is followed, as its steps
    let steps = createSteps();
    let last = null; // what was followed last: rule, judged needs, rows of every part
    supply.set(edits);

    const set = (next) => {
      edits = next;
      supply.set(next);
    };

    /* The parts that a need decides and that the page carries. */
    const shownFeeds = (rule, need) => need.feeds.filter((part) => rule.shown.includes(part));
    const baseRows = (rule, part) => rowsOf(arrays, rule.id, part);

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
        const verdict = spread(own, "verdict", judge.NOT_APPLICABLE);
        // Where no facility decides: the rule does not apply, or a fact about the place is missing.
        const settled = verdict.map((value) => (isSettled(value) ? 1 : 0));
        officially.set(key, { cutoff: spread(own, "cutoff_mm", -1), verdict, settled });
      }
      return officially.get(key);
    }

    /* One need at every demand point that it concerns: costs now, verdicts still to be found. */
    function concerned(rule, need, steps) {
      const { cutoff, verdict: official, settled } = officialOf(rule, need);
      return { ...supply.costsOf(need, steps), edge: supply.ground().demand.edge, moved: supply.ground().moved.rows, cutoff, official, settled, verdict: null };
    }

    function verdictAt({ certain, perhaps, edge, cutoff, official, settled }, at) {
      if (settled[at]) return official[at];
      if (edge[at] < 0) return judge.UNDETERMINED;
      return judge.ofCost(certain.cost[at], perhaps.cost[at], cutoff[at]);
    }

    function judgeNeed(rule, need, steps) {
      const judged = concerned(rule, need, steps);
      judged.verdict = new Uint8Array(count);
      for (let at = 0; at < count; at++) judged.verdict[at] = verdictAt(judged, at);
      return judged;
    }

    /* For each part that the page carries: how one of its rows follows from the judged needs. */
    function writersOf(rule, judged) {
      const writers = new Map();
      for (const need of rule.live.needs) {
        const one = judged.get(need.id);
        for (const part of shownFeeds(rule, need)) writers.set(part, (next, rows, i) => writeFed(next, rows, i, one));
      }
      if (!rule.live.segments.length) return writers;
      const needsOf = data.group_ids.map((group) => {
        const segment = rule.live.segments.find((one) => one.group === group);
        return segment ? segment.needs.map((id) => judged.get(id)) : [];
      });
      return writers.set("all", (next, rows, i) => writeJoined(next, rows, i, needsOf[rows.group[i]]));
    }

    /* Judged needs and rows of every part of a rule that rests on walks. */
    function judgeRule(rule, steps) {
      const judged = new Map(rule.live.needs.map((need) => [need.id, judgeNeed(rule, need, steps)]));
      const parts = new Map();
      for (const [part, write] of writersOf(rule, judged)) {
        const rows = baseRows(rule, part);
        const next = writable(rows, () => new Int32Array(rows.demand.length));
        for (let i = 0; i < rows.demand.length; i++) write(next, rows, i);
        parts.set(part, next);
      }
      return { judged, parts };
    }

    /* The same from what was judged before: only where costs have changed. */
    function judgeAgain(rule, before) {
      buffers.turn();
      const { copy } = buffers;
      const judged = new Map(rule.live.needs.map((need) => [need.id, concerned(rule, need, steps)]));
      const touched = touchedBy(judged, before.judged, count);
      for (const [id, one] of judged) {
        one.verdict = copy(`${id} verdict`, before.judged.get(id).verdict, touched);
        for (const at of touched) one.verdict[at] = verdictAt(one, at);
      }
      const parts = new Map();
      for (const [part, write] of writersOf(rule, judged)) {
        const rows = baseRows(rule, part);
        const { start, row } = byDemand(rows, count);
        const written = [];
        for (const at of touched) for (let k = start[at]; k < start[at + 1]; k++) written.push(row[k]);
        const was = before.parts.get(part);
        const next = writable(rows, (column) => copy(`rows ${part} ${column}`, was[column], written));
        for (const i of written) write(next, rows, i);
        parts.set(part, next);
      }
      return { judged, parts, touched };
    }

    function presenceRows(rule) {
      const [need] = rule.live.needs;
      const { level, at_least: least } = rule.live.presence;
      const { certain, perhaps } = supply.tally(need, rule.live.presence);
      const rows = baseRows(rule, "all");
      const column = arrays[`demand.${level}`];
      const verdictOf = data.base.units.map(({ code }) => judge.ofCount(certain.get(code) ?? 0, perhaps.get(code) ?? 0, least));
      const verdict = rows.verdict.map((official, i) => (isSettled(official) ? official : verdictOf[column[rows.demand[i]]] ?? official));
      return new Map([["all", { ...rows, verdict }]]);
    }

    /* Rows of every part of a live rule under the trial. */
    const evaluate = (rule) => (rule.live.presence ? presenceRows(rule) : judgeRule(rule).parts);

    /* The same while one rule is followed from change to change: `parts`, and against what was
       followed `from` here the `touched` demand points, outside which nothing differs. */
    function follow(rule) {
      const isStep = last && last.rule === rule && last.judged;
      const before = isStep ? last : null;
      if (last) last.from = null;
      if (last?.rule !== rule) [buffers, steps] = [createBuffers(), createSteps()];
      const found = rule.live.presence ? { parts: presenceRows(rule) } : before ? judgeAgain(rule, before) : judgeRule(rule, steps);
      last = { ...found, rule, from: before };
      return last;
    }

    const needOf = (rule, part) => rule.live.needs.find(({ feeds }) => feeds.includes(part)) ?? rule.live.needs[0];

    /* How far it is from a demand point to the street, and whether a facility that is not in operation
       would serve it, were it open. */
    function around(rule, part) {
      const need = needOf(rule, part);
      const { edge, leg } = supply.ground().demand;
      return { legOf: (at) => (edge[at] < 0 ? 0 : leg[at]), isIdleNear: idleNear(need, rule.live.presence) };
    }

    function idleNear(need, presence) {
      if (!presence) {
        const cost = supply.idleCosts(need);
        return (at, cutoff) => cost[at] <= cutoff;
      }
      const units = supply.idleUnits(need, presence);
      const column = arrays[`demand.${presence.level}`];
      return (at) => units.has(data.base.units[column[at]]?.code);
    }

    /* The value and verdict of a rule that counts facilities. */
    const measure = (rule) => counts.measure(rule.live.count, supply.tally(rule.live.needs[0], rule.live.count));

    /* Without any change the page must say what the official run said: the rest is settled. */
    function verify(rule) {
      if (!rule.live || rule.verified) return Boolean(rule.live);
      const before = edits;
      set(noEdits());
      if (rule.live.count) verifyCount(rule);
      else verifyNeeds(rule);
      set(before);
      rule.verified = true;
      return Boolean(rule.live);
    }

    /* The same step by step, as long as nothing is changed: streets, what each need costs, the rest. */
    function* preparing(rule) {
      yield* supply.building;
      for (const need of rule.live && !rule.live.count ? rule.live.needs : []) {
        supply.costsOf(need);
        yield;
      }
      verify(rule);
      yield;
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
      set,
      isEmpty: () => isEmpty(edits),
      edits: () => edits,
      verify,
      preparing,
      evaluate,
      follow,
      measure,
      /* Where a new facility would join the streets, or why it cannot. */
      place: (x, y) => supply.ground().place(x, y),
      reachOf: supply.reachOfOne,
      ground: supply.ground,
      /* Facilities that certainly serve a part. */
      standing: (rule, part) => supply.standing(needOf(rule, part)),
      around,
    };
  }

  return { create, noEdits, isEmpty };
})();
