"""The command line, thin: it reads options, calls the floors and says what came of it.

Heavy imports stand inside the commands, so that `siting --help` answers at once.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from siting.errors import DataError, ScenarioError, SitingError, UsageError, problem, raise_all
from siting.project import Project, find_project, scenario_file
from siting.voice import Voice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel


app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
GAPS_FOUND = 10
_voice = Voice("zh", as_json=False)


@app.callback()
def _common(
    *,
    lang: Annotated[str, typer.Option(help="zh or en")] = "zh",
    as_json: Annotated[bool, typer.Option("--json", help="one JSON line on stdout")] = False,  # noqa: ARG001 - read in main, where it also holds for mistakes
) -> None:
    """Test a city plan's promises of access, list the gaps, rank the sites that close them."""
    if lang not in ("zh", "en"):
        raise UsageError(problem("lang-unknown", "--lang", lang=lang))


@app.command("run")
def run_command(
    name: Annotated[str, typer.Argument(help="a scenario's name, or the path of its file")],
    *,
    out: Annotated[Path | None, typer.Option(help="folder for the outputs")] = None,
    fail_on_gap: Annotated[bool, typer.Option(help="exit 10 if anybody is uncovered")] = False,
    publish: Annotated[
        bool, typer.Option("--publish", help="people by community, small counts suppressed")
    ] = False,
) -> None:
    """Run a scenario and write its outputs; what is to be published into a folder of its own."""
    from siting.report.write import write_outputs
    from siting.run import run

    path, project = _find(name)
    folder = out or project.outputs / ("published" if publish else "") / path.stem
    with _voice.progress() as say:
        result = run(path, project=project, say=say)
        say("outputs")
        write_outputs(result, folder=folder, lang=_voice.lang, publish=publish)
    rules = [
        {k: rule[k] for k in ("rule", "verdict", "people", "covered", "undetermined", "coverage")}
        for rule in result.manifest["rules"]
    ]
    _voice.answer(
        {
            "scenario": result.scenario["name"],
            "outputs": str(folder),
            "rules": rules,
            "values": result.manifest["values"],
        },
        text=_voice.summary(result, folder),
    )
    if fail_on_gap and len(result.gaps):
        sys.exit(GAPS_FOUND)


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="a scenario's name, or the path of its file")],
) -> None:
    """Validate a scenario, its plans and its layers without running it; warn of what looks odd."""
    from siting.checks.lint import lint
    from siting.prepare import Stopwatch, prepare

    path, project = _find(name)
    with _voice.progress() as say:
        prepared = prepare(path, project=project, watch=Stopwatch(say))
        say("lint")
        binding = [*prepared.rules, *prepared.measures]
        warnings = lint(prepared.plans, binding, prepared.study)
    rules = [rule.id for rule in binding]
    answer = {
        "scenario": prepared.scenario.name,
        "rules": rules,
        "problems": [],
        "warnings": [one.as_dict(_voice.lang) for one in warnings],
    }
    lines = [f"{prepared.scenario.name}: ✔ {', '.join(rules)}", *_voice.told(warnings, sign="⚠")]
    _voice.answer(answer, text="\n".join(lines))


@app.command("download")
def download_command(
    name: Annotated[str, typer.Argument(help="a scenario's name, or the path of its file")],
) -> None:
    """Fetch the layers that a scenario asks to be downloaded; no other command uses the network."""
    from siting.layers.download import download_layer, wanted
    from siting.scenario.read import read_scenario

    path, project = _find(name)
    scenario = read_scenario(path)
    blocks = list(wanted({key: block for key, block in scenario.layers if block}))
    if not blocks:
        raise ScenarioError(problem("download-none", path.name))
    base = project.layers / scenario.place
    with _voice.progress() as say:
        say("download")
        files = [str(download_layer(table, spec, base=base)) for table, spec in blocks]
    _voice.answer({"files": files}, text="\n".join(f"→ {file}" for file in files))


@app.command("compare")
def compare_command(
    first: Annotated[str, typer.Argument(help="the scenario before")],
    second: Annotated[str, typer.Argument(help="the scenario after")],
    *,
    out: Annotated[Path | None, typer.Option(help="folder for the outputs")] = None,
) -> None:
    """Compare two scenarios and attribute every difference to a change."""
    from siting.compare import compare, swipe_map
    from siting.report.comparison import write_comparison

    (before, project), (after, _) = _find(first), _find(second)
    folder = out or project.outputs / "compare" / f"{before.stem}--{after.stem}"
    with _voice.progress() as say:
        found = compare(before, after, project=project, say=say)
        page = swipe_map(found, lang=_voice.lang, say=say)
        say("outputs")
        write_comparison(
            found.tables, about=found.about, folder=folder, lang=_voice.lang, swipe_map=page
        )
    headline = found.differences
    headline = headline[(headline["part"] == "all") & (headline["level"] == "district")]
    rules = headline[["rule", "covered_before", "covered_after", "difference"]].to_dict("records")
    lines = [
        f"{r['rule']}: {r['covered_before']:,} → {r['covered_after']:,} ({r['difference']:+,})"
        for r in rules
    ]
    answer = {"before": before.stem, "after": after.stem, "outputs": str(folder), "rules": rules}
    _voice.answer(answer, text="\n".join([*lines, f"→ {folder}/report.html"]))


@app.command("import")
def import_command(
    path: Annotated[Path, typer.Argument(help="a spreadsheet, a map-service export, any layer")],
    *,
    table: Annotated[str, typer.Option(help="facilities, residents, units …")] = "facilities",
    kind: Annotated[str | None, typer.Option(help="facility kind")] = None,
    crs: Annotated[str | None, typer.Option(help="EPSG:4490, GCJ-02, BD-09 …")] = None,
    layer: Annotated[str | None, typer.Option(help="sheet or layer, if there are several")] = None,
    field: Annotated[
        list[str] | None, typer.Option(help="COLUMN=HEADING, where the dictionary fails; repeat")
    ] = None,
    metric: Annotated[str, typer.Option(help="CRS of the place, in metres")] = "EPSG:4549",
    scenario: Annotated[str | None, typer.Option(help="compare with its layers")] = None,
    out: Annotated[Path, typer.Option(help="the layer to write (gpkg, geojson, fgb)")],
) -> None:
    """Turn a file into a clean layer, with a report of what was kept, mended and refused."""
    from siting.checks.imported import with_suspicions
    from siting.layers.import_report import report_page, report_text
    from siting.layers.importing import check_target, import_file, write_layer
    from siting.layers.schemas import schemas
    from siting.plan.vocabulary import kinds
    from siting.prepare import Stopwatch, prepare
    from siting.scenario.model import LayerSpec

    check_target(out)
    _among("--table", table, schemas())
    _among("--kind", kind, kinds())
    spec = LayerSpec(path=str(path), crs=crs, kind=kind, layer=layer, fields=_fields(field or []))
    against = None
    if scenario is not None:
        file, project = _find(scenario)
        with _voice.progress() as say:
            prepared = prepare(file, project=project, watch=Stopwatch(say))
        against, metric = prepared.raw, prepared.scenario.crs
    done = import_file(path, spec, table=table, metric=metric, against=against)
    if against is not None:
        done = with_suspicions(done, against, table=table)
    write_layer(done, out)
    page = out.with_suffix(".html")
    page.write_text(report_page(done, lang=_voice.lang, against=against), encoding="utf-8")
    answer = {
        "layer": str(out),
        "report": str(page),
        "read": done.read,
        "rows": len(done.table),
        "mended": done.mended_rows,
        "refused": done.refused_rows,
    }
    _voice.answer(answer, text=f"{report_text(done, lang=_voice.lang)}\n→ {out}, {page}")


def _among(option: str, value: str | None, known: Iterable[str]) -> None:
    """Refuse the value of an option that is none of those known."""
    names = list(known)
    if value is not None and value not in names:
        raise UsageError(problem("option-unknown", option, value=value, known=", ".join(names)))


def _fields(pairs: list[str]) -> dict[str, str]:
    """Read ``COLUMN=HEADING`` pairs as `fields` of a scenario."""
    wrong = [pair for pair in pairs if not all(pair.partition("="))]
    raise_all([problem("field-form", "--field", text=pair) for pair in wrong], UsageError)
    return {key.strip(): heading.strip() for key, _, heading in (p.partition("=") for p in pairs)}


@app.command("verify")
def verify_command(
    folder: Annotated[Path, typer.Argument(help="an output folder")],
) -> None:
    """Recompute an output folder and check its certificates independently."""
    from siting.report.words import name
    from siting.verify import verify

    project = find_project(folder)
    with _voice.progress() as say:
        found = verify(folder, project=project, say=say)
    words = [name("discrepancy", one.what, _voice.lang) for one in found]
    lines = [
        f"✖ {one.file}: {word} {one.detail}".rstrip()
        for one, word in zip(found, words, strict=True)
    ]
    answer = {"folder": str(folder), "discrepancies": [asdict(one) for one in found]}
    _voice.answer(answer, text="\n".join(lines or [f"✔ {folder}"]))
    if found:
        sys.exit(DataError.exit_code)


@app.command("locate")
def locate_command(
    *,
    demand: Annotated[Path | None, typer.Option(help="id, people")] = None,
    sites: Annotated[
        Path | None, typer.Option(help="id and optionally cost, capacity, status")
    ] = None,
    costs: Annotated[Path | None, typer.Option(help="from_id (demand), to_id (site), cost")] = None,
    benchmark: Annotated[
        Path | None, typer.Option(help="OR-Library p-median or coordinate file, instead of tables")
    ] = None,
    model: Annotated[str, typer.Option(help="max-coverage, set-cover, p-median, …")],
    count: Annotated[int | None, typer.Option(help="most sites to open")] = None,
    cutoff: Annotated[float | None, typer.Option(help="largest acceptable cost")] = None,
    time: Annotated[float | None, typer.Option(help="stop after so many seconds")] = None,
    seed: Annotated[int, typer.Option(help="where random kicks start")] = 0,
    certificate: Annotated[Path | None, typer.Option(help="write the certificate here")] = None,
) -> None:
    """Choose sites on any cost table (CSV or Parquet), with a bound that can be checked."""
    from siting.ranking.locate import locate_any
    from siting.ranking.stopping import progress_lines

    found = locate_any(
        tables=(demand, sites, costs),
        benchmark=benchmark,
        model=model,
        count=count,
        cutoff=cutoff,
        time_s=time,
        seed=seed,
        progress=progress_lines(lambda line: print(line, file=sys.stderr, flush=True)),  # noqa: T201
    )
    if certificate is not None:
        text = json.dumps(found.certificate, ensure_ascii=False, sort_keys=True)
        certificate.write_text(text + "\n", encoding="utf-8")
    lines = [f"{key}: {value}" for key, value in found.answer.items()]
    _voice.answer(found.answer, text="\n".join(lines))
    if found.answer["status"] == "infeasible":
        sys.exit(DataError.exit_code)


@app.command()
def schema(
    which: Annotated[str, typer.Argument(help="scenario or plan")] = "scenario",
) -> None:
    """Print the JSON Schema of scenario or plan files, for editors."""
    from siting.plan.model import Plan
    from siting.scenario.read import ScenarioFile

    models: dict[str, type[BaseModel]] = {"scenario": ScenarioFile, "plan": Plan}
    if which not in models:
        raise UsageError(problem("schema-unknown", which, known=", ".join(models)))
    typer.echo(json.dumps(models[which].model_json_schema(), ensure_ascii=False, indent=2))


@app.command("warm-up", hidden=True)
def warm_up_command() -> None:
    """Compile the kernels once, at set-up, so that no run waits for it."""
    from siting.access import capacity
    from siting.network import warm as network
    from siting.ranking import warm as ranking

    for room in (network, capacity, ranking):
        room.warm_up()


def _find(name: str) -> tuple[Path, Project]:
    """Return the scenario's file and the project that it belongs to."""
    start = Path(name).parent if name.endswith(".toml") else Path.cwd()
    project = find_project(start)
    return scenario_file(name, project=project), project


def _global_first(args: list[str]) -> list[str]:
    """Move --json and --lang, which may stand anywhere, before the command."""
    first: list[str] = []
    rest: list[str] = []
    words = iter(args)
    for word in words:
        if word == "--json" or word.startswith("--lang="):
            first.append(word)
        elif word == "--lang":
            first += [word, next(words, "")]
        else:
            rest.append(word)
    return first + rest


def main() -> None:
    """Run the command line."""
    global _voice  # noqa: PLW0603 - one command runs per process
    args = _global_first(sys.argv[1:])
    english = "--lang=en" in args or ("--lang", "en") in pairwise(args)
    _voice = Voice("en" if english else "zh", as_json="--json" in args)
    try:
        code = app(args, standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except SitingError as error:
        _voice.fail(error)
    except typer.TyperException as error:
        _voice.fail(UsageError(problem("usage", " ".join(args), detail=error)))
    except typer.Abort:
        sys.exit(130)
