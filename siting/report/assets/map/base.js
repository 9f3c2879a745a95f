/* The offline base map: water, units, barriers, streets by class, and their names. */
Siting.base = (() => {
  const INK = "#59636f";
  const COLOURS = {
    land: "#f5f3ee",
    beyond: "#ecebe6",
    water: "#cfdfea",
    waterLine: "#a9c3d6",
    waterName: "#4d7899",
    unit: "#8a6f8f",
    wall: "#9a8f80",
    railway: "#7d7d7d",
  };
  // Width in pixels at zoom 12 and 16, colours of casing and filling, first zoom; by class.
  const STREETS = {
    path: { width: [0.3, 1.2], colour: "#dcd6cb", from: 14 },
    service: { width: [0.3, 1.6], colour: "#dfdad0", from: 13 },
    residential: { width: [0.4, 3], colour: "#d9d3c8", fill: "#ffffff", from: 12 },
    tertiary: { width: [0.8, 4.5], colour: "#cfc8bb", fill: "#ffffff", from: 11 },
    secondary: { width: [1.2, 6], colour: "#c9bfae", fill: "#fffdf6", from: 10 },
    primary: { width: [1.6, 7.5], colour: "#c4b493", fill: "#fdf3d8", from: 9 },
    trunk: { width: [1.8, 8], colour: "#bfa878", fill: "#fbe8bb", from: 8 },
    motorway: { width: [1.8, 8], colour: "#b39a6b", fill: "#f4dca6", from: 8 },
  };
  const TRIED = 16; // places in a row and in a column at which a name of water is tried
  const FONT = '"Source Han Sans SC","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif';

  function create(plane, data, arrays) {
    const base = data.base;
    const water = Siting.shapes.polygons(plane, arrays, "water");
    const units = Siting.shapes.polygons(plane, arrays, "units");
    const barriers = Siting.shapes.lines(plane, arrays, "barriers", (s) => base.barrier_kinds[s]);
    const roads = Siting.shapes.lines(plane, arrays, "roads", (s) => arrays["roads.class"][s]);
    const ways = { x: arrays["streets.x"], y: arrays["streets.y"], start: arrays["streets.start"] };
    const streets = Siting.shapes.runs(plane, ways, (line) => arrays["streets.class"][line]);
    const probe = new OffscreenCanvas(1, 1).getContext("2d");
    const placed = (points) => plane.worldArrays(points.map(([x]) => x), points.map(([, y]) => y));
    const labels = placed(base.unit_labels);
    const waterLabels = placed(base.water_labels);
    const mainLevel = base.units.some(({ level }) => level === "street") ? "street" : "grid";
    const rankOf = (unit) => (unit.level === mainLevel ? 0 : 2) + (unit.outside ? 1 : 0);
    // Names of the district come first: they win the place where two would meet.
    const labelOrder = base.units
      .map((unit, i) => ({ unit, i }))
      .filter(({ unit }) => unit.level === mainLevel || unit.level === "community")
      .sort((a, b) => rankOf(a.unit) - rankOf(b.unit));

    function widthAt(style, zoom) {
      const [far, near] = style.width;
      return far * (near / far) ** ((Math.min(zoom, 18) - 12) / 4);
    }

    function stroke(context, view, runs, pixel, { colour, width, dash = [] }) {
      context.strokeStyle = colour;
      context.lineWidth = width * pixel;
      context.setLineDash(dash.map((length) => length * pixel));
      for (const run of runs || []) if (view.seesBox(run.box)) context.stroke(run.path);
    }

    function paintStreets(context, view, pixel) {
      const layers = base.classes
        .map((name, i) => ({ style: STREETS[name], runs: [...(streets.get(i) || []), ...(roads.get(i) || [])] }))
        .filter(({ style, runs }) => runs.length && view.zoom >= style.from);
      context.lineJoin = context.lineCap = "round";
      for (const { style, runs } of layers) {
        const width = widthAt(style, view.zoom);
        stroke(context, view, runs, pixel, {
          colour: style.colour,
          width: width > 2 && style.fill ? width + 1.6 : Math.max(width, 0.6),
        });
      }
      for (const { style, runs } of layers) {
        const width = widthAt(style, view.zoom);
        if (width > 2 && style.fill) stroke(context, view, runs, pixel, { colour: style.fill, width });
      }
    }

    function paintUnits(context, view, pixel) {
      base.units.forEach((unit, i) => {
        const { path, box } = units[i];
        const isStreet = unit.level === mainLevel;
        if (!view.seesBox(box) || (!isStreet && (unit.level !== "community" || view.zoom < 14))) return;
        context.strokeStyle = COLOURS.unit;
        context.globalAlpha = isStreet ? 0.75 : 0.4;
        context.lineWidth = (isStreet ? 1.4 : 0.8) * pixel;
        context.setLineDash((isStreet ? [9, 3, 2, 3] : [3, 3]).map((length) => length * pixel));
        context.stroke(path);
      });
      context.globalAlpha = 1;
    }

    /* Over an online base map only the units' borders are drawn. */
    function paint(context, view, { isOver }) {
      if (isOver) {
        view.inWorld(context, (pixel) => paintUnits(context, view, pixel));
        return;
      }
      context.fillStyle = COLOURS.beyond;
      context.fillRect(0, 0, view.width, view.height); // of which the box is cut out
      view.inWorld(context, (pixel) => {
        context.fillStyle = COLOURS.land;
        base.units.forEach((unit, i) => {
          if (unit.level === mainLevel && !unit.outside) context.fill(units[i].path, "evenodd");
        });
        for (const { path } of water) {
          context.fillStyle = COLOURS.water;
          context.fill(path, "evenodd");
          context.strokeStyle = COLOURS.waterLine;
          context.lineWidth = pixel;
          context.stroke(path);
        }
        if (view.zoom >= 14) {
          stroke(context, view, barriers.get("wall"), pixel, { colour: COLOURS.wall, width: 1.2 });
        }
        paintStreets(context, view, pixel);
        stroke(context, view, barriers.get("railway"), pixel, { colour: COLOURS.railway, width: 2 });
        stroke(context, view, barriers.get("railway"), pixel, {
          colour: "#fff",
          width: 1.2,
          dash: [6, 6],
        });
        context.setLineDash([]);
        paintUnits(context, view, pixel);
        context.setLineDash([]);
      });
    }

    function write(context, text, x, y, { size, colour, weight = 400, spacing = "0px", angle = 0 }) {
      context.save();
      context.translate(x, y);
      context.rotate(angle);
      context.font = `${weight} ${size}px ${FONT}`;
      if ("letterSpacing" in context) context.letterSpacing = spacing;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.lineJoin = "round";
      context.strokeStyle = "rgba(255,255,255,.88)";
      context.lineWidth = 3.5;
      context.strokeText(text, 0, 0);
      context.fillStyle = colour;
      context.fillText(text, 0, 0);
      context.restore();
    }

    /* Names of streets at the middle vertex of an edge, the same name not twice in 260 pixels. */
    function nameStreets(view, names) {
      const placed = [];
      for (const { name, middle, before } of namedEdges()) {
        if (!view.sees(middle[0], middle[1], 0)) continue;
        const x = middle[0] * view.scale + view.dx;
        const y = middle[1] * view.scale + view.dy;
        if (placed.some((p) => p.name === name && Math.hypot(p.x - x, p.y - y) < 260)) continue;
        let angle = Math.atan2(middle[1] - before[1], middle[0] - before[0]);
        if (Math.abs(angle) > Math.PI / 2) angle += Math.PI;
        placed.push({ name, x, y });
        names.add(name, x, y, { size: 11, colour: "#7a6a4e", spacing: "0px", angle });
      }
    }

    /* Edges with a name: their middle vertex and the one before it, in world units; found once. */
    let named = null;
    function namedEdges() {
      if (named) return named;
      named = [];
      arrays["streets.name"].forEach((number, edge) => {
        const name = base.street_names[number];
        if (!name) return;
        const middle = (ways.start[edge] + ways.start[edge + 1]) >> 1;
        const world = plane.worldArrays(ways.x.subarray(middle - 1, middle + 1), ways.y.subarray(middle - 1, middle + 1));
        named.push({ name, before: [world.x[0], world.y[0]], middle: [world.x[1], world.y[1]] });
      });
      return named;
    }

    /* Names where no other stands yet. */
    function createNames(view) {
      const taken = [];
      const listed = [];
      function add(text, x, y, style) {
        const width = (text.length * (style.size + parseFloat(style.spacing))) / 2 + 6;
        const box = [x - width, y - style.size, x + width, y + style.size];
        const meets = (o) => box[0] < o[2] && box[2] > o[0] && box[1] < o[3] && box[3] > o[1];
        if (taken.some(meets)) return;
        taken.push(box);
        const half = [width, style.angle ? width : style.size];
        listed.push({
          key: [text, ...Object.values(style), Math.round(x - view.dx), Math.round(y - view.dy)].join(" "),
          x: (x - view.dx) / view.scale,
          y: (y - view.dy) / view.scale,
          box: [-half[0], -half[1], half[0], half[1]],
          draw: (context, px, py) => write(context, text, px, py, style),
        });
      }
      return { add, listed };
    }

    /* Where a name of water fits on it in sight: at its own place, else at that nearest to the middle. */
    function wetPlace(view, i, { at, half }) {
      const [left, top, right, bottom] = view.inSight;
      const isInSight = ([x, y]) => x - half > left && x + half < right && y > top + 20 && y < bottom - 20;
      if (isInSight(at)) return at;
      if (!view.seesBox(water[i].box)) return null;
      const isWet = (x, y) => probe.isPointInPath(water[i].path, (x - view.dx) / view.scale, (y - view.dy) / view.scale, "evenodd");
      const middle = [(left + right) / 2, (top + bottom) / 2];
      const away = ([x, y]) => (x - middle[0]) ** 2 + (y - middle[1]) ** 2;
      const steps = Array.from({ length: TRIED * TRIED }, (_, k) => [left + (((k % TRIED) + 0.5) * (right - left)) / TRIED, top + ((Math.floor(k / TRIED) + 0.5) * (bottom - top)) / TRIED]);
      const place = steps.filter(isInSight).sort((a, b) => away(a) - away(b)).find(([x, y]) => [-half, 0, half].every((dx) => isWet(x + dx, y)));
      return place ?? null;
    }

    /* All names of a view, as stickers. */
    function listNames(view) {
      const names = createNames(view);
      const at = (world, i) => [world.x[i] * view.scale + view.dx, world.y[i] * view.scale + view.dy];
      base.water_names.forEach((name, i) => {
        const style = { size: 14, colour: COLOURS.waterName, spacing: "6px" };
        const place = name && wetPlace(view, i, { at: at(waterLabels, i), half: name.length * 10 });
        if (place) names.add(name, ...place, style);
      });
      for (const { unit, i } of labelOrder) {
        const isStreet = unit.level === mainLevel;
        if (!isStreet && view.zoom < 14.5) continue;
        if (!view.sees(labels.x[i], labels.y[i], 60)) continue;
        names.add(unit.name, ...at(labels, i), {
          size: isStreet ? 14 : 12,
          weight: isStreet && !unit.outside ? 600 : 400,
          spacing: isStreet ? "3px" : "1px",
          colour: unit.outside ? "#84808a" : isStreet ? "#4f3d57" : INK,
        });
      }
      if (view.zoom >= 15) nameStreets(view, names);
      return names.listed;
    }

    /* What a closer view needs, run by run, for times when nothing else is to be done. */
    const inAdvance = () => [...streets.values()].flatMap((runs) => runs.map((run) => () => run.path));

    return { paint, listNames, inAdvance };
  }

  return { create, FONT };
})();
