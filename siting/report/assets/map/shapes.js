/* Lines and polygons as paths in world units, cut into runs that can be skipped when out of sight. */
Siting.shapes = (() => {
  const RUN = 400; // lines in one path

  const grow = (box, x, y) => {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  };
  const emptyBox = () => [Infinity, Infinity, -Infinity, -Infinity];

  /* Runs of lines from flat coordinates; `classOf` (line → class) sorts them into one list each. */
  function runs(world, start, classOf = () => 0) {
    const byClass = new Map();
    for (let line = 0; line + 1 < start.length; line++) {
      const key = classOf(line);
      if (!byClass.has(key)) byClass.set(key, []);
      const list = byClass.get(key);
      let run = list[list.length - 1];
      if (!run || run.count === RUN) {
        run = { path: new Path2D(), box: emptyBox(), count: 0 };
        list.push(run);
      }
      run.count += 1;
      for (let i = start[line]; i < start[line + 1]; i++) {
        if (i === start[line]) run.path.moveTo(world.x[i], world.y[i]);
        else run.path.lineTo(world.x[i], world.y[i]);
        grow(run.box, world.x[i], world.y[i]);
      }
    }
    return byClass;
  }

  /* World units of an array group, whose coordinates may be counted in more than millimetres. */
  function worldOf(plane, arrays, name) {
    const [unit] = arrays[`${name}.unit`];
    const inMillimetres = (axis) => arrays[`${name}.${axis}`].map((value) => value * unit);
    return plane.worldArrays(inMillimetres("x"), inMillimetres("y"));
  }

  /* Rings end where they began: closePath would take time that grows with their square.
     One path for each shape of an array group written by put_lines. */
  function polygons(plane, arrays, name) {
    const world = worldOf(plane, arrays, name);
    const line = arrays[`${name}.line`];
    const shape = arrays[`${name}.shape`];
    const paths = [];
    for (let s = 0; s + 1 < shape.length; s++) {
      const path = new Path2D();
      const box = emptyBox();
      for (let l = shape[s]; l < shape[s + 1]; l++) {
        for (let i = line[l]; i < line[l + 1]; i++) {
          if (i === line[l]) path.moveTo(world.x[i], world.y[i]);
          else path.lineTo(world.x[i], world.y[i]);
          grow(box, world.x[i], world.y[i]);
        }
      }
      paths.push({ path, box });
    }
    return paths;
  }

  /* Runs of the lines of an array group, by the class of their shape. */
  function lines(plane, arrays, name, classOfShape) {
    const world = worldOf(plane, arrays, name);
    const shape = arrays[`${name}.shape`];
    const owner = new Int32Array(arrays[`${name}.line`].length);
    for (let s = 0; s + 1 < shape.length; s++) owner.fill(s, shape[s], shape[s + 1]);
    return runs(world, arrays[`${name}.line`], (line) => classOfShape(owner[line]));
  }

  return { runs, polygons, lines };
})();
