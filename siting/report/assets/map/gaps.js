/* Gaps under a trial: uncovered people of one part and unit who live at most 200 m apart.
   Mirror of siting/access/gaps.py; the official gaps come with the page. */
Siting.gaps = (() => {
  const LINK_MM = 200_000;

  function rootOf(parent, i) {
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  }

  /* Groups of `points` (demand numbers) linked by single linkage within their unit. */
  function linked(points, { x, y, unit }) {
    const parent = points.map((_, i) => i);
    const cells = new Map();
    const key = (cx, cy) => cx * 65536 + cy;
    points.forEach((at, i) => {
      const k = key(Math.floor(x[at] / LINK_MM), Math.floor(y[at] / LINK_MM));
      if (cells.has(k)) cells.get(k).push(i);
      else cells.set(k, [i]);
    });
    points.forEach((at, i) => {
      const cx = Math.floor(x[at] / LINK_MM);
      const cy = Math.floor(y[at] / LINK_MM);
      for (let dx = -1; dx <= 1; dx++) {
        for (let dy = -1; dy <= 1; dy++) {
          for (const j of cells.get(key(cx + dx, cy + dy)) || []) {
            const other = points[j];
            if (j <= i || unit[other] !== unit[at]) continue;
            const ex = x[other] - x[at];
            const ey = y[other] - y[at];
            if (ex * ex + ey * ey <= LINK_MM * LINK_MM) parent[rootOf(parent, j)] = rootOf(parent, i);
          }
        }
      }
    });
    const groups = new Map();
    points.forEach((_, i) => {
      const root = rootOf(parent, i);
      if (groups.has(root)) groups.get(root).push(i);
      else groups.set(root, [i]);
    });
    return [...groups.values()];
  }

  /* The row of the median person by cost. */
  function medianRow(members, rows) {
    const order = [...members].sort((a, b) => costOf(rows, a) - costOf(rows, b) || a - b);
    const total = order.reduce((sum, i) => sum + rows.people[i], 0);
    let reached = 0;
    return order.find((i) => {
      reached += rows.people[i];
      return 2 * reached >= total;
    });
  }

  const costOf = (rows, i) => (rows.cost_mm[i] < 0 ? Infinity : rows.cost_mm[i]);

  function describe(members, rows, { arrays, units, names, facilities, straightTo }) {
    const people = members.reduce((sum, i) => sum + rows.people[i], 0);
    const largest = members.reduce((a, b) => (rows.people[b] > rows.people[a] ? b : a));
    const middle = medianRow(members, rows);
    const near = members.reduce((sum, i) => sum + (rows.straight[i] ? rows.people[i] : 0), 0);
    const weighted = (axis) => Math.round(members.reduce((sum, i) => sum + arrays[axis][rows.demand[i]] * rows.people[i], 0) / people);
    const home = rows.demand[largest];
    return {
      street: units[arrays["demand.street"][home]]?.name ?? "",
      unit: units[arrays["demand.community"][home]]?.name ?? "",
      place: names[home] ?? "",
      people,
      nearest: facilities[rows.facility[middle]]?.name ?? "",
      nearest_m: rows.cost_mm[middle] < 0 ? null : rows.cost_mm[middle] / 1000,
      straight_m: straightTo(rows.demand[middle]) / 1000,
      cutoff_m: rows.cutoff_mm[middle] / 1000,
      cause: 2 * near > people ? "detour" : "no_facility",
      x: weighted("demand.x"),
      y: weighted("demand.y"),
      first: Math.min(...members.map((i) => rows.demand[i])),
    };
  }

  /* The official gaps as rows, from the columns that the page carries. */
  function official(data, arrays) {
    const { counts, metres, texts } = data.gaps;
    const lists = { ...texts, rule: data.rules.map(({ id }) => id), group: data.group_ids, nearest: [...new Set(data.facilities.map(({ name }) => name))] };
    const textColumns = Object.keys(lists);
    return Array.from(arrays["gap.x"], (x, i) => {
      const row = { x, y: arrays["gap.y"][i] };
      for (const column of textColumns) row[column] = lists[column][arrays[`gap.${column}`][i]] ?? "";
      for (const column of counts) row[column] = arrays[`gap.${column}`][i];
      for (const column of metres) row[column] = arrays[`gap.${column}`][i] < 0 ? null : arrays[`gap.${column}`][i] / 10;
      return row;
    });
  }

  /* The gaps of one part's rows, the most people first. */
  function find(rows, town) {
    const { arrays } = town;
    const open = [];
    rows.verdict.forEach((verdict, i) => {
      if (verdict === 1) open.push(i);
    });
    const home = arrays["demand.community"].map((unit, at) => (unit >= 0 ? unit : arrays["demand.street"][at]));
    const points = open.map((i) => rows.demand[i]);
    const groups = linked(points, { x: arrays["demand.x"], y: arrays["demand.y"], unit: home });
    return groups
      .map((members) => describe(members.map((i) => open[i]), rows, town))
      .sort((a, b) => b.people - a.people || a.first - b.first);
  }

  return { find, official };
})();
