/* Verdict rows of one part of one rule: their totals, and one class of colour per demand point. */
Siting.verdicts = (() => {
  /* 0–2 covered (thirds of the limit), 3–4 not (up to 1.5 times the limit, beyond), 5 undetermined,
     6 not applicable, 7 not assessed, 8 outside; NOBODY: no people of the group live here. */
  const NOBODY = 255;
  const COVERED = 0;
  const UNCOVERED = 1;

  const rowsOf = (arrays, rule, part) => {
    const name = `rows.${rule}.${part}`;
    const rows = {};
    for (const column of ["demand", "facility", "group", "verdict", "people", "cost_mm", "cutoff_mm", "straight"]) {
      rows[column] = arrays[`${name}.${column}`];
    }
    return rows;
  };

  /* Numbers of rows by a key of each row, in flat arrays; keys below 0 are left out. */
  function groupBy(keys, count) {
    const start = new Int32Array(count + 1);
    for (let i = 0; i < keys.length; i++) if (keys[i] >= 0) start[keys[i] + 1] += 1;
    for (let k = 0; k < count; k++) start[k + 1] += start[k];
    const fill = start.slice(0, count);
    const row = new Int32Array(start[count]);
    for (let i = 0; i < keys.length; i++) if (keys[i] >= 0) row[fill[keys[i]]++] = i;
    return { start, row };
  }

  /* Rows by demand point; trials change verdicts, not whose they are. */
  const filed = new WeakMap();
  function byDemand(rows, count) {
    if (!filed.has(rows.demand)) filed.set(rows.demand, groupBy(rows.demand, count));
    return filed.get(rows.demand);
  }

  function classOf(verdict, cost, cutoff) {
    if (verdict === COVERED) {
      if (cost < 0 || cutoff <= 0) return 1;
      return 3 * cost <= cutoff ? 0 : 3 * cost <= 2 * cutoff ? 1 : 2;
    }
    if (verdict === UNCOVERED) {
      if (cost < 0 || cutoff <= 0) return 4;
      return 2 * cost <= 3 * cutoff ? 3 : 4;
    }
    return verdict + 3;
  }

  /* A point shows the worst class of its rows; a class that judges wins over one that does not. */
  const RANK = Int8Array.from({ length: 256 }, (_, value) => (value === NOBODY ? -2 : value > 5 ? -1 : value));
  function worst(shown, { people, verdict, cost_mm: cost, cutoff_mm: cutoff }, i) {
    if (people[i] === 0) return shown;
    const value = classOf(verdict[i], cost[i], cutoff[i]);
    return RANK[value] > RANK[shown] ? value : shown;
  }

  function classes(rows, count) {
    const shown = new Uint8Array(count).fill(NOBODY);
    const { demand } = rows;
    for (let i = 0; i < demand.length; i++) shown[demand[i]] = worst(shown[demand[i]], rows, i);
    return shown;
  }

  /* The class of one point from its rows alone. */
  function classAt(rows, { start, row }, at) {
    let shown = NOBODY;
    for (let k = start[at]; k < start[at + 1]; k++) shown = worst(shown, rows, row[k]);
    return shown;
  }

  /* Sums of people by verdict and, last, of those within the limit in a straight line: first of
     all rows, then of each unit. */
  function addRow(sums, { demand, verdict, people, straight }, i, { kinds, home, sign }) {
    const width = kinds + 1;
    const unit = home[demand[i]];
    const n = sign * people[i];
    sums[verdict[i]] += n;
    if (straight[i]) sums[kinds] += n;
    if (unit < 0) return;
    sums[(unit + 1) * width + verdict[i]] += n;
    if (straight[i]) sums[(unit + 1) * width + kinds] += n;
  }

  function sumsOf(rows, { kinds, home, units }) {
    const sums = new Float64Array((units + 1) * (kinds + 1));
    const added = { kinds, home, sign: 1 };
    for (let i = 0; i < rows.demand.length; i++) addRow(sums, rows, i, added);
    return sums;
  }

  /* Missing is not passing: the undetermined and the not assessed stay in the denominator. */
  function totalsOf(sums, kinds, unit = -1) {
    const from = (unit + 1) * (kinds + 1);
    const people = Array.from(sums.subarray(from, from + kinds));
    const judged = people[0] + people[1] + people[2] + people[4];
    return { people, straight: sums[from + kinds], judged, coverage: judged ? people[0] / judged : NaN };
  }

  return { rowsOf, groupBy, byDemand, classes, classAt, addRow, sumsOf, totalsOf, NOBODY };
})();
