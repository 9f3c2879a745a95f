"""The shipped Qiantang layers keep what facts.toml promises, and look like a district."""

import hashlib
import tomllib
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

HERE = Path(__file__).parents[1] / "layers" / "qiantang"
METRES = "EPSG:4549"
NATURE = "示意(合成)"
XIASHA = ["330114001", "330114002"]
AGES = [*(f"p_{age}" for age in range(18)), "p18_59", "p60_64", "p65_79", "p80"]
GROUPS = {
    "age_0_2": AGES[0:3],
    "age_3_5": AGES[3:6],
    "age_6_11": AGES[6:12],
    "age_12_14": AGES[12:15],
    "age_15_17": AGES[15:18],
    "age_60": ["p60_64", "p65_79", "p80"],
    "age_65": ["p65_79", "p80"],
    "age_80": ["p80"],
}
TABLES = [
    *("kindergartens", "nurseries", "schools", "elder_homes", "home_care_centres", "health"),
    *("play_spaces", "community_stations", "service_points"),
]


@cache
def toml(name):
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def value(*keys):
    found = toml("facts.toml")
    for key in keys:
        found = found[key]
    return found["value"]


@cache
def layer(name, table=None):
    return gpd.read_file(HERE / f"{name}.gpkg", layer=table or name)


@cache
def metric(name, table=None):
    return layer(name, table).to_crs(METRES)


@cache
def sheet(name):
    text = pd.read_csv(HERE / f"{name}.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)
    lon, lat = text["经度"].astype(float), text["纬度"].astype(float)
    points = gpd.points_from_xy(lon, lat, crs="EPSG:4490")
    return gpd.GeoDataFrame(text, geometry=points).to_crs(METRES)


def operating(name):
    table = sheet(name)
    return table[(table["状态"] == "运营") & (table["区外"] == "否")]


def people():
    table = metric("residents")
    return table.assign(residents=table[AGES].sum(axis=1))


def inside():
    table = people()
    return table[~table["outside"]]


def units(level):
    table = metric("units")
    return table[table["level"] == level].set_index("code")


def numbers(series):
    return pd.to_numeric(series).to_numpy()


# --- facts and provenance -------------------------------------------------------------------------


def figures(entry, path=()):
    if isinstance(entry, dict) and "value" in entry:
        yield path, entry
    elif isinstance(entry, dict):
        for key, below in entry.items():
            yield from figures(below, (*path, key))
    elif isinstance(entry, list):
        for k, below in enumerate(entry):
            yield from figures(below, (*path, k))
    else:
        yield path, None


def test_every_figure_has_unit_source_and_confidence():
    facts = toml("facts.toml")
    for path, figure in figures(
        {k: v for k, v in facts.items() if k not in ("title", "documents")}
    ):
        assert figure is not None, path
        assert set(figure) == {"value", "unit", "source", "confidence"}, path
        assert figure["source"] in facts["documents"], path
        assert figure["confidence"] in "ABGE", path
        assert (figure["source"] == "estimate") <= (figure["confidence"] == "E"), path


def test_every_file_says_where_it_comes_from():
    files = {f.name for kind in ("gpkg", "csv", "tif") for f in HERE.glob(f"*.{kind}")}
    sources = toml("sources.toml")
    assert files == set(sources)
    for entry in sources.values():
        assert {"provider", "date", "licence", "crs", "confidence", "data_nature"} <= set(entry)
        assert set(entry["note"]) == {"zh", "en"}


def test_the_files_are_those_that_the_generator_wrote_and_stay_small():
    sums = dict(line.split()[::-1] for line in (HERE / "SHA256SUMS").read_text().splitlines())
    assert set(sums) == set(toml("sources.toml"))
    for name, digest in sums.items():
        assert hashlib.sha256((HERE / name).read_bytes()).hexdigest() == digest, name
    assert sum((HERE / name).stat().st_size for name in sums) < 8_000_000


@pytest.mark.parametrize(
    "name", ["units", "barriers", "streets", "residents", "parcels", "river:water"]
)
def test_every_row_of_a_layer_says_that_it_is_synthetic(name):
    assert (layer(*name.split(":"))["data_nature"] == NATURE).all()


@pytest.mark.parametrize("name", TABLES)
def test_every_facility_says_that_it_is_synthetic_and_schematic(name):
    table = sheet(name)
    assert (table["数据性质"] == NATURE).all()
    assert (table["位置"] == "示意").all()
    assert table["编号"].is_unique
    assert table["编号"].is_monotonic_increasing
    assert (HERE / f"{name}.csv").read_bytes().startswith(b"\xef\xbb\xbf")


# --- units ----------------------------------------------------------------------------------------


def test_land_of_the_district():
    district = units("district").loc[value("district", "code")]
    tolerance = value("district", "land_tolerance_km2")
    assert abs(district["land_km2"] - value("district", "land_km2")) <= tolerance
    assert 480 < district.geometry.area / 1e6 < 532


def test_streets_are_as_large_as_published():
    streets = units("street")
    for street in toml("facts.toml")["streets"]:
        own = streets.loc[street["code"]["value"]]
        assert own["name"] == street["name"]["value"]
        published = street["area_km2"]["value"]
        assert own.geometry.area / 1e6 == pytest.approx(published, rel=0.08)
        assert own["land_km2"] <= own.geometry.area / 1e6 + 1e-3


def test_units_nest_and_land_adds_up():
    table = metric("units").set_index("code")
    assert table.index.is_unique
    assert table.geometry.is_valid.all()
    parents = {"community": "street", "street": "block", "block": "district"}
    for level, above in parents.items():
        rows = table[(table["level"] == level) & ~table["outside"]]
        assert (table.loc[rows["parent"], "level"] == above).all()
        land = rows.groupby("parent")["land_km2"].sum()
        assert land.to_numpy() == pytest.approx(table.loc[land.index, "land_km2"], abs=0.02)
    ring = table[(table["level"] == "community") & table["outside"]]
    assert table.loc[ring["parent"], "outside"].all()


def test_communities_are_as_many_as_published_and_do_not_overlap():
    found = units("community")
    counts = found[~found["outside"]].groupby("parent").size()
    for street in toml("facts.toml")["streets"]:
        assert counts[street["code"]["value"]] == street["communities"]["value"]
    assert 105 <= counts.sum() <= 115
    assert found.geometry.area.sum() == pytest.approx(found.union_all().area, rel=1e-6)
    codes = set(found["urban_rural"])
    assert codes == {"111", "112", "121", "122", "123", "210", "220"}


def test_the_river_is_two_to_three_km_wide_along_its_course():
    river = metric("river", "water").set_index("name").loc["钱塘江"].geometry
    course = shapely.LineString(value("river", "centreline"))
    course = gpd.GeoSeries([course], crs="EPSG:4490").to_crs(METRES).iloc[0]
    for share in np.linspace(0.06, 0.94, 23):
        at, near = (course.interpolate(s, normalized=True) for s in (share, share + 1e-3))
        across = np.array([-(near.y - at.y), near.x - at.x]) / at.distance(near) * 4000
        line = shapely.LineString([(at.x - across[0], at.y - across[1]), (at.x, at.y)])
        line = shapely.LineString([*line.coords, (at.x + across[0], at.y + across[1])])
        assert 1900 <= line.intersection(river).length <= 3100


# --- streets --------------------------------------------------------------------------------------


@cache
def graph():
    """Vertices (m), segments and the contracted degree of every vertex of the walkable streets."""
    streets = layer("streets")
    walkable = streets[streets["walkable"]]
    xy, line = shapely.get_coordinates(walkable.geometry, return_index=True)
    places, vertex = np.unique(xy, axis=0, return_inverse=True)
    vertex = vertex.ravel()
    start = np.flatnonzero(np.diff(line) == 0)
    ends = np.column_stack([vertex[start], vertex[start + 1]])
    metres = gpd.GeoSeries(shapely.points(places), crs="EPSG:4490").to_crs(METRES)
    degree = np.bincount(ends.ravel(), minlength=len(places))
    return shapely.get_coordinates(metres), ends, degree, walkable["class"].to_numpy()[line[start]]


def matrix(xy, ends):
    length = np.hypot(*(xy[ends[:, 0]] - xy[ends[:, 1]]).T)
    both = coo_array((np.r_[length, length], np.hstack([ends.T, ends.T[::-1]])), (len(xy),) * 2)
    return both.tocsr()


def test_coordinates_are_quantised_and_no_segment_stands_twice():
    xy = shapely.get_coordinates(layer("streets").geometry)
    assert np.abs(xy - np.round(xy, 7)).max() < 1e-12
    _, ends, _, _ = graph()
    assert (ends[:, 0] != ends[:, 1]).all()
    assert len(np.unique(np.sort(ends, axis=1), axis=0)) == len(ends)


def test_network_statistics():
    _, _, degree, _ = graph()
    nodes = degree[degree != 2]
    assert 30_000 <= len(nodes) <= 80_000
    assert 2.6 <= nodes.mean() <= 3.1
    assert 0.08 <= (nodes == 1).mean() <= 0.25


def test_walks_are_longer_than_straight_lines_by_what_cities_show():
    xy, ends, degree, _ = graph()
    rng = np.random.default_rng(1)
    nodes = np.flatnonzero(degree != 2)
    sources = rng.choice(nodes, 60, replace=False)
    cost = dijkstra(matrix(xy, ends), directed=False, indices=sources, limit=4500)[:, nodes]
    straight = np.hypot(*(xy[sources][:, None] - xy[nodes][None]).transpose(2, 0, 1))
    pairs = (straight >= 300) & (straight <= 2000)
    assert 1.2 <= np.median(np.minimum(cost[pairs], 1e6) / straight[pairs]) <= 1.5


def test_one_network_joined_by_the_bridge_alone():
    xy, ends, degree, grade = graph()
    nodes = degree != 2

    def parts(keep):
        links = coo_array((np.ones(keep.sum()), ends[keep].T), (len(xy),) * 2)
        return connected_components(links, directed=False)[1]

    whole = parts(np.ones(len(ends), dtype=bool))
    assert np.bincount(whole[nodes]).max() > 0.99 * nodes.sum()
    banks = np.sort(np.bincount(parts(grade != "bridge")[nodes]))[::-1]
    assert banks[:2].sum() > 0.99 * nodes.sum()
    assert banks[1] > 10_000


def test_the_bridge_is_as_long_as_published_and_nothing_else_walks_over_the_river():
    streets = metric("streets")
    river = metric("river", "water").set_index("name").loc["钱塘江"].geometry
    over = streets[streets["walkable"] & streets.intersects(river)]
    assert over["name"].tolist() == ["江东大桥"]
    assert over.geometry.length.iloc[0] == pytest.approx(value("bridge", "length_m"), abs=2)


def test_motorways_and_tunnels_are_there_but_not_for_walking():
    streets = layer("streets")
    closed = set(streets.loc[~streets["walkable"], "class"])
    assert closed == {"motorway", "trunk", "tunnel"}
    assert not closed & set(streets.loc[streets["walkable"], "class"])


def test_no_street_runs_through_a_barrier():
    barriers = metric("barriers")
    assert set(barriers["kind"]) == {"wall", "canal", "motorway", "railway"}
    streets = metric("streets")
    walkable = streets.geometry[streets["walkable"]].to_numpy()
    met, _ = shapely.STRtree(walkable).query(barriers.geometry.to_numpy(), predicate="intersects")
    assert len(met) == 0


def test_walls_have_gates():
    """Walls come in pieces: a compound of four sides with gates has no closed ring."""
    walls = metric("barriers")
    walls = walls[walls["kind"] == "wall"]
    rings = walls.geometry.apply(lambda line: line.coords[0] == line.coords[-1])
    assert rings.mean() < 0.02
    assert len(walls) > 1000


@pytest.mark.parametrize(
    ("name", "axis", "degrees"),
    [
        ("海达南路", 0, 120.321),
        ("文泽路", 0, 120.352),
        ("德胜东路", 1, 30.327),
        ("金沙大道", 1, 30.312),
        ("青六南路", 0, 120.483),
        ("江东大道", 1, 30.317),
    ],
)
def test_main_roads_lie_at_their_anchors(name, axis, degrees):
    streets = layer("streets")
    own = shapely.get_coordinates(streets.geometry[streets["name"] == name])
    assert len(own)
    assert np.median(own[:, axis]) == pytest.approx(degrees, abs=0.004)


# --- residents ------------------------------------------------------------------------------------


def test_totals_are_those_of_the_census():
    table = inside()
    assert table["residents"].sum() == value("district", "residents")
    names = units("street")["name"].to_dict()
    west = table["street"].isin([names[c] for c in XIASHA])
    first, second = toml("facts.toml")["blocks"]
    assert table["residents"][west].sum() == first["residents"]["value"]
    assert table["residents"][~west].sum() == second["residents"]["value"]


def test_street_ages_are_the_estimates_scaled_so_that_both_halves_close():
    table = inside().groupby("street").sum(numeric_only=True)
    facts = toml("facts.toml")
    for block in facts["blocks"]:
        own = [s for s in facts["streets"] if s["code"]["value"] in block["streets"]["value"]]
        factor = block["residents"]["value"] / sum(s["residents"]["value"] for s in own)
        for street in own:
            row = table.loc[street["name"]["value"]]
            assert row["residents"] == pytest.approx(street["residents"]["value"] * factor, abs=1)
            assert row["students"] == round(street["students"]["value"] * factor)
            for key, columns in GROUPS.items():
                assert row[columns].sum() == round(street[key]["value"] * factor), key


def test_rows_are_people_and_make_sense():
    table = people()
    assert (~table["outside"]).sum() >= 6000
    assert (table["residents"] > 0).all()
    assert (table[AGES] >= 0).all(axis=None)
    assert (table["students"] <= table["p18_59"]).all()
    assert (table["hukou"] <= table["residents"]).all()
    assert table["id"].is_unique
    kinds = {"compound", "resettlement", "village", "dormitory", "worker_housing"}
    assert set(table["kind"]) == kinds
    low, high = value("district", "registered_share_2020")
    own = inside()
    assert low <= own["hukou"].sum() / own["residents"].sum() <= high
    assert own["hukou"].sum() < value("district", "registered")  # of three years later


def test_communities_and_streets_of_residents_are_those_they_stand_in():
    table = people()
    found = units("community")
    hit, at = shapely.STRtree(found.geometry.to_numpy()).query(
        table.geometry.to_numpy(), predicate="intersects"
    )
    same = found["name"].to_numpy()[at] == table["community"].to_numpy()[hit]
    assert len(np.unique(hit)) > 0.998 * len(table)
    assert same.mean() > 0.995


def test_everybody_reaches_a_street_without_crossing_a_barrier_and_nobody_lives_in_water():
    homes = metric("residents").geometry.to_numpy()
    water = metric("river", "water").union_all()
    assert not shapely.intersects(water, homes).any()
    streets = metric("streets")
    lines = streets.geometry[streets["walkable"]].to_numpy()
    legs = shapely.shortest_line(homes, lines[shapely.STRtree(lines).nearest(homes)])
    assert shapely.length(legs).max() < 200
    barriers = shapely.STRtree(metric("barriers").geometry.to_numpy())
    assert len(barriers.query(legs, predicate="crosses")[0]) == 0


def test_the_raster_holds_the_same_people():
    table = people()
    with rasterio.open(HERE / "population_100m.tif") as raster:
        assert raster.crs.to_epsg() == 4549
        cells = raster.read(1)
        west, north, cell = raster.transform.c, raster.transform.f, raster.transform.a
    column = ((table.geometry.x - west) // cell).to_numpy(int)
    row = ((north - table.geometry.y) // cell).to_numpy(int)
    again = np.zeros_like(cells)
    np.add.at(again, (row, column), table["residents"].to_numpy())
    assert cells.sum() == table["residents"].sum()
    assert (again == cells).all()


def test_density_bands_are_all_exercised():
    elders = inside().groupby("community")[GROUPS["age_60"]].sum().sum(axis=1)
    found = units("community")
    found = found[~found["outside"]].set_index("name")
    density = elders.reindex(found.index, fill_value=0) / found["land_km2"]
    assert 2 <= (density > 3000).sum() <= 3
    assert 8 <= density.between(1000, 3000).sum() <= 16
    assert (density < 1000).sum() > 80


# --- facilities -----------------------------------------------------------------------------------


def test_nothing_stands_in_the_river_and_all_reach_a_street():
    water = metric("river", "water").union_all()
    streets = metric("streets")
    lines = streets.geometry[streets["walkable"]].to_numpy()
    tree, barriers = shapely.STRtree(lines), shapely.STRtree(metric("barriers").geometry.to_numpy())
    for name in TABLES:
        points = sheet(name).geometry.to_numpy()
        assert not shapely.intersects(water, points).any(), name
        legs = shapely.shortest_line(points, lines[tree.nearest(points)])
        assert shapely.length(legs).max() < 100, name
        assert len(barriers.query(legs, predicate="crosses")[0]) == 0, name


def test_totals_of_children_facilities():
    own = toml("facts.toml")["facilities"]
    kinder, baseline = (
        operating("kindergartens"),
        {k: v["value"] for k, v in own["kindergartens"].items()},
    )
    assert len(kinder) == baseline["count"]
    assert numbers(kinder["班级数"]).sum() == baseline["classes"]
    assert numbers(kinder["学位数"]).sum() == baseline["classes"] * baseline["class_size"]
    assert (kinder["办园性质"] == "公办").sum() == baseline["public"]
    private = kinder[kinder["办园性质"] == "民办"]
    assert (private["普惠"] == "是").sum() == baseline["inclusive_private"]
    enrolled = numbers(kinder["在园/在校人数"])
    share = enrolled[kinder["办园性质"] == "公办"].sum() / enrolled.sum()
    assert 0.65 <= share <= 0.85
    assert (kinder["开设托班"] == "是").sum() == baseline["with_nursery"]
    nurseries = operating("nurseries")
    assert len(nurseries) == own["nurseries"]["count"]["value"]
    assert numbers(nurseries["托位数"]).sum() == own["nurseries"]["places"]["value"]
    assert set(nurseries["普惠"]) == {"是", "否", ""}


def test_totals_of_schools():
    own = {k: v["value"] for k, v in toml("facts.toml")["facilities"]["schools"].items()}
    table = operating("schools")
    counts = table["类型"].value_counts()
    wanted = {
        "小学": "primary",
        "九年一贯制学校": "nine_year",
        "初中": "middle",
        "中职学校": "vocational",
    }
    for kind, key in wanted.items():
        assert counts[kind] == own[key]
    assert counts["高中"] == own["high"]
    classes = numbers(table["班级数"])
    nine = classes[table["类型"] == "九年一贯制学校"].sum()
    assert classes[table["类型"] == "小学"].sum() + nine * 2 // 3 == own["primary_classes"]
    assert classes[table["类型"] == "初中"].sum() + nine // 3 == own["middle_classes"]


def test_totals_of_care():
    own = {k: v["value"] for k, v in toml("facts.toml")["facilities"]["elder_homes"].items()}
    homes = operating("elder_homes")
    assert len(homes) == own["count"]
    assert numbers(homes["床位数"]).sum() == own["beds"]
    assert numbers(homes["床位数"]).min() >= 10
    assert numbers(homes["认知障碍床位"]).sum() == own["dementia_beds"]
    assert (numbers(homes["护理型床位"]) <= numbers(homes["床位数"])).all()
    assert (homes["嵌入式"] == "是").sum() == own["embedded"]
    centres = operating("home_care_centres")
    assert centres.groupby("类型").size().to_dict() == {
        "居家养老服务中心": value("facilities", "home_care", "street_centres"),
        "居家养老服务照料中心": value("facilities", "home_care", "community_centres"),
    }
    assert centres[centres["类型"] == "居家养老服务中心"]["街道"].is_unique


def test_one_street_lacks_any_inclusive_nursery():
    nurseries, kinder = operating("nurseries"), operating("kindergartens")
    classes = kinder[(kinder["开设托班"] == "是") & (kinder["普惠"] == "是")]
    served = set(nurseries.loc[nurseries["普惠"] == "是", "街道"]) | set(classes["街道"])
    streets = {s["name"]["value"] for s in toml("facts.toml")["streets"]}
    assert streets - served == {"前进街道"}
    assert (nurseries["街道"] == "前进街道").any()


def test_facilities_that_do_not_operate_are_there_and_facilities_of_the_ring_too():
    for name in ("kindergartens", "nurseries", "elder_homes"):
        table = sheet(name)
        assert {"停办", "在建"} <= set(table["状态"])
        assert (table["区外"] == "是").any()
    ring = units("community")
    ring = ring[ring["outside"]].union_all().buffer(1)
    for name in TABLES:
        table = sheet(name)
        outside = table.geometry[table["区外"] == "是"].to_numpy()
        assert shapely.contains(ring, outside).all()


def test_the_thirteen_projects():
    rows = pd.concat([sheet("kindergartens"), sheet("schools")])
    rows = rows[rows["规划项目"] != ""]
    assert sorted(rows["规划项目"]) == sorted(
        p["name"]["value"] for p in toml("facts.toml")["projects"]
    )
    assert len(rows) == 13
    assert "开发区单元规划幼儿园二" not in set(rows["规划项目"])
    opened = rows[rows["状态"] == "运营"]
    assert opened["规划项目"].tolist() == ["杭州高级中学大江东分校"]
    assert opened[["启用年份", "班级数"]].to_numpy().tolist() == [["2020", "48"]]
    assert (numbers(rows.loc[rows["状态"] == "规划", "启用年份"]) > 2020).all()
    schools = sheet("schools").set_index("名称")
    for project in toml("facts.toml")["projects"]:
        if "extends" in project:
            base = schools.loc[project["extends"]["value"]]
            more = schools.loc[project["name"]["value"]]
            assert (base["经度"], base["纬度"]) == (more["经度"], more["纬度"])
            assert int(more["班级数"]) == project["classes"]["value"]
        else:
            at = gpd.GeoSeries(gpd.points_from_xy(*zip(project["at"]["value"])), crs="EPSG:4490")
            row = rows[rows["规划项目"] == project["name"]["value"]]
            assert row.geometry.iloc[0].distance(at.to_crs(METRES).iloc[0]) < 900


@cache
def costs_to(name, column="", answer=""):
    """Walking distance of every home to the nearest operating facility, vertex by vertex."""
    xy, ends, _, _ = graph()
    table = sheet(name)
    table = table[table["状态"] == "运营"]
    if column:
        table = table[table[column] == answer]
    tree = cKDTree(xy)
    leg, start = tree.query(shapely.get_coordinates(table.geometry))
    own, home = tree.query(shapely.get_coordinates(metric("residents").geometry))
    walk = dijkstra(matrix(xy, ends), directed=False, indices=start, limit=600, min_only=False)
    return (walk[:, home] + leg[:, None]).min(axis=0) + own


def test_the_child_circle_lands_between_thirty_and_eighty_five_percent():
    table = people()
    names = units("street").loc[XIASHA, "name"].to_list()
    here = table["street"].isin(names).to_numpy()
    nursery = np.minimum(costs_to("nurseries"), costs_to("kindergartens", "开设托班", "是")) <= 300
    kinder = costs_to("kindergartens") <= 300
    both = (costs_to("play_spaces") <= 300) & (costs_to("community_stations") <= 300)
    count = {
        n: table[AGES[a:b]].sum(axis=1).to_numpy()
        for n, a, b in (("baby", 0, 3), ("small", 3, 6), ("pupil", 6, 15))
    }
    covered = count["baby"] * (nursery & both) + count["small"] * (kinder & both)
    covered = (covered + count["pupil"] * both)[here].sum()
    everyone = sum(c[here].sum() for c in count.values())
    assert 0.30 <= covered / everyone <= 0.85


# --- parcels, poles, metro, and the layers of further clauses -------------------------------------


def test_parcels_are_free_land_of_known_use():
    parcels = metric("parcels")
    assert 150 <= len(parcels) <= 250
    assert parcels["id"].is_unique
    assert set(parcels["land_use"]) == {"A6", "A33", "R22", "080701", "080404", "0702"}
    assert parcels["area_m2"].to_numpy() == pytest.approx(parcels.geometry.area, abs=5)
    district = units("district").geometry.iloc[0]
    water = metric("river", "water").union_all()
    assert parcels.within(district.buffer(1)).all()
    assert not parcels.intersects(water).any()
    assert not parcels.intersects(metric("residents").union_all()).any()


def test_poles_and_stations():
    poles = metric("context", "growth_poles").set_index("name")
    assert set(poles.index) == {"江海之城", "高铁新城", "东部湾新城"}
    assert poles.loc["江海之城"].geometry.area / 1e6 == pytest.approx(24.46, rel=0.06)
    assert 6 <= poles.loc["东部湾新城"].geometry.area / 1e6 <= 12
    stations = layer("context", "metro_stations").set_index("name").geometry
    assert (stations["金沙湖"].x, stations["金沙湖"].y) == pytest.approx((120.32106, 30.31172))
    assert set(metric("context", "metro_lines")["name"]) == {"1号线", "7号线", "8号线"}


def test_school_districts_cover_the_district_once_per_stage():
    districts = metric("land", "school_districts")
    land = units("district").iloc[0]["land_km2"]
    schools = sheet("schools").set_index("编号")
    for stage, rows in districts.groupby("stage"):
        assert rows.geometry.area.sum() / 1e6 == pytest.approx(land, rel=0.01), stage
        assert rows["school"].isin(schools.index).all()
        assert (schools.loc[rows["school"], "办园性质"] == "公办").all()


def test_districts_of_primary_schools_are_units():
    districts = metric("land", "school_districts")
    primary = districts[districts["stage"] == "小学"]
    found = units("school_district")
    assert sorted(found.index) == sorted("330114" + primary["id"])
    assert sorted(found["name"]) == sorted(primary["name"])


def test_people_live_on_residential_land():
    land = metric("land", "residential_land")
    table = people()
    homes = table[table["kind"].isin(["compound", "resettlement", "village"])]
    hit = shapely.STRtree(land.geometry.to_numpy()).query(
        homes.geometry.to_numpy(), predicate="intersects"
    )[0]
    covered = homes["residents"].iloc[np.unique(hit)].sum() / homes["residents"].sum()
    assert covered > 0.98
    assert set(land["land_use"]) == {"0701", "0703"}


def test_new_housing_and_parks():
    areas = metric("land", "new_housing")
    assert set(areas["kind"]) == {"商品房", "回迁安置房"}
    assert areas["year"].between(2021, 2025).all()
    assert (areas["households"] > 50).all()
    assert not areas.intersects(metric("residents").union_all()).any()
    parks = metric("land", "industrial_parks").set_index("name")
    assert set(parks.index) == {"临江高科园", "钱塘芯谷", "前进智造园"}


def test_bus_lines_join_schools_with_quarters():
    lines, stops = (
        pd.read_csv(HERE / f"bus_{part}.csv", encoding="utf-8-sig", dtype=str)
        for part in ("lines", "stops")
    )
    assert len(lines) == value("buses", "lines")
    assert set(stops["线路编号"]) == set(lines["线路编号"])
    at = gpd.GeoSeries(
        gpd.points_from_xy(stops["经度"].astype(float), stops["纬度"].astype(float)),
        crs="EPSG:4490",
    ).to_crs(METRES)
    last = stops.groupby("线路编号").tail(1)
    gates = sheet("schools").set_index("编号").geometry[lines.set_index("线路编号")["学校"]]
    away = at[last.index].distance(gps := gates.reset_index(drop=True).set_axis(last.index))
    assert len(gps) == len(lines)
    short = [f"QZ{n:02d}" for n in value("buses", "ends_short")]
    far = set(last.loc[away > 300, "线路编号"])
    assert set(short) <= far
    assert len(far) <= len(short) + 6
    assert (lines["状态"] == "规划").sum() == len(value("buses", "late"))


def test_contracts_and_departments():
    centres = sheet("health")
    ids = set(centres.loc[centres["类型"] == "社区卫生服务中心", "编号"])
    for name in ("home_care_centres", "elder_homes", "nurseries"):
        table = sheet(name)
        signed = table["签约机构"][table["签约机构"] != ""]
        assert set(signed) <= ids
        assert 0 < len(signed) < len(table)
    hospitals = operating("health")
    hospitals = hospitals[hospitals["类型"] == "医院"]
    assert (hospitals["老年医学科"] == "是").sum() == value("facilities", "health", "geriatric")
    assert (operating("health")["安宁疗护"] == "是").sum() == 3
    schools = operating("schools")
    assert (
        schools.loc[schools["教育集团"] != "", "类型"]
        .isin(["小学", "初中", "九年一贯制学校"])
        .any()
    )


def test_registers_name_their_clauses():
    table = pd.read_csv(HERE / "registers.csv", encoding="utf-8-sig", dtype=str)
    assert table["条款"].str.fullmatch(r"Q\d\d").all()
    assert {"Q07", "Q18", "Q20", "Q24", "Q37", "Q38", "Q45", "Q46", "Q47"} <= set(table["条款"])
    assert (table["数据性质"] == NATURE).all()
