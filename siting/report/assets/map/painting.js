/* One canvas over the map. Every layer is painted on a bitmap of its own, cell by cell; where one has
   changed they are laid over one another here. What is in sight is painted at once, what lies beyond
   the edges a little in every frame: a map that moves shows what is painted already, and after a
   zoom the scaled picture stays until the sharp one is whole. */
Siting.painting = (() => {
  const PADDING = 0.3; // of the map's size, drawn beyond its edges
  const KEPT = 2 / 3; // of the padding, by which the map may move before it is drawn further
  const SLICE_MS = 6; // of a frame, for what is out of sight
  const STEP = 4; // pixels between the places at which canvases begin: whole dots at all usual ratios
  const WIDEST = 8; // half a line, in pixels
  const PRINTED_RATIO = 2; // dots of the sheet for each pixel
  const ALONE = 1 << 15; // the mark of cells whose layers are only to be laid over one another
  const intersect = (a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];

  /* Canvases note what is drawn, and draw it when it is asked for: ask for it now. */
  let asking = null;
  function drawNow({ canvas }) {
    asking ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    asking.drawImage(canvas, 0, 0, 1, 1, 0, 0, 1, 1);
    asking.getImageData(0, 0, 1, 1);
  }

  const modulo = (value, length) => ((value % length) + length) % length;

  /* The segments of [low, high] that lie together where positions are kept modulo a length: from, to,
     and what to add for the place where they are kept. */
  function segments(low, high, { first, length }) {
    const start = modulo(first, length);
    const seam = length - start; // from here on they are kept at the beginning
    return [[low, Math.min(high, seam), start], [Math.max(low, seam), high, start - length]].filter(([from, to]) => to > from);
  }

  const Painting = L.Renderer.extend({
    /* `layers` from the lowest to the highest: a name, how to `paint` a box of it (kept dx, dy beside it), perhaps whether it
       `isShown`, which boxes its `changes` touch (null: all), on which `side` of a swipe it is. */
    initialize(plane, layers) {
      L.Renderer.prototype.initialize.call(this, { padding: PADDING });
      this._plane = plane;
      this._sheets = layers.map((layer, i) => ({ isShown: () => true, changes: () => null, ...layer, bit: 1 << i, bitmap: null }));
      this._frame = null;
      this._isWaiting = false; // the scaled picture is shown while the sharp one is painted
      this._divide = null; // where the sides of a swipe meet, in pixels of the map
      this._divideNow = null; // and in dots of the canvas, as it is painted
    },
    getEvents() {
      return { ...L.Renderer.prototype.getEvents.call(this), move: this._follow };
    },
    _initContainer() {
      this._container = L.DomUtil.create("canvas", "leaflet-zoom-animated");
    },
    _destroyContainer() {
      L.DomUtil.remove(this._container);
      delete this._container;
    },
    _updatePaths() {},
    _reset() {
      this._update();
    },
    _onAnimZoom({ center, zoom }) {
      this._isZooming = true;
      this._updateTransform(center, zoom);
    },
    /* Scale the picture to another view. */
    _updateTransform(center, zoom) {
      this._finish();
      const scale = this._map.getZoomScale(zoom, this._frame.zoom);
      const corner = L.point(this._frame.left, this._frame.top).multiplyBy(scale);
      L.DomUtil.setTransform(this._container, corner.subtract(this._map._getNewPixelOrigin(center, zoom)), scale);
    },

    /* Printers replay what was drawn, and lose lines in world units: give them pixels, and many. */
    print(isPrinting) {
      this._isPrinting = isPrinting;
      this.options.padding = isPrinting ? 0 : PADDING;
      this._update();
      if (!isPrinting) return;
      const { width, height } = this._container;
      const picture = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      picture.drawImage(this._container, 0, 0);
      this._container.getContext("2d").putImageData(picture.getImageData(0, 0, width, height), 0, 0);
    },

    /* Paint again what has changed in some layers. */
    repaint(names) {
      if (!this._frame) return;
      for (const sheet of this._sheets) if (names.includes(sheet.name)) this._mark(sheet);
      this._paintInSight();
    },

    /* Let the sides of a swipe meet at a place of the map (null: there are none). */
    divide(x) {
      this._divide = x;
      if (this._frame && !this._isWaiting) this._slide();
    },

    /* What a click needs: where world units fall on the canvas, and where it was clicked. */
    view() {
      const { columns, rows } = this._frame;
      return this._view([0, 0, columns, rows]);
    },
    pointOf(layerPoint) {
      const { x, y } = this._map.getPixelOrigin().add(layerPoint);
      return [x - this._frame.left, y - this._frame.top];
    },

    /* When a move has ended, or is about to leave what is painted. */
    _update() {
      if (this._map._animatingZoom && this._frame) return;
      this._finish();
      if (!this._isNear()) {
        const before = this._frame;
        this._frame = this._frameNow();
        const by = before && this._shiftFrom(before);
        if (by) this._shiftBy(...by);
        else this._renew();
        this._isWaiting = Boolean(before) && this._isZooming;
      }
      this._isZooming = false;
      for (const sheet of this._sheets) if (sheet.isListed) this._mark(sheet);
      if (this._isWaiting) this._paintLater();
      else this._show();
    },

    /* While the map moves. */
    _follow() {
      if (this._map._animatingZoom || this._map.getZoom() !== this._frame.zoom) return;
      if (!this._isNear()) this._update();
      else if (!this._isWaiting) {
        this._slide();
        this._paintInSight();
      }
    },

    _ratio() {
      return Math.max(window.devicePixelRatio || 1, this._isPrinting ? PRINTED_RATIO : 1);
    },
    /* Where the canvas lies, in pixels of the whole world at this zoom, and how many dots it has. */
    _frameNow() {
      const { x: width, y: height } = this._size();
      const corner = this._corner().subtract(this._map.getSize().multiplyBy(this.options.padding));
      const [left, top] = [corner.x, corner.y].map((edge) => Math.floor(edge / STEP) * STEP);
      const ratio = this._ratio();
      return { zoom: this._map.getZoom(), left, top, width, height, ratio, columns: Math.floor(width * ratio), rows: Math.floor(height * ratio) };
    },
    _size() {
      return this._map.getSize().multiplyBy(1 + 2 * this.options.padding).ceil().add([STEP, STEP]);
    },
    /* The upper left corner of what the map shows, in pixels of the whole world. */
    _corner() {
      return this._map.getPixelOrigin().add(this._map.containerPointToLayerPoint([0, 0]));
    },
    /* The part of the canvas that the map shows, in dots. */
    _inSight() {
      const { left, top, ratio } = this._frame;
      const corner = this._corner().subtract([left, top]);
      const size = this._map.getSize();
      return [corner.x, corner.y, corner.x + size.x, corner.y + size.y].map((edge) => edge * ratio);
    },
    /* Does the canvas reach far enough beyond what the map shows? */
    _isNear() {
      if (!this._frame || this._frame.zoom !== this._map.getZoom() || this._frame.ratio !== this._ratio()) return false;
      const size = this._map.getSize();
      const { x: width, y: height } = this._size();
      const isSame = width === this._frame.width && height === this._frame.height;
      const [left, top, right, bottom] = this._inSight();
      const [x, y] = [size.x, size.y].map((length) => length * this.options.padding * (1 - KEPT) * this._frame.ratio);
      return isSame && left >= x && top >= y && right <= this._frame.columns - x && bottom <= this._frame.rows - y;
    },

    /* By how many dots the picture of another frame lies elsewhere in this one; null: nothing of it is of use. */
    _shiftFrom(before) {
      const { zoom, left, top, width, height, ratio } = this._frame;
      const [dx, dy] = [(before.left - left) * ratio, (before.top - top) * ratio];
      const isAlike = before.zoom === zoom && before.ratio === ratio && before.width === width && before.height === height;
      const meets = Math.abs(dx) < this._frame.columns && Math.abs(dy) < this._frame.rows;
      return isAlike && meets && Number.isInteger(dx) && Number.isInteger(dy) ? [dx, dy] : null;
    },
    /* Bitmaps keep their pixels by their place in the world, modulo their size: only what comes in
       from beyond the edges must be painted. */
    _shiftBy(dx, dy) {
      const { columns, rows } = this._frame;
      const whole = [0, 0, columns, rows];
      for (const { layers, box } of this._cells.take(whole)) this._cells.mark(layers, box.map((edge, side) => edge + (side % 2 ? dy : dx)));
      this._cells.mark(ALONE, whole);
      this._cells.mark(-1, dx > 0 ? [0, 0, dx, rows] : [columns + dx, 0, columns, rows]);
      this._cells.mark(-1, dy > 0 ? [0, 0, columns, dy] : [0, rows + dy, columns, rows]);
    },
    /* Everything anew. */
    _renew() {
      const { columns, rows } = this._frame;
      for (const sheet of this._sheets) if (sheet.bitmap?.canvas.width !== columns || sheet.bitmap.canvas.height !== rows) sheet.bitmap = null;
      this._cells = Siting.cells.create(columns, rows);
      for (const sheet of this._sheets) this._mark(sheet);
      this._cells.mark(-1, [0, 0, columns, rows]);
      this._isEmpty = true;
    },
    /* Put the canvas where it belongs, and on it what is in sight. */
    _show() {
      const { left, top, width, height, columns, rows } = this._frame;
      const canvas = this._container;
      this._isWaiting = false;
      if (canvas.width !== columns || canvas.height !== rows) {
        Object.assign(canvas, { width: columns, height: rows });
        Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
      } else if (this._isEmpty) canvas.getContext("2d").clearRect(0, 0, columns, rows);
      if (this._isEmpty) this._cells.mark(ALONE, [0, 0, columns, rows]);
      this._isEmpty = false;
      L.DomUtil.setPosition(canvas, L.point(left, top).subtract(this._map.getPixelOrigin()));
      this._slide();
      this._paintInSight();
    },
    /* Paint at once what is left of a picture that is waited for. */
    _finish() {
      if (this._isWaiting) this._show();
    },

    /* Mark the cells in which a layer has changed. */
    _mark(sheet) {
      const { columns, rows, ratio } = this._frame;
      const whole = [0, 0, columns, rows];
      const wasShown = Boolean(sheet.bitmap);
      const isShown = sheet.isShown();
      if (isShown && !wasShown) sheet.bitmap = new OffscreenCanvas(columns, rows).getContext("2d");
      if (!isShown) sheet.bitmap = null;
      const boxes = isShown ? sheet.changes(this.view()) : [];
      if (isShown !== wasShown || !boxes) this._cells.mark(sheet.bit, whole);
      else for (const box of boxes) this._cells.mark(sheet.bit, box.map((edge) => edge * ratio));
    },
    _paintInSight() {
      if (!this._isWaiting) this._paintCells(this._cells.take(this._inSight()));
      this._paintLater();
    },
    _paintLater() {
      this._slice ??= requestAnimationFrame(() => this._paintOn());
    },
    /* A little in every frame: what is waited for, or what lies beyond the edges. */
    _paintOn() {
      this._slice = null;
      if (!this._container) return;
      const { columns, rows } = this._frame;
      const box = this._isWaiting ? this._inSight() : [0, 0, columns, rows];
      const until = performance.now() + SLICE_MS;
      let some;
      do this._paintCells((some = this._cells.takeSome(box)));
      while (some.length && performance.now() < until);
      if (some.length) this._paintLater();
      else if (this._isWaiting) this._show();
    },
    _paintCells(found) {
      for (const { layers, box } of found) {
        for (const sheet of this._sheets) if (sheet.bitmap && layers & sheet.bit) this._paintSheet(sheet, box);
      }
      if (!this._isWaiting) for (const { box } of found) this._compose(box);
      else if (found.length) for (const { bitmap } of this._sheets) if (bitmap) drawNow(bitmap);
    },
    _paintSheet({ bitmap, paint }, box) {
      const { ratio } = this._frame;
      for (const [left, top, right, bottom, dx, dy] of this._kept(box)) {
        const piece = [left, top, right, bottom];
        bitmap.save();
        bitmap.translate(dx, dy);
        bitmap.beginPath();
        bitmap.rect(left, top, right - left, bottom - top);
        bitmap.clip();
        bitmap.clearRect(left, top, right - left, bottom - top);
        bitmap.scale(ratio, ratio);
        paint(bitmap, this._view(piece), { box: piece, dx, dy });
        bitmap.restore();
      }
    },
    /* Lay the layers over one another in a box of the canvas. */
    _compose(box) {
      const { columns, rows } = this._frame;
      const context = this._container.getContext("2d");
      const sides = { before: [0, 0, this._divideNow, rows], after: [this._divideNow, 0, columns, rows] };
      context.clearRect(box[0], box[1], box[2] - box[0], box[3] - box[1]);
      for (const { bitmap, side } of this._sheets) {
        const part = side && this._divideNow !== null ? intersect(box, sides[side]) : box;
        for (const [left, top, right, bottom, dx, dy] of bitmap ? this._kept(part) : []) {
          context.drawImage(bitmap.canvas, left + dx, top + dy, right - left, bottom - top, left, top, right - left, bottom - top);
        }
      }
    },
    /* The pieces in which bitmaps keep a box of the canvas, and how far from there they keep them. */
    _kept([left, top, right, bottom]) {
      const { columns, rows, ratio } = this._frame;
      const across = segments(left, right, { first: Math.round(this._frame.left * ratio), length: columns });
      const down = segments(top, bottom, { first: Math.round(this._frame.top * ratio), length: rows });
      return down.flatMap(([north, south, dy]) => across.map(([west, east, dx]) => [west, north, east, south, dx, dy]));
    },
    /* The line between the sides stays where it is on the map's frame while the map moves below it. */
    _slide() {
      const before = this._divideNow;
      const { columns, rows, ratio } = this._frame;
      const at = this._divide === null ? null : Math.round(this._inSight()[0] + this._divide * ratio);
      const now = (this._divideNow = at === null ? null : Math.min(columns, Math.max(0, at)));
      if (before !== null && now !== null && before !== now) this._compose([Math.min(before, now), 0, Math.max(before, now), rows]);
    },

    /* What painters of a box (in dots) need: where world units fall, and what is to be seen in it. */
    _view(box) {
      const { zoom, left, top, ratio } = this._frame;
      const scale = 2 ** zoom;
      const dx = this._plane.middle[0] * scale - left;
      const dy = this._plane.middle[1] * scale - top;
      const latitude = (this._map.getCenter().lat * Math.PI) / 180;
      const [west, north, east, south] = box.map((edge) => edge / ratio);
      return {
        zoom,
        scale,
        dx,
        dy,
        ratio,
        width: east,
        height: south,
        inSight: this._inSight().map((edge) => edge / ratio),
        metresPerPixel: (40075016.686 * Math.cos(latitude)) / (256 * scale),
        sees: (x, y, margin) =>
          x * scale + dx > west - margin &&
          x * scale + dx < east + margin &&
          y * scale + dy > north - margin &&
          y * scale + dy < south + margin,
        seesBox: ([x0, y0, x1, y1]) =>
          x1 * scale + dx > west - WIDEST &&
          x0 * scale + dx < east + WIDEST &&
          y1 * scale + dy > north - WIDEST &&
          y0 * scale + dy < south + WIDEST,
        seesPixels: ([x0, y0, x1, y1]) => x1 > west && x0 < east && y1 > north && y0 < south,
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

  return { create: (plane, layers) => new Painting(plane, layers) };
})();
