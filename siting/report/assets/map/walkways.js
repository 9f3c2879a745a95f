/* The streets from which a facility can be reached within a limit: its isodistance. */
Siting.walkways = (() => {
  const COLOURS = ["#08519c", "#3182bd", "#6baed6"]; // by thirds of the limit

  /* Pieces of street by third of the limit, in world units. */
  function create(plane, ground, reach, limit) {
    const { net } = ground;
    const { stopsOf } = Siting.network;
    const world = plane.worldArrays(net.x, net.y);
    const { cost } = reach.label;
    const paths = COLOURS.map(() => new Path2D());
    const third = (value) => Math.min(2, Math.floor((3 * value) / (limit + 1)));
    for (let e = 0; e < net.edges; e++) {
      const stops = stopsOf(net, e).filter(([node]) => cost[node] <= limit);
      if (!stops.length) continue;
      for (let i = net.start[e]; i + 1 < net.start[e + 1]; i++) {
        const middle = (net.at[i] + net.at[i + 1]) / 2;
        const walk = Math.min(...stops.map(([node, offset]) => cost[node] + Math.abs(middle - offset)));
        if (walk > limit) continue;
        const path = paths[third(walk)];
        path.moveTo(world.x[i], world.y[i]);
        path.lineTo(world.x[i + 1], world.y[i + 1]);
      }
    }
    return paths;
  }

  function paint(context, view, paths) {
    view.inWorld(context, (pixel) => {
      context.lineCap = "round";
      context.lineWidth = (view.zoom >= 15 ? 5 : 3) * pixel;
      paths.forEach((path, i) => {
        context.strokeStyle = COLOURS[i];
        context.globalAlpha = 0.75;
        context.stroke(path);
      });
      context.globalAlpha = 1;
    });
  }

  return { create, paint };
})();
