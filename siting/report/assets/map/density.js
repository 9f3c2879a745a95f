/* Communities by density class, for rules that depend on it: shading under the people. */
Siting.density = (() => {
  const FILLS = ["rgba(118,65,132,.30)", "rgba(118,65,132,.14)", "rgba(118,65,132,.07)"];

  /* The class of each community: the part whose rows apply to its people. */
  function classes(app, rule) {
    const bands = rule.shown.filter((part) => part !== "all");
    const home = app.arrays["demand.community"];
    const found = new Map();
    bands.forEach((part, band) => {
      const rows = Siting.verdicts.rowsOf(app.arrays, rule.id, part);
      rows.demand.forEach((at, i) => {
        if (rows.verdict[i] !== 3 && rows.verdict[i] !== 5 && home[at] >= 0) found.set(home[at], band);
      });
    });
    return found;
  }

  function paint(app, context, view, units) {
    const { rule } = app.view();
    if (rule.kind !== "density-access") return;
    view.inWorld(context, () => {
      for (const [unit, band] of classes(app, rule)) {
        context.fillStyle = FILLS[band] ?? FILLS[2];
        context.fill(units[unit].path, "evenodd");
      }
    });
  }

  return { paint, FILLS };
})();
