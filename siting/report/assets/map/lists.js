/* The lists of the panel: gaps and candidates, the first of each, a line a place. */
Siting.lists = (() => {
  const { el, people, share } = Siting.dom;
  const LONGEST = 12;
  const pair = (kind, strong, ...small) => el("span", { class: kind }, el("b", {}, strong), el("small", {}, small.filter(Boolean).join(" · ")));

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
    const shown = items.slice(0, LONGEST);
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
        pair("what", item.place || item.unit, item.street, app.word("kind", item.facility_kind)),
        pair("much", people(item.people), Siting.popup.distanceOf(app, item)),
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
        pair("what", item.name || item.site, item.unit, Siting.popup.needOf(app, item)),
        pair("much", `+${people(item.gain)}`, `→ ${share(item.coverage)}`),
      ],
    });
  }

  return { gaps, candidates };
})();
