/* From needs judged at every demand point: the rows of a rule's parts, and where they differ from what
   was judged before. A need: { certain, perhaps } reaches, cutoff, verdict, by demand point. */
Siting.judged = (() => {
  const { FAR, NONE } = Siting.network;
  const { between } = Siting.copies;
  const { judge } = Siting;

  const known = (value, empty) => (value >= FAR ? empty : value);
  const isJudged = (verdict) => verdict === judge.COVERED || verdict === judge.UNCOVERED;
  const isSettled = (verdict) => verdict === judge.NOT_APPLICABLE || verdict === judge.OUTSIDE;
  const ratioOf = (one, at) => (one.cutoff[at] > 0 ? one.certain.cost[at] / one.cutoff[at] : -1);
  const isNearStraight = (one, at) => one.cutoff[at] < 0 || one.certain.lines.straight[at] <= one.cutoff[at];
  const WRITTEN = ["verdict", "cost_mm", "cutoff_mm", "facility", "straight"];

  /* Rows of the same people, of which `arrayOf` (column) says where they are written. */
  const writable = (rows, arrayOf) => ({ ...rows, ...Object.fromEntries(WRITTEN.map((column) => [column, arrayOf(column)])) });

  function writeRow(next, i, { verdict, isNear, judged, at }) {
    next.verdict[i] = verdict;
    next.cost_mm[i] = known(judged.certain.cost[at], NONE);
    next.facility[i] = known(judged.certain.facility[at], NONE);
    next.cutoff_mm[i] = judged.cutoff[at];
    next.straight[i] = isJudged(verdict) && isNear ? 1 : 0;
  }

  /* A row of a part that one need decides. */
  function writeFed(next, rows, i, judged) {
    const at = rows.demand[i];
    // A band's row is not applicable where another band holds, whatever the need says.
    const verdict = isSettled(rows.verdict[i]) ? rows.verdict[i] : judged.verdict[at];
    writeRow(next, i, { verdict, isNear: judged.certain.lines.straight[at] <= judged.cutoff[at], judged, at });
  }

  /* A row of the headline: every need that concerns its ages; the farthest beyond speaks for all. */
  function writeJoined(next, rows, i, needs) {
    const at = rows.demand[i];
    let judged = needs[0];
    let farthest = ratioOf(judged, at);
    let verdict = judged.verdict[at];
    let isNear = isNearStraight(judged, at);
    for (let k = 1; k < needs.length; k++) {
      const ratio = ratioOf(needs[k], at);
      if (ratio > farthest) [judged, farthest] = [needs[k], ratio];
      verdict = judge.worse(verdict, needs[k].verdict[at]);
      isNear = isNear && isNearStraight(needs[k], at);
    }
    writeRow(next, i, { verdict, isNear, judged, at });
  }

  /* Demand points where one of the needs costs something else, or is met by another, than before, or
     that have come to another street. */
  function touchedBy(judged, before, count) {
    const isTouched = new Uint8Array(count);
    const touched = [];
    function touch(rows, differs) {
      for (const at of rows) {
        if (isTouched[at] || !differs(at)) continue;
        isTouched[at] = 1;
        touched.push(at);
      }
    }
    const all = () => [isTouched.keys()];
    function compare(is, was) {
      for (const rows of between(is, was) ?? all()) touch(rows, (at) => is.cost[at] !== was.cost[at] || is.facility[at] !== was.facility[at]);
      const [lines, linesWere] = [is.lines, was.lines];
      for (const rows of between(lines, linesWere) ?? all()) touch(rows, (at) => lines.straight[at] !== linesWere.straight[at]);
    }
    for (const [id, { certain, perhaps, moved }] of judged) {
      const was = before.get(id);
      // Who comes within reach of a street by a link is judged from then on.
      for (const rows of moved === was.moved ? [] : [moved, was.moved]) touch(rows, () => true);
      compare(certain, was.certain);
      if (perhaps !== certain || was.perhaps !== was.certain) compare(perhaps, was.perhaps);
    }
    return touched;
  }

  return { isSettled, writable, writeFed, writeJoined, touchedBy };
})();
