/* Rules that count facilities: mirror of siting/access/ratios.py and bounds.py. */
Siting.counts = (() => {
  /* How many stand in each unit (null: in none that is known), certainly and perhaps. */
  function tally(found) {
    const counts = { certain: new Map(), perhaps: new Map() };
    for (const [answer, unit] of found) counts[answer]?.set(unit, (counts[answer].get(unit) ?? 0) + 1);
    return counts;
  }

  /* A verdict stands only if it is the same from the least to the most that may be. */
  function judge(low, high, target, upTo) {
    if (target === null && upTo === null) return low === 0 && high > 0 ? "not_assessed" : "no_target";
    const least = target ?? -Infinity;
    const most = upTo ?? Infinity;
    if (low >= least && high <= most) return "pass";
    return high < least || low > most ? "fail" : "not_assessed";
  }

  function bounded(low, high, { target = null, up_to: upTo = null }) {
    const verdict = judge(low, high, target, upTo);
    return { verdict, value: verdict === "not_assessed" ? null : low };
  }

  /* All units must pass; the value says how many do. */
  function gathered(units) {
    const passing = units.filter(({ verdict }) => verdict === "pass").length;
    const failing = units.filter(({ verdict }) => verdict === "fail").length;
    if (passing && failing) return { verdict: "partial", value: passing };
    if (passing + failing < units.length) return { verdict: "not_assessed", value: null };
    if (!units.length) return { verdict: "not_applicable", value: null };
    return { verdict: passing ? "pass" : "fail", value: passing };
  }

  /* What a rule says: in the whole place, and in each unit that it asks. */
  function measure(rule, { certain, perhaps }) {
    const sum = (counts) => [...counts.values()].reduce((total, n) => total + n, 0);
    const of = (unit) => [certain.get(unit) ?? 0, perhaps.get(unit) ?? 0];
    const astray = of(null)[0] + of(null)[1]; // what stands in no known unit may stand in any
    const units = rule.units.map(({ code, is_doubtful: isDoubtful }) => {
      const [sure, maybe] = of(code);
      const found = isDoubtful ? bounded(0, Infinity, rule) : bounded(sure, sure + maybe + astray, rule);
      return { code, ...found };
    });
    if (rule.level && (rule.target !== null || rule.up_to !== null)) return { ...gathered(units), units };
    const sure = sum(certain);
    return { ...bounded(sure, sure + sum(perhaps), rule), units };
  }

  return { tally, measure };
})();
