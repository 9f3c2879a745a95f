"""The validator names every fault of a table at once, and completes what is optional."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from siting.errors import DataError
from siting.layers.schemas import empty, finish, schemas, validate
from siting.plan.vocabulary import kinds

UNITS = schemas()["units"]
CRS = "EPSG:4549"


def units(rows, *, geometry=None):
    shapes = geometry or [shapely.box(i, 0, i + 1, 1) for i in range(len(rows))]
    return gpd.GeoDataFrame(
        pd.DataFrame(rows, index=range(2, 2 + len(rows))), geometry=shapes, crs=CRS
    )


def problems(table, schema=UNITS):
    with pytest.raises(DataError) as caught:
        validate(table, schema=schema, where="u.csv")
    return {p.key: p for p in caught.value.problems}


def test_every_table_of_the_contract_is_declared():
    assert list(schemas()) == [
        "residents",
        "facilities",
        "shares",
        "units",
        "streets",
        "links",
        "cuts",
        "barriers",
        "water",
        "parcels",
        "areas",
        "lines",
        "stops",
        "registers",
        "buildings",
        "context",
    ]
    people = [c for c in schemas()["residents"].columns if c.startswith("p")]
    assert people == [*(f"p_{age}" for age in range(18)), "p18_59", "p60_64", "p65_79", "p80"]


def test_every_facility_kind_is_a_choice_with_its_own_words():
    choices = schemas()["facilities"].columns["kind"].choices
    assert list(choices) == list(kinds())
    for key, kind in kinds().items():
        assert kind.text.zh in choices[key]
    words = [word for listed in choices.values() for word in listed]
    assert len(words) == len(set(words)), "a word names two kinds"


def test_optional_columns_are_present_and_empty():
    done = validate(units([{"code": "A", "level": "street"}]), schema=UNITS, where="u.csv")
    assert list(done.columns) == [*UNITS.columns, "geometry"]
    assert done["land_km2"].isna().all()
    assert str(done["land_km2"].dtype) == "Float64"
    assert done["outside"].tolist() == [False]  # declared default
    assert done.index.tolist() == [2]


def test_empty_table_has_the_same_columns_and_types():
    full = validate(units([{"code": "A", "level": "street"}]), schema=UNITS, where="u.csv")
    none = empty(UNITS, crs=CRS)
    assert len(none) == 0
    assert none.dtypes.to_dict() == full.dtypes.to_dict()


def test_all_faults_at_once():
    table = units(
        [
            {"code": "A", "level": "street", "land_km2": -1.0},
            {"code": "A", "level": "city", "land_km2": 2.0},
            {"code": None, "level": None, "land_km2": None},
        ]
    )
    found = problems(table)
    assert sorted(found) == ["cell-choice", "cell-empty", "cell-negative", "key-twice"]
    assert found["cell-negative"].where == "u.csv:2 land_km2"
    assert "row 3: “city”" in found["cell-choice"].found("en")
    assert "第 2, 3 行编号重复：A（共 2 行）" in found["key-twice"].found("zh")


def test_missing_required_column_names_what_the_file_has():
    found = problems(units([{"name": "x", "level": "street"}]))["column-missing"]
    assert "没有列 code" in found.found("zh")
    assert "name, level" in found.found("en")
    assert 'fields = { code = "' in found.remedy("zh")


def test_wrong_geometry():
    points = [shapely.Point(0, 0)]
    found = problems(units([{"code": "A", "level": "street"}], geometry=points))
    assert "geometry is Point (1 rows)" in found["geometry-type"].found("en")


def test_empty_input():
    assert list(problems(units([{"code": "A", "level": "street"}]).iloc[:0])) == ["layer-empty"]


def test_many_faulty_rows_are_counted_not_listed():
    table = units([{"code": str(i), "level": "nowhere"} for i in range(1000)])
    found = problems(table)["cell-choice"]
    assert "row 2, 3, 4, 5, 6 …: “nowhere” (1000 in all)" in found.found("en")


def test_finish_sorts_by_key_and_refuses_doubles():
    table = validate(
        units([{"code": c, "level": "street"} for c in "CAB"]), schema=UNITS, where="u.csv"
    )
    done = finish(table, schema=UNITS, where="units")
    assert done["code"].tolist() == ["A", "B", "C"]
    assert done.index.tolist() == [0, 1, 2]
    with pytest.raises(DataError, match="more than once"):
        finish(pd.concat([table, table]), schema=UNITS, where="units")
