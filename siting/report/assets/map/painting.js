/* A canvas over the map that a function paints; it follows pans and zooms like Leaflet's own. */
Siting.painting = (() => {
  const PADDING = 0.3; // of the map's size, drawn beyond its edges
  const PRINTED_RATIO = 2; // dots of the sheet for each pixel

  const Painting = L.Renderer.extend({
    initialize(plane, paint, options) {
      L.Renderer.prototype.initialize.call(this, { padding: PADDING, ...options });
      this._plane = plane;
      this._paint = paint;
    },
    _initContainer() {
      this._container = L.DomUtil.create("canvas", "leaflet-zoom-animated");
    },
    _destroyContainer() {
      L.DomUtil.remove(this._container);
      delete this._container;
    },
    _updatePaths() {},
    /* Printers replay what was drawn, and lose lines in world units: give them pixels, and many. */
    print(isPrinting) {
      this._isPrinting = isPrinting;
      this.options.padding = isPrinting ? 0 : PADDING;
      this.repaint();
      if (!isPrinting) return;
      const { width, height } = this._container;
      const picture = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      picture.drawImage(this._container, 0, 0);
      this._container.getContext("2d").putImageData(picture.getImageData(0, 0, width, height), 0, 0);
    },
    repaint() {
      if (this._map) this._update();
    },
    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const { min } = this._bounds;
      const size = this._bounds.getSize();
      const ratio = Math.max(window.devicePixelRatio || 1, this._isPrinting ? PRINTED_RATIO : 1);
      const canvas = this._container;
      L.DomUtil.setPosition(canvas, min);
      const [width, height] = [Math.floor(size.x * ratio), Math.floor(size.y * ratio)];
      const context = canvas.getContext("2d");
      context.setTransform(1, 0, 0, 1, 0, 0);
      // Who paints pixels replaces those that change and keeps the rest.
      if (canvas.width === width && canvas.height === height) {
        if (!this.options.isKept) context.clearRect(0, 0, width, height);
      } else {
        [canvas.width, canvas.height] = [width, height];
        canvas.style.width = `${size.x}px`;
        canvas.style.height = `${size.y}px`;
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      const view = this._view(size, min);
      this._paint(context, view, ratio);
    },
    /* The part of the canvas that the map shows: left, top, right, bottom. */
    _inSight(size) {
      const [x, y] = ["x", "y"].map((axis) => (size[axis] * this.options.padding) / (1 + 2 * this.options.padding));
      return [x, y, size.x - x, size.y - y];
    },
    /* What a painter needs: where world units fall, and what is in sight. */
    _view(size, min) {
      const zoom = this._map.getZoom();
      const scale = 2 ** zoom;
      const origin = this._map.getPixelOrigin().add(min);
      const dx = this._plane.middle[0] * scale - origin.x;
      const dy = this._plane.middle[1] * scale - origin.y;
      const latitude = (this._map.getCenter().lat * Math.PI) / 180;
      return {
        zoom,
        scale,
        dx,
        dy,
        width: size.x,
        inSight: this._inSight(size),
        height: size.y,
        metresPerPixel: (40075016.686 * Math.cos(latitude)) / (256 * scale),
        sees: (x, y, margin) =>
          x * scale + dx > -margin &&
          x * scale + dx < size.x + margin &&
          y * scale + dy > -margin &&
          y * scale + dy < size.y + margin,
        seesBox: ([x0, y0, x1, y1]) =>
          x1 * scale + dx > 0 &&
          x0 * scale + dx < size.x &&
          y1 * scale + dy > 0 &&
          y0 * scale + dy < size.y,
        /* Draw with `path` in world units, lines `width` pixels wide. */
        inWorld(context, draw) {
          context.save();
          context.translate(dx, dy);
          context.scale(scale, scale);
          draw(1 / scale);
          context.restore();
        },
      };
    },
  });

  return { create: (plane, paint, options) => new Painting(plane, paint, options) };
})();
