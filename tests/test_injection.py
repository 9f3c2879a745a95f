"""Names are data: whatever they say, nothing runs and the reader sees them as they are.

Every payload stands in every kind of name at once. Chromium complains on the console about each
attempt that the policy stops, so the tests notice attempts and not only successes.
"""

import csv
import dataclasses
import html
import io
import re
import zipfile

import openpyxl
import pandas as pd
import pytest
from result_fixture import sample_result

from siting.report.map import map_page
from siting.report.page import page as report_page
from siting.report.tables import csv_text
from siting.report.workbook import write_workbook

PAYLOADS = [
    "<script>window.__pwn=1</script>",
    "</script><script>window.__pwn=1</script>",
    "<img src=x onerror=window.__pwn=1>",
    '"><img src=x onerror="window.__pwn=1">',
    "'><svg onload=window.__pwn=1>",
    "<svg><script>window.__pwn=1</script></svg>",
    "<iframe srcdoc='<script>parent.__pwn=1</script>'></iframe>",
    "<body onload=window.__pwn=1>",
    "<details open ontoggle=window.__pwn=1>",
    "<input autofocus onfocus=window.__pwn=1>",
    "<video><source onerror=window.__pwn=1></video>",
    "<math><mtext><img src=x onerror=window.__pwn=1></mtext></math>",
    "<style>*{background:url(http://evil.example/)}</style>",
    "</style><script>window.__pwn=1</script>",
    "</title><script>window.__pwn=1</script>",
    "</textarea><script>window.__pwn=1</script>",
    "<!--<script>window.__pwn=1</script>-->",
    "]]><script>window.__pwn=1</script>",
    "<base href='http://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "<a href='javascript:window.__pwn=1'>点我</a>",
    "javascript:window.__pwn=1",
    "${window.__pwn=1}",
    "`+(window.__pwn=1)+`",
    "\\`+(window.__pwn=1)+`",
    "\\${window.__pwn=1}",
    "'+(window.__pwn=1)+'",
    '"+(window.__pwn=1)+"',
    '\\";window.__pwn=1;//',
    "{{7*7}}{% raw %}",
    "{{ self.__init__.__globals__ }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
    "{0.__class__}{lang}",
    "&lt;b&gt;&amp;&#60;",
    "%3Cscript%3Ewindow.__pwn=1%3C/script%3E",
    "\u2028window.__pwn=1\u2029",
    "__proto__",
    "constructor",
    '=HYPERLINK("http://evil.example","x")',
    "=cmd|'/C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1,1)",
    "＝1+1",
    "=1+1\n第二行",
    "\t=1+1",
]
EVERYTHING = " ".join(payload.strip() for payload in PAYLOADS)


def cycled(count):
    return [PAYLOADS[i % len(PAYLOADS)] for i in range(count)]


def text():
    return {"zh": EVERYTHING, "en": EVERYTHING}


CODES = {"ranking", "rule", "need", "model", "measure", "status", "solver", "proved_by", "kind"}
"""Keys of a ranking's record whose values are words of ours; all other texts are names."""


def poisoned(value, key=""):
    """Put the payloads in the place of every name and note of a ranking's record."""
    if isinstance(value, dict):
        if key == "names":
            return {EVERYTHING: EVERYTHING}
        return {inner: poisoned(found, inner) for inner, found in value.items()}
    if isinstance(value, list):
        return [poisoned(found, key) for found in value]
    return EVERYTHING if isinstance(value, str) and key not in CODES else value


@pytest.fixture(scope="module")
def nasty():
    """The sample with a payload in every name, note, unit, layer and title."""
    result = sample_result()
    many = 2 * len(PAYLOADS)
    gaps = result.gaps.iloc[[i % len(result.gaps) for i in range(many)]].reset_index(drop=True)
    names = cycled(many)
    gaps = gaps.assign(
        place=names,
        nearest=names,
        candidate=names,
        unit=names,
        street=names,
        people=many,
        cause="detour",
        barrier="wall",
        barrier_name=names,
    ).assign(gap=[f"g{i:03d}" for i in range(many)], rule="child-circle-5min")
    of_area = gaps.assign(rule=result.measures[0]["id"], gap=[f"a{i:03d}" for i in range(many)])
    gaps = pd.concat([gaps, of_area], ignore_index=True)
    layers = vars(result.layers) | {"areas": {}}
    for name in ("units", "water", "barriers", "streets", "parcels"):
        layers[name] = layers[name].assign(name=cycled(len(layers[name])))
    facilities = result.facilities.assign(
        name=cycled(len(result.facilities)), project=cycled(len(result.facilities))
    )
    candidates = result.candidates.assign(
        name=cycled(len(result.candidates)), reason=EVERYTHING, unit=EVERYTHING,
        site=EVERYTHING, street=EVERYTHING, replacement=EVERYTHING, drops_out=EVERYTHING,
    )  # fmt: skip
    measures = [
        dict(rule, title=text(), text=text(), limits=text(), measure=text(), missing=text())
        for rule in result.measures
    ]
    rules = [
        dict(rule, title=text(), text=text(), limits=text(), clauses=PAYLOADS[:3])
        | {"source": {"document": EVERYTHING, "clause": EVERYTHING, "confidence": "A"}}
        | {"parts": [dict(part, title=text()) for part in rule["parts"]]}
        | {"readings": [{"id": "read", "title": text()}]}
        for rule in result.rules
    ]
    trial = {"id": EVERYTHING, "kind": "reading", "name": "read", "rule": rules[0]["id"]}
    stays = {"site": EVERYTHING, "share": 1.0, "drops_out": EVERYTHING}
    readings = {"robustness": {"trials": [trial], "sites": [stays]}}
    return dataclasses.replace(
        result,
        scenario=result.scenario
        | {"title": text(), "place_title": text()}
        | {"attribution": PAYLOADS, "data_nature": EVERYTHING},
        rules=rules,
        measures=measures,
        layers=type(result.layers)(**layers),
        demand=result.demand.assign(name=cycled(len(result.demand))),
        facilities=facilities,
        gaps=gaps,
        candidates=candidates,
        register=result.register.assign(
            id=cycled(len(result.register)), rule="", missing=EVERYTHING, text=EVERYTHING
        ),
        sensitivity=result.sensitivity.assign(reading=cycled(len(result.sensitivity))),
        findings=[
            dict(one, sentence=dict.fromkeys(one["sentence"], text())) for one in result.findings
        ],
        manifest={"inputs": [{"path": EVERYTHING, "layer": "<b>", "rows": 1}], "note": PAYLOADS}
        | {"rankings": [poisoned(one) | readings for one in result.manifest["rankings"]]},
    )  # fmt: skip


@pytest.fixture(scope="module")
def pages(nasty, tmp_path_factory):
    folder = tmp_path_factory.mktemp("nasty")
    (folder / "map.html").write_text(map_page(nasty, lang="zh"), encoding="utf-8")
    (folder / "report.html").write_text(report_page(nasty, lang="zh"), encoding="utf-8")
    return folder


def squeezed(words):
    """Compare as a reader reads: runs of white space look like one space."""
    return " ".join(words.split())


def test_there_are_enough_payloads():
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 35


@pytest.mark.browser
def test_nothing_runs_on_the_map_and_all_is_shown(visit, pages, nasty):
    with visit((pages / "map.html").as_uri()) as tab:
        assert squeezed(EVERYTHING) in squeezed(tab.inner_text("#panel"))
        for at, payload in enumerate(PAYLOADS):
            gap, facility, demand = tab.evaluate(
                """(at) => { const a = Siting.app; const cards = [
                  Siting.popup.gap(a, a.gaps()[at]),
                  Siting.popup.facility(a, a.data.facilities[at % a.data.facilities.length]),
                  Siting.popup.demand(a, at)];
                return cards.map((card) => { document.body.append(card);
                  const said = card.innerText; card.remove(); return said; }); }""",
                at,
            )
            assert squeezed(payload) in squeezed(gap), payload
            assert squeezed(payload) in squeezed(demand), payload
            assert squeezed(PAYLOADS[at % len(PAYLOADS)]) in squeezed(facility), payload
        tab.locator(".list.gap button").first.click()
        assert squeezed(PAYLOADS[0]) in squeezed(tab.inner_text(".leaflet-popup"))
        tab.select_option("#rule", nasty.measures[0]["id"])
        assert squeezed(EVERYTHING) in squeezed(tab.inner_text("#panel"))
        tab.locator(".list.gap button").nth(2).click()
        assert squeezed(PAYLOADS[2]) in squeezed(tab.inner_text(".leaflet-popup"))
        tab.fill("#search", "window.__pwn")
        assert tab.locator(".hits li").count() > 0
        tab.get_by_role("button", name="English").click()
        for rule in tab.evaluate("Siting.app.data.rules.map((r) => r.id)"):
            tab.select_option("#rule", rule)
        tab.wait_for_timeout(200)
        assert tab.evaluate("window.__pwn") is None
        assert tab.title().startswith("<script>")


@pytest.mark.browser
def test_nothing_runs_in_the_report_and_all_is_shown(visit, pages):
    with visit((pages / "report.html").as_uri()) as tab:
        shown = squeezed(tab.inner_text("body"))
        assert squeezed(EVERYTHING) in shown
        for payload in PAYLOADS[:15]:
            assert squeezed(payload) in shown
        for part in (".why dt", ".why dd", "table[id^=rank-] td", "#register td.long"):
            told = [squeezed(text) for text in tab.locator(part).all_inner_texts()]
            assert any(squeezed(EVERYTHING) in text for text in told), part
        tab.emulate_media(media="print")  # the page margins bear names, too
        tab.emulate_media(media="screen")
        tab.locator("thead button").first.click()
        tab.wait_for_timeout(200)
        assert tab.evaluate("window.__pwn") is None


def test_the_policies_are_strict(pages):
    for name in ("map.html", "report.html"):
        text = (pages / name).read_text(encoding="utf-8")
        policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1])
        assert "unsafe" not in policy
        directives = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
        images = directives.pop("img-src")
        assert "http" not in str(directives)
        # Only the map may show pictures from elsewhere: base maps that the reader switches on.
        origins = [word for word in images.split() if word.startswith("http")]
        assert all(word.startswith("https://") for word in origins)
        assert not origins or name == "map.html"


def test_no_cell_of_a_csv_is_a_formula(nasty):
    for table in ("gaps", "candidates", "register", "sensitivity"):
        rows = list(csv.reader(io.StringIO(csv_text(getattr(nasty, table), table))))
        for row in rows:
            assert not any(cell.startswith(("=", "+", "@", "\t", "＝")) for cell in row)
            assert not any(cell.startswith("-") and not cell[1:].isdigit() for cell in row)
    places = [row[5] for row in csv.reader(io.StringIO(csv_text(nasty.gaps, "gaps")))][1:]
    assert [p.removeprefix("'") for p in places] == [
        p.removeprefix("'") for p in cycled(len(places))
    ]


def test_no_cell_of_the_workbook_is_live(nasty, tmp_path):
    write_workbook(nasty, tmp_path, lang="zh")
    data = (tmp_path / "tables.xlsx").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for part in package.namelist():
            body = package.read(part).decode("utf-8", "replace")
            assert "<f>" not in body, part
            assert "<hyperlink" not in body, part
            assert "externalLink" not in body, part
    book = openpyxl.load_workbook(io.BytesIO(data))
    shown = {cell.value for row in book["表3 缺口清单"].iter_rows() for cell in row}
    assert {squeezed(p) for p in PAYLOADS} <= {squeezed(v) for v in shown if isinstance(v, str)}
