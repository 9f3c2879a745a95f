/* Facilities, gaps and candidates on the map: which are shown, painted, and found under a click. */
Siting.marks = (() => {
  const MOST_GAPS_FAR = 12; // numbers drawn before the map is close enough for all
  const CLOSE_ZOOM = 14;
  const APART = 20; // pixels between numbers on a distant map: the largest gaps win the place
  const REACH = 12; // pixels around a click

  function create(app) {
    const world = new WeakMap(); // list → positions, as long as the list lives
    let lists = [];

    function set(named) {
      lists = named;
      for (const { list } of named) {
        if (!world.has(list)) world.set(list, app.plane.worldArrays(list.map(({ x }) => x), list.map(({ y }) => y)));
      }
    }

    function each(visit, isMeant = () => true) {
      for (const { layer, list, card } of lists) {
        if (!isMeant(layer)) continue;
        const at = world.get(list);
        list.forEach((row, i) => {
          const exists = row.status === "operating" || row.trial === "opened";
          const chosen = layer !== "facilities" || exists ? layer : "planned";
          if (app.state.layers.has(chosen)) visit({ layer, row, number: i + 1, card, exists, x: at.x[i], y: at.y[i] });
        });
      }
    }

    /* Marks of some layers: what changes at another pace has a canvas of its own. */
    const painter = (layers) => (context, view) => {
      const { facility, gap, candidate } = Siting.symbols;
      const placed = [];
      each(({ layer, row, number, exists, x, y }) => {
        if (!view.sees(x, y, 30)) return;
        const px = x * view.scale + view.dx;
        const py = y * view.scale + view.dy;
        if (layer === "facilities") {
          const text = app.word("glyph", row.kind);
          const far = view.zoom < 12.5;
          facility(context, px, py, { text, exists, near: view.zoom >= CLOSE_ZOOM, far, trial: row.trial });
        } else if (layer === "gaps") {
          const meets = ([x, y]) => Math.abs(x - px) < APART && Math.abs(y - py) < APART;
          if (view.zoom < CLOSE_ZOOM && (number > MOST_GAPS_FAR || placed.some(meets))) return;
          placed.push([px, py]);
          const r = Math.min(26, 7 + Math.sqrt(row.people) / (view.metresPerPixel * 1.2));
          gap(context, px, py, { text: String(number), r });
        } else candidate(context, px, py, { text: String(row.rank) });
      }, (layer) => layers.includes(layer));
    };

    function at(view, px, py) {
      let hit = null;
      each((mark) => {
        const lift = mark.layer === "candidates" ? -18 : 0; // a flag stands above its place
        const dx = mark.x * view.scale + view.dx - px;
        const dy = mark.y * view.scale + view.dy + lift - py;
        if (dx * dx + dy * dy < REACH * REACH) hit = mark;
      });
      return hit;
    }

    return { set, painter, at };
  }

  return { create };
})();
