/* Where the canvas lies in the world, what of it the map shows, in which pieces its bitmaps keep it,
   and where world units fall on it. Nothing here paints. */
Siting.frames = (() => {
  const KEPT = 2 / 3; // of the padding, by which the map may move before it is drawn further
  const STEP = 4; // pixels between the places at which canvases begin: whole dots at all usual ratios
  const WIDEST = 8; // half a line, in pixels

  const sizeOf = (map, padding) => map.getSize().multiplyBy(1 + 2 * padding).ceil().add([STEP, STEP]);

  /* The upper left corner of what the map shows, in pixels of the whole world. */
  const cornerOf = (map) => map.getPixelOrigin().add(map.containerPointToLayerPoint([0, 0]));

  /* A canvas that reaches beyond what the map shows, by `padding` of its size: where it lies, in pixels
     of the whole world at this zoom, and how many dots it has, `ratio` a pixel. */
  function around(map, padding, ratio) {
    const { x: width, y: height } = sizeOf(map, padding);
    const corner = cornerOf(map).subtract(map.getSize().multiplyBy(padding));
    const [left, top] = [corner.x, corner.y].map((edge) => Math.floor(edge / STEP) * STEP);
    return { zoom: map.getZoom(), left, top, width, height, ratio, columns: Math.floor(width * ratio), rows: Math.floor(height * ratio) };
  }

  /* The part of the canvas that the map shows, in dots. */
  function inSight({ left, top, ratio }, map) {
    const corner = cornerOf(map).subtract([left, top]);
    const size = map.getSize();
    return [corner.x, corner.y, corner.x + size.x, corner.y + size.y].map((edge) => edge * ratio);
  }

  /* Does the canvas still reach far enough beyond what the map shows? */
  function isNear(frame, map, padding, ratio) {
    if (frame.zoom !== map.getZoom() || frame.ratio !== ratio) return false;
    const size = map.getSize();
    const { x: width, y: height } = sizeOf(map, padding);
    const isSame = width === frame.width && height === frame.height;
    const [left, top, right, bottom] = inSight(frame, map);
    const [x, y] = [size.x, size.y].map((length) => length * padding * (1 - KEPT) * ratio);
    return isSame && left >= x && top >= y && right <= frame.columns - x && bottom <= frame.rows - y;
  }

  /* By how many dots the picture of one frame lies elsewhere in another; null: nothing of it is of use. */
  function shift(before, { zoom, left, top, width, height, ratio, columns, rows }) {
    const [dx, dy] = [(before.left - left) * ratio, (before.top - top) * ratio];
    const isAlike = before.zoom === zoom && before.ratio === ratio && before.width === width && before.height === height;
    const meets = Math.abs(dx) < columns && Math.abs(dy) < rows;
    return isAlike && meets && Number.isInteger(dx) && Number.isInteger(dy) ? [dx, dy] : null;
  }

  const modulo = (value, length) => ((value % length) + length) % length;

  /* The segments of [low, high] that lie together where positions are kept modulo a length: from, to,
     and what to add for the place where they are kept. */
  function segments(low, high, { first, length }) {
    const start = modulo(first, length);
    const seam = length - start; // from here on they are kept at the beginning
    return [[low, Math.min(high, seam), start], [Math.max(low, seam), high, start - length]].filter(([from, to]) => to > from);
  }

  /* Bitmaps keep their dots by their place in the world, modulo their size: the pieces in which they
     keep a box of the canvas, and how far from there they keep them. */
  function pieces([west, north, east, south], { left, top, columns, rows, ratio }) {
    const across = segments(west, east, { first: Math.round(left * ratio), length: columns });
    const down = segments(north, south, { first: Math.round(top * ratio), length: rows });
    return down.flatMap(([above, below, dy]) => across.map(([before, after, dx]) => [before, above, after, below, dx, dy]));
  }

  /* What painters of a box (in dots) need: where world units fall, and what is to be seen in it. */
  function view(box, frame, map, plane) {
    const { zoom, left, top, ratio } = frame;
    const scale = 2 ** zoom;
    const dx = plane.middle[0] * scale - left;
    const dy = plane.middle[1] * scale - top;
    const latitude = (map.getCenter().lat * Math.PI) / 180;
    const [west, north, east, south] = box.map((edge) => edge / ratio);
    return {
      zoom,
      scale,
      dx,
      dy,
      ratio,
      width: east,
      height: south,
      inSight: inSight(frame, map).map((edge) => edge / ratio),
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
  }

  return { around, cornerOf, inSight, isNear, shift, pieces, view };
})();
