/* The application: what is chosen, what follows from it, and who paints it. */
Siting.start = async (map, data) => {
  const arrays = await Siting.codec.unpack(data.packed);
  delete data.packed;
  const plane = Siting.plane.create(data.plane);
  const base = Siting.base.create(plane, data, arrays);
  const people = Siting.people.create(plane, data, arrays);
  const areaPaths = Siting.shapes.polygons(plane, arrays, "areas");
  const { el } = Siting.dom;
  const mainLevel = data.base.units.some(({ level }) => level === "street") ? "street" : data.base.units[0]?.level;
  const everyone = () => true;

  const state = {
    lang: document.documentElement.lang.startsWith("zh") ? "zh" : "en",
    rule: data.rules[0].id,
    part: null,
    street: -1,
    legend: window.innerWidth > 800,
    layers: new Set(["people", "areas", "facilities", "planned", "gaps", "candidates"]),
  };
  const current = {}; // what the painters use, renewed by refresh()

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const trial = Siting.trial.create(data, arrays);
  const app = {
    trial,
    plane,
    data,
    arrays,
    state,
    say: (key, values = {}) => fill(data.words.map[key][state.lang], values),
    word: (family, code) => data.words[family][code]?.[state.lang] ?? String(code ?? ""),
    text: (text) => text?.[state.lang] ?? "",
    partTitle: (part) => (part ? app.text(part.title) : app.say("headline")),
    dataNature: () => (state.lang === "zh" ? data.scenario.data_nature : app.say("synthetic")),
    view: () => {
      const rule = data.rules.find(({ id }) => id === state.rule);
      return { rule, part: state.part ?? rule.shown[0] };
    },
    rows: (rule, part) => Siting.verdicts.rowsOf(arrays, rule.id, part),
    unitOf: (at, level) => data.base.units[arrays[`demand.${level}`][at]]?.name,
    totals: () => current.totals,
    streetTotals: () => current.streets,
    presentClasses: () => current.present,
    limits: () => current.limits,
    gaps: () => current.gaps,
    candidates: () => current.candidates,
    set: (changes) => {
      Object.assign(state, changes);
      refresh();
    },
    toggle: (layer) => {
      if (!state.layers.delete(layer)) state.layers.add(layer);
      refresh();
    },
    setLanguage: () => {
      state.lang = state.lang === "zh" ? "en" : "zh";
      map.closePopup();
      refresh();
    },
    chooseStreet: (unit) => {
      state.street = state.street === unit ? -1 : unit;
      refresh();
      if (state.street >= 0) fitStreet(unit);
    },
    /* Centre a demand point, and tell where on the page it now stands. */
    zoomTo: (at, zoom) => {
      const place = plane.toLatLng(arrays["demand.x"][at], arrays["demand.y"][at]);
      map.setView(place, zoom, { animate: false });
      return map.latLngToContainerPoint(place);
    },
    show: (row, card) => {
      const place = plane.toLatLng(row.x, row.y);
      map.setView(place, Math.max(map.getZoom(), 15), { animate: false });
      open(place, card(app, row));
    },
  };

  function open(place, content) {
    L.popup({ maxWidth: 340, minWidth: 260, maxHeight: 420 }).setLatLng(place).setContent(content).openOn(map);
  }

  /* The people whom the rule judges fill the map. */
  function fitJudged() {
    const judged = (value) => value <= 5 || value === 7;
    const bounds = L.latLngBounds([]);
    current.shown.forEach((value, i) => {
      if (judged(value)) bounds.extend(plane.toLatLng(arrays["demand.x"][i], arrays["demand.y"][i]));
    });
    const { centre } = data.plane.to_lonlat;
    if (!bounds.isValid()) bounds.extend(plane.toLatLng(...centre));
    map.fitBounds(bounds, { padding: [24, 24], maxZoom: 16, animate: false });
  }

  function fitStreet(unit) {
    const start = arrays["units.shape"];
    const line = arrays["units.line"];
    const corners = [];
    for (let i = line[start[unit]]; i < line[start[unit + 1]]; i++) {
      corners.push(plane.toLatLng(arrays["units.x"][i], arrays["units.y"][i]));
    }
    map.fitBounds(L.latLngBounds(corners), { padding: [12, 12], animate: false });
  }

  function refresh() {
    const { rule, part } = app.view();
    const rows = rule.shown.length ? app.rows(rule, part) : null;
    const inStreet = (i) => state.street < 0 || arrays["demand.street"][i] === state.street;
    current.keep = inStreet;
    current.weight = new Int32Array(people.count);
    current.shown = new Uint8Array(people.count).fill(Siting.verdicts.NOBODY);
    current.totals = null;
    current.streets = [];
    current.limits = [];
    if (rows) {
      rows.demand.forEach((owner, i) => {
        current.weight[owner] += rows.people[i];
      });
      current.shown = Siting.verdicts.classes(rows, people.count);
      current.totals = Siting.verdicts.totals(rows, data.verdicts.length, state.street < 0 ? everyone : inStreet);
      current.streets = data.base.units
        .map((unit, i) => ({ unit: i, level: unit.level }))
        .filter(({ level }) => level === "street")
        .map(({ unit }) => ({ unit, total: Siting.verdicts.totals(rows, data.verdicts.length, (i) => arrays["demand.street"][i] === unit) }));
      current.limits = [...new Set(rows.cutoff_mm)].filter((limit) => limit > 0).sort((a, b) => a - b);
    }
    current.present = new Set(current.shown);
    const shownPart = rule.parts.find((p) => p.part === part);
    const kinds = new Set((shownPart && part !== "all" ? [shownPart] : rule.parts).map((p) => p.facility_kind));
    const serving = new Set(rule.parts.flatMap((p) => p.facilities));
    const streetName = data.base.units[state.street]?.name;
    const mine = (row) => row.rule === rule.id && (state.street < 0 || row.street === streetName || row.street === undefined);
    current.gaps = data.gaps.filter((row) => mine(row) && kinds.has(row.facility_kind)).map((row, i) => ({ ...row, place_in_list: i + 1 }));
    current.candidates = data.candidates.filter(mine);
    current.facilities = data.facilities.filter((row) => kinds.has(row.kind) && (serving.has(row.id) || row.status !== "operating"));
    current.areas = data.areas.map((area, i) => ({ ...area, ...areaPaths[i] })).filter((area) => area.rule === rule.id && (area.part === part || (part === "all" && kinds.size === 1)));
    for (const list of [current.gaps, current.candidates, current.facilities]) {
      current.world = current.world || new Map();
      const world = plane.worldArrays(list.map(({ x }) => x), list.map(({ y }) => y));
      current.world.set(list, world);
    }
    document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
    document.title = `${app.text(data.scenario.title)} · ${app.text(rule.title)}`;
    Siting.panel.render(app, panel);
    Siting.legend.render(app, legend);
    footer.replaceChildren(app.say("footer"), el("br"), [app.say("approval"), ...data.scenario.attribution].join("　"));
    for (const painting of paintings) painting.repaint();
  }

  function paintAreas(context, view) {
    if (!state.layers.has("areas")) return;
    view.inWorld(context, (pixel) => {
      for (const { path } of current.areas) {
        context.fillStyle = "rgba(11,79,148,.07)";
        context.fill(path, "evenodd");
        context.strokeStyle = "rgba(20,24,30,.8)";
        context.lineWidth = 1.1 * pixel;
        context.stroke(path);
      }
    });
  }

  function eachSymbol(visit) {
    const lists = [
      ["facilities", current.facilities, Siting.popup.facility],
      ["gaps", current.gaps, Siting.popup.gap],
      ["candidates", current.candidates, Siting.popup.candidate],
    ];
    for (const [layer, list, card] of lists) {
      const world = current.world.get(list);
      list.forEach((row, i) => {
        const exists = row.status === "operating";
        const chosen = layer !== "facilities" || exists ? layer : "planned";
        if (state.layers.has(chosen)) visit({ layer, row, card, exists, x: world.x[i], y: world.y[i] });
      });
    }
  }

  function paintSymbols(context, view) {
    eachSymbol(({ layer, row, exists, x, y }) => {
      if (!view.sees(x, y, 30)) return;
      const px = x * view.scale + view.dx;
      const py = y * view.scale + view.dy;
      if (layer === "facilities") {
        const text = data.words.glyph[row.kind]?.[state.lang] ?? "·";
        Siting.symbols.facility(context, px, py, { text, exists, near: view.zoom >= 14, far: view.zoom < 12.5 });
      } else if (layer === "gaps") {
        const r = Math.min(26, 7 + Math.sqrt(row.people) / (view.metresPerPixel * 1.2));
        if (row.place_in_list <= 12 || view.zoom >= 14) Siting.symbols.gap(context, px, py, { text: String(row.place_in_list), r });
      } else Siting.symbols.candidate(context, px, py, { text: String(row.rank) });
    });
  }

  const pane = (name, zIndex) => {
    map.createPane(name).style.zIndex = zIndex;
    return name;
  };
  const paintings = [
    ["base", 210, base.paint],
    ["areas", 220, paintAreas],
    ["people", 230, (context, view) => state.layers.has("people") && people.paint(context, view, current)],
    ["names", 240, base.paintNames],
    ["symbols", 250, paintSymbols],
  ].map(([name, z, paint]) => Siting.painting.create(plane, paint, { pane: pane(name, z) }));

  const panel = el("aside", { id: "panel" });
  const legend = el("div", { id: "legend" });
  const footer = el("footer", { id: "footer" });
  const north = el("div", { id: "north", role: "img", "aria-label": "N" }, el("i"), "N");
  map.getContainer().append(legend, footer, north);
  map.getContainer().setAttribute("role", "region");
  map.getContainer().setAttribute("aria-label", data.words.map.map[state.lang]);
  document.body.append(panel);
  for (const part of [legend, footer]) {
    L.DomEvent.disableClickPropagation(part);
    L.DomEvent.disableScrollPropagation(part);
  }
  map.attributionControl.remove();
  L.control.scale({ imperial: false, position: "bottomright", maxWidth: 140 }).addTo(map);
  map.invalidateSize({ animate: false });
  refresh();
  fitJudged();
  for (const painting of paintings) painting.addTo(map);

  map.on("click", (event) => {
    const painting = paintings[2];
    const min = painting._bounds.min;
    const point = event.layerPoint.subtract(min);
    const view = painting._view(painting._bounds.getSize(), min);
    let hit = null;
    eachSymbol((symbol) => {
      const dx = symbol.x * view.scale + view.dx - point.x;
      const dy = symbol.y * view.scale + view.dy - point.y;
      if (dx * dx + dy * dy < 144) hit = symbol;
    });
    if (hit) {
      open(plane.toLatLng(hit.row.x, hit.row.y), hit.card(app, hit.row));
      return;
    }
    const at = state.layers.has("people") ? people.at(view, point.x, point.y, current) : -1;
    if (at >= 0) open(plane.toLatLng(arrays["demand.x"][at], arrays["demand.y"][at]), Siting.popup.demand(app, at));
  });
  document.documentElement.dataset.ready = "true";
  Siting.app = app;
};
