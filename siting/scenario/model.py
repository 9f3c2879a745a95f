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
    """How people walk: by the standards' distances, or (`time`) by metres a second.

    `factors` say what a metre of a street class costs in metres of level walking (steps = 2).
    """

    mode: Literal["standard", "time"] = "standard"
    speed_m_s: float | None = Field(default=None, gt=0, le=10)
    factors: dict[str, Annotated[float, Field(ge=0.1, le=100)]] = {}
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

    `layer` is ``parcels`` (by land use and area: by default what suits the kind of facility),
    ``kindergartens`` (those with spare places, for a nursery class), ``streets`` and ``grid``
    (points every `spacing_m`), or a context layer. `apart_m` keeps a distance from facilities of
    the same kind. What opens there has `capacity` and costs `cost`; the same parcel in two entries
    is one place in two sizes. `kind` says which kind of facility, if the rules ask for several.
    """

    layer: str = "parcels"
    land_use: list[str] | None = None
    min_area_m2: float | None = Field(default=None, ge=0)
    scale: str = "standard"
    spacing_m: float = Field(default=200, ge=20)
    apart_m: float = Field(default=0, ge=0)
    kind: Kind | None = None
    capacity: int | None = Field(default=None, gt=0)
    cost: int = Field(default=1, ge=0)


class RankRule(Record):
    """One of several rules that a ranking serves, and what one of its people counts."""

    rule: str
    need: str | None = None
    weight: Annotated[float, Field(gt=0)] = 1


Weight = Annotated[float, Field(gt=0)]


class Weights(Record):
    """What people of an age group or a street count in the choice of sites (1 by default)."""

    groups: dict[Group, Weight] = {}
    streets: dict[str, Weight] = {}


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


def _as_weights(value: object) -> object:
    """Take every key but the tables for the name of a group: ``{ elders_80 = 2 }``."""
    if not isinstance(value, dict):
        return value
    tables = {key: value[key] for key in ("groups", "streets") if key in value}
    named = {key: weight for key, weight in value.items() if key not in tables}
    return tables | {"groups": {**tables.get("groups", {}), **named}} if named else tables


DEFAULT_SITES = 5
ALL_NEEDS = "all"


class Rank(Record):
    """A ranking of sites for one rule, or for several at once.

    `need` ``all`` asks for every need of the rule together. `sites` limits their number (5 if there
    is no `budget`), `target` is the share that a set cover must reach. `removal` turns the question
    round: which existing facilities are needed least.
    """

    id: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9-]*$")
    rule: str | None = None
    need: str | None = None
    rules: list[RankRule] = []
    model: Literal[
        "max-coverage", "set-cover", "p-median", "p-center", "capacitated", "worst-street-first",
        "by-priority",
    ] = "max-coverage"  # fmt: skip
    sites: int | None = Field(default=None, ge=1)
    budget: int | None = Field(default=None, ge=0)
    target: float | None = Field(default=None, gt=0, le=1)
    candidates: Annotated[list[Candidates], BeforeValidator(_as_list)] = [Candidates()]
    must: list[str] = []
    never: list[str] = []
    costs: dict[str, Annotated[int, Field(ge=0)]] = {}
    spacing_m: float = Field(default=0, ge=0)
    weights: Annotated[Weights, BeforeValidator(_as_weights)] = Weights()
    removal: bool = False

    @property
    def asked(self) -> list[RankRule]:
        """The rules that the ranking serves, the most important first."""
        return self.rules or [RankRule(rule=self.rule or "", need=self.need)]

    @property
    def most(self) -> int | None:
        """How many sites may open; None leaves it to the budget or to the target."""
        limited = self.budget is not None or self.model == "set-cover"
        return self.sites if self.sites is not None or limited else DEFAULT_SITES

    @property
    def name(self) -> str:
        """Name of the ranking, and of its certificate's file."""
        served = "+".join("-".join(filter(None, [one.rule, one.need])) for one in self.asked)
        model = None if self.model == "max-coverage" else self.model
        parts = [served, model, "removal" if self.removal else None]
        return self.id or "-".join(filter(None, parts))


METRIC_CRS = r"^EPSG:\d{4,6}$"


class Scenario(Record):
    """A whole scenario, its `extends` chain resolved."""

    name: str
    title: Text
    place: str
    place_title: Text | None = None
    as_of: date
    crs: str = Field(pattern=METRIC_CRS)
    plans: list[str] = Field(min_length=1)
    walk: Walk = Walk()
    layers: LayerSpecs
    change: list[Change] = []
    rank: list[Rank] = []
    note: Text | None = None
    files: list[Path] = Field(default=[], exclude=True)
