/* What the first change of a trial is a step from: the state without any change, found step by step
   while nothing else is done. */
Siting.idle = (() => {
  const later = (action) => (window.requestIdleCallback ?? setTimeout)(action);
  const REHEARSALS = 8;
  const ASIDE_MM = 150_000;

  /* Changes as people make them, around some of the facilities that serve. */
  function examples(app, { live: { needs }, parts }) {
    const numbers = needs[0].certain.slice(0, REHEARSALS).map((id) => app.data.facilities.findIndex((one) => one.id === id));
    return numbers.map((f) => {
      const { x, y } = app.data.facilities[f];
      return {
        added: [app.newFacility(parts[0].facility_kind, x + ASIDE_MM, y + ASIDE_MM, null)],
        closed: new Set([f]),
        opened: new Set(),
        links: [{ x0: x, y0: y, x1: x + ASIDE_MM, y1: y }],
      };
    });
  }

  /* `asked` says what is looked at: rule, part, options of views, and a key of them all; `viewOf` what
     is seen of it under a trial, from the state before. */
  function create(app, asked, viewOf) {
    const rehearsed = new Set();
    let running = null;
    let start = {}; // { key, found, now }, as the application keeps the state before

    /* Follow some changes, and keep what comes of them as the state before. */
    function* follow(edits, looked) {
      const known = app.trial.edits();
      app.trial.set(edits);
      const found = app.trial.follow(looked.rule);
      app.trial.set(known);
      yield;
      const now = viewOf(found, start, looked);
      yield;
      Siting.gaplist.gapsOf(app, looked.rule, found);
      start = { key: looked.key, found, now };
      yield;
    }

    function* steps() {
      const looked = asked();
      const { rule } = looked;
      if (!rule.shown.length) return;
      yield* app.trial.preparing(rule);
      if (!rule.live || rule.live.presence) return;
      yield* follow(app.state.edits, looked);
      if (rehearsed.has(rule)) return;
      rehearsed.add(rule);
      // What a browser does for the first times takes it several times as long: nobody should wait for that.
      for (const edits of examples(app, rule)) yield* follow(edits, looked);
      yield* follow(app.state.edits, looked);
    }

    /* To be called after every change; what was begun before is left. */
    function begin() {
      running = app.trial && Siting.trial.isEmpty(app.state.edits) ? steps() : null;
      const own = running;
      const next = () => {
        if (running === own && !own.next().done) later(next);
      };
      if (own) later(next);
    }

    return { begin, start: () => start };
  }

  return { create };
})();
