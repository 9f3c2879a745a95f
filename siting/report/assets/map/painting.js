/* One canvas over the map. Every layer is painted on a bitmap of its own, cell by cell; where one has
   changed they are laid over one another here. What is in sight is painted at once, what lies beyond
   the edges a little in every frame: a map that moves shows what is painted already. */
Siting.painting = (() => {
  const PADDING = 0.3; // of the map's size, drawn beyond its edges
  const KEPT = 2 / 3; // of the padding, by which the map may move before it is drawn further
  const SLICE_MS = 6; // of a frame, for what is out of sight
  const WIDEST = 8; // half a line, in pixels
  const PRINTED_RATIO = 2; // dots of the sheet for each pixel
  const intersect = (a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];

  /* Move what is on a canvas; what comes in from beyond its edges is empty. */
  function shift(context, dx, dy) {
    context.globalCompositeOperation = "copy";
    context.drawImage(context.canvas, dx, dy);
    context.globalCompositeOperation = "source-over";
  }

  const Painting = L.Renderer.extend({
    /* `layers` from the lowest to the highest: a name, how to `paint` a box of it, perhaps whether it
       `isShown`, which boxes its `changes` touch (null: all), on which `side` of a swipe it is. */
    initialize(plane, layers) {
      L.Renderer.prototype.initialize.call(this, { padding: PADDING });
      this._plane = plane;
      this._sheets = layers.map((layer, i) => ({ isShown: () => true, changes: () => null, ...layer, bit: 1 << i, bitmap: null }));
      this._frame = null;
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
      if (this._frame) this._slide();
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
      if (!this._isNear()) {
        const before = this._frame;
        L.Renderer.prototype._update.call(this);
        this._frame = this._frameNow();
        const by = before && this._shiftFrom(before);
        if (by) this._shiftBy(...by);
        else this._renew();
      }
      const { left, top } = this._frame;
      L.DomUtil.setPosition(this._container, L.point(left, top).subtract(this._map.getPixelOrigin()));
      this._slide();
      for (const sheet of this._sheets) if (sheet.isListed) this._mark(sheet);
      this._paintInSight();
    },

    /* While the map moves. */
    _follow() {
      if (this._map._animatingZoom || this._map.getZoom() !== this._frame.zoom) return;
      if (!this._isNear()) {
        this._update();
        return;
      }
      this._slide();
      this._paintInSight();
    },

    _ratio() {
      return Math.max(window.devicePixelRatio || 1, this._isPrinting ? PRINTED_RATIO : 1);
    },
    /* Where the canvas lies, in pixels of the whole world at this zoom, and how many dots it has. */
    _frameNow() {
      const { min } = this._bounds;
      const { x: width, y: height } = this._bounds.getSize();
      const { x: left, y: top } = this._map.getPixelOrigin().add(min);
      const ratio = this._ratio();
      return { zoom: this._map.getZoom(), left, top, width, height, ratio, columns: Math.floor(width * ratio), rows: Math.floor(height * ratio) };
    },
    /* The part of the canvas that the map shows, in dots. */
    _inSight() {
      const { left, top, ratio } = this._frame;
      const corner = this._map.getPixelOrigin().add(this._map.containerPointToLayerPoint([0, 0])).subtract([left, top]);
      const size = this._map.getSize();
      return [corner.x, corner.y, corner.x + size.x, corner.y + size.y].map((edge) => edge * ratio);
    },
    /* Does the canvas reach far enough beyond what the map shows? */
    _isNear() {
      if (!this._frame || this._frame.zoom !== this._map.getZoom() || this._frame.ratio !== this._ratio()) return false;
      const size = this._map.getSize();
      const padding = this.options.padding;
      const isSame = ["x", "y"].every((axis) => Math.abs(size[axis] * (1 + 2 * padding) - this._frame[axis === "x" ? "width" : "height"]) <= 1);
      const [left, top, right, bottom] = this._inSight();
      const [x, y] = [size.x, size.y].map((length) => length * padding * (1 - KEPT) * this._frame.ratio);
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
    _shiftBy(dx, dy) {
      const { columns, rows } = this._frame;
      for (const { bitmap } of this._sheets) if (bitmap) shift(bitmap, dx, dy);
      shift(this._container.getContext("2d"), dx, dy);
      const waiting = this._cells.take([0, 0, columns, rows]);
      for (const { layers, box } of waiting) this._cells.mark(layers, box.map((edge, side) => edge + (side % 2 ? dy : dx)));
      this._cells.mark(-1, dx > 0 ? [0, 0, dx, rows] : [columns + dx, 0, columns, rows]);
      this._cells.mark(-1, dy > 0 ? [0, 0, columns, dy] : [0, rows + dy, columns, rows]);
      if (this._divideNow !== null) this._divideNow += dx;
    },
    /* Everything anew. */
    _renew() {
      const { columns, rows, width, height } = this._frame;
      const canvas = this._container;
      if (canvas.width === columns && canvas.height === rows) canvas.getContext("2d").clearRect(0, 0, columns, rows);
      else {
        Object.assign(canvas, { width: columns, height: rows });
        Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
        for (const sheet of this._sheets) sheet.bitmap = null;
      }
      this._cells = Siting.cells.create(columns, rows);
      for (const sheet of this._sheets) this._mark(sheet);
      this._cells.mark(-1, [0, 0, columns, rows]);
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
      this._paintCells(this._cells.take(this._inSight()));
      this._slice ??= requestAnimationFrame(() => this._paintOn());
    },
    /* Beyond the edges: a little in every frame. */
    _paintOn() {
      this._slice = null;
      if (!this._container) return;
      const until = performance.now() + SLICE_MS;
      let some;
      do this._paintCells((some = this._cells.takeSome()));
      while (some.length && performance.now() < until);
      if (some.length) this._slice = requestAnimationFrame(() => this._paintOn());
    },
    _paintCells(found) {
      for (const { layers, box } of found) {
        for (const sheet of this._sheets) if (sheet.bitmap && layers & sheet.bit) this._paintSheet(sheet, box);
      }
      for (const { box } of found) this._compose(box);
    },
    _paintSheet({ bitmap, paint }, box) {
      const [left, top, right, bottom] = box;
      const { ratio } = this._frame;
      bitmap.save();
      bitmap.beginPath();
      bitmap.rect(left, top, right - left, bottom - top);
      bitmap.clip();
      bitmap.clearRect(left, top, right - left, bottom - top);
      bitmap.scale(ratio, ratio);
      paint(bitmap, this._view(box), box);
      bitmap.restore();
    },
    /* Lay the layers over one another in a box of the canvas. */
    _compose(box) {
      const { columns, rows } = this._frame;
      const context = this._container.getContext("2d");
      const sides = { before: [0, 0, this._divideNow, rows], after: [this._divideNow, 0, columns, rows] };
      context.clearRect(box[0], box[1], box[2] - box[0], box[3] - box[1]);
      for (const { bitmap, side } of this._sheets) {
        const [left, top, right, bottom] = side && this._divideNow !== null ? intersect(box, sides[side]) : box;
        if (!bitmap || right <= left || bottom <= top) continue;
        context.drawImage(bitmap.canvas, left, top, right - left, bottom - top, left, top, right - left, bottom - top);
      }
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
