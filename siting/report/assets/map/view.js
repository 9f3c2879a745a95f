/* One state of the town (official, under a trial, of another scenario) seen through one rule. */
Siting.view = (() => {
  const { classes, totals, rowsOf, NOBODY } = Siting.verdicts;

  /* Arrays whose names begin with a prefix, under their names without it. */
  function withoutPrefix(arrays, prefix) {
    const own = Object.entries(arrays).filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(own.map(([name, array]) => [name.slice(prefix.length), array]));
  }

  const ORDER = [8, 6, 7, 0, 1, 2, 5, 3, 4]; // gaps last: they must be seen

  /* Demand points in the order in which they are drawn, without those that are not. */
  function drawingOrder(shown, isKept) {
    const byClass = ORDER.map(() => []);
    for (let at = 0; at < shown.length; at++) {
      if (shown[at] !== NOBODY && isKept(at)) byClass[shown[at]].push(at);
    }
    return Int32Array.from(ORDER.flatMap((value) => byClass[value]));
  }

  /* What the painters and the panel need of the rows of one part. */
  function create(rows, { arrays, verdicts, units, street }) {
    const count = arrays["demand.x"].length;
    const home = arrays["demand.street"];
    const weight = new Int32Array(count);
    rows.demand.forEach((at, i) => {
      weight[at] += rows.people[i];
    });
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
      present: new Set(shown),
      totals: street < 0 ? sums.whole : sums.of(street),
      streets: byStreet.map(({ unit }) => ({ unit, total: sums.of(unit) })),
      limits: [...new Set(rows.cutoff_mm)].filter((limit) => limit > 0).sort((a, b) => a - b),
    };
  }

  return { create, withoutPrefix, rowsOf, NOBODY };
})();
