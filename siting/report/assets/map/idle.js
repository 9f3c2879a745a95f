/* What the first change of a trial is a step from: the state without any change, found step by step
   while nothing else is done. */
Siting.idle = (() => {
  const later = (action) => (window.requestIdleCallback ?? setTimeout)(action);

  /* `asked` says what is looked at: rule, part, options of views, and a key of them all. */
  function create(app, asked) {
    let running = null;
    let start = null; // { key, found, now }, as the application keeps the state before

    function* steps() {
      const { rule, part, options, key } = asked();
      if (!rule.shown.length) return;
      yield* app.trial.preparing(rule);
      if (!rule.live || rule.live.presence) return;
      const found = app.trial.follow(rule);
      yield;
      const now = Siting.view.create(found.parts.get(part), options);
      yield;
      Siting.edits.gapsOf(app, rule, found);
      start = { key, found, now };
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

    return { begin, start: () => start ?? {} };
  }

  return { create };
})();
