/* Changing a trial, and what becomes of it: exports, every rule before and after. */
Siting.edits = (() => {
  const UNJOINED = { "no-open-leg": "trial_walled", "too-far": "trial_far" };

  function create(app, refresh, refreshFast) {
    const { state, data } = app;
    const change = (changes) => {
      state.edits = { ...state.edits, ...changes };
      state.trialOpen = true;
      refresh();
    };
    const without = (list, i) => list.filter((_, at) => at !== i);

    const nextNumber = () => 1 + Math.max(0, ...state.edits.added.map(({ n }) => n ?? 0));

    return {
      /* A trial facility, numbered within the trial and named in the language of the page. */
      newFacility: (kind, x, y, capacity, n = nextNumber()) => {
        const column = data.trial.capacity[kind];
        const facility = {
          kind, x, y, n,
          capacity: column ? capacity : null,
          get name() {
            return app.say("trial_name", { kind: app.word("kind", kind), n });
          },
        };
        return facility.capacity == null ? facility : Object.assign(facility, { [column]: capacity });
      },
      /* Why a facility would not join the streets as they are under the trial, if it would not. */
      noteOf: ({ x, y }) => {
        const key = Siting.units.inWater(app.arrays, x, y) ? "trial_water" : UNJOINED[app.trial.place(x, y).reason];
        return key && app.say(key);
      },
      setEdits: (edits) => change(edits),
      addFacility: (one) => change({ added: [...state.edits.added, one] }),
      removeFacility: (i) => change({ added: without(state.edits.added, i) }),
      moveFacility: (i, x, y, isDone) => {
        Object.assign(state.edits.added[i], { x, y });
        if (isDone) refresh();
        else refreshFast();
      },
      addLink: (link) => {
        const wet = (x, y) => Siting.units.inWater(app.arrays, x, y);
        const possible = !wet(link.x0, link.y0) && !wet(link.x1, link.y1) && Siting.links.pathOf(app.trial.ground(), link);
        if (possible) change({ links: [...state.edits.links, link] });
        else app.notice(app.say("trial_no_link"));
      },
      removeLink: (i) => change({ links: without(state.edits.links, i) }),
      /* Close a facility that operates, or open one that does not; a second time takes it back. */
      toggleFacility: (f) => {
        const name = data.facilities[f].status === "operating" ? "closed" : "opened";
        const next = new Set(state.edits[name]);
        if (!next.delete(f)) next.add(f);
        change({ [name]: next });
      },
      exportTrial: () => {
        const columns = data.trial.capacity;
        const text = Siting.exports.changes(state.edits, { facilities: data.facilities, plane: app.plane, columns });
        Siting.exports.download("changes.toml", text, "application/toml");
      },
      exportGaps: (bounds) => {
        const columns = ["rule", "facility_kind", "street", "unit", "place", "group", "people", "nearest", "nearest_m", "straight_m", "cutoff_m", "cause", "fix", "candidate", "priority", "lon", "lat"];
        const rows = app.gaps().map(app.told).map((row, i) => {
          const [lon, lat] = app.plane.toLonLat(row.x, row.y).map((value) => Number(value.toFixed(6)));
          return { ...row, rule: app.view().rule.id, priority: i + 1, lon, lat };
        });
        const visible = rows.filter(({ lat, lon }) => bounds.contains([lat, lon]));
        Siting.exports.download("gaps.csv", Siting.exports.csv(columns, visible), "text/csv");
      },
      /* Every rule before and after the trial; without `after` it needs a formal run. */
      outcomes: () => [
        ...data.rules.filter(({ found }) => !found).map((rule) => {
          if (!rule.shown.length || !app.trial.verify(rule)) return { rule };
          const kinds = data.verdicts.length;
          const options = { kinds, home: app.arrays["demand.street"], units: data.base.units.length };
          const sum = (rows) => Siting.verdicts.totalsOf(Siting.verdicts.sumsOf(rows, options), kinds);
          const before = sum(Siting.verdicts.rowsOf(app.arrays, rule.id, "all"));
          return { rule, before, after: sum(app.trial.evaluate(rule).get("all")) };
        }),
        ...data.measures.map((rule) => (app.trial.verify(rule) ? { rule, before: rule, after: app.trial.measure(rule) } : { rule })),
      ],
    };
  }

  return { create };
})();
