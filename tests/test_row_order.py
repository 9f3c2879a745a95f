"""The order of the rows of any table changes no measured value, verdict, or missing fact."""

from itertools import count

import pandas as pd
import pytest
from measured import at, box, rule_of, study_of

from siting.access.measure import measure

number = count()


def garden(x, ownership, enrolled, **more):
    """Return a kindergarten with an id of its own."""
    return {"id": f"k{next(number):02d}", "kind": "kindergarten", "ownership": ownership,
            "enrolled": enrolled, "geometry": at(x, 50), **more}  # fmt: skip


TABLES = {
    "facilities": [
        garden(10, "public", 90, project="甲", status="operating"),
        garden(120, "private", 70, project="甲", status="building"),
        garden(130, None, 30, project="乙", status="planned"),
        garden(160, "public", None),
        garden(20, "private", 45, position="schematic", project="丙"),
        {"id": "n1", "kind": "nursery", "name": "一", "nursery_places": 20, "geometry": at(40, 50)},
        {
            "id": "n2",
            "kind": "nursery",
            "name": "二",
            "nursery_places": 15,
            "geometry": at(190, 50),
        },
        {"id": "n3", "kind": "nursery", "name": "三", "geometry": None},
    ],
    "units": [
        {"code": "A", "level": "street", "geometry": box(0, 0, 100, 100)},
        {"code": "B", "level": "street", "geometry": box(100, 0, 100, 100)},
    ],
    "residents": [
        {
            "id": "d1",
            "p_1": 12,
            "p18_59": 40,
            "hukou": 7,
            "year_built": 1990,
            "geometry": at(30, 50),
        },
        {
            "id": "d2",
            "p_1": 8,
            "p18_59": 10,
            "hukou": 3,
            "year_built": 2001,
            "geometry": at(150, 50),
        },
        {"id": "d3", "p_1": 1, "p18_59": 5, "hukou": 6, "geometry": at(5000, 0)},
    ],
    "lines": [
        {"id": "L1", "name": "1号线", "school": "k00", "year_open": 2020},
        {"id": "L2", "name": "2号线", "school": "k01", "year_open": 2019},
        {"id": "L3", "name": "3号线", "school": "none", "year_open": 2019},
    ],
    "stops": [
        {"line": "L1", "order": 1, "geometry": at(0)},
        {"line": "L1", "order": 2, "geometry": at(4900)},
        {"line": "L2", "order": 1, "geometry": at(9000)},
        {"line": "L2", "order": 2, "geometry": at(150)},
        {"line": "L3", "order": 1, "geometry": at(100)},
    ],
}
NURSERIES = {"facilities": [{"kind": "nursery"}], "sum": "nursery_places"}
KINDERGARTENS = [{"kind": "kindergarten"}]
PUBLIC = {"where": {"ownership": "public"}}
RULES = {
    "ratio": {"numerator": NURSERIES, "denominator": {"group": "nursery_age"}, "per": 1000,
              "unit_level": "street", "target": 500, "caliber": "registered"},
    "share": {"among": KINDERGARTENS, "having": PUBLIC, "weight": "enrolled",
              "unit_level": "street", "target": 0.5},
    "adjacency": {"facilities": [{"kind": "nursery"}], "beside": KINDERGARTENS, "within_m": 20,
                  "unsure_m": 40, "target": 0.5},
    "project": {"projects": ["乙", "甲", "丙", "丁"], "target": 1},
    "route": {"schools": KINDERGARTENS, "target": 2},
    "stock": {"homes": {}, "group": "residents", "built_up_to": 2005},
}  # fmt: skip


def measured(kind, tables):
    table = measure(rule_of(kind, **RULES[kind]), study_of(**tables)).table
    return table.sort_values(["part", "unit", "unit_name"], ignore_index=True)


ORDERS = {"reversed": lambda rows: rows[::-1], "interleaved": lambda rows: rows[1::2] + rows[::2]}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", RULES)
def test_the_order_of_rows_is_irrelevant(kind, order):
    found = measured(kind, TABLES)
    assert len(found) > 1
    assert set(found["verdict"]) - {"not_assessed", "not_applicable"}
    other = {name: ORDERS[order](rows) for name, rows in TABLES.items()}
    pd.testing.assert_frame_equal(found, measured(kind, other))
