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

  /* Does a new facility pass a filter? "no", "perhaps" (it has no such fact yet) or "certain". */
  function passes(filter, facility) {
    if (filter.kind !== facility.kind) return "no";
    let answer = "certain";
    for (const [column, least] of Object.entries(filter.at_least)) {
      if (facility[column] == null) answer = "perhaps";
      else if (facility[column] < least) return "no";
    }
    for (const [column, wanted] of Object.entries(filter.where)) {
      if (facility[column] == null) answer = "perhaps";
      else if (facility[column] !== wanted) return "no";
    }
    return answer;
  }

  function passesAny(filters, facility) {
    const answers = filters.map((filter) => passes(filter, facility));
    return ["certain", "perhaps"].find((answer) => answers.includes(answer)) ?? "no";
  }

  return { ofCost, ofCount, worse, passesAny, COVERED, UNCOVERED, NOT_ASSESSED };
})();
