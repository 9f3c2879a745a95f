"""What a planner asks for: a base and an ordered list of changes (docs/scenarios.md)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from siting.plan.model import Group, Kind
from siting.toml import Record
from siting.words import Text


class Walk(Record):
    """How people walk: by the standards' distances, or (`time`) by metres a second."""

    mode: Literal["standard", "time"] = "standard"
    speed_m_s: float | None = Field(default=None, gt=0, le=10)
    max_snap_m: float = Field(default=200, gt=0, le=1000)
    min_component_nodes: int = Field(default=100, ge=1)


Box = tuple[float, float, float, float]


class Download(Record):
    """What `siting download` fetches from OpenStreetMap: a place by name, or a box of degrees."""

    place: str | None = None
    bbox: Box | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Download:
        if (self.place is None) == (self.bbox is None):
            raise ValueError('place = "…" / bbox = [west, south, east, north]')
        return self


class LayerSpec(Record):
    """Where a layer comes from and how to read it.

    `kind` and `level` hold for every row. `shares` divide totals among ages, `shares_by_unit`
    names a table of them; `over` is what people are spread over, buildings or a raster.
    """

    path: str = ""
    layer: str | None = None
    crs: str | None = None
    fields: dict[str, str] = {}
    kind: Kind | None = None
    level: str | None = None
    bbox: Box | None = None
    grid_m: int | None = Field(default=None, gt=0)
    total: int | None = Field(default=None, ge=0)
    shares: dict[str, float] | None = None
    shares_by_unit: str | None = None
    over: LayerSpec | None = None
    download: Download | None = None
    where: str = Field(default="", exclude=True)


class LayerSpecs(Record):
    """The layers of a scenario; a base has residents, units, streets and facilities.

    A place without geometry has units and facilities, and neither residents nor streets. `areas`
    are named by the rules that ask for them; `stops` belong to `lines`. `links` are lines that
    people may walk beside the streets, `cuts` lines or points that close the streets they cross.
    """

    residents: LayerSpec | None = None
    units: LayerSpec | None = None
    streets: LayerSpec | None = None
    links: LayerSpec | None = None
    cuts: LayerSpec | None = None
    facilities: list[LayerSpec] = []
    barriers: LayerSpec | None = None
    water: LayerSpec | None = None
    parcels: LayerSpec | None = None
    registers: LayerSpec | None = None
    areas: dict[str, LayerSpec] = {}
    lines: LayerSpec | None = None
    stops: LayerSpec | None = None
    context: dict[str, LayerSpec] = {}


LonLat = tuple[float, float]


class Open(Record):
    """Open a named project, an existing facility that is not operating, or a new one at a point."""

    do: Literal["open"]
    project: str | None = None
    facility: str | None = None
    kind: Kind | None = None
    lon: float | None = None
    lat: float | None = None
    capacity: int | None = Field(default=None, ge=0)
    name: str | None = None


class Close(Record):
    """Close a facility."""

    do: Literal["close"]
    facility: str


class Resize(Record):
    """Give a facility another number of places or beds."""

    do: Literal["resize"]
    facility: str
    capacity: int = Field(ge=0)


class Link(Record):
    """Add a walkable link: a footbridge, a gate."""

    model_config = Record.model_config
    do: Literal["link"]
    start: LonLat = Field(alias="from")
    end: LonLat = Field(alias="to")


class Cut(Record):
    """Close every street that the line between two points crosses."""

    do: Literal["cut"]
    start: LonLat = Field(alias="from")
    end: LonLat = Field(alias="to")


class Scale(Record):
    """Multiply the people of a unit, all or one group, or add people with a stated age profile.

    `unit` is the code or name of a unit, or the name of an area of a context layer (a growth
    pole); `without` names one whose people are left out of it.
    """

    do: Literal["scale"]
    unit: str
    without: str | None = None
    group: str = "residents"
    factor: float | None = None
    add: int | None = None
    profile: dict[str, float] | None = None


class Move(Record):
    """Move people of one unit to another."""

    do: Literal["move"]
    unit: str
    to: str
    people: int
    group: Group = "residents"


class ChangeReading(Record):
    """Judge a rule by one of its readings."""

    do: Literal["reading"]
    rule: str
    reading: str


Change = Annotated[
    Open | Close | Resize | Link | Cut | Scale | Move | ChangeReading, Field(discriminator="do")
]


class Candidates(Record):
    """Where new sites may be, and what narrows it.

    `parcels`: by land use and area (by default what suits the kind of facility); `kindergartens`:
    those with spare places, for a nursery class; `streets`: points at a spacing.
    """

    layer: Literal["parcels", "kindergartens", "streets"] = "parcels"
    land_use: list[str] | None = None
    min_area_m2: float | None = Field(default=None, ge=0)
    scale: str = "standard"
    spacing_m: float = Field(default=200, ge=20)


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


class Rank(Record):
    """A ranking of new sites for one rule."""

    rule: str
    need: str | None = None
    sites: int = Field(default=5, ge=1)
    candidates: Annotated[list[Candidates], BeforeValidator(_as_list)] = [Candidates()]
    model: Literal["max-coverage"] = "max-coverage"


class Scenario(Record):
    """A whole scenario, its `extends` chain resolved."""

    name: str
    title: Text
    place: str
    as_of: date
    crs: str = Field(pattern=r"^EPSG:\d{4,6}$")
    plans: list[str] = Field(min_length=1)
    walk: Walk = Walk()
    layers: LayerSpecs
    change: list[Change] = []
    rank: list[Rank] = []
    note: Text | None = None
    files: list[Path] = Field(default=[], exclude=True)
