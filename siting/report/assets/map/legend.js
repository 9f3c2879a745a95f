/* The legend is also the choice of layers. Signs beside the colours: colour alone is not enough. */
Siting.legend = (() => {
  const { el, metres } = Siting.dom;

  function swatch(colour, outline, shape) {
    return el("i", { class: `swatch ${shape}`, style: { background: colour, borderColor: outline } });
  }

  function classLabels(app) {
    const limits = app.limits();
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
    const { COLOURS, OUTLINES } = Siting.people;
    const present = app.presentClasses();
    const labels = classLabels(app);
    const names = ["undetermined", "not_applicable", "not_assessed", "outside"];
    return el(
      "ul",
      {},
      COLOURS.map((colour, i) => {
        if (i > 4 && !present.has(i)) return null;
        const isGap = i === 3 || i === 4;
        const word = i > 4 ? app.word("verdict", names[i - 5]) : labels[i];
        const sign = i > 4 ? "" : isGap ? "✖" : "✔";
        return el("li", {}, swatch(colour, OUTLINES[i], isGap ? "diamond" : "disc"), el("span", {}, word), el("b", {}, sign));
      }),
    );
  }

  function toggle(app, layer, sign) {
    const input = el("input", { type: "checkbox", checked: app.state.layers.has(layer), on: { change: () => app.toggle(layer) } });
    return el("label", { class: "layer" }, input, sign, el("span", {}, app.say(`layer_${layer}`)));
  }

  function render(app, root) {
    root.replaceChildren(
      el(
        "details",
        { open: app.state.legend, on: { toggle: (event) => { app.state.legend = event.target.open; } } },
        el("summary", {}, app.say("legend")),
        toggle(app, "people", el("i", { class: "swatch disc ramp" })),
        app.state.layers.has("people") && peopleKey(app),
        toggle(app, "areas", el("i", { class: "swatch area" })),
        toggle(app, "facilities", el("i", { class: "swatch disc existing" })),
        toggle(app, "planned", el("i", { class: "swatch disc planned" })),
        toggle(app, "gaps", el("i", { class: "swatch ring" })),
        toggle(app, "candidates", el("i", { class: "swatch flag" })),
      ),
    );
  }

  return { render };
})();
