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

  /* The same for many points at once: a polynomial in v for each power of u (Horner). */
  function compile(fit) {
    const size = fit.degree + 1;
    const rows = fit.coefficients.map((flat) => {
      let at = 0;
      return Array.from({ length: size }, (_, i) => Float64Array.from(flat.slice(at, (at += size - i))));
    });
    return (axis, a, b) => {
      const u = (a - fit.centre[0]) / fit.half[0];
      const v = (b - fit.centre[1]) / fit.half[1];
      let sum = 0;
      for (let i = fit.degree; i >= 0; i--) {
        const row = rows[axis][i];
        let inner = 0;
        for (let j = row.length - 1; j >= 0; j--) inner = inner * v + row[j];
        sum = sum * u + inner;
      }
      return sum;
    };
  }

  const mercatorX = (lon) => (WORLD * (lon + 180)) / 360;
  function mercatorY(lat) {
    const sine = Math.sin((lat * Math.PI) / 180);
    return WORLD * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI));
  }

  function create(data) {
    const toLonLat = (x, y) => evaluate(data.to_lonlat, x, y);
    const fromLonLat = (lon, lat) => evaluate(data.from_lonlat, lon, lat);
    const toLatLng = (x, y) => L.latLng(...toLonLat(x, y).reverse());
    const lonLat = compile(data.to_lonlat);

    /* World units relative to a centre: canvases compute in single precision. */
    const [lon, lat] = toLonLat(...data.to_lonlat.centre);
    const middle = [mercatorX(lon), mercatorY(lat)];
    function worldArrays(xs, ys) {
      const wx = new Float64Array(xs.length);
      const wy = new Float64Array(xs.length);
      for (let i = 0; i < xs.length; i++) {
        wx[i] = mercatorX(lonLat(0, xs[i], ys[i])) - middle[0];
        wy[i] = mercatorY(lonLat(1, xs[i], ys[i])) - middle[1];
      }
      return { x: wx, y: wy };
    }

    return { toLonLat, fromLonLat, toLatLng, worldArrays, middle, origin: data.origin_mm };
  }

  return { create };
})();
