/* Before and after, side by side: the people of both states meet at a line that moves. */
Siting.swipe = (() => {
  const { el } = Siting.dom;

  function create(app, map, painting) {
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
    map.on("resize", clip);

    function clip() {
      const at = (map.getSize().x * range.value) / 100;
      line.style.left = `${at}px`;
      painting.divide(app.state.swipe ? at : null);
    }

    function refresh() {
      const shown = app.state.swipe;
      range.hidden = line.hidden = !shown;
      range.setAttribute("aria-label", app.say("swipe"));
      [left.textContent, right.textContent] = app.sideTitles();
      clip();
    }

    return { refresh };
  }

  return { create };
})();
