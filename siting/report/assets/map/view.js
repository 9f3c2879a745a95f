/* One state of the town (official, under a trial, of another scenario) seen through one rule. */
Siting.view = (() => {
  const { addRow, byDemand, classAt, classes, sumsOf, totalsOf, NOBODY } = Siting.verdicts;

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
  function drawingOrder(shown, { home, street }) {
    const next = new Int32Array(NOBODY + 1);
    const count = new Int32Array(NOBODY + 1);
    for (let at = 0; at < shown.length; at++) if (street < 0 || home[at] === street) count[shown[at]] += 1;
    let total = 0;
    for (const value of ORDER) {
      next[value] = total;
      total += count[value];
    }
    const order = new Int32Array(total);
    for (let at = 0; at < shown.length; at++) {
      if (shown[at] !== NOBODY && (street < 0 || home[at] === street)) order[next[shown[at]]++] = at;
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

  /* What the painters and the panel need; what only some ask for is found when they ask. `step`
     says which points look different from those that were `shown` before. */
  function seen(rows, { sums, shown, tally, step = null }, { arrays, verdicts, units, street }) {
    const kinds = verdicts.length;
    const home = arrays["demand.street"];
    const streets = units.flatMap(({ level }, unit) => (level === "street" ? [unit] : []));
    let order = null;
    return {
      rows,
      sums,
      shown,
      step,
      street,
      order: () => (order ??= drawingOrder(shown, { home, street })),
      isDrawn: (at) => shown[at] !== NOBODY && (street < 0 || home[at] === street),
      weight: weightOf(rows, arrays["demand.x"].length),
      totals: totalsOf(sums, kinds, street),
      streets: streets.map((unit) => ({ unit, total: totalsOf(sums, kinds, unit) })),
      tally,
      get present() {
        return new Set([...tally.keys()].filter((value) => tally[value]));
      },
      get limits() {
        return [...distinct(rows.cutoff_mm)].filter((limit) => limit > 0).sort((a, b) => a - b);
      },
    };
  }

  const homeOf = ({ arrays }) => arrays["demand.street"];

  function create(rows, options) {
    const home = homeOf(options);
    const sums = sumsOf(rows, { kinds: options.verdicts.length, home, units: options.units.length });
    const shown = classes(rows, home.length);
    const tally = new Int32Array(NOBODY + 1); // points of each class
    for (let at = 0; at < shown.length; at++) tally[shown[at]] += 1;
    return seen(rows, { sums, shown, tally }, options);
  }

  /* The view of `rows` that differ from those of the view `before` at the `touched` points only. */
  function after(before, rows, touched, options) {
    const home = homeOf(options);
    const kinds = options.verdicts.length;
    const [less, more] = [-1, 1].map((sign) => ({ kinds, home, sign }));
    const filed = byDemand(rows, home.length);
    const sums = before.sums.slice();
    const shown = before.shown.slice();
    const tally = before.tally.slice();
    const changed = [];
    const isSame = (i) => rows.verdict[i] === before.rows.verdict[i] && rows.straight[i] === before.rows.straight[i];
    for (const at of touched) {
      for (let k = filed.start[at]; k < filed.start[at + 1]; k++) {
        const i = filed.row[k];
        if (isSame(i)) continue;
        addRow(sums, before.rows, i, less);
        addRow(sums, rows, i, more);
      }
      shown[at] = classAt(rows, filed, at);
      if (shown[at] === before.shown[at]) continue;
      changed.push(at);
      tally[before.shown[at]] -= 1;
      tally[shown[at]] += 1;
    }
    return seen(rows, { sums, shown, tally, step: { from: before.shown, changed } }, options);
  }

  return { create, after, withoutPrefix, ORDER };
})();
