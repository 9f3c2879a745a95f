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

  /* People of each verdict in the community of each row. */
  function sums(app, { rows }) {
    const home = app.arrays["demand.community"];
    const found = new Map();
    rows.demand.forEach((at, i) => {
      const unit = home[at];
      if (unit < 0) return;
      if (!found.has(unit)) found.set(unit, new Array(app.data.verdicts.length).fill(0));
      found.get(unit)[rows.verdict[i]] += rows.people[i];
    });
    return found;
  }

  /* Totals as the coverage table tells them; NaN is not published. */
  function official(app, rule, part) {
    const { units } = app.data.base;
    const told = rule.published[part] ?? {};
    const total = (key) => {
      const counts = (told[key] ?? app.data.verdicts.map(() => null)).map((value) => value ?? NaN);
      const judged = judgedOf(counts);
      return { people: counts, judged, straight: NaN, coverage: counts[0] / judged };
    };
    const streets = Object.keys(told).filter((key) => key !== "all").map(Number);
    return {
      totals: total(app.state.street < 0 ? "all" : String(app.state.street)),
      streets: streets.filter((unit) => !units[unit].outside).map((unit) => ({ unit, total: total(unit) })),
    };
  }

  const judgedOf = (counts) => counts[0] + counts[1] + counts[2] + counts[4];

  function paint(app, context, view, units, shown) {
    view.inWorld(context, (pixel) => {
      for (const [unit, counts] of sums(app, shown)) {
        if (!judgedOf(counts)) continue;
        const covered = counts[0] / judgedOf(counts);
        context.fillStyle = CLASSES.find(({ from }) => covered >= from).colour;
        context.globalAlpha = 0.8;
        context.fill(units[unit].path, "evenodd");
        context.globalAlpha = 1;
        context.strokeStyle = "#ffffff";
        context.lineWidth = pixel;
        context.stroke(units[unit].path);
      }
    });
  }

  const at = (app, x, y) => {
    const code = Siting.units.codeAt(app.data, app.arrays, "community", x, y);
    return app.data.base.units.findIndex((unit) => unit.code === code);
  };

  function card(app, unit, shown) {
    const counts = sums(app, shown).get(unit) ?? app.data.verdicts.map(() => 0);
    const told = app.data.verdicts.map((verdict, i) => [app.word("verdict", verdict), counts[i] && people(counts[i])]);
    const judged = judgedOf(counts);
    return el(
      "div",
      { class: "card", tabindex: "-1" },
      el("h3", {}, app.data.base.units[unit].name),
      facts([[app.say("th_coverage"), share(judged ? counts[0] / judged : NaN)], ...told]),
      el("p", { class: "clause" }, app.say("suppressed")),
    );
  }

  function key(app) {
    const rows = CLASSES.map(({ colour, text }) =>
      el("li", {}, el("i", { class: "swatch", style: { background: colour } }), el("span", {}, text)),
    );
    return el("ul", {}, rows, el("li", {}, el("small", {}, app.say("suppressed"))));
  }

  return { paint, at, card, key, official };
})();
