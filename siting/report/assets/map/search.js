/* Find a facility, a community or a residential place by name. */
Siting.search = (() => {
  const { el } = Siting.dom;
  const MOST = 8;

  function entries(app) {
    const { data, arrays } = app;
    const facilities = data.facilities.map((row) => ({ name: row.name, what: app.word("kind", row.kind), x: row.x, y: row.y, row }));
    const units = data.base.units
      .map((unit, i) => ({ name: unit.name, what: app.word("level", unit.level), x: data.base.unit_labels[i][0], y: data.base.unit_labels[i][1] }))
      .filter(({ name }) => name);
    const places = data.demand.names.map((name, at) => ({ name, what: app.say("point"), x: arrays["demand.x"][at], y: arrays["demand.y"][at], at }));
    return [...units, ...facilities, ...places].filter(({ name }) => name);
  }

  function create(app, choose) {
    const hits = el("ul", { class: "hits", role: "listbox", hidden: true });
    const input = el("input", { id: "search", type: "search", autocomplete: "off", on: { input: find, keydown: enter } });
    const label = el("label", { for: "search" });

    function find() {
      const word = input.value.trim().toLowerCase();
      const found = word ? entries(app).filter(({ name }) => name.toLowerCase().includes(word)).slice(0, MOST) : [];
      hits.hidden = found.length === 0;
      hits.replaceChildren(
        ...found.map((hit) =>
          el("li", {}, el("button", { type: "button", on: { click: () => take(hit) } }, el("b", {}, hit.name), el("small", {}, hit.what))),
        ),
      );
    }

    function take(hit) {
      hits.hidden = true;
      input.value = hit.name;
      choose(hit);
    }

    function enter(event) {
      if (event.key === "Enter") hits.querySelector("button")?.click();
      if (event.key === "Escape") hits.hidden = true;
    }

    function refresh() {
      label.textContent = app.say("search");
      input.placeholder = app.say("search_hint");
    }

    return { root: el("div", { class: "search" }, label, input, hits), refresh };
  }

  return { create };
})();
