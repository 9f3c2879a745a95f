/* Before and after, side by side: the later state's people are clipped at a line that moves. */
Siting.swipe = (() => {
  const { el } = Siting.dom;

  function create(app, map, { before, after }) {
    const range = el("input", {
      id: "swipe",
      type: "range",
      min: "0",
      max: "100",
      value: "50",
      hidden: true,
      on: { input: clip },
    });
    const left = el("span");
    const right = el("span");
    const line = el("div", { id: "swipe-line", hidden: true, "aria-hidden": "true" }, left, right);
    map.getContainer().append(range, line);
    L.DomEvent.disableClickPropagation(range);
    map.on("move zoomend moveend resize", clip);

    function half(pane, from, to) {
      const size = map.getSize();
      const low = map.containerPointToLayerPoint([from, 0]);
      const high = map.containerPointToLayerPoint([to, size.y]);
      const corners = [[low.x, low.y], [high.x, low.y], [high.x, high.y], [low.x, high.y]];
      map.getPane(pane).style.clipPath = `polygon(${corners.map(([x, y]) => `${x}px ${y}px`).join(",")})`;
    }

    function clip() {
      if (!app.state.swipe) return;
      const { x } = map.getSize();
      const at = (x * range.value) / 100;
      line.style.left = `${at}px`;
      half(before, 0, at);
      half(after, at, x);
    }

    function refresh() {
      const shown = app.state.swipe;
      range.hidden = line.hidden = !shown;
      range.setAttribute("aria-label", app.say("swipe"));
      [left.textContent, right.textContent] = app.sideTitles();
      map.getPane(before).style.display = shown ? "" : "none";
      if (!shown) map.getPane(after).style.clipPath = "";
      clip();
    }

    return { refresh };
  }

  return { create };
})();
