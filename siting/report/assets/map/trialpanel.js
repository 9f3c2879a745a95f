/* The panel's part for trials: what to add, what was changed, what every rule says to it. */
Siting.trialpanel = (() => {
  const { el, people, share } = Siting.dom;

  const input = (label, field) => el("label", { class: "field" }, el("span", {}, label), field);

  function tools(app, choice) {
    const served = app.data.rules.flatMap((rule) => rule.parts.map((part) => part.facility_kind));
    const counted = app.data.measures.flatMap((rule) => rule.live?.needs[0].filters.map((filter) => filter.kind) ?? []);
    const kinds = [...new Set([...served, ...counted])];
    const kind = el(
      "select",
      { id: "trial-kind", on: { change: (event) => { choice.kind = event.target.value; size.disabled = !app.data.trial.capacity[choice.kind]; } } },
      kinds.map((id) => el("option", { value: id, selected: id === choice.kind }, app.word("kind", id))),
    );
    const size = el("input", {
      id: "trial-size",
      type: "number",
      min: "0",
      value: choice.capacity ?? "",
      disabled: !app.data.trial.capacity[choice.kind],
      on: { input: (event) => { choice.capacity = event.target.value && event.target.validity.valid ? Number(event.target.value) : null; } },
    });
    const make = (x, y) => app.newFacility(choice.kind, x, y, choice.capacity);
    const button = (key, action, name = "") => el("button", { type: "button", class: name, on: { click: action } }, app.say(key));
    return [
      el("div", { class: "fields" }, input(app.say("trial_kind"), kind), input(app.say("trial_size"), size)),
      el(
        "div",
        { class: "buttons" },
        button("trial_place", () => app.trialmap.placeFacility(make), "primary"),
        button("trial_centre", () => app.trialmap.centre(make)),
        button("trial_link", () => app.trialmap.placeLink()),
      ),
    ];
  }

  function change(app, text, remove, note) {
    return el(
      "li",
      {},
      el("span", {}, text, note && el("small", { class: "bad" }, note)),
      el("button", { type: "button", class: "quiet", on: { click: remove }, "aria-label": `${app.say("remove")} ${text}` }, "×"),
    );
  }

  function changes(app) {
    const { edits } = app.state;
    const named = (f) => app.data.facilities[f].name;
    return el(
      "ul",
      { class: "changes" },
      edits.added.map((one, i) =>
        change(app, `${app.say("trial_add")} ${one.name}`, () => app.removeFacility(i), app.noteOf(one))),
      [...edits.opened].map((f) => change(app, `${app.say("trial_open")} ${named(f)}`, () => app.toggleFacility(f))),
      [...edits.closed].map((f) => change(app, `${app.say("trial_close")} ${named(f)}`, () => app.toggleFacility(f))),
      edits.links.map((_, i) => change(app, `${app.say("trial_walkway")} ${i + 1}`, () => app.removeLink(i))),
    );
  }

  /* A value as people read it: of a rule about units, how many of them pass. */
  function valueText(app, rule, { value, verdict }) {
    const unit = app.text(value === 1 ? rule.measure_one : rule.measure);
    const parts = rule.live.count.units.length;
    const stated = rule.counts_parts ? app.say("parts_pass", { parts, passing: value }) : `${people(value)} ${unit}`;
    const found = app.word("verdict", verdict);
    return value === null ? found : `${stated} · ${found}`;
  }

  function valueCells(app, { rule, before, after }) {
    const isStated = before.value !== null && after.value !== null;
    const n = isStated ? signed(after.value - before.value) : "";
    const unit = `${n} ${app.text(Math.abs(after.value - before.value) === 1 ? rule.measure_one : rule.measure)}`;
    const delta = rule.counts_parts ? app.say("parts", { n }) : unit;
    return [valueText(app, rule, before), valueText(app, rule, after), isStated ? delta : "—"];
  }

  function peopleCells(app, { before, after }) {
    const n = signed(after.people[0] - before.people[0]);
    return [share(before.coverage), share(after.coverage), app.persons(Math.abs(after.people[0] - before.people[0]), n)];
  }

  function outcomeCells(app, row) {
    if (!row.after) return el("td", { colspan: "3", class: "muted" }, app.say("formal"));
    const [before, after, delta] = (row.after.people ? peopleCells : valueCells)(app, row);
    return [el("td", {}, before), el("td", {}, after), el("td", { class: "delta" }, delta)];
  }

  function outcome(app) {
    const rows = app.outcomes();
    return el(
      "table",
      { class: "outcomes" },
      el("thead", {}, el("tr", {}, ["th_rule", "th_before", "th_after", "th_change"].map((key) => el("th", { scope: "col" }, app.say(key))))),
      el(
        "tbody",
        {},
        rows.map((row) => el("tr", {}, el("th", { scope: "row" }, app.text(row.rule.title)), outcomeCells(app, row))),
      ),
    );
  }

  const signed = (value) => (value > 0 ? `+${people(value)}` : value < 0 ? `−${people(-value)}` : "0");

  /* What was changed, and what can be done with it. */
  function tried(app) {
    const isEmpty = Siting.trial.isEmpty(app.state.edits);
    const button = (key, action) => el("button", { type: "button", on: { click: action } }, app.say(key));
    return el(
      "div",
      { id: "tried" },
      !isEmpty && [
        changes(app),
        app.state.allRules ? outcome(app) : el("div", { class: "buttons" }, button("trial_all", () => app.set({ allRules: true }))),
        el("div", { class: "buttons" }, button("trial_export", () => app.exportTrial()), button("trial_reset", () => app.setEdits(Siting.trial.noEdits()))),
        el("p", { class: "note" }, app.say("trial_note")),
      ],
    );
  }

  const render = (app, { choice }) =>
    el(
      "details",
      { id: "trial", open: app.state.trialOpen, on: { toggle: (event) => { app.state.trialOpen = event.target.open; } } },
      el("summary", {}, app.say("trial")),
      el("p", { class: "note" }, app.say("trial_hint")),
      tools(app, choice),
      tried(app),
    );

  return { render, tried, signed };
})();
