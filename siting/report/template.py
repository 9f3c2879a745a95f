"""Pages made from templates: strict about what is missing, safe about what people wrote."""

from __future__ import annotations

from jinja2 import Environment, StrictUndefined

from siting.report.offline import asset

HTML_LANG = {"zh": "zh-CN", "en": "en"}


def rendered(name: str, **values: object) -> str:
    """Fill the template `name` of the pages' assets, behind the macros that all pages share."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(asset("page/macros.html") + asset(f"page/{name}")).render(values)
