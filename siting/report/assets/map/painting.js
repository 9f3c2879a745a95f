/* One canvas over the map. Every layer is painted on a bitmap of its own, cell by cell; where one has
   changed they are laid over one another here. What is in sight is painted at once, what lies beyond
   the edges a little in every frame: a map that moves shows what is painted already, and after a
   zoom the scaled picture stays until the sharp one is whole. */
Siting.painting = (() => {
  const { around, inSight, isNear, pieces, shift, view } = Siting.frames;
  const PADDING = 0.3; // of the map's size, drawn beyond its edges
  const SLICE_MS = 6; // of a frame, for what is out of sight
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
        this._frame = around(this._map, this.options.padding, this._ratio());
        const by = before && shift(before, this._frame);
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
    _isNear() {
      return this._frame && isNear(this._frame, this._map, this.options.padding, this._ratio());
    },
    _inSight() {
      return inSight(this._frame, this._map);
    },
    _view(box) {
      return view(box, this._frame, this._map, this._plane);
    },

    /* What is painted already stays: only what comes in from beyond the edges must be painted. */
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
      for (const [left, top, right, bottom, dx, dy] of pieces(box, this._frame)) {
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
        for (const [left, top, right, bottom, dx, dy] of bitmap ? pieces(part, this._frame) : []) {
          context.drawImage(bitmap.canvas, left + dx, top + dy, right - left, bottom - top, left, top, right - left, bottom - top);
        }
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
  });

  return { create: (plane, layers) => new Painting(plane, layers) };
})();
