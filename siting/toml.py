"""Read a TOML file into a pydantic model; every problem at once, with its line."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from siting.errors import Problem, ScenarioError, problem

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails


class Record(BaseModel):
    """Base of every record in a file that people write: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


Model = TypeVar("Model", bound=BaseModel)

# What pydantic expected, in the words of a person who writes TOML.
EXPECTED = {
    "int": ("整数", "a whole number"),
    "float": ("数字", "a number"),
    "string": ("带引号的文字", 'text in quotes, "…"'),
    "bool": ("true 或 false", "true or false"),
    "list": ("列表 […]", "a list […]"),
    "dict": ("表 { … }", "a table { … }"),
    "model": ("表 { … }", "a table { … }"),
    "date": ("日期，如 2020-11-01", "a date such as 2020-11-01"),
}

# Lists of records of several kinds: pydantic puts the kind's tag behind their index.
TAGGED = ("rule", "change")


def read_text(path: Path) -> str:
    """Read a UTF-8 file (with or without BOM).

    Raises
    ------
    ScenarioError
        If the file is missing or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        near = sorted(f.stem for f in path.parent.glob("*.toml")) if path.parent.is_dir() else []
        raise ScenarioError(
            problem("file-missing", path.name, folder=path.parent.name, near=", ".join(near) or "–")
        ) from error
    except (UnicodeDecodeError, OSError) as error:
        raise ScenarioError(problem("file-unreadable", path.name, detail=error)) from error


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file into plain dictionaries.

    Raises
    ------
    ScenarioError
        If the file is missing, not UTF-8, or not TOML.
    """
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(problem("toml-syntax", path.name, detail=error)) from error


def parse(model: type[Model], data: dict[str, Any], *, path: Path) -> Model:
    """Validate `data`, read from `path`, into `model`.

    Raises
    ------
    ScenarioError
        With one problem for each key that is unknown, missing or of the wrong type.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        text = read_text(path) if path.is_file() else ""
        problems = [_problem(model, detail, path.name, text) for detail in error.errors()]
        raise ScenarioError(problems) from error


def _problem(model: type[BaseModel], detail: ErrorDetails, name: str, text: str) -> Problem:
    loc = detail["loc"]
    keys = loc[:2] + loc[3:] if loc and loc[0] in TAGGED else loc
    where = place(keys, name=name, text=text)
    key = str(keys[-1]) if keys else "–"
    if detail["type"] == "extra_forbidden":
        known = _known_keys(model, detail["loc"][:-1])
        near = get_close_matches(key, known, n=1, cutoff=0.5)
        return problem(
            "toml-unknown-key", where, key=key, near=(near or ["–"])[0], known=", ".join(known)
        )
    if detail["type"] == "missing":
        return problem("toml-missing-key", where, key=key)
    if detail["type"] == "union_tag_invalid":
        tags = detail["ctx"]["expected_tags"].replace("'", "")
        field = str(detail["ctx"]["discriminator"]).strip("'")
        return problem(
            "toml-unknown-kind", where, key=field, value=detail["ctx"]["tag"], known=tags
        )
    if detail["type"] == "value_error":
        record = detail["input"]  # of several records one is known by its id, not by its place
        named = record.get("id", key) if isinstance(record, dict) else key
        return problem("toml-impossible", where, key=named, detail=detail["ctx"]["error"])
    zh, en = EXPECTED.get(detail["type"].split("_")[0], (detail["msg"], detail["msg"]))
    return problem(
        "toml-wrong-value", where, key=key, value=repr(detail["input"])[:80], zh=zh, en=en
    )


def _known_keys(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the table at `loc` knows, by walking the JSON Schema."""
    schema = model.model_json_schema(by_alias=True)
    node: Any = schema
    for key in loc:
        node = _follow(schema, node)
        if isinstance(key, int):
            node = node.get("items", {})
        elif "discriminator" in node:
            node = {"$ref": node["discriminator"]["mapping"].get(key, "")}
        else:
            node = node.get("properties", {}).get(key, {})
    return sorted(_follow(schema, node).get("properties", {}))


def _follow(schema: dict[str, Any], node: Any) -> dict[str, Any]:
    while True:
        if "anyOf" in node:
            options = [option for option in node["anyOf"] if option.get("type") != "null"]
            node = options[0]
        elif "$ref" in node:
            node = schema.get("$defs", {}).get(node["$ref"].rsplit("/", 1)[-1], {})
        else:
            return dict(node)


def place(keys: tuple[str | int, ...], *, name: str, text: str) -> str:
    """Name the place of `keys` in a TOML `text`: file, block and line."""
    block = ".".join(f"[{key + 1}]" if isinstance(key, int) else key for key in keys)
    block = block.replace(".[", "[")
    line = line_of(keys, text=text)
    return f"{name}:{line} {block}" if line else f"{name} {block}".rstrip()


def line_of(keys: tuple[str | int, ...], *, text: str) -> int | None:
    """Find the line (from 1) where `keys` stand, or that of the innermost block around them."""
    lines = text.splitlines()
    at: int | None = None
    start = 0
    path: list[str] = []
    for position, key in enumerate(keys):
        if isinstance(key, int):
            header = re.compile(rf"\s*\[\[\s*{re.escape('.'.join(path))}\s*\]\]")
            found = [i for i in range(start, len(lines)) if header.match(lines[i])]
            if key < len(found):
                start = at = found[key]
            continue
        path.append(key)
        header = re.compile(rf"\s*\[\s*{re.escape('.'.join(path))}\s*\]")
        assign = re.compile(rf"\s*\"?{re.escape(key)}\"?\s*=")
        nested = position > 0 and isinstance(keys[position - 1], int)
        for i in range(start, len(lines)):
            if i > start and nested and lines[i].lstrip().startswith("[["):
                break
            if header.match(lines[i]) or assign.match(lines[i]):
                start = at = i
                break
    return None if at is None else at + 1
