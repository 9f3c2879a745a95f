/* The panel beside the map: rule, figures, streets, gaps, candidates. */
Siting.panel = (() => {
  const { el, keepingFocus, people, share } = Siting.dom;
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
      app.data.before && el("p", { class: "meta" }, `${app.say("compared")} ${app.text(app.data.before.title)}`),
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

  /* What an official run found of a rule about areas. */
  const foundFigure = (app, { found, verdict }) =>
    el(
      "section",
      { id: "figures" },
      el(
        "div",
        { class: "headline" },
        el("p", { class: "number" }, app.text(found)),
        el("span", { class: `verdict tag ${verdict}` }, app.word("verdict", verdict)),
      ),
    );

  /* The verdict of a headline is official; under a trial only figures are shown. */
  function figures(app) {
    const { rule, part } = app.view();
    const now = app.now();
    if (rule.found) return foundFigure(app, rule);
    if (!now) return el("section", { id: "figures" }, el("p", { class: "note" }, app.say("by_unit")));
    const { totals } = now;
    const before = app.before()?.totals;
    const verdict = !before && app.state.street < 0 && rule.verdicts[part];
    const classes = app.data.verdicts.map((name, i) => ({ name, n: totals.people[i], was: before?.people[i] }));
    const all = classes.reduce((sum, { n }) => sum + (n || 0), 0);
    const straight = totals.judged ? totals.straight / totals.judged : NaN;
    return el(
      "section",
      { id: "figures" },
      el(
        "div",
        { class: "headline" },
        before && el("p", { class: "number was" }, share(before.coverage), el("span", { "aria-hidden": "true" }, "→")),
        el("p", { class: "number" }, share(totals.coverage)),
        el(
          "div",
          {},
          el("p", { class: "label" }, app.say(rule.kind === "presence" ? "coverage_presence" : "coverage")),
          rule.kind !== "presence" && !Number.isNaN(straight) && el("p", { class: "label muted" }, `${app.say("straight_coverage")} ${share(straight)}`),
        ),
        verdict && el("span", { class: `verdict tag ${verdict}` }, app.word("verdict", verdict)),
      ),
      el(
        "div",
        { class: "split", "aria-hidden": "true" },
        classes.filter(({ n }) => n > 0).map(({ name, n }) => el("span", { class: name, style: { flexGrow: String(n / all) } })),
      ),
      el(
        "ul",
        { class: "split-key" },
        classes
          .filter(({ n, name, was }) => n > 0 || Number.isNaN(n) || was > 0 || name === "uncovered")
          .map(({ name, n, was }) =>
            el("li", {}, el("i", { class: name }), app.word("verdict", name), el("b", {}, people(n)), was !== undefined && was !== n && el("small", {}, Siting.trialpanel.signed(n - was)))),
      ),
    );
  }

  function streetTable(app) {
    const now = app.now();
    const before = new Map((app.before()?.streets ?? []).map(({ unit, total }) => [unit, total]));
    const rows = (now?.streets ?? []).filter(({ total }) => total.judged > 0 || Number.isNaN(total.judged));
    if (!rows.length) return el("section", { id: "streets", hidden: true });
    rows.sort((a, b) => (b.total.people[1] || 0) - (a.total.people[1] || 0));
    const change = ({ unit, total }) => {
      const was = before.get(unit);
      const more = was ? total.people[1] - was.people[1] : 0;
      return more ? el("small", { class: "delta" }, Siting.trialpanel.signed(more)) : null;
    };
    return el(
      "section",
      { id: "streets" },
      el("h2", {}, app.say("streets")),
      el(
        "table",
        {},
        el("thead", {}, el("tr", {}, ["street", "judged", "uncovered", "coverage"].map((key) => el("th", { scope: "col" }, app.say(`th_${key}`))))),
        el(
          "tbody",
          {},
          rows.map(({ unit, total }) =>
            el(
              "tr",
              { class: app.state.street === unit ? "chosen" : null },
              el("th", { scope: "row" }, el("button", { type: "button", class: "link", "aria-pressed": String(app.state.street === unit), on: { click: () => app.chooseStreet(unit) } }, app.data.base.units[unit].name)),
              el("td", {}, people(total.judged)),
              el("td", { class: total.people[1] ? "bad" : null }, people(total.people[1]), change({ unit, total })),
              el("td", {}, el("span", { class: "meter", "aria-hidden": "true" }, el("i", { style: { width: `${100 * (total.coverage || 0)}%` } })), share(total.coverage)),
            ),
          ),
        ),
      ),
    );
  }

  /* The line of an item; one that is listed again keeps its own. */
  const lines = new WeakMap(); // item → line, by language
  function lineOf(app, item, { rank, line, onChoose }) {
    const { lang } = app.state;
    if (!lines.get(item)?.[lang]) {
      const button = el("button", { type: "button", on: { click: () => onChoose(item) } }, el("b", { class: "rank" }), ...line(item));
      lines.set(item, { ...lines.get(item), [lang]: el("li", {}, button) });
    }
    const own = lines.get(item)[lang];
    own.querySelector(".rank").textContent = rank;
    return own;
  }

  function list(app, { id, title, items, colour, ...told }) {
    if (!items.length) return el("section", { id, hidden: true });
    const shown = items.slice(0, LONGEST_LIST);
    return el(
      "section",
      { id },
      el("h2", {}, title, el("span", { class: "count" }, String(items.length))),
      el("ol", { class: `list ${colour}` }, shown.map((item, i) => lineOf(app, item, { ...told, rank: String(item.rank ?? i + 1) }))),
      items.length > shown.length && el("p", { class: "note" }, app.say("more", { n: items.length - shown.length })),
    );
  }

  function gaps(app) {
    return list(app, {
      id: "gaps",
      title: app.say("gaps"),
      colour: "gap",
      items: app.gaps(),
      onChoose: (item) => app.show(item, Siting.popup.gap),
      line: (item) => [
        el("span", { class: "what" }, el("b", {}, item.place || item.unit), el("small", {}, [item.street, app.word("kind", item.facility_kind)].filter(Boolean).join(" · "))),
        el("span", { class: "much" }, el("b", {}, people(item.people)), el("small", {}, Siting.popup.distanceOf(app, item))),
      ],
    });
  }

  function candidates(app) {
    return list(app, {
      id: "candidates",
      title: app.say("candidates"),
      colour: "candidate",
      items: app.candidates(),
      onChoose: (item) => app.show(item, Siting.popup.candidate),
      line: (item) => [
        el("span", { class: "what" }, el("b", {}, item.name || item.site), el("small", {}, [item.unit, Siting.popup.needOf(app, item)].filter(Boolean).join(" · "))),
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

  function tools(app, { map }) {
    const button = (key, action, pressed) => el("button", { type: "button", "aria-pressed": pressed, on: { click: action } }, app.say(key));
    return el(
      "section",
      { id: "tools", class: "buttons" },
      button("export_gaps", () => app.exportGaps(map.getBounds())),
      app.hasComparison() && button("swipe", () => app.set({ swipe: !app.state.swipe }), String(app.state.swipe)),
      button("print", () => window.print()),
      el(
        "label",
        { class: "field approval" },
        el("span", {}, app.say("approval")),
        el("input", { type: "text", value: app.state.approval, placeholder: app.say("approval_none"), on: { change: (event) => app.set({ approval: event.target.value }) } }),
      ),
    );
  }

  function attribution(app) {
    const approval = `${app.say("approval")}${app.state.lang === "zh" ? "：" : ": "}${app.state.approval || app.say("approval_none")}`;
    const tiles = app.data.basemaps.find(({ id }) => id === app.state.basemap);
    return [app.say("footer"), approval, ...app.data.scenario.attribution, tiles?.attribution].filter(Boolean);
  }

  /* Below the map, and on the printed sheet: what the map is, of when, and what it is not. */
  function footer(app, root, title) {
    const lines = attribution(app);
    const { scenario, sources } = app.data;
    const isZh = app.state.lang === "zh";
    const printed = sources.length > 0 && `${app.say("sources")}${isZh ? "：" : ": "}${sources.join(isZh ? "、" : "; ")}　`;
    root.replaceChildren(lines[0], el("br"), el("span", { class: "sources" }, printed), lines.slice(1).join("　"));
    const { rule, part } = app.view();
    const nature = scenario.data_nature ? app.dataNature() : "";
    title.replaceChildren(
      el("b", {}, `${app.text(scenario.place_title)} · ${app.text(rule.title)}`),
      el("span", {}, [app.text(scenario.title), app.partTitle(rule.parts.find((p) => p.part === part)), `${app.say("as_of")} ${scenario.as_of}`, nature].filter(Boolean).join("　")),
    );
  }

  function render(app, root, { search, choice, map }) {
    const scrolled = root.scrollTop;
    const sections = [
      header(app),
      ruleChoice(app),
      search.root,
      figures(app),
      tools(app, { map }),
      app.trial && Siting.trialpanel.render(app, { choice }),
      streetTable(app),
      gaps(app),
      candidates(app),
      finding(app),
    ].filter(Boolean);
    keepingFocus(root, () => root.replaceChildren(...sections));
    root.setAttribute("aria-label", app.say("panel"));
    root.scrollTop = scrolled;
  }

  /* While something is dragged only figures and gaps change; after a change of the trial also what
     it says of itself. */
  const FIGURES = { "#figures": figures, "#streets": streetTable, "#gaps": gaps };
  const TRIAL = { ...FIGURES, "#tools": tools, "#tried": Siting.trialpanel.tried };
  function renderSome(app, root, sections, options) {
    for (const [id, render] of Object.entries(sections)) {
      const [before, now] = [root.querySelector(id), render(app, options)];
      // What looks the same does the same, except in a list of gaps: their places may differ.
      if (id === "#gaps" || !before.isEqualNode(now)) before.replaceWith(now);
    }
  }
  const renderFigures = (app, root) => renderSome(app, root, FIGURES);
  function renderTrial(app, root, options) {
    root.querySelector("#trial").open = app.state.trialOpen;
    keepingFocus(root, () => renderSome(app, root, TRIAL, options));
  }

  return { render, renderFigures, renderTrial, footer };
})();
