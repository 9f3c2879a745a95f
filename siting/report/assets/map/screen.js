/* The page around the state: canvases in their order, panel, legend, tools, clicks. */
Siting.screen = (() => {
  const { el } = Siting.dom;
  const WIDE = 1.5; // width by height from which the printed sheet has its figures below the map

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
      view.inWorld(context, (pixel) => {
        for (const { path, box } of shownAreas.flatMap(({ parts }) => parts)) {
          if (!view.seesBox(box)) continue;
          context.fillStyle = "rgba(11,79,148,.07)";
          context.fill(path, "evenodd");
          context.strokeStyle = "rgba(20,24,30,.8)";
          context.lineWidth = 1.1 * pixel;
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

    /* `content` makes the card of a row, or says that there is none any more. */
    let told = null; // the card that is open, and from where the keyboard opened it
    function open(row, content) {
      const popup = L.popup({ maxWidth: 340, minWidth: 260, maxHeight: 420 });
      const opener = panel.contains(document.activeElement) ? document.activeElement : null;
      popup.setLatLng(placeOf(row)).setContent(content()).openOn(map);
      popup.options.autoPan = false; // when it is told again the map stays where it is
      told = { row, content, popup, opener };
      if (opener) popup.getElement().querySelector(".card")?.focus({ preventScroll: true });
    }
    const placeOf = (row) => (row.x === undefined ? row : plane.toLatLng(row.x, row.y));

    /* After a change an open card tells what is true now, after the frame that shows the change. */
    const retell = () => told?.popup.isOpen() && requestAnimationFrame(() => setTimeout(tellAgain));
    function tellAgain() {
      const { row, content, popup } = told;
      if (!popup.isOpen()) return;
      const isInside = popup.getElement().contains(document.activeElement);
      const card = content();
      if (card) popup.setLatLng(placeOf(row)).setContent(card);
      else popup.close();
      if (isInside) (card ? card.querySelector(".action") ?? card : container).focus({ preventScroll: true });
    }

    container.addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || !told?.popup.isOpen()) return;
      told.popup.close();
      (told.opener?.isConnected ? told.opener : container).focus({ preventScroll: true });
    });

    function zoomTo({ x, y }, zoom) {
      const place = plane.toLatLng(x, y);
      map.setView(place, Math.max(map.getZoom(), zoom), { animate: false });
      return map.latLngToContainerPoint(place);
    }

    function fitUnit(unit) {
      const start = arrays["units.shape"];
      const line = arrays["units.line"];
      const corners = [];
      for (let i = line[start[unit]]; i < line[start[unit + 1]]; i++) {
        corners.push(plane.toLatLng(arrays["units.x"][i], arrays["units.y"][i]));
      }
      fit(L.latLngBounds(corners), { edge: 12 });
    }

    /* Fit the map beside or above an open legend, whichever is larger: it hides nobody. */
    function fit(bounds, { edge, ...options }) {
      const isOpen = legend.querySelector("details").open;
      const [width, height] = isOpen ? [legend.offsetWidth + 12, legend.offsetHeight + 12] : [0, 0];
      const zoomIn = (left, bottom) => map.getBoundsZoom(bounds, false, L.point(2 * edge + left, 2 * edge + bottom));
      const [left, bottom] = zoomIn(width, 0) >= zoomIn(0, height) ? [width, 0] : [0, height];
      map.fitBounds(bounds, { paddingTopLeft: [edge + left, edge], paddingBottomRight: [edge, edge + bottom], animate: false, ...options });
    }

    /* Where the people live whom the rule judges, in world units; if it judges nobody, the gaps. */
    function judgedPlaces() {
      const isJudged = (value) => value <= 5 || value === 7;
      const found = [];
      current.now?.shown.forEach((value, at) => {
        if (isJudged(value)) found.push(at);
      });
      const of = (axis) => Float64Array.from(found, (at) => homes[axis][at]);
      return found.length ? { x: of("x"), y: of("y") } : plane.worldArrays(current.gaps.map(({ x }) => x), current.gaps.map(({ y }) => y));
    }

    /* The box around places in world units; around nothing, the middle of the plane. */
    function boundsOf(places) {
      if (!places.x.length) return L.latLngBounds([plane.toLatLng(...data.plane.to_lonlat.centre)]);
      const corner = (pick) => {
        const [x, y] = ["x", "y"].map((axis, i) => plane.middle[i] + places[axis].reduce((a, b) => pick(a, b)));
        return map.options.crs.pointToLatLng(L.point(x, y), 0);
      };
      return L.latLngBounds([corner(Math.min), corner(Math.max)]);
    }

    /* They fill the map, and nothing that lies over it hides any. */
    function fitJudged() {
      const places = judgedPlaces();
      const bounds = boundsOf(places);
      map.fitBounds(bounds, { padding: [24, 24], maxZoom: 16, animate: false });
      const own = container.getBoundingClientRect();
      const scale = 2 ** map.getZoom();
      const origin = map.getPixelOrigin().add(map.containerPointToLayerPoint([0, 0]));
      const [left, top] = [plane.middle[0] * scale - origin.x + own.left, plane.middle[1] * scale - origin.y + own.top];
      const over = [legend, title].map((part) => part.getBoundingClientRect());
      const isHidden = (worldX, at) => {
        const [x, y] = [worldX * scale + left, places.y[at] * scale + top];
        return over.some((box) => x > box.left && x < box.right && y > box.top && y < box.bottom);
      };
      if (places.x.some(isHidden)) fit(bounds, { edge: 24 + title.offsetHeight, maxZoom: 16 });
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

    /* A3 landscape: the map takes its printed size before the browser draws the sheet, and shows
       what the screen shows, filling the sheet; of a wide district the figures stand below. */
    let onScreen = null;
    function printed(isPrinting) {
      if (isPrinting) onScreen = { bounds: map.getBounds(), centre: map.getCenter(), zoom: map.getZoom() };
      const all = boundsOf(judgedPlaces());
      const isWhole = isPrinting && onScreen.bounds.contains(all);
      const box = isWhole ? all : onScreen.bounds;
      const [low, high] = [box.getSouthWest(), box.getNorthEast()].map((corner) => map.project(corner));
      const { classList } = document.documentElement;
      classList.toggle("printing", isPrinting);
      classList.toggle("wide", isPrinting && high.x - low.x > WIDE * (low.y - high.y));
      map.options.zoomSnap = isPrinting ? 0 : zoomSnap;
      map.invalidateSize({ animate: false });
      if (isWhole) fitJudged();
      else if (isPrinting) map.fitBounds(onScreen.bounds, { animate: false });
      else map.setView(onScreen.centre, onScreen.zoom, { animate: false });
      painting.print(isPrinting);
    }
    const { zoomSnap } = map.options;

    function start() {
      painting.addTo(map);
      map.on("click", click);
      addEventListener("beforeprint", () => printed(true));
      addEventListener("afterprint", () => printed(false));
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
