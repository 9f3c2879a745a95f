/* A layer of single marks and names: only where one comes, goes or looks different is painted again. */
Siting.stickers = (() => {
  /* `list` (view → marks) says what is shown: for each `key` (what it looks like and where), its
     place in world units, the `box` around it in pixels and how to `draw` it there. */
  function create(list) {
    let shown = [];
    const pixelBox = ({ x, y, box: [left, top, right, bottom] }, { scale, dx, dy }) => {
      const [px, py] = [x * scale + dx, y * scale + dy];
      return [px + left, py + top, px + right, py + bottom];
    };
    const keysOf = (marks) => new Set(marks.map(({ key }) => key));

    function changes(view) {
      const before = shown;
      shown = list(view);
      const [are, were] = [keysOf(shown), keysOf(before)];
      const changed = [...before.filter(({ key }) => !are.has(key)), ...shown.filter(({ key }) => !were.has(key))];
      return changed.map((mark) => pixelBox(mark, view));
    }

    function paint(context, view) {
      for (const mark of shown) {
        if (view.seesPixels(pixelBox(mark, view))) mark.draw(context, mark.x * view.scale + view.dx, mark.y * view.scale + view.dy);
      }
    }

    return { changes, paint };
  }

  return { create };
})();
