/* Verdicts of a rule from costs or counts: mirror of siting/access/verdicts.py and judged.py. */
Siting.judge = (() => {
  const [COVERED, UNCOVERED, UNDETERMINED, NOT_APPLICABLE, NOT_ASSESSED, OUTSIDE] = [0, 1, 2, 3, 4, 5];
  // Who needs several things: a need that does not apply asks for nothing, one certain no is a
  // no, otherwise what is not known stays open.
  const RANK = [];
  [NOT_APPLICABLE, COVERED, NOT_ASSESSED, UNDETERMINED, UNCOVERED, OUTSIDE].forEach((verdict, rank) => {
    RANK[verdict] = rank;
  });

  function ofCost(cost, perhaps, cutoff) {
    if (cost <= cutoff) return COVERED;
    return perhaps <= cutoff ? NOT_ASSESSED : UNCOVERED;
  }

  function ofCount(sure, perhaps, least) {
    if (sure >= least) return COVERED;
    return sure + perhaps >= least ? NOT_ASSESSED : UNCOVERED;
  }

  const worse = (one, other) => (RANK[other] > RANK[one] ? other : one);

  /* Does a new facility pass a filter? "no", "perhaps" (it has no such fact yet) or "certain".
     Mirror of siting/access/conditions.py; it opens in the year of the evaluation. */
  function passes(filter, facility, year) {
    if (filter.kind !== facility.kind) return "no";
    const answers = [];
    const ask = (value, holds) => answers.push(value == null ? "perhaps" : holds ? "certain" : "no");
    for (const [column, wanted] of Object.entries(filter.where)) ask(facility[column], [wanted].flat().includes(facility[column]));
    for (const [column, least] of Object.entries(filter.at_least)) ask(facility[column], facility[column] >= least);
    for (const column of filter.present) {
      if (facility[column] == null) answers.push(filter.unasked.includes(column) ? "perhaps" : "no");
    }
    if (filter.opened) ask(year, year >= filter.opened[0] && year <= filter.opened[1]);
    return ["no", "perhaps"].find((answer) => answers.includes(answer)) ?? "certain";
  }

  function passesAny(filters, facility, year) {
    const answers = filters.map((filter) => passes(filter, facility, year));
    return ["certain", "perhaps"].find((answer) => answers.includes(answer)) ?? "no";
  }

  return { ofCost, ofCount, worse, passesAny, COVERED, UNCOVERED, UNDETERMINED, NOT_APPLICABLE, NOT_ASSESSED, OUTSIDE };
})();
