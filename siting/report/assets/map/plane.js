/* The scenario's plane in millimetres ↔ longitude, latitude ↔ world units of Web Mercator.
   The polynomials come from siting/report/projection.py. */
Siting.plane = (() => {
  const WORLD = 256; // width of the world at zoom 0, in pixels

  function evaluate(fit, a, b) {
    const u = (a - fit.centre[0]) / fit.half[0];
    const v = (b - fit.centre[1]) / fit.half[1];
    const [first, second] = fit.coefficients;
    let x = 0;
    let y = 0;
    let term = 0;
    for (let i = 0, power = 1; i <= fit.degree; i++, power *= u) {
      for (let j = 0, product = power; j <= fit.degree - i; j++, product *= v, term++) {
        x += first[term] * product;
        y += second[term] * product;
      }
    }
    return [x, y];
  }

  function create(data) {
    const toLonLat = (x, y) => evaluate(data.to_lonlat, x, y);
    const fromLonLat = (lon, lat) => evaluate(data.from_lonlat, lon, lat);
    const toLatLng = (x, y) => L.latLng(...toLonLat(x, y).reverse());

    function worldOf(x, y) {
      const [lon, lat] = toLonLat(x, y);
      const sine = Math.sin((lat * Math.PI) / 180);
      return [
        (WORLD * (lon + 180)) / 360,
        WORLD * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)),
      ];
    }

    /* World units relative to a centre: canvases compute in single precision. */
    const middle = worldOf(...data.to_lonlat.centre);
    function worldArrays(xs, ys) {
      const wx = new Float64Array(xs.length);
      const wy = new Float64Array(xs.length);
      for (let i = 0; i < xs.length; i++) {
        const [x, y] = worldOf(xs[i], ys[i]);
        wx[i] = x - middle[0];
        wy[i] = y - middle[1];
      }
      return { x: wx, y: wy };
    }

    return { toLonLat, fromLonLat, toLatLng, worldArrays, middle, origin: data.origin_mm };
  }

  return { create };
})();
