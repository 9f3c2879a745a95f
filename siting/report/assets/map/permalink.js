/* What is shown, as the address after #: a link that a colleague can open. */
Siting.permalink = (() => {
  const point = (text) => text.split(",").map(Number);
  const isPoint = (values) => values.length > 0 && values.every(Number.isInteger);

  function write(app, map) {
    const { state } = app;
    const { lat, lng } = map.getCenter();
    const { edits } = state;
    const fields = {
      at: [map.getZoom(), lat.toFixed(5), lng.toFixed(5)].join("/"),
      rule: state.rule,
      part: state.part,
      street: app.data.base.units[state.street]?.code,
      lang: state.lang,
      off: app.allLayers.filter((layer) => !state.layers.has(layer)).join("."),
      swipe: state.swipe ? "1" : "",
      approval: state.approval,
      add: edits.added.map((one) => [one.kind, one.x, one.y, one.capacity, one.n].join(",")).join(";"),
      close: [...edits.closed].map((f) => app.data.facilities[f].id).join(","),
      open: [...edits.opened].map((f) => app.data.facilities[f].id).join(","),
      link: edits.links.map(({ x0, y0, x1, y1 }) => [x0, y0, x1, y1].join(",")).join(";"),
    };
    const text = new URLSearchParams(Object.entries(fields).filter(([, value]) => value)).toString();
    history.replaceState(null, "", `#${text}`);
  }

  function editsFrom(app, asked) {
    const number = (id) => app.data.facilities.findIndex((facility) => facility.id === id);
    const numbers = (text) => new Set((text || "").split(",").map(number).filter((f) => f >= 0));
    const list = (text) => (text || "").split(";").filter(Boolean);
    return {
      added: list(asked.get("add"))
        .map((text) => text.split(","))
        .filter(([kind, ...numbers]) => Object.hasOwn(app.data.trial.capacity, kind) && isPoint(numbers.map(Number)))
        .map(([kind, x, y, capacity, n], i) => app.newFacility(kind, Number(x), Number(y), capacity ? Number(capacity) : null, Number(n) || i + 1)),
      closed: numbers(asked.get("close")),
      opened: numbers(asked.get("open")),
      links: list(asked.get("link"))
        .map(point)
        .filter((values) => values.length === 4 && isPoint(values))
        .map(([x0, y0, x1, y1]) => ({ x0, y0, x1, y1 })),
    };
  }

  /* Take over what the address asks for; whatever it names that is not here is ignored. */
  function read(app, hash) {
    const asked = new URLSearchParams(hash.slice(1));
    const { state, data } = app;
    if (asked.has("lang")) state.lang = asked.get("lang") === "en" ? "en" : "zh";
    const rule = data.rules.find(({ id }) => id === asked.get("rule")) ?? data.rules[0];
    state.rule = rule.id;
    state.part = rule.shown.includes(asked.get("part")) ? asked.get("part") : null;
    state.street = data.base.units.findIndex(({ code }) => code === asked.get("street"));
    const off = (asked.get("off") || "").split(".");
    state.layers = new Set(app.allLayers.filter((layer) => !off.includes(layer)));
    if (data.trial) state.edits = editsFrom(app, asked);
    state.trialOpen = !Siting.trial.isEmpty(state.edits);
    state.swipe = asked.get("swipe") === "1";
    state.approval = asked.get("approval") ?? "";
    const view = (asked.get("at") || "").split("/").map(Number);
    return view.length === 3 && view.every(Number.isFinite) ? view : null;
  }

  return { write, read };
})();
