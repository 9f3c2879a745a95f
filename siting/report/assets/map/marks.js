/* Facilities, gaps and candidates on the map: which are shown, how, and which lies under a click. */
Siting.marks = (() => {
  const MOST_GAPS_FAR = 12; // numbers drawn before the map is close enough for all
  const CLOSE_ZOOM = 14;
  const APART = 20; // pixels between numbers on a distant map: the largest gaps win the place
  const REACH = 12; // pixels around a click

  function create(app) {
    const places = new WeakMap(); // row → position in world units, found when it is needed
    let lists = [];

    function placeOf(row) {
      if (!places.has(row)) {
        const { x, y } = app.plane.worldArrays([row.x], [row.y]);
        places.set(row, [x[0], y[0]]);
      }
      return places.get(row);
    }

    function each(visit, isMeant = () => true) {
      for (const { layer, list, card } of lists) {
        for (let i = 0; i < list.length && isMeant(layer, i); i++) {
          const row = list[i];
          const exists = row.status === "operating" || row.trial === "opened";
          const chosen = layer !== "facilities" || exists ? layer : "planned";
          if (!app.state.layers.has(chosen)) continue;
          const [x, y] = placeOf(row);
          visit({ layer, row, number: i + 1, card, exists, x, y });
        }
      }
    }

    /* Marks of some layers as stickers: what changes at another pace has a layer of its own. */
    const lister = (layers) => (view) => {
      const listed = [];
      const placed = [];
      each(({ layer, row, number, exists, x, y }) => {
        if (!view.sees(x, y, 30)) return;
        const px = x * view.scale + view.dx;
        const py = y * view.scale + view.dy;
        let sticker;
        if (layer === "facilities") sticker = facilitySticker(row, exists, view);
        else if (layer === "candidates") sticker = candidateSticker(row);
        else {
          const meets = ([x, y]) => Math.abs(x - px) < APART && Math.abs(y - py) < APART;
          if (view.zoom < CLOSE_ZOOM && placed.some(meets)) return;
          placed.push([px, py]);
          sticker = gapSticker(row, number, view);
        }
        listed.push({ ...sticker, x, y, key: [sticker.key, x, y].join(" ") });
      }, (layer, i) => layers.includes(layer) && (layer !== "gaps" || view.zoom >= CLOSE_ZOOM || i < MOST_GAPS_FAR));
      return listed;
    };

    function facilitySticker(row, exists, { zoom }) {
      const look = { text: app.word("glyph", row.kind), exists, near: zoom >= CLOSE_ZOOM, far: zoom < 12.5, trial: row.trial };
      return { key: Object.values(look).join(" "), box: [-16, -16, 16, 16], draw: (context, x, y) => Siting.symbols.facility(context, x, y, look) };
    }

    function gapSticker(row, number, { metresPerPixel }) {
      const text = String(number);
      const r = Math.min(26, 7 + Math.sqrt(row.people) / (metresPerPixel * 1.2));
      const half = Math.max(r + 3, 7 + 4 * text.length);
      return { key: `${text} ${r}`, box: [-half, -r - 11, half, r + 3], draw: (context, x, y) => Siting.symbols.gap(context, x, y, { text, r }) };
    }

    function candidateSticker({ rank }) {
      const text = String(rank);
      return { key: text, box: [-14, -32, 14, 3], draw: (context, x, y) => Siting.symbols.candidate(context, x, y, { text }) };
    }

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

    return { set: (named) => (lists = named), lister, at };
  }

  return { create };
})();
