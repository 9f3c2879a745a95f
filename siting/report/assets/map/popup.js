/* Popups say why: status, unit, people, nearest facility, distances against the limit, cause. */
Siting.popup = (() => {
  const { card, el, facts, people, share, metres } = Siting.dom;

  function verdictWord(app, verdict) {
    const sign = { covered: "✔", uncovered: "✖", undetermined: "?" }[verdict] || "–";
    return el("strong", { class: `verdict ${verdict}` }, `${sign} ${app.word("verdict", verdict)}`);
  }

  /* Where the rule comes from, and how it is understood. */
  function clauseOf(app, rule) {
    const clauses = rule.clauses.join(app.state.lang === "zh" ? "、" : ", ");
    const chosen = rule.readings.find(({ id }) => id === "default");
    const reading = chosen ? app.text(chosen.title) : app.word("reading", "default");
    return el(
      "p",
      { class: "clause" },
      `${app.word("basis", rule.basis)} · ${rule.source.document} ${rule.source.clause}${app.aside(clauses)}`,
      el("br"),
      app.labelled("reading", [reading, app.text(rule.limits)].filter(Boolean).join(" · ")),
    );
  }

  const ruleOf = (app, row) => app.data.rules.find(({ id }) => id === row.rule);

  /* How far a gap's people are from what they lack: on foot, or of an area in a straight line. Where
     a unit has a facility or not, nothing is measured. */
  function distanceOf(app, gap) {
    const { straight_m: straight, zone } = gap;
    if (ruleOf(app, gap).kind === "presence") return null;
    if (zone !== undefined) return straight == null ? app.say("nowhere") : metres(straight * 1000);
    const walk = app.walkOf(gap);
    return walk == null ? app.say("unreachable") : metres(walk * 1000);
  }

  /* The smallest repair, as the official run found it; under a trial only another run looks for one. */
  function fixOf(app, row) {
    if (!row.why) return app.isTried() && app.say("formal");
    if (!row.fix) return app.say("fix_none");
    const helped = row.fix_people ? app.aside(app.persons(row.fix_people)) : "";
    return app.word("fix", row.fix) + helped;
  }

  /* Why a gap is one, and what would help. */
  const whyGap = (app, row) => [
    [app.say("cause"), row.why ? app.text(row.why) : app.word("cause", row.cause)],
    [app.say("fix"), fixOf(app, row)],
    [app.say("fix_at"), row.where && app.text(row.where)],
  ];

  function whyRow(app, part, rows, i) {
    const verdict = app.data.verdicts[rows.verdict[i]];
    const nearest = app.data.facilities[rows.facility[i]] ?? app.state.edits.added[rows.facility[i] - app.data.facilities.length];
    const cost = rows.cost_mm[i];
    const cutoff = rows.cutoff_mm[i];
    const straight = app.straightFrom(part)(rows.demand[i]);
    const walk = cost < 0 ? app.say("unreachable") : metres(cost);
    const isOver = verdict === "uncovered" && cost > cutoff;
    return el(
      "section",
      { class: "why" },
      el("h4", {}, verdictWord(app, verdict), ` ${app.partTitle(part)}`),
      facts([
        [app.text(app.data.groups[rows.group[i]]), app.persons(rows.people[i])],
        [app.say("nearest"), nearest && nearest.name],
        [app.say("walk"), cutoff > 0 && `${walk} / ${app.say("limit")} ${metres(cutoff)}${isOver ? app.aside(`+${metres(cost - cutoff)}`) : ""}`],
        [app.say("straight"), cutoff > 0 && straight >= 0 && metres(straight)],
        ...(verdict === "uncovered" ? whyGap(app, app.gapOf(part, rows.demand[i])) : []),
      ]),
    );
  }

  function demand(app, at) {
    const { rule, part } = app.view();
    const several = part === "all" && rule.shown.length > 1 && rule.kind !== "density-access";
    const parts = several ? rule.shown.slice(1) : [part];
    const sections = parts.flatMap((name) => {
      const rows = app.rows(rule, name);
      const mine = [];
      rows.demand.forEach((owner, i) => owner === at && mine.push(i));
      return mine.map((i) => whyRow(app, rule.parts.find((p) => p.part === name), rows, i));
    });
    const residents = app.arrays["demand.residents"];
    return card(
      app.data.demand.names[at] || app.say("point"),
      el("p", { class: "where" }, [app.unitOf(at, "street"), app.unitOf(at, "community")].filter(Boolean).join(" · "),
        residents && `　${app.say("residents")} ${people(residents[at])}`),
      sections,
      clauseOf(app, rule),
    );
  }

  function gap(app, listed) {
    const row = app.told(listed);
    const isArea = row.zone !== undefined;
    const rule = ruleOf(app, row);
    const distance = distanceOf(app, row);
    return card(
      `${app.say("gap")} ${app.gaps().indexOf(listed) + 1} · ${row.place || row.unit}`,
      el("p", { class: "where" }, [row.street, row.unit, app.word("kind", row.facility_kind)].filter(Boolean).join(" · ")),
      facts([
        [app.say("gap_people"), app.persons(row.people)],
        [app.say("group"), app.word("group", row.group)],
        [app.say("nearest"), row.nearest],
        [app.say(isArea ? "straight_from_edge" : "walk"), distance && `${distance} / ${app.say("limit")} ${metres(row.cutoff_m * 1000)}`],
        [app.say("straight"), !isArea && row.straight_m != null && metres(row.straight_m * 1000)],
        ...whyGap(app, row),
        [app.say("readings"), row.readings_total && app.say("readings_failing", { n: row.readings_failing, of: row.readings_total })],
      ]),
      clauseOf(app, rule),
    );
  }

  /* The part of its rule for which a candidate is ranked, if it is not for the whole. */
  function needOf(app, row) {
    const served = ruleOf(app, row).parts.find(({ part }) => part === row.reason);
    return served && app.partTitle(served);
  }

  function candidate(app, row) {
    return card(
      `${app.say("candidate")} ${row.rank} · ${row.name || row.site}`,
      el("p", { class: "where" }, row.unit || ""),
      facts([
        [app.say("part"), needOf(app, row)],
        [app.say("gain"), app.persons(row.gain)],
        [app.say("after"), share(row.coverage)],
        [app.say("gap_to_bound"), row.optimality_gap != null && share(row.optimality_gap)],
        [app.say("robust"), row.robust_share != null && share(row.robust_share)],
        [app.say("replacement"), row.replacement],
        [app.say("regret"), row.replacement && row.regret != null && app.persons(row.regret)],
      ]),
    );
  }

  function trialButton(app, row) {
    if (!app.trial || row.number === undefined) return null;
    const key = app.trialOf(row.number) ? "trial_undo" : row.status === "operating" ? "trial_close" : "trial_open";
    return el("button", { type: "button", class: "action", on: { click: () => app.toggleFacility(row.number) } }, app.say(key));
  }

  function trial(app, one) {
    return card(
      one.name,
      el("p", { class: "where" }, app.say("trial_facility")),
      facts([
        [app.say("capacity"), one.capacity == null ? null : people(one.capacity)],
        [app.say("status"), app.noteOf(one)],
      ]),
      el("button", { type: "button", class: "action", on: { click: () => app.removeFacility(app.state.edits.added.indexOf(one)) } }, app.say("remove")),
    );
  }

  function facility(app, row) {
    const capacity = row.beds ?? row.places ?? row.nursery_places;
    const yesNo = { true: app.say("yes"), false: app.say("no") };
    return card(
      row.name,
      el("p", { class: "where" }, app.word("kind", row.kind)),
      facts([
        [app.say("status"), app.word("status", row.status)],
        [app.say("year_open"), row.year_open && String(row.year_open)],
        [app.say("project"), row.project],
        [app.say("capacity"), capacity && people(capacity)],
        [app.say("inclusive"), row.inclusive == null ? null : yesNo[row.inclusive]],
        [app.say("position"), row.position && app.word("position", row.position)],
        [app.say("nature"), row.data_nature],
      ]),
      trialButton(app, row),
    );
  }

  return { demand, gap, candidate, facility, trial, distanceOf, needOf };
})();
