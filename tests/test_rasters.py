"""Rasters of people: cells, bands, no data, edges, damage."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine

from siting.errors import DataError
from siting.layers.model import Notes
from siting.layers.rasters import read_raster, whole_people
from siting.layers.read import read_layers
from siting.scenario.model import LayerSpec

METRIC = "EPSG:4549"
WEST, NORTH = 540_000, 3_354_000
SHARES = {"0-17": 0.2, "18-59": 0.6, "60+": 0.2}


def write(path, bands, *, descriptions=(), nodata=-1.0, crs=METRIC, size=100.0, **options):
    bands = np.asarray(bands, np.float32)
    with rasterio.open(
        path, "w", driver="GTiff", count=len(bands), height=bands.shape[1], width=bands.shape[2],
        dtype="float32", nodata=nodata, crs=crs, transform=Affine(size, 0, WEST, 0, -size, NORTH),
        **options,
    ) as grid:  # fmt: skip
        grid.write(bands)
        for i, text in enumerate(descriptions, 1):
            grid.set_band_description(i, text)
    return path


def read(path, *, box=None):
    return read_raster(path, box=box, notes=Notes(path.name))


def refusal(path, **options):
    with pytest.raises(DataError) as caught:
        read(path, **options)
    return caught.value.problems[0].key


def layers(folder, **spec):
    unit = gpd.GeoDataFrame(
        {"代码": ["A"], "层级": ["社区"]},
        geometry=[shapely.box(WEST, NORTH - 200, WEST + 150, NORTH)], crs=METRIC,
    )  # fmt: skip
    unit.to_file(folder / "units.gpkg")
    return read_layers(
        {"residents": LayerSpec(path="p.tif", **spec), "units": LayerSpec(path="units.gpkg")},
        base=folder, crs=METRIC,
    )  # fmt: skip


def test_cells_with_people_become_areas(tmp_path):
    raw = read(write(tmp_path / "p.tif", [[[1.4, -1], [0, 2.4], [np.nan, 0.2]]]))
    assert raw.table.index.tolist() == [1, 4, 6]  # cells counted from 1, row by row
    assert raw.table["pop"].sum() == 4
    assert raw.table.geometry.iloc[0].equals(shapely.box(WEST, NORTH - 100, WEST + 100, NORTH))
    assert raw.crs == METRIC


def test_only_cells_that_a_box_touches_are_read(tmp_path):
    path = write(tmp_path / "p.tif", np.ones((1, 40, 50)))
    middle = gpd.GeoSeries([shapely.box(WEST + 250, NORTH - 450, WEST + 350, NORTH - 350)])
    box = tuple(middle.set_crs(METRIC).to_crs("EPSG:4326").total_bounds)
    found = read(path, box=box).table
    assert 4 <= len(found) <= 9
    assert found.union_all().covers(middle.iloc[0])


def test_edge_cells_are_shared_with_the_ground_outside(tmp_path):
    write(tmp_path / "p.tif", [[[10, 20], [30, 40]]])
    found = layers(tmp_path, shares=SHARES).residents
    people = [key for key in found if key.startswith("p") and key != "project"]
    total = found[people].sum(axis=1)
    assert total.sum() == 100
    assert total[found["outside"]].sum() == pytest.approx(30, abs=3)  # half of 20 and of 40 people
    assert found[["p18_59"]].sum().item() == 60


def test_bands_are_ages_by_their_descriptions(tmp_path):
    names = ["0-17岁", "18-59岁", "60岁以上"]
    write(tmp_path / "p.tif", [[[1.5, 2.5]], [[8, 2]], [[0, 3]]], descriptions=names)
    found = layers(tmp_path).residents
    assert found["p18_59"].sum() == 10
    assert found[[f"p_{age}" for age in range(18)]].to_numpy().sum() == 4
    assert found[["p60_64", "p65_79", "p80"]].to_numpy().sum() == 3


def test_bands_without_names_are_named_in_the_scenario(tmp_path):
    write(tmp_path / "p.tif", [[[7, 0]], [[2, 1]]])
    with pytest.raises(DataError):
        layers(tmp_path)
    found = layers(tmp_path, fields={"p0_59": "band 1", "p60": "band 2"}).residents
    assert found[["p60_64", "p65_79", "p80"]].to_numpy().sum() == 3
    assert found["p18_59"].sum() == 5  # 42 of the 60 years of seven people


def test_a_raster_in_degrees(tmp_path):
    path = tmp_path / "p.tif"
    with rasterio.open(path, "w", driver="GTiff", count=1, height=2, width=2, dtype="float32",
                       crs="EPSG:4326", transform=Affine(1 / 1200, 0, 120.4, 0, -1 / 1200, 30.3),
                       ) as grid:  # fmt: skip
        grid.write(np.full((1, 2, 2), 2.5, np.float32))
    assert layers(tmp_path, shares=SHARES).residents["p18_59"].sum() == 6


@pytest.mark.parametrize(
    ("cell", "key"), [(-3, "raster-value"), (np.inf, "raster-value"), (0, "layer-empty")]
)
def test_cells_that_are_no_counts(tmp_path, cell, key):
    assert refusal(write(tmp_path / "p.tif", [[[cell, 0]]], nodata=-99)) == key


def test_no_georeference_damage_and_size(tmp_path, monkeypatch):
    path = tmp_path / "p.tif"
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        rasterio.open(path, "w", driver="GTiff", count=1, height=1, width=1, dtype="uint8") as grid,
    ):
        grid.write(np.ones((1, 1, 1), np.uint8))
    assert refusal(path) == "raster-unplaced"
    write(path, np.ones((1, 90, 90)))
    path.write_bytes(path.read_bytes()[:9000])
    assert refusal(path) == "file-damaged"
    monkeypatch.setattr("siting.layers.rasters.MOST_CELLS", 3)
    assert refusal(write(tmp_path / "q.tif", np.ones((1, 2, 2)))) == "raster-large"


def people(table):
    """Return the people of the three wide bands."""
    children = table[[f"p_{age}" for age in range(18)]].to_numpy().sum()
    return (
        int(children),
        int(table["p18_59"].sum()),
        int(table[["p60_64", "p65_79", "p80"]].to_numpy().sum()),
    )


def test_bands_of_which_only_some_know_a_cell(tmp_path):
    names = ["0-17岁", "18-59岁", "60岁以上"]
    bands = [[[5, -1]], [[-1, 7]], [[2, np.nan]]]
    write(tmp_path / "p.tif", bands, descriptions=names)
    found = layers(tmp_path)
    assert people(found.residents) == (5, 7, 2)
    notes = {n["note"]: n["count"] for n in found.notes}
    assert notes["raster-nodata"] == 2
    ledger = next(s["people"] for s in found.sources if s["layer"] == "residents")
    assert ledger["source"] == 14 == ledger["inside"] + ledger["outside"]


def write_folder(tmp_path, cells):
    (tmp_path / "p.tif").mkdir()
    for name, band in cells.items():
        write(tmp_path / "p.tif" / f"{name}.tif", [band])


def test_a_folder_of_age_groups_by_sex_as_worldpop_lays_it_out(tmp_path):
    write_folder(tmp_path, {
        "chn_f_0_2020": [[1, 0]], "chn_m_0_2020": [[2, -1]], "chn_f_1_2020": [[-1, 4]],
        "chn_m_1_2020": [[3, 1]], "chn_f_18_2020": [[10, 20]], "chn_m_60_2020": [[5, 6]],
    })  # fmt: skip
    raw = read(tmp_path / "p.tif")
    assert raw.table[["p0_0", "p1_17", "p18_59", "p60"]].to_numpy().T.tolist() == [
        [3, 0], [3, 5], [10, 20], [5, 6],
    ]  # fmt: skip
    found = layers(tmp_path)
    assert people(found.residents) == (11, 30, 11)
    assert found.residents["p_0"].sum() == 3
    ledger = next(s["people"] for s in found.sources if s["layer"] == "residents")
    assert ledger["source"] == 52 == ledger["inside"] + ledger["outside"]


def test_files_of_a_folder_without_ages_are_headed_by_their_names(tmp_path):
    write_folder(tmp_path, {"young": [[7, 0]], "old": [[2, 1]]})
    found = layers(tmp_path, fields={"p0_59": "young", "p60": "old"}).residents
    assert people(found)[2] == 3


def test_totals_beside_women_and_men_are_not_added_to_them(tmp_path):
    write_folder(tmp_path, {"chn_t_0_2020": [[3, 2]], "chn_f_0_2020": [[1, 2]]})
    with pytest.raises(DataError):
        layers(tmp_path)


def test_files_of_a_folder_must_share_their_cells(tmp_path):
    write_folder(tmp_path, {"a_f_0": [[1, 2]]})
    write(tmp_path / "p.tif" / "a_f_5.tif", [[[1, 2]]], size=90.0)
    assert refusal(tmp_path / "p.tif") == "raster-grids"


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(0, 500), min_size=1, max_size=60))
def test_rounding_keeps_the_sum(cells):
    squares = gpd.GeoSeries([shapely.box(i, 0, i + 1, 1) for i in range(len(cells))], crs=METRIC)
    whole = whole_people(np.array([cells]), squares)
    assert whole.sum() == np.floor(sum(cells) + 0.5) or abs(sum(cells) % 1 - 0.5) < 1e-6
    assert (whole >= 0).all()
