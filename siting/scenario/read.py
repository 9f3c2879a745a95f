"""Read a scenario: its file, the chain it extends, and where each change stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from siting.errors import ScenarioError, problem, raise_all
from siting.scenario.model import METRIC_CRS, Change, LayerSpecs, Rank, Scenario, Walk
from siting.toml import Record, parse, place, read_text, read_toml
from siting.words import Text

if TYPE_CHECKING:
    from pathlib import Path


class ScenarioFile(Record):
    """One scenario file: the whole of a base, or what differs from the scenario it extends."""

    extends: str | None = None
    title: Text | None = None
    note: Text | None = None
    place: str | None = None
    place_title: Text | None = None
    as_of: object = None
    crs: str | None = None
    plans: list[str] | None = None
    walk: Walk | None = None
    layers: LayerSpecs | None = None
    change: list[Change] = []
    rank: list[Rank] = []


class Inputs(Record):
    """The files that a scenario names: plans, and the layers of its place; what is known of them.

    `place` and `crs` are empty where the scenario has none, or none that can be.
    """

    place: str = ""
    crs: str = Field(default="", pattern=METRIC_CRS)
    plans: list[str] = []
    layers: LayerSpecs = LayerSpecs()


# Rows of other layers are joined to these, so that without them nothing can be said of the others.
JOINED_TO = ("units", "parcels")


def read_scenario(path: Path) -> Scenario:
    """Read the scenario at `path` with everything that it extends.

    Keys of the nearer file win; its changes follow those of the scenario it extends; its
    rankings, if it has any, replace them.

    Raises
    ------
    ScenarioError
        With every problem of every file of the chain.
    """
    files = _chain(path)
    merged: dict[str, Any] = {"name": path.stem, "change": []}
    for file in reversed(files):
        data = read_toml(file)
        parse(ScenarioFile, data, path=file)
        changes = data.pop("change", [])
        merged |= {key: value for key, value in data.items() if key != "extends"}
        merged["change"] = merged["change"] + changes
    scenario = parse(Scenario, merged, path=path)
    _require_layers(scenario, path)
    return scenario.model_copy(
        update={"files": files, "layers": _name_blocks(scenario.layers, files)}
    )


def read_inputs(path: Path) -> Inputs | None:
    """Return the files that a scenario with mistakes names, as far as it names them rightly.

    So their problems can be told together with its own. None if a file of its chain is no TOML.
    """
    try:
        files = _chain(path)
        merged = {k: v for file in reversed(files) for k, v in read_toml(file).items()}
        data = {key: merged[key] for key in Inputs.model_fields if key in merged}
        found = Inputs.model_validate(_without_mistakes(data))
    except (ScenarioError, ValidationError):
        return None
    return found.model_copy(update={"layers": _name_blocks(found.layers, files)})


def change_places(scenario: Scenario) -> list[str]:
    """Return for each change of the scenario the file, line and block where it stands."""
    places = []
    for file in reversed(scenario.files):
        text = read_text(file)
        count = len(read_toml(file).get("change", []))
        places += [place(("change", i), name=file.name, text=text) for i in range(count)]
    return places


def _without_mistakes(data: dict[str, Any]) -> dict[str, Any]:
    """Leave out the keys and the blocks of layers that are no inputs."""
    try:
        Inputs.model_validate(data)
    except ValidationError as error:
        wrong = {detail["loc"] for detail in error.errors()}
    else:
        return data
    blocks = {loc[1] for loc in wrong if loc[0] == "layers" and len(loc) > 1}
    if blocks.isdisjoint(JOINED_TO) and ("layers",) not in wrong:
        layers = {key: spec for key, spec in data.get("layers", {}).items() if key not in blocks}
    else:
        layers = {}
    kept = {key: value for key, value in data.items() if key not in {loc[0] for loc in wrong}}
    return kept | {"layers": layers}


def _chain(path: Path) -> list[Path]:
    files = [path]
    while True:
        parent = read_toml(files[-1]).get("extends")
        if not isinstance(parent, str):
            return files
        following = path.parent / f"{parent}.toml"
        where = place(("extends",), name=files[-1].name, text=read_text(files[-1]))
        if following in files:
            names = " → ".join(f.stem for f in [*files, following])
            raise ScenarioError(problem("scenario-circle", where, chain=names))
        if not following.is_file():
            known = ", ".join(sorted(f.stem for f in path.parent.glob("*.toml")))
            raise ScenarioError(problem("scenario-unknown", where, name=parent, known=known))
        files.append(following)


def _require_layers(scenario: Scenario, path: Path) -> None:
    """Require what every rule needs; a place without geometry has neither people nor streets."""
    spatial = scenario.layers.residents or scenario.layers.streets
    wanted = ("residents", "units", "streets", "facilities") if spatial else ("units", "facilities")
    missing = [name for name in wanted if not getattr(scenario.layers, name)]
    where = f"{path.name} [layers]"
    raise_all(
        [problem("toml-missing-key", where, key=f"layers.{name}") for name in missing],
        ScenarioError,
    )


def _name_blocks(layers: LayerSpecs, files: list[Path]) -> LayerSpecs:
    """Tell each layer which block of which file asks for it, for errors to name."""
    owner = next((f for f in files if "layers" in read_toml(f)), files[-1])
    text = read_text(owner)

    def named(spec: Any, *keys: str | int) -> Any:
        where = place(("layers", *keys), name=owner.name, text=text)
        return spec.model_copy(update={"where": where})

    update: dict[str, Any] = {}
    for key, value in layers:
        if isinstance(value, list):
            update[key] = [named(spec, key, i) for i, spec in enumerate(value)]
        elif isinstance(value, dict):
            update[key] = {name: named(spec, key, name) for name, spec in value.items()}
        elif value is not None:
            update[key] = named(value, key)
    return layers.model_copy(update=update)
