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
  function classes(rows, count) {
    const shown = new Uint8Array(count).fill(NOBODY);
    const rank = (value) => (value === NOBODY ? -2 : value > 5 ? -1 : value);
    for (let i = 0; i < rows.demand.length; i++) {
      if (rows.people[i] === 0) continue;
      const at = rows.demand[i];
      const value = classOf(rows.verdict[i], rows.cost_mm[i], rows.cutoff_mm[i]);
      if (rank(value) > rank(shown[at])) shown[at] = value;
    }
    return shown;
  }

  const emptyTotal = (kinds) => ({ people: new Array(kinds).fill(0), straight: 0 });

  function add(total, rows, i) {
    total.people[rows.verdict[i]] += rows.people[i];
    if (rows.straight[i]) total.straight += rows.people[i];
  }

  /* Missing is not passing: the undetermined and the not assessed stay in the denominator. */
  function finish({ people, straight }) {
    const judged = people[0] + people[1] + people[2] + people[4];
    return { people, straight, judged, coverage: judged ? people[0] / judged : NaN };
  }

  /* People by verdict, of all rows and by the unit in which each demand point lies. */
  function totals(rows, kinds, home, units) {
    const whole = emptyTotal(kinds);
    const byUnit = Array.from({ length: units }, () => emptyTotal(kinds));
    for (let i = 0; i < rows.demand.length; i++) {
      const unit = home[rows.demand[i]];
      add(whole, rows, i);
      if (unit >= 0) add(byUnit[unit], rows, i);
    }
    return { whole: finish(whole), of: (unit) => finish(byUnit[unit]) };
  }

  return { rowsOf, classes, totals, NOBODY };
})();
