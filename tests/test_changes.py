"""Each kind of change on the town, its result added up on paper (distances: test_run.py)."""

import pytest
from town import RESIDENTS, SCENARIO, at

from siting.errors import ScenarioError

KINDERGARTEN = ("circle", "kindergarten")


def lonlat(x, y):
    import geopandas as gpd
    import shapely

    point = gpd.GeoSeries([shapely.Point(at(x, y))], crs="EPSG:4549").to_crs("EPSG:4490").iloc[0]
    return f"{point.x:.9f}", f"{point.y:.9f}"


def change(text):
    return f"{SCENARIO}\n[[change]]\n{text}\n"


def covered(result, rule="circle", part="kindergarten"):
    table = result.coverage
    rows = (table["rule"] == rule) & (table["part"] == part) & (table["level"] == "district")
    return int(table[rows]["covered"].sum())


def residents(result):
    return result.demand.set_index("id")["residents"]


def test_close(run_town):
    assert covered(run_town(scenario=change('do = "close"\nfacility = "kg1"'))) == 0


def test_open_a_project(run_town):
    # kg2 at (600, 100) on D–H: d2 walks 10+100+100+0 = 210, d4 10+290+100 = 400.
    result = run_town(scenario=change('do = "open"\nproject = "东幼儿园"'))
    assert covered(result) == 60 + 15


def test_open_a_new_one(run_town):
    lon, lat = lonlat(300, 205)
    text = f'do = "open"\nkind = "kindergarten"\nlon = {lon}\nlat = {lat}\ncapacity = 90'
    result = run_town(scenario=change(text))
    assert covered(result) == 60 + 20
    new = result.facilities.set_index("id").loc["new-001"]
    assert (new["places"], new["community"], new["data_nature"]) == (90, "E", "情景假设")


def test_resize(run_town):
    # eh2 has nine beds: with ten it counts. d1 walks 20+100+100 = 220, and did walk 730 before.
    result = run_town(scenario=change('do = "resize"\nfacility = "eh2"\ncapacity = 10'))
    table = result.verdicts
    row = table[(table["rule"] == "homes") & (table["part"] == "all") & (table["demand"] == "d1")]
    assert row[["cost_mm", "facility"]].to_numpy().tolist() == [[220_000, "eh2"]]


def test_link(run_town):
    # A footbridge from J down to F: d3 walks 10+100+200+200+10 = 520 to kg1 instead of 920.
    start, end = lonlat(200, 398), lonlat(200, 202)
    text = f'do = "link"\nfrom = [{", ".join(start)}]\nto = [{", ".join(end)}]'
    result = run_town(scenario=change(text))
    table = result.verdicts
    row = table[(table["part"] == "kindergarten") & (table["demand"] == "d3")]
    assert row["cost_mm"].iloc[0] == pytest.approx(520_000, abs=3)


def test_cut(run_town):
    # Without B–C, d2 goes by C, G, F to B: 10+100+200+200+200+10 = 720.
    start, end = lonlat(300, -30), lonlat(300, 30)
    text = f'do = "cut"\nfrom = [{", ".join(start)}]\nto = [{", ".join(end)}]'
    result = run_town(scenario=change(text))
    table = result.verdicts
    row = table[(table["part"] == "kindergarten") & (table["demand"] == "d2")]
    assert row["cost_mm"].iloc[0] == 720_000


def test_scale_a_group(run_town):
    result = run_town(scenario=change('do = "scale"\nunit = "W"\ngroup = "elders"\nfactor = 1.1'))
    assert residents(result)["d1"] == 200 + 4


def test_scale_by_adding_people_with_a_profile(run_town):
    text = 'do = "scale"\nunit = "东社区"\nadd = 101\nprofile = { "0-2" = 0.3, "18-59" = 0.7 }'
    result = run_town(scenario=change(text))
    before = {k: sum(v[3].values()) for k, v in RESIDENTS.items()}
    assert residents(result).sum() == sum(before.values()) + 101
    assert residents(result)["d1"] == before["d1"]
    added = result.demand.set_index("id")["nursery_age"][["d2", "d4"]].sum() - 13
    assert added in (30, 31)


def test_move(run_town):
    text = 'do = "move"\nunit = "S"\nto = "N"\npeople = 50\ngroup = "elders"'
    result = run_town(scenario=change(text))
    elders = result.demand.set_index("id")["elders"]
    assert elders.sum() == 40 + 30 + 10 + 60 + 5
    assert elders["d3"] == 60


def test_reading(run_town):
    result = run_town(scenario=change('do = "reading"\nrule = "circle"\nreading = "straight-line"'))
    assert covered(result, part="all") == 70
    assert result.sensitivity["reading"].tolist()[:2] == ["default", "as-written"]
    assert result.sensitivity["covered"].tolist()[:2] == [70, 50]


def test_changes_are_applied_in_order(run_town):
    text = 'do = "close"\nfacility = "kg1"\n[[change]]\ndo = "open"\nfacility = "kg1"'
    assert covered(run_town(scenario=change(text))) == 60


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('do = "close"\nfacility = "kg9"', "no facility"),
        ('do = "open"\nproject = "西幼儿园"', "东幼儿园"),
        ('do = "open"\nkind = "kindergarten"', "what to open"),
        ('do = "resize"\nfacility = "kg1"\ncapacity = -1', "capacity"),
        ('do = "scale"\nunit = "W"\nfactor = -1', "negative"),
        ('do = "scale"\nunit = "nowhere"\nfactor = 1', "no unit"),
        ('do = "scale"\nunit = "W"', "factor or add"),
        ('do = "scale"\nunit = "W"\nadd = 5\nprofile = { "0-2" = 0.5 }', "add up to 0.5"),
        ('do = "scale"\nunit = "W"\ngroup = "kids"\nfactor = 1', "no group"),
        ('do = "move"\nunit = "W"\nto = "N"\npeople = 201', "there are 200"),
        ('do = "reading"\nrule = "circle"\nreading = "flying"', "no reading"),
        ('do = "reading"\nrule = "circles"\nreading = "flying"', "no rule"),
        ('do = "link"\nfrom = [120.0, 30.0]\nto = [120.1, 30.0]', "no walkable street"),
        ('do = "cut"\nfrom = [120.0, 30.0]\nto = [120.0, 30.1]', "crosses no street"),
    ],
)
def test_an_impossible_change_is_named_with_its_line(run_town, text, said):
    with pytest.raises(ScenarioError) as caught:
        run_town(scenario=change(text))
    (problem,) = caught.value.problems
    line = SCENARIO.count("\n") + 2
    assert problem.where.split(":")[0] == "town.toml"
    assert int(problem.where.split(":")[1].split()[0]) >= line
    assert said in f"{problem.found()} {problem.expected()} {problem.where}"


def test_a_link_or_a_facility_in_the_river_is_refused(run_town):
    in_river, on_land = lonlat(200, 300), lonlat(200, 202)
    link = f'do = "link"\nfrom = [{", ".join(in_river)}]\nto = [{", ".join(on_land)}]'
    new = f'do = "open"\nkind = "nursery"\nlon = {in_river[0]}\nlat = {in_river[1]}'
    with pytest.raises(ScenarioError) as caught:
        run_town(scenario=change(f"{link}\n[[change]]\n{new}"))
    assert ["water" in p.found() for p in caught.value.problems] == [True, True]
