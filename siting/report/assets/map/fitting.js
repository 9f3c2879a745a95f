/* Fitting the map to what matters, on the screen and on the printed sheet: nothing that lies over the
   map hides anybody whom the rule judges. */
Siting.fitting = (() => {
  const WIDE = 1.5; // width by height from which the printed sheet has its figures below the map

  /* `homes` are where people live, in world units; `legend` and `title` lie over the map. */
  function create(app, map, current, { homes, legend, title }) {
    const { data, arrays, plane } = app;
    const { zoomSnap } = map.options;

    function fitUnit(unit) {
      const start = arrays["units.shape"];
      const line = arrays["units.line"];
      const corners = [];
      for (let i = line[start[unit]]; i < line[start[unit + 1]]; i++) {
        corners.push(plane.toLatLng(arrays["units.x"][i], arrays["units.y"][i]));
      }
      fit(L.latLngBounds(corners), { edge: 12 });
    }

    /* Fit the map beside or above an open legend, whichever is larger. */
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

    /* They fill the map; beside or above the legend only if it would hide any. */
    function fitJudged() {
      const places = judgedPlaces();
      const bounds = boundsOf(places);
      map.fitBounds(bounds, { padding: [24, 24], maxZoom: 16, animate: false });
      const own = map.getContainer().getBoundingClientRect();
      const scale = 2 ** map.getZoom();
      const origin = Siting.frames.cornerOf(map);
      const [left, top] = [plane.middle[0] * scale - origin.x + own.left, plane.middle[1] * scale - origin.y + own.top];
      const over = [legend, title].map((part) => part.getBoundingClientRect());
      const isHidden = (worldX, at) => {
        const [x, y] = [worldX * scale + left, places.y[at] * scale + top];
        return over.some((box) => x > box.left && x < box.right && y > box.top && y < box.bottom);
      };
      if (places.x.some(isHidden)) fit(bounds, { edge: 24 + title.offsetHeight, maxZoom: 16 });
    }

    /* A3 landscape: the map takes its printed size before the browser draws the sheet, and shows
       what the screen shows, filling the sheet; of a wide district the figures stand below. */
    let onScreen = null;
    function fitSheet(isPrinting) {
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
    }

    return { fitUnit, fitJudged, fitSheet };
  }

  return { create };
})();
