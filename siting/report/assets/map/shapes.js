/* Lines and polygons as paths in world units, in pieces that can be skipped when out of sight. */
Siting.shapes = (() => {
  const RUN = 400; // lines in one path
  const ACROSS = 64; // cells of a town by which its lines are sorted

  const grow = (box, x, y) => {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  };
  const emptyBox = () => [Infinity, Infinity, -Infinity, -Infinity];
  const holds = (outer, [x, y]) => x >= outer[0] && y >= outer[1] && x <= outer[2] && y <= outer[3];

  /* Numbers of lines by class, near ones after one another. */
  function sorted({ x, y, start }, classOf) {
    const lines = start.length - 1;
    const [x0, y0] = [x, y].map((values) => values.reduce((a, b) => Math.min(a, b), Infinity));
    const [x1, y1] = [x, y].map((values) => values.reduce((a, b) => Math.max(a, b), -Infinity));
    const size = Math.max(x1 - x0, y1 - y0, 1) / (ACROSS - 1);
    const keys = new Float64Array(lines);
    const numbers = new Map(); // of the classes, as they come
    for (let line = 0; line < lines; line++) {
      const at = start[line];
      const cell = Math.floor((y[at] - y0) / size) * ACROSS + Math.floor((x[at] - x0) / size);
      const own = classOf(line);
      if (!numbers.has(own)) numbers.set(own, numbers.size);
      keys[line] = (numbers.get(own) * ACROSS * ACROSS + cell) * lines + line;
    }
    return keys.sort().map((key) => key % lines);
  }

  /* Runs of lines from flat coordinates in millimetres; `classOf` (line → class) sorts them into one
     list each. The path of a run is made when it is first asked for. */
  function runs(plane, flat, classOf) {
    const byClass = new Map();
    let open = [];
    for (const line of sorted(flat, classOf)) {
      const key = classOf(line);
      if (!byClass.has(key)) byClass.set(key, []);
      if (open.length === RUN || open.key !== key) {
        open = Object.assign([], { key });
        byClass.get(key).push(open);
      }
      open.push(line);
    }
    return new Map([...byClass].map(([key, list]) => [key, list.map((lines) => runOf(plane, flat, lines))]));
  }

  function runOf(plane, { x, y, start }, lines) {
    const around = emptyBox();
    for (const line of lines) for (let i = start[line]; i < start[line + 1]; i++) grow(around, x[i], y[i]);
    const [west, south, east, north] = around;
    const corners = plane.worldArrays([west, east, west, east], [south, south, north, north]);
    const box = emptyBox();
    corners.x.forEach((value, i) => grow(box, value, corners.y[i]));
    let path = null;
    return {
      box,
      get path() {
        return (path ??= pathOf(plane, { x, y, start }, lines));
      },
    };
  }

  function pathOf(plane, { x, y, start }, lines) {
    const path = new Path2D();
    for (const line of lines) {
      const world = plane.worldArrays(x.subarray(start[line], start[line + 1]), y.subarray(start[line], start[line + 1]));
      path.moveTo(world.x[0], world.y[0]);
      for (let i = 1; i < world.x.length; i++) path.lineTo(world.x[i], world.y[i]);
    }
    return path;
  }

  /* Millimetres of an array group, whose coordinates may be counted in more. */
  function flatOf(arrays, name) {
    const [unit] = arrays[`${name}.unit`];
    const [x, y] = ["x", "y"].map((axis) => arrays[`${name}.${axis}`].map((value) => value * unit));
    return { x, y, start: arrays[`${name}.line`] };
  }

  /* The rings of each shape of an array group written by put_lines: one path for each, or one for each
     part of it. Rings end where they began: closePath would take time that grows with their square. */
  function paths(plane, arrays, name, isPart) {
    const { x, y, start } = flatOf(arrays, name);
    const world = plane.worldArrays(x, y);
    const shape = arrays[`${name}.shape`];
    return Array.from({ length: shape.length - 1 }, (_, s) => {
      const found = [];
      for (let l = shape[s]; l < shape[s + 1]; l++) {
        const first = start[l];
        if (!found.length || isPart(found[found.length - 1].box, [world.x[first], world.y[first]])) found.push({ path: new Path2D(), box: emptyBox() });
        const { path, box } = found[found.length - 1];
        for (let i = first; i < start[l + 1]; i++) {
          if (i === first) path.moveTo(world.x[i], world.y[i]);
          else path.lineTo(world.x[i], world.y[i]);
          grow(box, world.x[i], world.y[i]);
        }
      }
      return found;
    });
  }
  const polygons = (plane, arrays, name) => paths(plane, arrays, name, () => false).map(([one]) => one ?? { path: new Path2D(), box: emptyBox() });

  /* The same with the parts of each shape apart: holes follow the ring around them. */
  const parts = (plane, arrays, name) => paths(plane, arrays, name, (box, point) => !holds(box, point));

  /* Runs of the lines of an array group, by the class of their shape. */
  function lines(plane, arrays, name, classOfShape) {
    const shape = arrays[`${name}.shape`];
    const owner = new Int32Array(arrays[`${name}.line`].length);
    for (let s = 0; s + 1 < shape.length; s++) owner.fill(s, shape[s], shape[s + 1]);
    return runs(plane, flatOf(arrays, name), (line) => classOfShape(owner[line]));
  }

  return { runs, polygons, parts, lines };
})();
