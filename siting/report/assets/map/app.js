/* The application: what is chosen, what follows from it, and who shows it. */
Siting.start = async (map, data) => {
  const { people } = Siting.dom;
  const arrays = await Siting.codec.unpack(data.packed);
  delete data.packed;
  const plane = Siting.plane.create(data.plane);
  const earlier = data.before && Siting.view.withoutPrefix(arrays, "before.");
  const allLayers = ["people", "areas", "density", "facilities", "planned", "gaps", "candidates"];
  const state = {
    lang: document.documentElement.lang.startsWith("zh") ? "zh" : "en",
    rule: data.rules[0].id,
    part: null,
    street: -1,
    legend: window.innerWidth > 800,
    layers: new Set(allLayers),
    swipe: false,
    basemap: "",
    approval: "",
    trialOpen: false,
    edits: Siting.trial.noEdits(),
  };
  const current = { gaps: [], candidates: [], facilities: [] }; // what follows from the state, renewed by refresh()
  const choice = { kind: data.rules[0].parts[0].facility_kind, capacity: null };
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);

  const app = {
    data,
    arrays,
    plane,
    state,
    allLayers,
    trial: data.trial ? Siting.trial.create(data, arrays) : null,
    say: (key, values = {}) => fill(data.words.map[key][state.lang], values),
    word: (family, code) => data.words[family][code]?.[state.lang] ?? String(code ?? ""),
    text: (text) => text?.[state.lang] ?? "",
    persons: (n, text = people(n)) => app.say(n === 1 ? "person" : "persons", { n: text }),
    aside: (text) => (state.lang === "zh" ? `（${text}）` : ` (${text})`),
    labelled: (key, text) => `${app.say(key)}${state.lang === "zh" ? "：" : ": "}${text}`,
    partTitle: (part) => (part ? app.text(part.title) : app.say("headline")),
    dataNature: () => (state.lang === "zh" ? data.scenario.data_nature : app.say("synthetic")),
    view: () => {
      const rule = data.rules.find(({ id }) => id === state.rule);
      return { rule, part: state.part ?? rule.shown[0] };
    },
    rows: (rule, part) => current.found?.parts.get(part) ?? Siting.verdicts.rowsOf(arrays, rule.id, part),
    unitOf: (at, level) => data.base.units[arrays[`demand.${level}`]?.[at]]?.name,
    now: () => current.now,
    before: () => current.before,
    gaps: () => current.gaps,
    candidates: () => current.candidates,
    hasComparison: () => Boolean(data.before) || !Siting.trial.isEmpty(state.edits),
    sideTitles: () => (data.before ? [app.text(data.before.title), app.text(data.scenario.title)] : [app.say("official"), app.say("under_trial")]),
    trialOf: (f) => (state.edits.closed.has(f) ? "closed" : state.edits.opened.has(f) ? "opened" : ""),
    set: (changes) => {
      Object.assign(state, changes);
      chooseKind();
      refresh();
    },
    toggle: (layer) => {
      if (!state.layers.delete(layer)) state.layers.add(layer);
      refresh();
    },
    setLanguage: () => {
      state.lang = state.lang === "zh" ? "en" : "zh";
      refresh();
    },
    chooseStreet: (unit) => {
      state.street = state.street === unit ? -1 : unit;
      refresh();
      if (state.street >= 0) screen.fitUnit(unit);
    },
    show: (row, card) => {
      const wasListed = isListed(row);
      screen.zoomTo(row, 15);
      app.openCard(row, () => isListed(row) === wasListed && card(app, row));
    },
    openCard: (row, content) => screen.open(row, content),
    zoomTo: (at, zoom) => screen.zoomTo({ x: arrays["demand.x"][at], y: arrays["demand.y"][at] }, zoom),
    isTried: () => Boolean(current.found),
    walkFrom: (row) => {
      const number = data.facilities.findIndex(({ id }) => id === row.id);
      const limit = Math.max(...(current.now?.limits ?? []), 0) || 1_000_000;
      current.walkways = Siting.walkways.create(plane, app.trial.ground(), app.trial.reachOf(number), limit);
      screen.repaint();
    },
    setBasemap: (name) => {
      state.basemap = name;
      screen.setBasemap(data.basemaps.find((one) => one.id === name));
      refresh();
    },
  };
  Object.assign(app, Siting.gaplist.create(app, current), Siting.edits.create(app, () => refreshTrial(), () => refreshFast()));

  /* What the official run says to the chosen rule, seen once for as long as it is chosen. */
  const official = { key: "", view: null };
  function officialView(key, rule, part, options) {
    if (official.key !== key) {
      const view = Siting.view.create(Siting.verdicts.rowsOf(arrays, rule.id, part), options);
      if (data.published) Object.assign(view, Siting.communities.official(app, rule, part));
      Object.assign(official, { key, view });
    }
    return official.view;
  }

  /* What is looked at. */
  function asked() {
    const { rule, part } = app.view();
    const options = { arrays, verdicts: data.verdicts, units: data.base.units, street: state.street };
    return { rule, part, options, key: JSON.stringify([rule.id, part, state.street]) };
  }

  const idle = Siting.idle.create(app, asked, viewOfTrial);

  /* Verdicts of the chosen rule now, and what to compare them with. */
  function evaluate() {
    const { rule, part, options, key } = asked();
    const before = current.found ? { ...current } : idle.start();
    Object.assign(current, { key, found: null, now: null, before: null });
    if (!rule.shown.length) return;
    const usual = officialView(key, rule, part, options);
    const isTrial = app.trial && !Siting.trial.isEmpty(state.edits);
    current.found = isTrial && app.trial.verify(rule) ? app.trial.follow(rule) : null;
    current.now = current.found ? viewOfTrial(current.found, before, { key, part, options }) : usual;
    if (earlier && earlier[`rows.${rule.id}.${part}.people`]) {
      const rows = Siting.verdicts.rowsOf(earlier, rule.id, part);
      current.before = Siting.view.create(rows, { ...options, arrays: earlier });
    } else if (current.found) current.before = usual;
  }

  /* From the view of the change before, if the trial was followed from there. */
  function viewOfTrial(found, before, { key, part, options }) {
    const rows = found.parts.get(part);
    const isStep = found.from && found.from === before.found && key === before.key;
    return isStep ? Siting.view.after(before.now, rows, found.touched, options) : Siting.view.create(rows, options);
  }

  /* Kinds of facility that the chosen rule and part ask for. */
  function kindsAsked() {
    const { rule, part } = app.view();
    const ofPart = rule.parts.find((p) => p.part === part);
    return new Set((ofPart ? [ofPart] : rule.parts).map((p) => p.facility_kind));
  }

  /* What is added next is of a kind that the rule asks for. */
  function chooseKind() {
    const asked = kindsAsked();
    if (!asked.has(choice.kind)) [choice.kind] = asked;
  }

  const isListed = (row) => current.gaps.includes(row) || current.candidates.includes(row);
  const inStreet = (row) => state.street < 0 || row.street === undefined || row.street === data.base.units[state.street]?.name;

  /* Gaps of the chosen rule and part, and what stands on the map beside them. */
  function gatherGaps() {
    const { rule } = app.view();
    const kinds = kindsAsked();
    current.gaps = app.listOf(rule).filter((row) => inStreet(row) && kinds.has(row.facility_kind));
    screen.setMarks([
      { layer: "facilities", list: current.facilities, card: (row) => Siting.popup.facility(app, row) },
      { layer: "gaps", list: current.gaps, card: (row) => isListed(row) && Siting.popup.gap(app, row) },
      { layer: "candidates", list: current.candidates, card: (row) => isListed(row) && Siting.popup.candidate(app, row) },
    ]);
  }

  /* A facility under the trial: the same row for as long as nothing happens to it. */
  const facilityRows = [];
  function facilityRow(row, f, trial) {
    if (facilityRows[f]?.trial !== trial) facilityRows[f] = { ...row, number: f, trial };
    return facilityRows[f];
  }

  /* Candidates, facilities and service areas that belong to the chosen rule and part. */
  function gather() {
    const { rule, part } = app.view();
    const kinds = kindsAsked();
    const serving = new Set(rule.parts.flatMap((p) => p.facilities));
    current.candidates = data.candidates.filter((row) => row.rule === rule.id && (part === "all" || !row.reason || row.reason === part) && inStreet(row));
    current.facilities = data.facilities
      .map((row, f) => facilityRow(row, f, app.trialOf(f)))
      .filter((row) => kinds.has(row.kind) && (serving.has(row.id) || row.status !== "operating"));
    gatherGaps();
    screen.setAreas((area) => area.rule === rule.id && (area.part === part || (part === "all" && kinds.size === 1)));
  }

  function refresh() {
    current.walkways = null;
    app.trial?.set(state.edits);
    evaluate();
    gather();
    if (!app.hasComparison() || !current.before) state.swipe = false;
    document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
    document.title = `${app.text(data.scenario.title)} · ${app.text(app.view().rule.title)}`;
    screen.refresh();
    keepLink();
    idle.begin();
  }

  /* After a change of the trial: what depends on it, and no more. */
  function refreshTrial() {
    current.walkways = null;
    app.trial.set(state.edits);
    evaluate();
    gather();
    if (!app.hasComparison() || !current.before) state.swipe = false;
    screen.refreshTrial();
    keepLink();
    idle.begin();
  }

  /* Browsers take long to change an address: it follows after the frame that shows the change. */
  let isLinkKept = true;
  function keepLink() {
    if (isLinkKept) requestAnimationFrame(() => setTimeout(writeLink));
    isLinkKept = false;
  }
  function writeLink() {
    isLinkKept = true;
    Siting.permalink.write(app, map);
  }

  /* While a trial facility is dragged: figures, gaps and colours, once a frame. */
  let isWaiting = false;
  app.drawFrame = () => {
    isWaiting = false;
    app.trial.set(state.edits);
    evaluate();
    gatherGaps();
    screen.refreshFast();
  };
  function refreshFast() {
    if (!isWaiting) requestAnimationFrame(app.drawFrame);
    isWaiting = true;
  }

  const screen = Siting.screen.create(app, map, current, choice);
  app.trialmap = screen.trialmap;
  function openLink(hash) {
    const view = Siting.permalink.read(app, hash);
    chooseKind();
    refresh();
    if (view) map.setView([view[1], view[2]], view[0], { animate: false });
    else screen.fitJudged();
  }
  openLink(location.hash);
  screen.start();
  Siting.permalink.write(app, map);
  map.on("moveend", keepLink);
  addEventListener("hashchange", ({ newURL }) => openLink(new URL(newURL).hash)); // another link in the same tab
  performance.mark("siting-ready");
  document.documentElement.dataset.ready = "true";
  Siting.app = app;
};
