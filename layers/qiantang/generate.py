"""Build the synthetic Qiantang layers: ``python layers/qiantang/generate.py [folder]``.

Everything follows from facts.toml, drawing.toml and names.toml; the same inputs give the same
bytes. All rows are synthetic and say so (示意(合成)).
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
import shapely

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from generator import facilities, people, plans, siting, town, units, write  # noqa: E402
from generator.barriers import barriers_table  # noqa: E402
from generator.facts import NATURE, read_toml, values  # noqa: E402
from generator.network import street_table  # noqa: E402
from generator.space import METRES  # noqa: E402

CELL_M = 100


def main(folder: Path) -> None:
    """Build all layers into a folder."""
    facts = values(read_toml(HERE / "facts.toml"))
    drawing, names = read_toml(HERE / "drawing.toml"), read_toml(HERE / "names.toml")
    place = town.build(drawing, facts)
    parts = units.communities(place, facts, names)
    water = gpd.GeoDataFrame(
        [{"name": "钱塘江", "data_nature": NATURE, "geometry": place.skeleton.river}], crs=METRES
    )
    residents = people.residents_table(place, facts, parts)
    spots = siting.find_spots(place, parts)
    layers = {
        "units": {"units": units.units_table(place, facts, parts, shapely.union_all(water.geometry))},
        "river": {"water": water},
        "barriers": {"barriers": barriers_table(place)},
        "streets": {"streets": street_table(place.streets, place.overhead)},
        "residents": {"residents": residents.drop(columns=["part", "street_code"])},
        "parcels": {"parcels": plans.parcels_table(place, parts, facts["parcels"]["count"])},
        "context": plans.context_tables(place, facts),
    }
    made = {
        "kindergartens": facilities.kindergartens,
        "nurseries": facilities.nurseries,
        "schools": facilities.schools,
        "elder_homes": facilities.elder_homes,
        "home_care_centres": facilities.home_care,
        "health": facilities.health,
        "play_spaces": facilities.play_spaces,
        "community_stations": facilities.stations,
        "service_points": facilities.service_points,
    }
    tables = {name: make(spots, residents, facts) for name, make in made.items()}
    tables = plans.project_rows(facts, spots, tables)
    for name, parts_of in layers.items():
        write.write_layer(folder / f"{name}.gpkg", parts_of)
    for name, table in tables.items():
        write.write_csv(folder / f"{name}.csv", table)
    cells, west, north = people.population_cells(residents, CELL_M)
    write.write_raster(folder / f"population_{CELL_M}m.tif", cells, west, north, CELL_M)
    written = [*folder.glob("*.gpkg"), *folder.glob("*.csv"), *folder.glob("*.tif")]
    write.write_checksums(folder / "SHA256SUMS", written)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
