"""What a command says: to people in their language, or to programs as one line of JSON."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from siting.words import catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from siting.errors import Problem, SitingError
    from siting.report.result import Result
    from siting.words import Lang


@dataclass(frozen=True)
class Voice:
    """The language, and whether programs listen."""

    lang: Lang
    as_json: bool

    def answer(self, data: dict[str, Any], *, text: str) -> None:
        """Print the answer of a command: `data` for programs, `text` for people."""
        typer.echo(json.dumps(data, ensure_ascii=False) if self.as_json else text)

    def fail(self, error: SitingError) -> NoReturn:
        """Tell a user's mistake without a traceback, and exit with its code."""
        if self.as_json:
            problems = [one.as_dict(self.lang) for one in error.problems]
            self.answer({"error": {"kind": error.kind, "problems": problems}}, text="")
        else:
            typer.echo("\n".join(self.told(error.problems, sign="✖")), err=True)
        sys.exit(error.exit_code)

    def told(self, problems: list[Problem], *, sign: str) -> list[str]:
        """Return the lines that tell problems: what was found, expected, how to mend it."""
        expected, remedy = ("应为", "改法") if self.lang == "zh" else ("expected", "remedy")
        return [
            line
            for one in problems
            for line in (
                f"{sign} {one.where}: {one.found(self.lang)}",
                f"    {expected}: {one.expected(self.lang)}",
                f"    {remedy}: {one.remedy(self.lang)}",
            )
        ]

    def summary(self, result: Result, folder: Path) -> str:
        """Return a line per rule with what was found, and where to read more."""
        from siting.report.valued import found_value  # noqa: PLC0415 - `--help` waits for none
        from siting.report.words import name  # noqa: PLC0415

        titles = {record["id"]: record["title"][self.lang] for record in result.rules}
        lines = []
        for rule in result.manifest["rules"]:
            share = "—" if rule["coverage"] is None else f"{rule['coverage']:.1%}"
            verdict = name("verdict", rule["verdict"], self.lang)
            people = f"({rule['covered']:,} / {rule['people']:,})"
            lines.append(f"{titles[rule['rule']]}: {verdict} {share} {people}")
        for record in result.measures:
            verdict = name("verdict", record["verdict"], self.lang)
            found = found_value(record, self.lang)
            lines.append(f"{record['title'][self.lang]}: {verdict} {found}")
        pages = ["report.html"] if result.streets is None else ["report.html", "map.html"]
        return "\n".join([*lines, "→ " + ", ".join(f"{folder}/{page}" for page in pages)])

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """Say on stderr which step runs: on a terminal one moving line, else one line a step."""
        from rich.console import Console  # noqa: PLC0415

        steps = catalogue("progress")
        console = Console(stderr=True)
        if not console.is_terminal:
            yield lambda step: typer.echo(steps[step][self.lang], err=True)
            return
        with console.status("") as status:
            yield lambda step: status.update(steps[step][self.lang])
