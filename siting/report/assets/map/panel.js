/* The panel beside the map: rule, figures, streets, gaps, candidates. */
Siting.panel = (() => {
  const { el, people, share, metres } = Siting.dom;
  const LONGEST_LIST = 12;

  function header(app) {
    const { scenario } = app.data;
    const other = app.state.lang === "zh" ? "English" : "中文";
    return el(
      "header",
      {},
      el(
        "div",
        { class: "bar" },
        el("p", { class: "place" }, app.text(scenario.place_title)),
        el("button", { type: "button", class: "quiet", lang: app.state.lang === "zh" ? "en" : "zh-CN", on: { click: () => app.setLanguage() } }, other),
      ),
      el("h1", {}, app.text(scenario.title)),
      el(
        "p",
        { class: "meta" },
        `${app.say("as_of")} ${scenario.as_of}`,
        scenario.data_nature && el("span", { class: "stamp" }, app.dataNature()),
      ),
    );
  }

  function ruleChoice(app) {
    const { rule, part } = app.view();
    const select = el(
      "select",
      { id: "rule", on: { change: (event) => app.set({ rule: event.target.value, part: null }) } },
      app.data.rules.map((r) => el("option", { value: r.id, selected: r.id === rule.id }, app.text(r.title))),
    );
    const tabs =
      rule.shown.length > 1 &&
      el(
        "div",
        { class: "tabs", role: "group", "aria-label": app.say("part") },
        rule.shown.map((name) =>
          el(
            "button",
            { type: "button", "aria-pressed": String(name === part), on: { click: () => app.set({ part: name }) } },
            name === "all" ? app.say("headline") : app.partTitle(rule.parts.find((p) => p.part === name)),
          ),
        ),
      );
    return el(
      "section",
      { class: "rule" },
      el("label", { for: "rule" }, app.say("rule")),
      select,
      el("p", { class: "text" }, app.text(rule.text)),
      el(
        "p",
        { class: "chips" },
        el("span", { class: `chip ${rule.basis}` }, app.word("basis", rule.basis)),
        rule.clauses.map((clause) => el("span", { class: "chip" }, clause)),
        el("span", { class: "limits" }, app.text(rule.limits)),
      ),
      tabs,
    );
  }

  function figures(app) {
    const { rule, part } = app.view();
    const total = app.totals();
    const verdict = rule.verdicts[part];
    if (!total) return el("section", { class: "figures" }, el("p", { class: "note" }, app.say("by_unit")));
    const classes = app.data.verdicts.map((verdict, i) => ({ verdict, n: total.people[i] }));
    const all = classes.reduce((sum, { n }) => sum + n, 0);
    return el(
      "section",
      { class: "figures", id: "figures" },
      el(
        "div",
        { class: "headline" },
        el("p", { class: "number" }, share(total.coverage)),
        el(
          "div",
          {},
          el("p", { class: "label" }, app.say("coverage")),
          el("p", { class: "label muted" }, `${app.say("straight_coverage")} ${share(total.judged ? total.straight / total.judged : NaN)}`),
        ),
        verdict && el("span", { class: `verdict tag ${verdict}` }, app.word("verdict", verdict)),
      ),
      el(
        "div",
        { class: "split", "aria-hidden": "true" },
        classes.filter(({ n }) => n > 0).map(({ verdict, n }) => el("span", { class: verdict, style: { flexGrow: String(n / all) } })),
      ),
      el(
        "ul",
        { class: "split-key" },
        classes
          .filter(({ n, verdict }) => n > 0 || verdict === "uncovered")
          .map(({ verdict, n }) => el("li", {}, el("i", { class: verdict }), app.word("verdict", verdict), el("b", {}, people(n)))),
      ),
    );
  }

  function streetTable(app) {
    const rows = app.streetTotals().filter(({ total }) => total.judged > 0);
    if (!rows.length) return null;
    rows.sort((a, b) => b.total.people[1] - a.total.people[1]);
    return el(
      "section",
      {},
      el("h2", {}, app.say("streets")),
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el("tr", {}, ["street", "judged", "uncovered", "coverage"].map((key) => el("th", { scope: "col" }, app.say(`th_${key}`)))),
        ),
        el(
          "tbody",
          {},
          rows.map(({ unit, total }) =>
            el(
              "tr",
              { class: app.state.street === unit ? "chosen" : null },
              el("th", { scope: "row" }, el("button", { type: "button", class: "link", "aria-pressed": String(app.state.street === unit), on: { click: () => app.chooseStreet(unit) } }, app.data.base.units[unit].name)),
              el("td", {}, people(total.judged)),
              el("td", { class: total.people[1] ? "bad" : null }, people(total.people[1])),
              el("td", {}, el("span", { class: "meter", "aria-hidden": "true" }, el("i", { style: { width: `${100 * (total.coverage || 0)}%` } })), share(total.coverage)),
            ),
          ),
        ),
      ),
    );
  }

  function list(app, { title, items, line, onChoose, colour }) {
    if (!items.length) return null;
    const shown = items.slice(0, LONGEST_LIST);
    return el(
      "section",
      {},
      el("h2", {}, title, el("span", { class: "count" }, String(items.length))),
      el(
        "ol",
        { class: `list ${colour}` },
        shown.map((item) =>
          el("li", {}, el("button", { type: "button", on: { click: () => onChoose(item) } }, el("b", { class: "rank" }, String(item.rank ?? item.place_in_list)), ...line(item))),
        ),
      ),
      items.length > shown.length && el("p", { class: "note" }, app.say("more", { n: items.length - shown.length })),
    );
  }

  function gaps(app) {
    return list(app, {
      title: app.say("gaps"),
      colour: "gap",
      items: app.gaps(),
      onChoose: (item) => app.show(item, Siting.popup.gap),
      line: (item) => [
        el("span", { class: "what" }, el("b", {}, item.place || item.unit), el("small", {}, `${item.street} · ${app.word("kind", item.facility_kind)}`)),
        el("span", { class: "much" }, el("b", {}, people(item.people)), el("small", {}, item.nearest_m == null ? app.say("unreachable") : metres(item.nearest_m * 1000))),
      ],
    });
  }

  function candidates(app) {
    return list(app, {
      title: app.say("candidates"),
      colour: "candidate",
      items: app.candidates(),
      onChoose: (item) => app.show(item, Siting.popup.candidate),
      line: (item) => [
        el("span", { class: "what" }, el("b", {}, item.name || item.site), el("small", {}, item.unit || "")),
        el("span", { class: "much" }, el("b", {}, `+${people(item.gain)}`), el("small", {}, `→ ${share(item.coverage)}`)),
      ],
    });
  }

  function finding(app) {
    const { rule } = app.view();
    if (!rule.finding) return null;
    const { sentence } = rule.finding;
    return el(
      "section",
      { class: "finding" },
      el("h2", {}, app.say("finding")),
      el("p", {}, ["conclusion", "data", "caliber", "advice"].map((key) => app.text(sentence[key])).join(app.state.lang === "zh" ? "" : " ")),
    );
  }

  function render(app, root) {
    root.replaceChildren(
      ...[header(app), ruleChoice(app), figures(app), streetTable(app), gaps(app), candidates(app), finding(app)].filter(Boolean),
    );
  }

  return { render };
})();
