"""What the page recomputes equals an official run to the last person and millimetre.

A trial made in the page is exported as [[change]] blocks; Python applies the same text to the
same town and evaluates every rule again. Every verdict and every cost must agree.
"""

import json
import tomllib

import numpy as np
import pandas as pd
import pytest
from live_town import COLUMNS, COUNTS, NORTH, ROWS, STEP, WEST, X0, Y0, write_live_town, y_of
from pydantic import TypeAdapter

from siting.access.conditions import passing
from siting.access.evaluate import evaluate
from siting.access.gaps import find_gaps
from siting.access.measure import measure
from siting.access.placing import study_of
from siting.layers.changes import apply_changes
from siting.plan.model import FacilityFilter
from siting.prepare import Stopwatch
from siting.project import find_project
from siting.report.live import asked_filter
from siting.report.map import map_page
from siting.report.mapground import plane_of
from siting.run import gather, work
from siting.scenario.model import Change

pytestmark = pytest.mark.browser
COLUMNS_ASKED = ["kind", "year_open", "enrolled", "level", "inclusive", "nursery_places", "beds"]
TRIALS = 70  # each with one to three placements and up to three closures: over 200 in all
LINKED = 24  # trials with links, one to four each
COUNTED = 12  # in so many of them the rules that count facilities are measured as well

# Sets trials in the page, all in one call, and returns of each its TOML and, per rule and part,
# verdicts and costs; of rules that count facilities, value and verdict, of the whole and of units.
# As text: for every number of an array the driver would make an object.
TRY = """(trials) => JSON.stringify(trials.map((wanted) => {
  const { app } = Siting;
  const number = (id) => app.data.facilities.findIndex((f) => f.id === id);
  const edits = {
    added: wanted.added,
    closed: new Set(wanted.closed.map(number)),
    opened: new Set(wanted.opened.map(number)),
    links: wanted.links,
  };
  app.trial.set(edits);
  const rules = {};
  for (const rule of app.data.rules) {
    for (const [part, rows] of app.trial.evaluate(rule)) {
      rules[`${rule.id}/${part}`] = [[...rows.verdict], [...rows.cost_mm]];
    }
  }
  const values = {};
  for (const rule of app.data.measures.filter((rule) => app.trial.verify(rule))) {
    const { value, verdict, units } = app.trial.measure(rule);
    const rows = units.map((unit) => [unit.code, unit.value, unit.verdict]);
    values[rule.id] = [["", value, verdict], ...rows];
  }
  const columns = app.data.trial.capacity;
  const options = { facilities: app.data.facilities, plane: app.plane, columns };
  return { toml: Siting.exports.changes(edits, options), rules, values };
}))"""


# The gaps of every rule under the trial set last.
GAPS = """() => { const { app } = Siting;
  return app.data.rules.flatMap((rule) => {
    const parts = app.trial.evaluate(rule);
    const told = (gap) => Siting.gaplist.told(app, rule, parts.get(gap.part), gap);
    return Siting.gaplist.gapsOf(app, rule, { parts }).map(told);
  }); }"""


# Follows each rule through the trials, as the panel does, and finds it anew: where do rows, totals,
# colours, drawing order or gaps differ? Answers with the differences and the number of steps.
FOLLOW = """(trials) => {
  const { app } = Siting;
  const number = (id) => app.data.facilities.findIndex((f) => f.id === id);
  const { arrays, data } = app;
  const options = { arrays, verdicts: data.verdicts, units: data.base.units, street: -1 };
  const plain = (key, value) =>
    key === "step" ? undefined : ArrayBuffer.isView(value) ? [...value] : value;
  const said = (one) => JSON.stringify(one, plain);
  const differ = [];
  let steps = 0;
  for (const rule of data.rules.filter((one) => app.trial.verify(one) && !one.live.presence)) {
    let found = null;
    let views = null;
    for (const { added, links, ...wanted } of trials) {
      const set = (ids) => new Set(ids.map(number));
      const [closed, opened] = [set(wanted.closed), set(wanted.opened)];
      const edits = { added, closed, opened, links };
      app.state.edits = edits;
      app.trial.set(edits);
      const before = found;
      found = app.trial.follow(rule);
      const isStep = before !== null && found.from === before;
      steps += isStep;
      const parts = app.trial.evaluate(rule);
      const seen = new Map();
      for (const [part, rows] of parts) {
        const own = found.parts.get(part);
        const whole = Siting.view.create(rows, options);
        const view = isStep
          ? Siting.view.after(views.get(part), own, found.touched, options)
          : Siting.view.create(own, options);
        seen.set(part, view);
        if (said(own) !== said(rows)) differ.push([rule.id, part, "rows"]);
        if (said(view) !== said(whole)) differ.push([rule.id, part, "view"]);
      }
      views = seen;
      const told = (gap) => [
        Siting.gaplist.told(app, rule, parts.get(gap.part), gap),
        Siting.gaps.walkOf(gap, parts.get(gap.part)), // kept with the gap
      ];
      const gaps = Siting.gaplist.gapsOf(app, rule, found).map(told);
      const anew = Siting.gaplist.gapsOf(app, rule, { parts }).map(told);
      if (said(gaps) !== said(anew)) differ.push([rule.id, "gaps"]);
    }
  }
  app.state.edits = Siting.trial.noEdits();
  return { differ, steps };
}"""


# Arrays copied from one another in turns, as a trial's are, each written at a few places: as many
# copies as changes must hold what whole copies would.
COPIES = """([length, changes]) => {
  const { createBuffers, between } = Siting.copies;
  const [usual, trial] = [createBuffers(), createBuffers()];
  const root = Int32Array.from({ length }, (_, i) => i);
  const step = (buffers, from, writes) => {
    buffers.turn();
    const rows = [];
    const copy = buffers.copy("it", from.array, rows);
    const whole = from.whole.slice();
    for (const [i, value] of writes) {
      rows.push(i);
      copy[i] = whole[i] = value;
    }
    return { array: copy, whole, from, rows };
  };
  const wrong = [];
  let [last, before] = [{ array: root, whole: root.slice() }, null];
  const first = last;
  changes.forEach(({ writes, further, isFollowed }, n) => {
    const made = step(usual, isFollowed ? last : first, writes);
    const tried = step(trial, made, further);
    const isWrong = ({ array, whole }) => array.join() !== whole.join();
    if ([made, tried].some(isWrong)) wrong.push([n, "copy"]);
    before ??= tried;
    const touched = new Set(between(tried, before).flat());
    const isMissed = (value, i) => value !== before.whole[i] && !touched.has(i);
    if (tried.whole.some(isMissed)) wrong.push([n, "rows"]);
    [last, before] = [made, tried];
  });
  return { wrong, other: between(last, { rows: [] }) };
}"""

# Until nothing more is prepared while nothing happens: each step of that asks for the next.
IDLE = """async () => {
  const own = window.requestIdleCallback;
  const turn = () => new Promise((done) => own(done));
  let isAsked = true;
  window.requestIdleCallback = (task) => {
    isAsked = true;
    return own(task);
  };
  while (isAsked) {
    isAsked = false;
    await turn();
    await turn();
  }
  window.requestIdleCallback = own;
}"""

STRAIGHT = """(choices) => { const { arrays, data } = Siting.app;
  const people = { x: arrays["demand.x"], y: arrays["demand.y"] };
  const placesOf = (chosen) => chosen.map((f) => data.facilities[f]);
  const distances = choices.map((chosen) => Siting.straight.nearest(people, placesOf(chosen)));
  return JSON.stringify(distances.map((one) => [...one])); }"""


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    path = write_live_town(tmp_path_factory.mktemp("live"))
    return work(path, project=find_project(path.parent), watch=Stopwatch(lambda _: None))


@pytest.fixture(scope="module")
def prepared(worked):
    return worked.prepared


@pytest.fixture(scope="module")
def result(worked):
    return gather(worked, Stopwatch(lambda _: None))


@pytest.fixture(scope="module")
def address(result, tmp_path_factory):
    file = tmp_path_factory.mktemp("live-page") / "map.html"
    file.write_text(map_page(result, lang="zh"), encoding="utf-8")
    return file.as_uri()


@pytest.fixture(scope="module")
def page(visit, address):
    with visit(address) as page:
        yield page


@pytest.fixture
def tab(page):
    """The one page of all tests, without the trial of the test before."""
    page.evaluate("Siting.app.trial.set(Siting.trial.noEdits())")
    return page


@pytest.fixture(scope="module")
def base(prepared):
    return judged(prepared, prepared.study)


def changed_study(prepared, toml):
    """Apply the exported text to the town, as an official run would."""
    blocks = tomllib.loads(toml).get("change", [])
    changes = TypeAdapter(list[Change]).validate_python(blocks)
    old = prepared.study
    layers = apply_changes(old.layers, changes, places=["trial"] * len(changes), as_of=old.as_of)
    return study_of(layers, prepared.scenario.walk, modes=["walk"], as_of=old.as_of, like=old)


def tried(tab, trials):
    return json.loads(tab.evaluate(TRY, trials))


def judged(prepared, study):
    """Evaluate every rule about people: verdicts and costs per rule and part."""
    found = {}
    for rule in prepared.rules:
        verdicts = evaluate(rule, study).verdicts
        for part, rows in verdicts.groupby("part", sort=False):
            cost = rows["cost_mm"].to_numpy()
            found[f"{rule.id}/{part}"] = [
                rows["verdict"].cat.codes.tolist(),
                np.where(cost < 2**31 - 1, cost, -1).tolist(),
            ]
    return found


def counted(prepared, study):
    """Measure what counts facilities; of the rules on values only these follow a trial."""
    tables = {
        rule.id: measure(rule, study).table
        for rule in prepared.measures
        if rule.quantity.sum is None
    }
    return {
        id_: [
            [row["unit"], None if pd.isna(row["value"]) else row["value"], row["verdict"]]
            for row in table.to_dict("records")
        ]
        for id_, table in tables.items()
    }


def agree(prepared, answers, base):
    """Compare each answer with an official run; count those in which verdicts have changed."""
    changed = 0
    for at, answer in enumerate(answers):
        study = changed_study(prepared, answer["toml"])
        expected = judged(prepared, study)
        same(answer["rules"], expected, answer["toml"])
        if at < COUNTED:
            same(answer["values"], counted(prepared, study), answer["toml"])
        changed += expected != base
    return changed


def same(answer, expected, toml):
    assert answer.keys() == expected.keys()
    for key, figures in expected.items():
        assert answer[key] == figures, (key, toml)


def somewhere(rng, plane):
    """Return a random position on land, in whole millimetres of the page's plane."""
    row = rng.uniform(-0.3, ROWS - 0.7)
    row = NORTH - 1.1 if NORTH - 1 < row < NORTH else row
    x = round((X0 + rng.uniform(-0.3, COLUMNS - 0.7) * STEP) * 1000) - plane.origin_mm[0]
    y = round((Y0 + y_of(row)) * 1000) - plane.origin_mm[1]
    return {"x": x, "y": y}


def nothing():
    return {"added": [], "closed": [], "opened": [], "links": []}


def test_without_a_change_the_page_says_what_the_run_said(tab, prepared, base):
    assert agree(prepared, tried(tab, [nothing()]), base) == 0


def test_random_placements_closures_and_openings(tab, prepared, result, base):
    rng = np.random.default_rng(4)
    plane = plane_of(result)
    table = result.facilities
    operating = table.loc[table["status"] == "operating", "id"].tolist()
    planned = table.loc[table["status"] == "planned", "id"].tolist()
    capacity = {
        "kindergarten": {"places": 90},
        "nursery": {"nursery_places": 30},
        "elder_home": {"beds": 30},
    }
    trials = []
    for _ in range(TRIALS):
        trial = nothing()
        for _ in range(rng.integers(1, 4)):
            kind = str(rng.choice(list(capacity)))
            size = capacity[kind] if rng.random() < 0.8 else {}
            trial["added"].append({"kind": kind} | size | somewhere(rng, plane))
        trial["closed"] = list(map(str, rng.choice(operating, rng.integers(0, 4), replace=False)))
        trial["opened"] = list(map(str, rng.choice(planned, rng.integers(0, 2), replace=False)))
        trials.append(trial)
    assert sum(len(trial["added"]) + len(trial["closed"]) for trial in trials) >= 200
    answers = tried(tab, trials)
    assert agree(prepared, answers, base) > TRIALS / 2
    for rule in answers[0]["values"]:
        outcomes = {json.dumps(answer["values"][rule]) for answer in answers[:COUNTED]}
        assert (len(outcomes) > 1) == (rule != "unknown-streets"), rule


def random_link(rng, plane, near):
    """Return a link between two positions within 300 m, often near one already there."""
    if near and rng.random() < 0.6:  # on the same street, or on the link itself
        one, part = near[rng.integers(len(near))], rng.random()
        x = round(one["x0"] + part * (one["x1"] - one["x0"]) + rng.integers(-40_000, 40_000))
        y = round(one["y0"] + part * (one["y1"] - one["y0"]) + rng.integers(-40_000, 40_000))
    else:
        x, y = somewhere(rng, plane).values()
    east, north = rng.integers(-300_000, 300_000, 2).tolist()
    return {"x0": x, "y0": y, "x1": x + east, "y1": y + north}


def possible(tab, link, before):
    """Ask the page, which refuses a link that ends in the river or far from any street."""
    return tab.evaluate(
        """([link, links]) => {
          const { app } = Siting;
          app.state.edits = { ...Siting.trial.noEdits(), links };
          app.trial.set(app.state.edits);
          app.addLink(link);
          const { length } = app.state.edits.links;
          app.setEdits(Siting.trial.noEdits());
          return length > links.length; }""",
        [link, before],
    )


def random_links(rng, tab, plane, count):
    links = []
    while len(links) < count:
        link = random_link(rng, plane, links)
        if possible(tab, link, links):
            links.append(link)
    return links


def random_trials(result, count):
    """Return trials that follow one another: one facility is dragged, others come and go."""
    rng = np.random.default_rng(8)
    plane = plane_of(result)
    table = result.facilities
    operating = table.loc[table["status"] == "operating", "id"].tolist()
    planned = table.loc[table["status"] == "planned", "id"].tolist()
    for at in range(count):
        kind = ["kindergarten", "nursery", "elder_home"][at // 8 % 3]
        added = [{"kind": kind} | somewhere(rng, plane) for _ in range(rng.integers(0, 3))]
        closed = list(map(str, rng.choice(operating, rng.integers(0, 5), replace=False)))
        opened = list(map(str, rng.choice(planned, rng.integers(0, 3), replace=False)))
        yield nothing() | {"added": added, "closed": closed, "opened": opened}


def test_what_is_followed_from_change_to_change_is_what_is_found_anew(tab, result):
    trials = list(random_trials(result, 40))
    rng = np.random.default_rng(10)
    links = random_links(rng, tab, plane_of(result), 6)
    for trial in trials[10:]:
        trial["links"] = [link for link in links if rng.random() < 0.3]
    answer = tab.evaluate(FOLLOW, trials)
    assert answer["differ"] == []
    assert answer["steps"] >= 2 * (len(trials) - 1)


def test_copies_written_over_one_another_hold_what_whole_copies_would(tab):
    rng = np.random.default_rng(12)
    length = 2_000

    def writes():
        count = int(rng.choice([0, 1, 5, 20, 300]))
        return [[int(i), int(rng.integers(1e6))] for i in rng.integers(0, length, count)]

    changes = [
        {"writes": writes(), "further": writes(), "isFollowed": bool(rng.random() < 0.5)}
        for _ in range(200)
    ]
    assert tab.evaluate(COPIES, [length, changes]) == {"wrong": [], "other": None}


def test_the_first_change_is_a_step_from_what_was_prepared(address, visit):
    with visit(address) as fresh:
        fresh.evaluate(IDLE)
        steps = fresh.evaluate(
            """() => {
              const { app } = Siting;
              const { create, after } = Siting.view;
              const made = [];
              Siting.view.create = (...given) => made.push("create") && create(...given);
              Siting.view.after = (...given) => made.push("after") && after(...given);
              const [{ x, y }] = app.data.facilities;
              const kind = app.data.rules[0].parts[0].facility_kind;
              app.addFacility(app.newFacility(kind, x, y, null));
              return made;
            }"""
        )
        assert steps == ["after"]


def test_a_column_of_facilities_that_is_added_up_asks_for_an_official_run(tab):
    live = "Siting.app.data.measures.filter((rule) => rule.live).map(({ id }) => id)"
    assert tab.evaluate(live) == [rule for rule in COUNTS if rule != "beds"]


def test_closing_everything_leaves_nobody_covered(tab, prepared, result, base):
    trial = nothing() | {"closed": result.facilities["id"].tolist()}
    [answer] = tried(tab, [trial])
    for verdicts, costs in answer["rules"].values():
        assert 0 not in verdicts
        assert set(costs) == {-1}
    agree(prepared, [answer], base)


def test_links_over_river_and_between_streets(tab, prepared, result, base):
    rng = np.random.default_rng(9)
    plane = plane_of(result)
    trials = []
    for _ in range(12):
        column = rng.uniform(0.5, COLUMNS - 2)
        bank = {"x0": column, "y0": y_of(NORTH - 1) - 90, "x1": column, "y1": y_of(NORTH) + 90}
        link = {
            "x0": round((X0 + bank["x0"] * STEP) * 1000) - plane.origin_mm[0],
            "y0": round((Y0 + bank["y0"]) * 1000) - plane.origin_mm[1],
            "x1": round((X0 + bank["x1"] * STEP) * 1000) - plane.origin_mm[0],
            "y1": round((Y0 + bank["y1"]) * 1000) - plane.origin_mm[1],
        }
        added = [{"kind": "kindergarten", "places": 90} | somewhere(rng, plane)]
        trials.append(nothing() | {"links": [link], "added": added})
    here, there = somewhere(rng, plane), somewhere(rng, plane)
    both = {"x0": here["x"], "y0": here["y"], "x1": here["x"] + 150_000, "y1": here["y"]}
    trials.append(nothing() | {"links": [both, trials[0]["links"][0]]})
    assert there != here
    assert agree(prepared, tried(tab, trials), base) > 0


def test_random_links_with_other_changes(tab, prepared, result, base):
    """Several on one street, one on another, over walls, with facilities that come and go."""
    rng = np.random.default_rng(11)
    plane = plane_of(result)
    trials = list(random_trials(result, LINKED))
    for trial in trials:
        trial["links"] = random_links(rng, tab, plane, int(rng.integers(1, 5)))
    assert sum(len(trial["links"]) for trial in trials) >= 2 * LINKED
    assert agree(prepared, tried(tab, trials), base) > LINKED / 2


def test_a_wall_keeps_a_trial_from_the_street_beside_it(tab, result):
    """Where Python's snap finds no open leg, the page finds none either: same words."""
    from siting.network.snap import obstacles, snap

    rng = np.random.default_rng(2)
    plane = plane_of(result)
    points = [somewhere(rng, plane) for _ in range(1500)]
    x = np.array([p["x"] for p in points]) + plane.origin_mm[0]
    y = np.array([p["y"] for p in points]) + plane.origin_mm[1]
    layers, walk = result.layers, result.scenario["walk"]
    found = snap(
        x,
        y,
        streets=result.streets,
        obstacles=obstacles(barriers=layers.barriers, water=layers.water),
        max_snap_m=walk["max_snap_m"],
        min_component=walk["min_component_nodes"],
    )
    page = tab.evaluate("(points) => points.map(({x, y}) => Siting.app.trial.place(x, y))", points)
    assert [p["edge"] for p in page] == found.edge.tolist()
    assert [p["offset"] for p in page] == found.offset_mm.tolist()
    assert [p["leg"] for p in page] == found.leg_mm.tolist()
    free = snap(x, y, streets=result.streets, max_snap_m=200, min_component=30)
    assert (free.leg_mm != found.leg_mm).sum() > 10  # walls matter in this town
    assert WEST < COLUMNS


def test_gaps_under_a_trial_are_those_of_an_official_run(tab, prepared, result):
    """The list of gaps follows: the same people, places, median walks, in the same order."""
    rng = np.random.default_rng(12)
    plane = plane_of(result)
    added = [{"kind": "kindergarten", "places": 90} | somewhere(rng, plane) for _ in range(2)]
    closed = result.facilities.loc[result.facilities["kind"] == "nursery", "id"].tolist()[:2]
    opened = result.facilities.loc[result.facilities["status"] == "planned", "id"].tolist()
    changes = {"added": added, "closed": closed, "opened": opened}
    every = nothing() | {"closed": result.facilities["id"].tolist()}
    causes = set()
    for trial in (nothing(), nothing() | changes, every):
        [answer] = tried(tab, [trial])
        page = tab.evaluate(GAPS)
        study = changed_study(prepared, answer["toml"])
        for rule in prepared.rules:
            expected = find_gaps(evaluate(rule, study), study).table
            shown = [gap for gap in page if gap["rule"] == rule.id]
            for part, table in expected.groupby("part") if len(expected) else []:
                mine = [gap for gap in shown if gap["part"] == part]
                assert [gap["people"] for gap in mine] == table["people"].tolist()
                assert [gap["place"] for gap in mine] == table["place"].tolist()
                assert [gap["cause"] for gap in mine] == table["cause"].tolist()
                causes |= set(table["cause"])
                for column in ("nearest_m", "straight_m"):
                    metres = np.array([gap[column] for gap in mine], float)
                    expected_m = table[column].tolist()
                    assert metres == pytest.approx(expected_m, abs=0.0501, nan_ok=True), column
    assert causes == {"bad_snap", "not_operating", "detour", "no_facility"}


PASSES = "([filters, one]) => Siting.judge.passesAny(filters, one, 2020)"


@pytest.mark.parametrize(
    "asked",
    [
        {"where": {"inclusive": True}},
        {"where": {"level": ["一级", "二级"]}, "at_least": {"nursery_places": 20}},
        {"present": ["enrolled"]},
        {"present": ["beds"]},
        {"opened": [2000, 2020], "at_least": {"nursery_places": 20}},
        {"opened": [1990, 2010]},
    ],
)
def test_a_new_facility_is_asked_as_python_asks_it(tab, asked):
    """Beside one whose children are counted: a new one has no such count, and nobody has beds."""
    one = FacilityFilter.model_validate({"kind": "nursery"} | asked)
    old = {"kind": "nursery", "year_open": 2010, "enrolled": 30, "level": "一级"}
    for new in ({}, {"inclusive": True}, {"inclusive": False}, {"nursery_places": 30},
                {"level": "二级", "nursery_places": 30}, {"level": "三级"}):  # fmt: skip
        row = {"kind": "nursery", "year_open": 2020} | new
        table = pd.DataFrame([old, row]).reindex(columns=COLUMNS_ASKED).convert_dtypes()
        answer = passing(table, one).iloc[1]
        expected = "perhaps" if pd.isna(answer) else "certain" if answer else "no"
        filters = [asked_filter(one, table)]
        assert tab.evaluate(PASSES, [filters, {"kind": "nursery"} | new]) == expected, new


def test_straight_distances_of_the_page_are_those_of_the_run(tab, result):
    """Grid search in the page against the tree search of Python, few and many facilities."""
    rng = np.random.default_rng(6)
    demand = result.demand
    every = len(result.facilities)
    choices = [rng.choice(every, n, replace=False).tolist() for n in (0, 1, 1, 2, 3, 40)]
    for chosen, page in zip(choices, json.loads(tab.evaluate(STRAIGHT, choices)), strict=True):
        x, y = (result.facilities[f"{axis}_mm"].to_numpy()[chosen] for axis in "xy")
        dx = demand["x_mm"].to_numpy()[:, None] - x
        dy = demand["y_mm"].to_numpy()[:, None] - y
        square = (dx * dx + dy * dy).min(axis=1, initial=(2**31) ** 2)
        expected = np.minimum(np.floor(np.sqrt(square.astype(float)) + 0.5), 2**31 - 1)
        assert page == expected.astype(int).tolist()
