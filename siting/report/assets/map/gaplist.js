/* Gaps on the page: those of the official list or those that a trial leaves, and what is told of each. */
Siting.gaplist = (() => {
  const NEAR_MM = 1_000; // the official list's places come as rounded degrees

  /* What gaps of a part are described by. */
  function townOf(app, rule, part, more = {}) {
    const { data, arrays } = app;
    const own = { ...more, facility_kind: partOf(rule, part).facility_kind };
    return { arrays, units: data.base.units, names: data.demand.names, own };
  }

  /* Needs by their own name; density bands share their gaps. */
  const partOf = (rule, part) => rule.parts.find((one) => one.part === part) ?? rule.parts[0];

  const UNKNOWN = { legOf: () => 0, isIdleNear: () => false };

  /* A gap under the trial with its distances and cause, from the rows that it was found in. */
  function told(app, rule, rows, gap) {
    const part = partOf(rule, gap.part);
    const facilities = [...app.data.facilities, ...app.state.edits.added];
    const around = app.trial && rule.live ? app.trial.around(rule, part.part) : UNKNOWN;
    return Siting.gaps.told(gap, rows, { facilities, straightTo: app.straightFrom(part), ...around });
  }

  /* Parts whose gaps a facility could close: of several needs those that decide the headline, not what
     is only shown beside them. Mirror of siting/access/parts.py. */
  function gapParts({ needs, segments }) {
    if (needs.length === 1) return ["all"];
    const deciding = new Set(segments.flatMap((segment) => segment.needs));
    return needs.map(({ id }) => id).filter((id) => deciding.has(id));
  }

  /* Gaps of all parts of a rule under a trial, in the order of the official list. What is found is
     kept with the rows, for the next change. */
  function gapsOf(app, rule, found) {
    const parts = gapParts(rule.live);
    found.gaps = new Map();
    const gaps = parts.flatMap((part) => {
      const rows = found.parts.get(part);
      const own = { rule: rule.id, part, group: app.data.group_ids[rows.group[0]] };
      const town = townOf(app, rule, part, own);
      const before = found.from?.gaps?.get(part);
      const byUnit = before ? Siting.gaps.findAgain(rows, town, { before, were: found.from.parts.get(part), touched: found.touched }) : Siting.gaps.find(rows, town);
      found.gaps.set(part, byUnit);
      return Siting.gaps.inOrder(byUnit);
    });
    return parts.length > 1 ? gaps.sort((a, b) => b.people - a.people) : gaps;
  }

  /* What the page asks; `current` is what follows from its state. */
  function create(app, current) {
    const { data, arrays } = app;
    const official = Siting.gaps.official(data, arrays);
    const isTried = (gap) => gap.members && current.found;
    return {
      listOf: (rule) => (current.found ? gapsOf(app, rule, current.found) : official.filter((row) => row.rule === rule.id)),
      /* The gap to which a point's uncovered people belong: as the official list tells it, unless a trial
         has changed who belongs to it. */
      gapOf: (part, home) => {
        const { rule } = app.view();
        // Needs and stages have gaps of their own; density bands share those of the whole rule.
        const isOwn = part && rule.parts.length > 1 && ["access", "capacity"].includes(rule.kind);
        const rows = app.rows(rule, isOwn ? part.part : "all");
        const uncovered = rows.demand.findIndex((at, i) => at === home && rows.verdict[i] === 1);
        const gap = Siting.gaps.ofRow(uncovered, rows, townOf(app, rule, part?.part, { part: part?.part }));
        const isSame = (row) => row.rule === rule.id && row.people === gap.people && row.unit === gap.unit && Math.abs(row.x - gap.x) < NEAR_MM && Math.abs(row.y - gap.y) < NEAR_MM;
        const same = official.filter(isSame);
        const known = same.find((row) => row.facility_kind === part?.facility_kind) ?? same[0];
        return known ?? told(app, rule, rows, gap);
      },
      /* How far the people of a gap of the list walk; the gap with all its distances and its cause. */
      walkOf: (gap) => (isTried(gap) ? Siting.gaps.walkOf(gap, current.found.parts.get(gap.part)) : gap.nearest_m),
      told: (gap) => (isTried(gap) ? told(app, app.view().rule, current.found.parts.get(gap.part), gap) : gap),
      /* A function: straight distance from a demand point to the nearest that serves a part. */
      straightFrom: (part) => {
        const rule = data.rules.find(({ parts }) => parts.includes(part)) ?? app.view().rule;
        const { part: id, facilities } = part ?? rule.parts[0];
        const serving = new Set(facilities);
        const near = app.trial && rule.live ? app.trial.standing(rule, id) : data.facilities.filter((row) => serving.has(row.id));
        return (at) => {
          let best = Infinity;
          for (const { x, y } of near) {
            const dx = x - arrays["demand.x"][at];
            const dy = y - arrays["demand.y"][at];
            best = Math.min(best, dx * dx + dy * dy);
          }
          return best < Infinity ? Math.floor(Math.sqrt(best) + 0.5) : -1;
        };
      },
    };
  }

  return { create, gapsOf, told };
})();
