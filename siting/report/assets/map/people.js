/* Demand points: a disc where people are covered, a diamond where they are not. */
Siting.people = (() => {
  const COLOURS = ["#deebf7", "#9ecae1", "#6baed6", "#d95f0e", "#7f2704", "#8b8b8b", "#d3d0ca", "#ffffff", "#e4e2dd"];
  const OUTLINES = ["#5b84a8", "#4a7ba3", "#2f6795", "#8a3a05", "#4d1702", "#5c5c5c", "#b3afa7", "#8f8a82", "#c9c6c0"];
  const ORDER = [8, 6, 7, 0, 1, 2, 5, 3, 4]; // gaps last: they must be seen
  const SMALLEST = 2;

  const radius = (people, metresPerPixel) =>
    Math.min(16, Math.max(SMALLEST, (1.25 * Math.sqrt(people)) / metresPerPixel));

  function diamond(context, x, y, r) {
    context.moveTo(x, y - r);
    context.lineTo(x + r, y);
    context.lineTo(x, y + r);
    context.lineTo(x - r, y);
    context.closePath();
  }

  function create(plane, data, arrays) {
    const world = plane.worldArrays(arrays["demand.x"], arrays["demand.y"]);
    const count = world.x.length;

    function paint(context, view, { shown, weight, keep }) {
      const outline = view.metresPerPixel < 12;
      for (const value of ORDER) {
        context.beginPath();
        for (let i = 0; i < count; i++) {
          if (shown[i] !== value || !keep(i) || !view.sees(world.x[i], world.y[i], 16)) continue;
          const x = world.x[i] * view.scale + view.dx;
          const y = world.y[i] * view.scale + view.dy;
          const r = radius(weight[i], view.metresPerPixel);
          if (value === 3 || value === 4) diamond(context, x, y, r * 1.25);
          else {
            context.moveTo(x + r, y);
            context.arc(x, y, r, 0, 2 * Math.PI);
          }
        }
        context.fillStyle = COLOURS[value];
        context.globalAlpha = value > 5 ? 0.75 : 0.95;
        context.fill();
        context.lineWidth = 0.8;
        context.strokeStyle = OUTLINES[value];
        if (outline || value < 3) context.stroke();
      }
      context.globalAlpha = 1;
    }

    /* The shown point under a place of the map, or −1. */
    function at(view, px, py, { shown, weight, keep }) {
      let found = -1;
      let best = Infinity;
      for (let i = 0; i < count; i++) {
        if (shown[i] === Siting.verdicts.NOBODY || !keep(i)) continue;
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

    return { paint, at, world, count };
  }

  return { create, COLOURS, OUTLINES };
})();
