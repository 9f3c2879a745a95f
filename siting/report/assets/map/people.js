/* Demand points: a disc where people are covered, a diamond where they are not. */
Siting.people = (() => {
  const COLOURS = ["#deebf7", "#9ecae1", "#6baed6", "#d95f0e", "#7f2704", "#8b8b8b", "#d3d0ca", "#ffffff", "#e4e2dd"];
  const OUTLINES = ["#5b84a8", "#4a7ba3", "#2f6795", "#8a3a05", "#4d1702", "#5c5c5c", "#b3afa7", "#8f8a82", "#c9c6c0"];
  const SMALLEST = 2;
  const MOST_POINTS = 2 ** 27;
  const LARGE = 500_000; // dots of a box for which all points are looked through
  const MANY = 40_000; // marks; more than these are drawn smaller
  const SMOOTH_FROM = 2.1;
  const OPAQUE = 0xff000000;

  const radius = (people, metresPerPixel, smallest = SMALLEST) =>
    Math.min(16, Math.max(smallest, (1.25 * Math.sqrt(people)) / metresPerPixel));

  const isGap = (value) => value === 3 || value === 4;

  /* A mark drawn once, as pixels: copying pixels is many times faster than drawing paths. */
  function createStamp(value, r, ratio) {
    const half = Math.ceil(r * 1.25 * ratio) + 1;
    const size = 2 * half;
    const context = new OffscreenCanvas(size, size).getContext("2d", { willReadFrequently: true });
    context.translate(half, half);
    context.scale(ratio, ratio);
    context.beginPath();
    if (isGap(value)) {
      const d = r * 1.25;
      context.moveTo(0, -d);
      context.lineTo(d, 0);
      context.lineTo(0, d);
      context.lineTo(-d, 0);
      context.closePath();
    } else context.arc(0, 0, r, 0, 2 * Math.PI);
    context.fillStyle = COLOURS[value];
    context.fill();
    context.lineWidth = 0.8;
    context.strokeStyle = OUTLINES[value];
    context.stroke();
    const pixels = new Uint32Array(context.getImageData(0, 0, size, size).data.buffer);
    // Of small marks every pixel is there or not: thousands of them need no mixing of colours.
    if (r * ratio < SMOOTH_FROM) pixels.forEach((pixel, i) => (pixels[i] = pixel >>> 24 < 96 ? 0 : pixel | OPAQUE));
    return { half, size, pixels };
  }

  /* One pixel over another: colours mixed by the upper one's opacity. */
  function over(upper, lower) {
    const a = upper >>> 24;
    if (a === 255 || lower === 0) return upper;
    const mix = (shift) => (((upper >>> shift) & 255) * a + ((lower >>> shift) & 255) * (255 - a)) / 255;
    const alpha = a + ((lower >>> 24) * (255 - a)) / 255;
    return (alpha << 24) | (mix(16) << 16) | (mix(8) << 8) | mix(0);
  }

  /* Copy a stamp into a sheet of pixels. */
  function copy({ size, pixels }, target, width, height, left, top) {
    const x0 = Math.max(0, -left);
    const x1 = Math.min(size, width - left);
    const y1 = Math.min(size, height - top);
    for (let y = Math.max(0, -top); y < y1; y++) {
      const row = (top + y) * width + left;
      for (let x = x0; x < x1; x++) {
        const pixel = pixels[y * size + x];
        if (pixel >= OPAQUE) target[row + x] = pixel;
        else if (pixel) target[row + x] = over(pixel, target[row + x]);
      }
    }
  }

  const RANK = new Uint8Array(256);
  Siting.view.ORDER.forEach((value, rank) => {
    RANK[value] = rank;
  });

  /* Points by square cells, to find those of a part of the map. */
  function indexOf({ x, y }) {
    const ACROSS = 128;
    const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
    const most = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
    const [x0, y0] = [least(x), least(y)];
    const size = Math.max(most(x) - x0, most(y) - y0, 1e-9) / (ACROSS - 1);
    const columnOf = (value) => Math.floor((value - x0) / size);
    const rowOf = (value) => Math.floor((value - y0) / size);
    const { start, row } = Siting.verdicts.groupBy(Int32Array.from(x, (value, i) => rowOf(y[i]) * ACROSS + columnOf(value)), ACROSS * ACROSS);
    const within = (cell) => Math.min(ACROSS - 1, Math.max(0, cell));
    return {
      near: ([west, north, east, south]) => {
        const found = [];
        for (let j = within(rowOf(north)); j <= within(rowOf(south)); j++) {
          const from = start[j * ACROSS + within(columnOf(west))];
          const to = start[j * ACROSS + within(columnOf(east)) + 1];
          for (let k = from; k < to; k++) found.push(row[k]);
        }
        return found;
      },
    };
  }

  /* A painter of people at places in world units. */
  function create(world) {
    let stamps = COLOURS.map(() => []); // by class and radius in half pixels
    let stampRatio = 0;
    let smallest = SMALLEST;
    let last = null; // what was shown last
    let index = null;

    function stampOf(value, r, ratio) {
      if (ratio !== stampRatio) [stamps, stampRatio] = [COLOURS.map(() => []), ratio];
      const steps = Math.round(r * 2);
      return (stamps[value][steps] ??= createStamp(value, steps / 2, ratio));
    }

    /* Boxes of pixels around the marks that look different from what was shown last; null: all do. */
    function changes(view, { shown, weight, step, street, order }) {
      const isSame = last && last.street === street && last.weight === weight;
      const changed = !isSame ? null : last.shown === shown ? [] : last.shown === step?.from ? step.changed : differing(shown, last.shown);
      last = { shown, weight, street };
      if (!changed) smallest = order().length > MANY ? 1.5 : SMALLEST;
      const largest = largestOf(weight, view.metresPerPixel);
      return changed?.map((at) => {
        const x = world.x[at] * view.scale + view.dx;
        const y = world.y[at] * view.scale + view.dy;
        return [x - largest, y - largest, x + largest, y + largest];
      });
    }

    function differing(shown, before) {
      const found = [];
      for (let at = 0; at < shown.length; at++) if (shown[at] !== before[at]) found.push(at);
      return found;
    }

    /* Points whose marks may reach into a box of pixels, in the order in which all are drawn. */
    function drawnIn([west, north, east, south], { scale, dx, dy }, { isDrawn, shown }) {
      index ??= indexOf(world);
      const near = index.near([(west - dx) / scale, (north - dy) / scale, (east - dx) / scale, (south - dy) / scale]);
      const ranked = new Int32Array(near.length);
      let count = 0;
      for (const at of near) if (isDrawn(at)) ranked[count++] = RANK[shown[at]] * MOST_POINTS + at;
      const drawn = ranked.subarray(0, count).sort();
      for (let k = 0; k < count; k++) drawn[k] %= MOST_POINTS;
      return drawn;
    }

    /* The half of the largest mark on the map, in pixels: so far may marks reach into a box. */
    const heaviest = new WeakMap();
    function largestOf(weight, metresPerPixel) {
      if (!heaviest.has(weight)) heaviest.set(weight, weight.reduce((a, b) => Math.max(a, b), 0));
      return 1.25 * radius(heaviest.get(weight), metresPerPixel) + 2;
    }

    /* Paint a box of dots, kept somewhat aside: pixel by pixel, in place of what was there. */
    function paint(context, view, { box, dx: aside, dy: below }, state) {
      const { shown, weight } = state;
      const { scale, dx, dy, ratio, metresPerPixel } = view;
      const [left, top, right, bottom] = box;
      const [width, height] = [right - left, bottom - top];
      const sheet = context.createImageData(width, height);
      const pixels = new Uint32Array(sheet.data.buffer);
      const largest = largestOf(weight, metresPerPixel);
      const reach = box.map((edge, side) => edge / ratio + (side < 2 ? -largest : largest));
      const order = width * height > LARGE ? state.order() : drawnIn(reach, view, state);
      const [west, north, east, south] = reach;
      for (let k = 0; k < order.length; k++) {
        const i = order[k];
        const x = world.x[i] * scale + dx;
        const y = world.y[i] * scale + dy;
        if (x < west || x > east || y < north || y > south) continue;
        const stamp = stampOf(shown[i], radius(weight[i], metresPerPixel, smallest), ratio);
        copy(stamp, pixels, width, height, Math.round(x * ratio) - stamp.half - left, Math.round(y * ratio) - stamp.half - top);
      }
      context.putImageData(sheet, left + aside, top + below);
    }

    /* The shown point under a place of the map, or −1. */
    function at(view, px, py, { weight, order }) {
      let found = -1;
      let best = Infinity;
      for (const i of order()) {
        const dx = world.x[i] * view.scale + view.dx - px;
        const dy = world.y[i] * view.scale + view.dy - py;
        const reach = Math.max(7, radius(weight[i], view.metresPerPixel) * 1.25);
        const distance = dx * dx + dy * dy;
        if (distance <= reach * reach && distance < best) {
          best = distance;
          found = i;
        }
      }
      return found;
    }

    return { changes, paint, at };
  }

  return { create, COLOURS, OUTLINES };
})();
