/* Online base maps: loaded only while the reader has chosen one. Tiles of maps drawn in GCJ-02
   are shifted under the data; the data stay where they are. */
Siting.tiles = (() => {
  const AXIS = 6378245;
  const ECCENTRICITY = 0.00669342162296594323;

  const wave = (value, terms) =>
    terms.reduce((sum, [factor, divisor]) => sum + factor * Math.sin((value / divisor) * Math.PI), 0) * (2 / 3);

  /* WGS-84 to GCJ-02 by the public formula. */
  function gcj({ lat, lng }) {
    const x = lng - 105;
    const y = lat - 35;
    const root = Math.sqrt(Math.abs(x));
    const fast = [[20, 1 / 6], [20, 1 / 2]];
    const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave(x, fast) + wave(y, [[20, 1], [40, 3]]) + wave(y, [[160, 12], [320, 30]]);
    const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave(x, fast) + wave(x, [[20, 1], [40, 3]]) + wave(x, [[150, 12], [300, 30]]);
    const phi = (lat * Math.PI) / 180;
    const magic = 1 - ECCENTRICITY * Math.sin(phi) ** 2;
    const meridian = ((AXIS * (1 - ECCENTRICITY)) / magic ** 1.5) * Math.PI;
    const parallel = (AXIS / Math.sqrt(magic)) * Math.cos(phi) * Math.PI;
    return L.latLng(lat + (180 * north) / meridian, lng + (180 * east) / parallel);
  }

  const Shifted = L.TileLayer.extend({
    _getTiledPixelBounds(center) {
      return L.TileLayer.prototype._getTiledPixelBounds.call(this, gcj(center));
    },
    _setZoomTransform(level, center, zoom) {
      return L.TileLayer.prototype._setZoomTransform.call(this, level, gcj(center), zoom);
    },
  });

  function create({ url, subdomains, gcj: isShifted, max_zoom: maxNativeZoom }) {
    const options = { subdomains: subdomains || "", maxZoom: 19, maxNativeZoom, pane: "tiles" };
    return isShifted ? new Shifted(url, options) : L.tileLayer(url, options);
  }

  return { create, gcj };
})();
