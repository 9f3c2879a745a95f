/* One state of the town (official, under a trial, of another scenario) seen through one rule. */
Siting.view = (() => {
  const { classes, totals, rowsOf, NOBODY } = Siting.verdicts;

  /* Arrays whose names begin with a prefix, under their names without it. */
  function withoutPrefix(arrays, prefix) {
    const own = Object.entries(arrays).filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(own.map(([name, array]) => [name.slice(prefix.length), array]));
  }

  /* The few different values of a long array. */
  function distinct(values) {
    const found = new Set();
    let last;
    for (let i = 0; i < values.length; i++) {
      if (values[i] !== last) found.add((last = values[i]));
    }
    return found;
  }

  const ORDER = [8, 6, 7, 0, 1, 2, 5, 3, 4]; // gaps last: they must be seen

  /* Demand points in the order in which they are drawn, without those that are not. */
  function drawingOrder(shown, isKept) {
    const count = new Int32Array(NOBODY + 1);
    for (let at = 0; at < shown.length; at++) if (isKept(at)) count[shown[at]] += 1;
    const next = new Int32Array(NOBODY + 1);
    let total = 0;
    for (const value of ORDER) {
      next[value] = total;
      total += count[value];
    }
    const order = new Int32Array(total);
    for (let at = 0; at < shown.length; at++) {
      if (shown[at] !== NOBODY && isKept(at)) order[next[shown[at]]++] = at;
    }
    return order;
  }

  /* People at each demand point; trials change verdicts, not people. */
  const weights = new WeakMap();
  function weightOf(rows, count) {
    if (!weights.has(rows.people)) {
      const weight = new Int32Array(count);
      for (let i = 0; i < rows.demand.length; i++) weight[rows.demand[i]] += rows.people[i];
      weights.set(rows.people, weight);
    }
    return weights.get(rows.people);
  }

  /* What the painters and the panel need of the rows of one part. */
  function create(rows, { arrays, verdicts, units, street }) {
    const count = arrays["demand.x"].length;
    const home = arrays["demand.street"];
    const weight = weightOf(rows, count);
    const byStreet = units
      .map((unit, i) => ({ unit: i, level: unit.level }))
      .filter(({ level }) => level === "street");
    const sums = totals(rows, verdicts.length, home, units.length);
    const shown = classes(rows, count);
    return {
      order: drawingOrder(shown, (at) => street < 0 || home[at] === street),
      rows,
      shown,
      weight,
      street,
      present: distinct(shown),
      totals: street < 0 ? sums.whole : sums.of(street),
      streets: byStreet.map(({ unit }) => ({ unit, total: sums.of(unit) })),
      limits: [...distinct(rows.cutoff_mm)].filter((limit) => limit > 0).sort((a, b) => a - b),
    };
  }

  return { create, withoutPrefix, rowsOf, NOBODY };
})();
