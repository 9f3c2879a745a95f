/* Published maps show communities instead of points: shaded by the share of people covered. */
Siting.communities = (() => {
  const { el, facts, people, share } = Siting.dom;
  // From the share on; the last two lie below half.
  const CLASSES = [
    { from: 0.95, colour: "#6baed6", text: "≥ 95%" },
    { from: 0.8, colour: "#9ecae1", text: "80–95%" },
    { from: 0.5, colour: "#deebf7", text: "50–80%" },
    { from: 0.2, colour: "#d95f0e", text: "20–50%" },
    { from: 0, colour: "#7f2704", text: "< 20%" },
  ];
  const HIDDEN = "#b9b6b0";

  /* People by verdict as the coverage table tells them, in a unit or in all; NaN is not published. */
  const countsOf = (app, { published }, part, key) =>
    (published[part]?.[key] ?? app.data.verdicts.map(() => null)).map((value) => value ?? NaN);

  function official(app, rule, part) {
    const { units } = app.data.base;
    const total = (key) => {
      const counts = countsOf(app, rule, part, key);
      const judged = judgedOf(counts);
      return { people: counts, judged, straight: NaN, coverage: counts[0] / judged };
    };
    const streets = Object.keys(rule.published[part] ?? {}).filter((key) => units[key]?.level === "street" && !units[key].outside);
    return {
      totals: total(app.state.street < 0 ? "all" : app.state.street),
      streets: streets.map(Number).map((unit) => ({ unit, total: total(unit) })),
    };
  }

  const judgedOf = (counts) => counts[0] + counts[1] + counts[2] + counts[4];

  /* Communities in which people are judged; in grey where their share is not published. */
  function paint(app, context, view, units) {
    const { rule, part } = app.view();
    view.inWorld(context, (pixel) => {
      app.data.base.units.forEach(({ level }, unit) => {
        if (level !== "community" || !rule.published[part]?.[unit]) return;
        const counts = countsOf(app, rule, part, unit);
        const covered = counts[0] / judgedOf(counts);
        if (judgedOf(counts) === 0) return;
        context.fillStyle = CLASSES.find(({ from }) => covered >= from)?.colour ?? HIDDEN;
        context.globalAlpha = 0.8;
        context.fill(units[unit].path, "evenodd");
        context.globalAlpha = 1;
        context.strokeStyle = "#ffffff";
        context.lineWidth = pixel;
        context.stroke(units[unit].path);
      });
    });
  }

  const at = (app, x, y) => {
    const code = Siting.units.codeAt(app.data, app.arrays, "community", x, y);
    return app.data.base.units.findIndex((unit) => unit.code === code);
  };

  function card(app, unit) {
    const { rule, part } = app.view();
    const counts = countsOf(app, rule, part, unit);
    const told = app.data.verdicts.map((verdict, i) => [app.word("verdict", verdict), people(counts[i])]);
    return Siting.dom.card(
      app.data.base.units[unit].name,
      facts([[app.say("th_coverage"), share(counts[0] / judgedOf(counts))], ...told]),
      el("p", { class: "clause" }, app.say("suppressed")),
    );
  }

  function key(app) {
    const rows = CLASSES.map(({ colour, text }) =>
      el("li", {}, el("i", { class: "swatch", style: { background: colour } }), el("span", {}, text)),
    );
    const hidden = el("i", { class: "swatch", style: { background: HIDDEN } });
    return el("ul", {}, rows, el("li", {}, hidden, el("small", {}, app.say("suppressed"))));
  }

  return { paint, at, card, key, official };
})();
