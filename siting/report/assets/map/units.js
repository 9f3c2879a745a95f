/* Which unit a point lies in, by its polygons: even–odd over all rings. */
Siting.units = (() => {
  function contains(arrays, unit, x, y) {
    const line = arrays["units.line"];
    const xs = arrays["units.x"];
    const ys = arrays["units.y"];
    let inside = false;
    for (let l = arrays["units.shape"][unit]; l < arrays["units.shape"][unit + 1]; l++) {
      for (let i = line[l] + 1; i < line[l + 1]; i++) {
        const crosses = ys[i] > y !== ys[i - 1] > y;
        if (crosses && x < ((xs[i - 1] - xs[i]) * (y - ys[i])) / (ys[i - 1] - ys[i]) + xs[i]) inside = !inside;
      }
    }
    return inside;
  }

  /* The code of the first unit of a level that contains the point, or null. */
  function codeAt(data, arrays, level, x, y) {
    const found = data.base.units.find((unit, i) => unit.level === level && contains(arrays, i, x, y));
    return found ? found.code : null;
  }

  const inWater = (arrays, x, y) => {
    const line = arrays["water.line"];
    const xs = arrays["water.x"];
    const ys = arrays["water.y"];
    let inside = false;
    for (let l = 0; l + 1 < line.length; l++) {
      for (let i = line[l] + 1; i < line[l + 1]; i++) {
        const crosses = ys[i] > y !== ys[i - 1] > y;
        if (crosses && x < ((xs[i - 1] - xs[i]) * (y - ys[i])) / (ys[i - 1] - ys[i]) + xs[i]) inside = !inside;
      }
    }
    return inside;
  };

  return { codeAt, inWater };
})();
