"""Rules of every kind about people, for the drawn town; and the town with something changed."""

from dataclasses import replace

import geopandas as gpd
import shapely
from pydantic import TypeAdapter
from town import CRS, at

from siting.access.evaluate import evaluate
from siting.access.placing import study_of
from siting.plan.model import Rule
from siting.plan.records import Reading

NAME = {"zh": "名", "en": "name"}
HEAD = {
    "basis": "plan",
    "clauses": ["T1"],
    "places": ["town"],
    "title": NAME,
    "text": NAME,
    "source": {"document": "示例镇规划", "clause": "一", "confidence": "A"},
}
_RULE = TypeAdapter(Rule)


def rule(**fields):
    """Return a rule of the town with the usual head."""
    return _RULE.validate_python({"id": "one", **HEAD, **fields})


def kindergartens(*, cutoff_m=330, class_size=3, **fields):
    """Places in kindergartens for those of 3 to 5."""
    stage = {
        "id": "kindergarten",
        "title": NAME,
        "group": "kindergarten_age",
        "facilities": [{"kind": "kindergarten"}],
        "cutoff_m": cutoff_m,
        "class_size": class_size,
    }
    return rule(kind="capacity", group="kindergarten_age", stage=[stage], **fields)


def read_as(one, study, **fields):
    """Evaluate a rule of the town with some fields set."""
    reading = Reading(id="other", title=NAME, set=fields)
    return evaluate(one, study, reading=reading)


def changed(prepared, *, facilities=None, residents=None, areas=None):
    """Return the town's study with cells set: {table row id: {column: value}}, or areas added."""
    study = prepared.study
    tables = {"residents": study.layers.residents, "facilities": study.layers.facilities}
    for name, cells in (("residents", residents or {}), ("facilities", facilities or {})):
        table = tables[name].copy()
        for key, values in cells.items():
            for column, value in values.items():
                table.loc[table["id"] == key, column] = value
        tables[name] = table
    layers = replace(study.layers, **tables, areas=areas or {})
    return study_of(layers, study.walk, modes=["walk"], as_of=study.as_of)


def residential(*boxes):
    """Return residential land: boxes (x, y, x, y) in the drawing."""
    shapes = [shapely.box(*at(a, b), *at(c, d)) for a, b, c, d in boxes]
    ids = [f"r{i}" for i in range(len(boxes))]
    return {
        "residential_land": gpd.GeoDataFrame(
            {"id": ids, "outside": False}, geometry=shapes, crs=CRS
        )
    }


def sums(evaluation, part="all"):
    """Return the people of each class that has any."""
    rows = evaluation.verdicts[evaluation.verdicts["part"] == part]
    found = rows.groupby("verdict", observed=True)["people"].sum()
    return {name: int(count) for name, count in found.items() if count}


def at_points(evaluation, study, part="all"):
    """Return the people of each demand point and class."""
    rows = evaluation.verdicts[evaluation.verdicts["part"] == part]
    names = study.layers.residents["id"].to_numpy()[rows["demand"]]
    keys = zip(names, rows["verdict"].astype(str), strict=True)
    found = {}
    for key, people in zip(keys, rows["people"], strict=True):
        found[key] = found.get(key, 0) + int(people)
    return found
