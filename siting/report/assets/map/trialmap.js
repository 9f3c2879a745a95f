/* Trial facilities on the map: placed by click or at the centre, moved by mouse or arrow keys,
   taken away by the Delete key. Links take two clicks. */
Siting.trialmap = (() => {
  const { el } = Siting.dom;
  const STEP_MM = 25_000;
  const ARROWS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

  function create(app, map) {
    let placing = null; // what the next click on the map does
    let markers = []; // of trial facilities
    let lines = []; // of links
    const { plane } = app;
    const positionOf = (latlng) => plane.fromLonLat(latlng.lng, latlng.lat).map(Math.round);

    function begin(action) {
      placing = action;
      map.getContainer().classList.toggle("placing", Boolean(action));
      if (action) map.closePopup();
    }

    function click(latlng) {
      if (!placing) return false;
      const action = placing;
      begin(null);
      action(...positionOf(latlng));
      return true;
    }

    const placeFacility = (make) => begin((x, y) => app.addFacility(make(x, y)));
    const placeLink = () => begin((x0, y0) => begin((x1, y1) => app.addLink({ x0, y0, x1, y1 })));
    const centre = (make) => app.addFacility(make(...positionOf(map.getCenter())));

    function marker(one, i) {
      const sign = el("span", {}, app.word("glyph", one.kind));
      const icon = L.divIcon({ className: "trial-mark", html: sign, iconSize: [30, 30], iconAnchor: [15, 15] });
      const title = `${app.say("trial_facility")}: ${one.name}`;
      const mark = L.marker(plane.toLatLng(one.x, one.y), { icon, draggable: true, keyboard: true, title, alt: title, pane: "trial" });
      const open = () => app.openCard(one, () => app.state.edits.added.includes(one) && Siting.popup.trial(app, one));
      const move = (x, y, done) => app.moveFacility(i, x, y, done);
      mark.on("drag", (event) => move(...positionOf(event.latlng), false));
      mark.on("dragend", () => move(...positionOf(mark.getLatLng()), true));
      mark.on("keydown", ({ originalEvent: event }) => {
        if (event.key === "Delete") app.removeFacility(i);
        if (event.key === "Enter") open();
        const arrow = ARROWS[event.key];
        if (!arrow) return;
        const now = app.state.edits.added[i];
        move(now.x + arrow[0] * STEP_MM, now.y + arrow[1] * STEP_MM, true);
        L.DomEvent.stop(event);
      });
      mark.on("click", open);
      return mark;
    }

    function line(path) {
      return L.polyline(path.map(([x, y]) => plane.toLatLng(x, y)), { className: "trial-link", pane: "trial", interactive: false });
    }

    /* All anew; the marker that had the keyboard has it again, of one that is gone the next. */
    function refresh() {
      const focused = markers.findIndex((mark) => mark.getElement() === document.activeElement);
      for (const mark of [...markers, ...lines]) mark.remove();
      const { added, links } = app.state.edits;
      lines = (links.length ? app.trial.ground().net.paths : []).map(line);
      markers = added.map(marker);
      for (const mark of [...lines, ...markers]) mark.addTo(map);
      if (focused < 0) return;
      const next = markers[Math.min(focused, markers.length - 1)];
      (next?.getElement() ?? map.getContainer()).focus({ preventScroll: true });
    }

    map.on("keydown", ({ originalEvent: event }) => {
      if (event.key === "Escape") begin(null);
    });

    return { click, refresh, placeFacility, placeLink, centre };
  }

  return { create };
})();
