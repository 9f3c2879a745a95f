/* Gaps under a trial: uncovered people of one part and unit who live at most 200 m apart.
   Mirror of siting/access/gaps.py; the official gaps come with the page. Who belongs to a gap is found
   with every change, its distances and cause when somebody asks. */
Siting.gaps = (() => {
  const { byDemand, groupBy } = Siting.verdicts;
  const { UNCOVERED } = Siting.judge;
  const LINK_MM = 200_000;
  const LONG_LEG_MM = 50_000;

  function rootOf(parent, i) {
    while (parent[i] !== i) {
      parent[i] = parent[parent[i]];
      i = parent[i];
    }
    return i;
  }

  // In a square cell of this side everybody is linked with everybody.
  const CELL_MM = Math.floor(LINK_MM / Math.SQRT2);
  // Of the cells around one, those that a link may reach: each pair of cells once.
  const REACHED = [[1, 0], [2, 0], [-2, 1], [-1, 1], [0, 1], [1, 1], [2, 1], [-1, 2], [0, 2], [1, 2]];
  const ACROSS = 2 ** 20; // more cells than any plane has in a row

  /* Points by the cells in which some stand. */
  function inCells(xs, ys) {
    const number = new Map(); // of a place → of the cell
    const cell = new Int32Array(xs.length);
    for (let i = 0; i < xs.length; i++) {
      const place = Math.floor(ys[i] / CELL_MM) * ACROSS + Math.floor(xs[i] / CELL_MM);
      if (!number.has(place)) number.set(place, number.size);
      cell[i] = number.get(place);
    }
    return { number, cell, ...groupBy(cell, number.size) };
  }

  /* For each point the number of a cell that stands for all with which it is linked. */
  function linked(xs, ys) {
    const { number, cell, start, row } = inCells(xs, ys);
    const parent = Int32Array.from(number.values());
    function isLinked(one, other) {
      for (let k = start[one]; k < start[one + 1]; k++) {
        for (let l = start[other]; l < start[other + 1]; l++) {
          const dx = xs[row[k]] - xs[row[l]];
          const dy = ys[row[k]] - ys[row[l]];
          if (dx * dx + dy * dy <= LINK_MM * LINK_MM) return true;
        }
      }
      return false;
    }
    for (const [place, one] of number) {
      for (const [dx, dy] of REACHED) {
        const other = number.get(place + dy * ACROSS + dx);
        if (other === undefined) continue;
        const [root, next] = [rootOf(parent, one), rootOf(parent, other)];
        if (root !== next && isLinked(one, other)) parent[next] = root;
      }
    }
    return cell.map((own) => rootOf(parent, own));
  }

  const NOBODY_NEAR = 2 ** 31; // sorts after every cost

  /* The row of the median person by cost; of equal costs the first row. */
  function medianRow(members, { cost_mm: cost, people, demand }, total) {
    const count = demand.length;
    const keys = new Float64Array(members.length); // cost and row in one number: those are sorted fast
    for (let k = 0; k < keys.length; k++) keys[k] = (cost[members[k]] < 0 ? NOBODY_NEAR : cost[members[k]]) * count + members[k];
    keys.sort();
    const rowOf = (key) => key - Math.floor(key / count) * count;
    let reached = 0;
    let k = -1;
    while (2 * reached < total) reached += people[rowOf(keys[++k])];
    return rowOf(keys[k]);
  }

  /* People of a gap, where they live on average, the row with the most of them, the first of their places. */
  function summed(members, rows, arrays) {
    const sum = { people: 0, x: 0, y: 0, largest: members[0], first: Infinity };
    for (const i of members) {
      const [at, people] = [rows.demand[i], rows.people[i]];
      sum.people += people;
      sum.x += arrays["demand.x"][at] * people;
      sum.y += arrays["demand.y"][at] * people;
      if (people > rows.people[sum.largest]) sum.largest = i;
      sum.first = Math.min(sum.first, at);
    }
    return sum;
  }

  function describe(members, rows, { arrays, units, names, own }) {
    const { people, x, y, largest, first } = summed(members, rows, arrays);
    const home = rows.demand[largest];
    return {
      ...own,
      street: units[arrays["demand.street"][home]]?.name ?? "",
      unit: units[arrays["demand.community"][home]]?.name ?? "",
      place: names[home] ?? "",
      people,
      x: Math.round(x / people),
      y: Math.round(y / people),
      first,
      members,
    };
  }

  /* The first cause that holds for most people of a gap, as siting/access/gaps.py says. */
  function causeOf({ members, people }, rows, { legOf, isIdleNear }) {
    const holds = {
      bad_snap: (i, at, cost, cutoff) => legOf(at) > LONG_LEG_MM && cost > cutoff && cost - legOf(at) <= cutoff,
      not_operating: (i, at, cost, cutoff) => isIdleNear(at, cutoff),
      detour: (i) => rows.straight[i] === 1,
    };
    const cost = (i) => (rows.cost_mm[i] < 0 ? NOBODY_NEAR : rows.cost_mm[i]);
    const peopleOf = (cause) => members.reduce((sum, i) => sum + (holds[cause](i, rows.demand[i], cost(i), rows.cutoff_mm[i]) ? rows.people[i] : 0), 0);
    return Object.keys(holds).find((cause) => 2 * peopleOf(cause) > people) ?? "no_facility";
  }

  const metres = (mm) => (mm < 0 ? null : Math.round(mm / 100) / 10); // as the official list tells them

  /* How far the median person of a gap walks (null: nowhere); found once for as long as nothing changes
     around the gap, which is another then. */
  const walks = new WeakMap();
  function walkOf(gap, rows) {
    if (!walks.has(gap)) walks.set(gap, metres(rows.cost_mm[medianRow(gap.members, rows, gap.people)]));
    return walks.get(gap);
  }

  /* A gap with the distances of its median person and its cause. `town` says of a point how far it is
     to the street and in a straight line, and whether a facility stands near that does not operate. */
  function told(gap, rows, town) {
    const middle = medianRow(gap.members, rows, gap.people);
    return {
      ...gap,
      nearest: town.facilities[rows.facility[middle]]?.name ?? "",
      nearest_m: metres(rows.cost_mm[middle]),
      straight_m: metres(town.straightTo(rows.demand[middle])),
      cutoff_m: rows.cutoff_mm[middle] / 1000,
      cause: causeOf(gap, rows, town),
    };
  }

  /* The official gaps as rows, from the columns that the page carries. */
  function official(data, arrays) {
    const { counts, metres, texts, written } = data.gaps;
    // Which part an area gap's outline is of `zones`, the gaps that are areas.
    const zone = new Map(data.gaps.zones.map((gap, i) => [gap, i]));
    const lists = { ...texts, ...written, nearest: [...new Set(data.facilities.map(({ name }) => name))] };
    const textColumns = Object.keys(lists);
    return Array.from(arrays["gap.x"], (x, i) => {
      const row = { x, y: arrays["gap.y"][i], zone: zone.get(i) };
      for (const column of textColumns) row[column] = lists[column][arrays[`gap.${column}`][i]] ?? "";
      for (const column of counts) row[column] = arrays[`gap.${column}`][i];
      for (const column of metres) row[column] = arrays[`gap.${column}`][i] < 0 ? null : arrays[`gap.${column}`][i] / 10;
      return row;
    });
  }

  /* The unit in which each point's gap lies: its community, else its street; −1: neither. */
  const homes = new WeakMap();
  function homesOf(arrays) {
    const community = arrays["demand.community"];
    if (!homes.has(community)) homes.set(community, community.map((unit, at) => (unit >= 0 ? unit : arrays["demand.street"][at])));
    return homes.get(community);
  }

  /* Rows by the unit of their people, that without a unit first. */
  const filed = new WeakMap();
  function byUnit(rows, home, units) {
    if (!filed.has(rows.demand)) filed.set(rows.demand, groupBy(rows.demand.map((at) => home[at] + 1), units + 1));
    return filed.get(rows.demand);
  }

  function ofUnit(unit, rows, { start, row }, town) {
    const open = row.subarray(start[unit], start[unit + 1]).filter((i) => rows.verdict[i] === UNCOVERED);
    if (!open.length) return [];
    const [xs, ys] = ["demand.x", "demand.y"].map((name) => {
      const values = town.arrays[name];
      return open.map((i) => values[rows.demand[i]]);
    });
    const groups = new Map();
    linked(xs, ys).forEach((root, k) => {
      if (!groups.has(root)) groups.set(root, []);
      groups.get(root).push(open[k]);
    });
    return Array.from(groups.values(), (members) => describe(members, rows, town));
  }

  /* The gaps of one part's rows, unit by unit. */
  function find(rows, town) {
    const filedRows = byUnit(rows, homesOf(town.arrays), town.units.length);
    return Array.from({ length: town.units.length + 1 }, (_, unit) => ofUnit(unit, rows, filedRows, town));
  }

  /* The same from those `before` of the rows that `were`, where only `touched` points differ: units in
     which others are uncovered now are gathered again. */
  function findAgain(rows, town, { before, were, touched }) {
    const home = homesOf(town.arrays);
    const filedRows = byUnit(rows, home, town.units.length);
    const { start, row } = byDemand(rows, home.length);
    const [others, elsewhere] = [new Set(), new Set()]; // units with other gaps, with the same at other distances
    for (const at of touched) {
      for (let k = start[at]; k < start[at + 1]; k++) {
        const is = rows.verdict[row[k]] === UNCOVERED;
        if (is !== (were.verdict[row[k]] === UNCOVERED)) others.add(home[at] + 1);
        else if (is) elsewhere.add(home[at] + 1);
      }
    }
    const found = [...before];
    for (const unit of elsewhere) found[unit] = before[unit].map((gap) => ({ ...gap }));
    for (const unit of others) found[unit] = ofUnit(unit, rows, filedRows, town);
    return found;
  }

  /* The gap to which a row belongs. */
  function ofRow(i, rows, town) {
    const home = homesOf(town.arrays);
    const unit = home[rows.demand[i]] + 1;
    return ofUnit(unit, rows, byUnit(rows, home, town.units.length), town).find(({ members }) => members.includes(i));
  }

  /* The most people first. */
  const inOrder = (gaps) => gaps.flat().sort((a, b) => b.people - a.people || a.first - b.first);

  return { find, findAgain, ofRow, walkOf, told, inOrder, official };
})();
