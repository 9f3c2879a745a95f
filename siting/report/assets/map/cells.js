/* Square cells of a canvas that are to be painted again: a bit for each layer that has changed. */
Siting.cells = (() => {
  const SIZE = 64; // pixels
  const SOME = 4; // cells in a row and in a column that are taken together

  function create(width, height) {
    const [across, down] = [width, height].map((length) => Math.ceil(length / SIZE));
    const bits = new Uint16Array(across * down);
    const columns = ([left, , right]) => [Math.max(0, Math.floor(left / SIZE)), Math.min(across, Math.ceil(right / SIZE))];
    const rows = ([, top, , bottom]) => [Math.max(0, Math.floor(top / SIZE)), Math.min(down, Math.ceil(bottom / SIZE))];

    /* Mark the cells that meet a box [left, top, right, bottom]. */
    function mark(layers, box) {
      const [[west, east], [north, south]] = [columns(box), rows(box)];
      for (let row = north; row < south; row++) {
        for (let at = row * across + west; at < row * across + east; at++) bits[at] |= layers;
      }
    }

    /* Take the marks off the cells that meet a box; returns them as rectangles that were marked
       alike: [{ box, layers }]. */
    function take(box) {
      const [[west, east], [north, south]] = [columns(box), rows(box)];
      const found = [];
      for (let row = north; row < south; row++) {
        for (let from = west; from < east; ) {
          const layers = bits[row * across + from];
          let to = from + 1;
          while (to < east && bits[row * across + to] === layers) to += 1;
          if (layers) add(found, { layers, box: [from * SIZE, row * SIZE, Math.min(width, to * SIZE), Math.min(height, (row + 1) * SIZE)] });
          bits.fill(0, row * across + from, row * across + to);
          from = to;
        }
      }
      return found;
    }

    /* A run of cells joins the run of the same cells above it. */
    function add(found, run) {
      const above = found.find(({ layers, box: [left, , right, bottom] }) => layers === run.layers && left === run.box[0] && right === run.box[2] && bottom === run.box[1]);
      if (above) above.box[3] = run.box[3];
      else found.push(run);
    }

    /* A few of the marked cells that meet a box; none when nothing is left of them. */
    function takeSome(box) {
      const [[west, east], [north, south]] = [columns(box), rows(box)];
      for (let row = north; row < south; row++) {
        for (let column = west; column < east; column++) {
          const [x, y] = [column * SIZE, row * SIZE];
          if (bits[row * across + column]) return take([x, y, x + SOME * SIZE, y + SOME * SIZE]);
        }
      }
      return [];
    }

    return { mark, take, takeSome };
  }

  return { create };
})();
