/* The page around the state: canvases in their order, panel, legend, tools, clicks. */
Siting.screen = (() => {
  const { el } = Siting.dom;
  const DETAIL = 6; // metres a pixel; from farther a service area is a patch, and its outline fades

  function create(app, map, current, choice) {
    const { data, arrays, plane, state } = app;
    const base = Siting.base.create(plane, data, arrays);
    const homes = plane.worldArrays(arrays["demand.x"], arrays["demand.y"]);
    const people = Siting.people.create(homes);
    const earlierHomes = data.before && plane.worldArrays(arrays["before.demand.x"], arrays["before.demand.y"]);
    const earlier = Siting.people.create(earlierHomes || homes);
    const areas = Siting.shapes.parts(plane, arrays, "areas").map((parts, i) => ({ ...data.areas[i], parts }));
    const zones = Siting.shapes.polygons(plane, arrays, "zones");
    const units = Siting.shapes.polygons(plane, arrays, "units");
    const marks = Siting.marks.create(app);
    let shownAreas = [];
    let tiles = null;

    /* Outlines of the shown gaps that are areas. */
    function paintZones(context, view) {
      const shown = app.gaps().filter(({ zone }) => zone !== undefined);
      if (!state.layers.has("gaps") || !shown.length) return;
      view.inWorld(context, (pixel) => {
        context.fillStyle = "rgba(217,95,14,.22)";
        context.strokeStyle = "#7f2704";
        context.lineWidth = 1.4 * pixel;
        for (const { zone } of shown) {
          context.fill(zones[zone].path, "evenodd");
          context.stroke(zones[zone].path);
        }
      });
    }

    function paintAreas(context, view) {
      paintZones(context, view);
      if (state.layers.has("density")) Siting.density.paint(app, context, view, units);
      if (!state.layers.has("areas")) return;
      const nearness = Math.min(1, DETAIL / view.metresPerPixel);
      view.inWorld(context, (pixel) => {
        for (const { path, box } of shownAreas.flatMap(({ parts }) => parts)) {
          if (!view.seesBox(box)) continue;
          context.fillStyle = `rgba(11,79,148,${0.25 - 0.18 * nearness})`;
          context.fill(path, "evenodd");
          context.strokeStyle = "rgba(20,24,30,.8)";
          context.lineWidth = 1.1 * nearness * pixel;
          context.stroke(path);
        }
      });
    }

    /* One side of a swipe: points, or communities where the page is published. */
    function peopleLayer(name, { painter, state: which, side }) {
      const shown = () => current[which];
      const isShown = () => state.layers.has("people") && Boolean(shown()) && (side === "after" || state.swipe);
      if (data.published) return { name, side, isShown, paint: (context, view) => Siting.communities.paint(app, context, view, units) };
      return {
        name,
        side,
        isShown,
        changes: (view) => painter.changes(view, shown()),
        paint: (context, view, place) => painter.paint(context, view, place, shown()),
      };
    }

    const listed = (name, list) => ({ name, isListed: true, ...Siting.stickers.create(list) });
    const painting = Siting.painting.create(plane, [
      { name: "base", paint: (context, view) => base.paint(context, view, { isOver: Boolean(tiles) }) },
      { name: "areas", paint: paintAreas },
      peopleLayer("before", { painter: earlier, state: "before", side: "before" }),
      peopleLayer("people", { painter: people, state: "now", side: "after" }),
      { name: "walkways", isShown: () => Boolean(current.walkways), paint: (context, view) => Siting.walkways.paint(context, view, current.walkways) },
      listed("names", (view) => (tiles ? [] : base.listNames(view))),
      listed("facilities", marks.lister(["facilities"])),
      listed("gaps", marks.lister(["gaps"])),
      listed("candidates", marks.lister(["candidates"])),
    ]);
    map.createPane("tiles").style.zIndex = 205;
    map.createPane("trial").style.zIndex = 620;

    const panel = el("main", { id: "panel", tabindex: "-1" });
    const legend = el("div", { id: "legend" });
    const footer = el("div", { id: "footer" });
    const north = el("div", { id: "north", "aria-hidden": "true" }, el("i"), "N");
    const title = el("div", { id: "print-title", "aria-hidden": "true" });
    const live = el("div", { class: "aside", role: "status", "aria-live": "polite" });
    const container = map.getContainer();
    container.append(legend, footer, north, title);
    container.setAttribute("role", "region");
    document.body.append(panel, live);
    for (const part of [legend, footer]) {
      L.DomEvent.disableClickPropagation(part);
      L.DomEvent.disableScrollPropagation(part);
    }
    map.attributionControl.remove();
    L.control.scale({ imperial: false, position: "bottomright", maxWidth: 140 }).addTo(map);
    map.invalidateSize({ animate: false });
    const swipe = Siting.swipe.create(app, map, painting);
    const { open, retell } = Siting.cards.create(map, plane, panel);
    const { fitUnit, fitJudged, fitSheet } = Siting.fitting.create(app, map, current, { homes, legend, title });
    const search = Siting.search.create(app, (hit) => {
      zoomTo(hit, 16);
      if (hit.row) open(hit, () => Siting.popup.facility(app, { ...hit.row, number: data.facilities.indexOf(hit.row) }));
      if (hit.at !== undefined && current.now) open(hit, () => current.now && Siting.popup.demand(app, hit.at));
    });
    const trialmap = app.trial ? Siting.trialmap.create(app, map) : null;
    app.notice = (text) => {
      live.textContent = text;
      L.popup().setLatLng(map.getCenter()).setContent(el("p", { class: "notice" }, text)).openOn(map);
    };

    function zoomTo({ x, y }, zoom) {
      const place = plane.toLatLng(x, y);
      map.setView(place, Math.max(map.getZoom(), zoom), { animate: false });
      return map.latLngToContainerPoint(place);
    }

    function click(event) {
      if (trialmap?.click(event.latlng)) return;
      const view = painting.view();
      const [x, y] = painting.pointOf(event.layerPoint);
      const mark = marks.at(view, x, y);
      if (mark) {
        if (mark.layer === "facilities" && app.trial) app.walkFrom(mark.row);
        open(mark.row, () => mark.card(mark.row));
        return;
      }
      if (data.published) {
        const unit = Siting.communities.at(app, ...plane.fromLonLat(event.latlng.lng, event.latlng.lat));
        if (unit >= 0 && current.now) open(event.latlng, () => current.now && Siting.communities.card(app, unit));
        return;
      }
      const at = current.now && state.layers.has("people") ? people.at(view, x, y, current.now) : -1;
      if (at >= 0) open({ x: arrays["demand.x"][at], y: arrays["demand.y"][at] }, () => current.now && Siting.popup.demand(app, at));
    }

    function refresh() {
      Siting.panel.render(app, panel, { search, choice, map });
      renderLegend();
      Siting.panel.footer(app, footer, title);
      container.setAttribute("aria-label", app.say("map"));
      search.refresh();
      swipe.refresh();
      trialmap?.refresh();
      painting.repaint(["areas", "before", "people", "walkways", "facilities", "gaps", "candidates"]);
      retell();
    }

    function refreshFast() {
      Siting.panel.renderFigures(app, panel);
      painting.repaint(["people", "gaps"]);
    }

    const presentNow = () => [app.isTried(), ...(current.now?.present ?? [])].join(" ");
    let presentInLegend = "";
    function renderLegend() {
      Siting.legend.render(app, legend);
      presentInLegend = presentNow();
    }

    /* After a change of the trial. */
    function refreshTrial() {
      if (presentNow() !== presentInLegend) renderLegend();
      Siting.panel.renderTrial(app, panel, { choice, map });
      swipe.refresh();
      trialmap.refresh();
      painting.repaint(["before", "people", "walkways", "facilities", "gaps"]);
      retell();
    }

    function setBasemap(choice) {
      tiles?.remove();
      tiles = choice ? Siting.tiles.create(choice).addTo(map) : null;
      painting.repaint(["base", "names"]);
    }

    function print(isPrinting) {
      fitSheet(isPrinting);
      painting.print(isPrinting);
    }

    function start() {
      painting.addTo(map);
      map.on("click", click);
      addEventListener("beforeprint", () => print(true));
      addEventListener("afterprint", () => print(false));
      prepare(base.inAdvance());
    }

    /* Do what later views need while the browser has nothing else to do. */
    function prepare(tasks) {
      if (!tasks.length) return;
      (window.requestIdleCallback ?? setTimeout)((time) => {
        do tasks.shift()();
        while (tasks.length && time?.timeRemaining() > 2);
        prepare(tasks);
      });
    }

    return {
      refresh,
      refreshFast,
      refreshTrial,
      repaint: () => painting.repaint(["walkways"]),
      start,
      open,
      zoomTo,
      fitUnit,
      fitJudged,
      setBasemap,
      trialmap,
      setMarks: marks.set,
      setAreas: (isShown) => {
        shownAreas = areas.filter(isShown);
      },
    };
  }

  return { create };
})();
