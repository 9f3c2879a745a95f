"""Build the synthetic Qiantang layers: ``python layers/qiantang/generate.py [folder]``.

Everything follows from facts.toml, drawing.toml, styles.toml, placing.toml and names.toml; the
same inputs give the same bytes. All rows are synthetic and say so (示意(合成)).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from generator import (  # noqa: E402
    barriers,
    buses,
    care,
    children,
    communities,
    context,
    land,
    network,
    parcels,
    placing,
    projects,
    registers,
    residents,
    town,
    units,
    water,
    write,
)
from generator.facts import read_toml, values  # noqa: E402

if TYPE_CHECKING:
    import pandas as pd

CELL_M = 100


def main(folder: Path) -> None:
    """Build all layers into a folder."""
    facts = values(read_toml(HERE / "facts.toml"))
    drawing, styles, rules, names = (
        read_toml(HERE / f"{name}.toml") for name in ("drawing", "styles", "placing", "names")
    )
    place = town.build(drawing, styles, facts)
    walls = barriers.barriers_table(place)
    place = town.with_homes_in_reach(place, walls.geometry.to_numpy())
    found = communities.find_communities(place, facts, names)
    people = residents.residents_table(place, facts, styles, names, found)
    spots = placing.find_spots(place, found, walls.geometry.to_numpy())
    tables = facility_tables(placing.Ground(spots, people, rules), facts)
    districts = land.school_districts(place, facts, tables["schools"])
    layers = {
        "units": {"units": units.units_table(place, facts, found, districts)},
        "river": {"water": water.water_table(place.water)},
        "barriers": {"barriers": walls},
        "streets": {"streets": network.street_table(place.streets, place.overhead)},
        "residents": {"residents": people[residents.COLUMNS]},
        "parcels": {"parcels": parcels.parcels_table(place, facts, found, tables)},
        "context": context.context_tables(place.faces, facts),
        "land": {
            "residential_land": land.residential_land(place, facts, found),
            "new_housing": land.new_housing(place, facts, found),
            "industrial_parks": land.industrial_parks(place, facts),
            "school_districts": districts,
        },
    }
    tables |= buses.bus_tables(place, people, tables["schools"], facts["buses"])
    tables["registers"] = registers.register_table(facts["registers"])
    for name, parts in layers.items():
        write.write_layer(folder / f"{name}.gpkg", parts)
    for name, table in tables.items():
        write.write_csv(folder / f"{name}.csv", table)
    cells, west, north = residents.population_cells(people, CELL_M)
    write.write_raster(folder / f"population_{CELL_M}m.tif", cells, west, north, CELL_M)
    written = [f for kind in ("gpkg", "csv", "tif") for f in folder.glob(f"*.{kind}")]
    write.write_checksums(folder / "SHA256SUMS", written)


def facility_tables(ground: placing.Ground, facts: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """Return all facility tables, the named projects among them."""
    own = facts["facilities"]
    health = care.health(ground, own["health"])
    centres = health[health["类型"] == "社区卫生服务中心"].to_dict("records")
    schools = projects.name_extended(children.schools(ground, own["schools"]), facts)
    planned = projects.project_rows(facts, ground.spots, schools)
    return {
        "kindergartens": projects.with_projects(
            children.kindergartens(ground, own["kindergartens"]),
            [p for p in planned if p["类型"] == "幼儿园"],
        ),
        "nurseries": children.nurseries(ground, own["nurseries"], centres),
        "schools": projects.with_projects(schools, [p for p in planned if p["类型"] != "幼儿园"]),
        "elder_homes": care.elder_homes(ground, own["elder_homes"], centres),
        "home_care_centres": care.home_care(ground, own["home_care"], centres),
        "health": health,
        "play_spaces": children.play_spaces(ground, own["neighbourhood"]),
        "community_stations": children.stations(ground, own["neighbourhood"]),
        "service_points": care.service_points(ground, own["neighbourhood"]),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
