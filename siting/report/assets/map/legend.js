/* The legend is also the choice of layers. Signs beside the colours: colour alone is not enough. */
Siting.legend = (() => {
  const { el, keepingFocus, metres } = Siting.dom;

  function swatch(colour, outline, shape) {
    return el("i", { class: `swatch ${shape}`, style: { background: colour, borderColor: outline } });
  }

  function classLabels(app) {
    const limits = app.now()?.limits ?? [];
    if (!limits.length) return [null, app.word("verdict", "covered"), null, null, app.word("verdict", "uncovered")];
    if (limits.length !== 1) {
      return ["≤ 1/3", "≤ 2/3", "≤ 1", "≤ 1.5", "> 1.5"].map((part) => `${part} × ${app.say("limit")}`);
    }
    const [limit] = limits;
    const at = (share) => metres(limit * share).replace(" m", "");
    return [
      `≤ ${metres(limit / 3)}`,
      `${at(1 / 3)}–${metres((limit * 2) / 3)}`,
      `${at(2 / 3)}–${metres(limit)}`,
      `${at(1)}–${metres(limit * 1.5)}`,
      `> ${metres(limit * 1.5)}`,
    ];
  }

  function peopleKey(app) {
    if (app.data.published) return Siting.communities.key(app);
    const { COLOURS, OUTLINES } = Siting.people;
    const present = app.now()?.present ?? new Set();
    const labels = classLabels(app);
    const names = ["undetermined", "not_applicable", "not_assessed", "outside"];
    return el(
      "ul",
      {},
      COLOURS.map((colour, i) => {
        if (i > 4 ? !present.has(i) : !labels[i]) return null;
        const isGap = i === 3 || i === 4;
        const word = i > 4 ? app.word("verdict", names[i - 5]) : labels[i];
        const sign = i > 4 ? "" : isGap ? "✖" : "✔";
        return el("li", {}, swatch(colour, OUTLINES[i], isGap ? "diamond" : "disc"), el("span", {}, word), el("b", {}, sign));
      }),
    );
  }

  /* People are shown by their walk, by whether their unit passes, or as communities; service areas
     stay as the official run drew them. */
  function layerName(app, layer) {
    if (layer === "areas" && app.isTried()) return "layer_areas_official";
    if (layer !== "people") return `layer_${layer}`;
    if (app.data.published) return "layer_communities";
    return app.now()?.limits.length ? "layer_people" : "layer_people_by_unit";
  }

  function toggle(app, layer, sign) {
    const input = el("input", { type: "checkbox", checked: app.state.layers.has(layer), on: { change: () => app.toggle(layer) } });
    return el("label", { class: "layer" }, input, sign, el("span", {}, app.say(layerName(app, layer))));
  }

  /* Density classes have a layer only under rules that depend on them. */
  function densityKey(app) {
    const { rule } = app.view();
    if (rule.kind !== "density-access") return null;
    const bands = rule.parts.map((part, i) =>
      el("li", {}, el("i", { class: "swatch", style: { background: Siting.density.FILLS[i], borderColor: "#764184" } }), el("span", {}, app.text(part.title))),
    );
    return [
      toggle(app, "density", el("i", { class: "swatch", style: { background: Siting.density.FILLS[0], borderColor: "#764184" } })),
      app.state.layers.has("density") && el("ul", {}, bands),
    ];
  }

  function basemaps(app) {
    const { basemaps: choices } = app.data;
    if (!choices.length) return null;
    const options = [{ id: "", title: { zh: app.say("basemap_none"), en: app.say("basemap_none") } }, ...choices];
    const chosen = choices.find(({ id }) => id === app.state.basemap);
    return el(
      "div",
      { class: "basemap" },
      el("label", { for: "basemap" }, app.say("basemap")),
      el("select", { id: "basemap", on: { change: (event) => app.setBasemap(event.target.value) } },
        options.map(({ id, title }) => el("option", { value: id, selected: id === app.state.basemap }, app.text(title)))),
      chosen && el("p", { class: "note" }, chosen.gcj ? app.say("basemap_gcj") : app.say("basemap_online")),
    );
  }

  function render(app, root) {
    const content = el(
      "details",
      { open: app.state.legend, on: { toggle: (event) => { app.state.legend = event.target.open; } } },
      el("summary", {}, app.say("legend")),
      ...(app.view().rule.found ? [] : [toggle(app, "people", el("i", { class: "swatch disc ramp" })),
      app.state.layers.has("people") && peopleKey(app),
      toggle(app, "areas", el("i", { class: "swatch area" }))]),
      densityKey(app),
      toggle(app, "facilities", el("i", { class: "swatch disc existing" })),
      toggle(app, "planned", el("i", { class: "swatch disc planned" })),
      toggle(app, "gaps", el("i", { class: "swatch ring" })),
      toggle(app, "candidates", el("i", { class: "swatch flag" })),
      basemaps(app),
    );
    keepingFocus(root, () => root.replaceChildren(content));
  }

  return { render };
})();
