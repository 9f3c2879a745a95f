"""What the map says of a ranked site when its flag is clicked: gain, bound, robustness, plan B."""

from dataclasses import replace
from itertools import pairwise

import pytest
from result_fixture import sample_result

from siting.report.map import map_page

pytestmark = pytest.mark.browser
RULE = "elder-home-by-density"


@pytest.fixture(scope="module")
def ranked():
    """The sample, with a replacement for every site."""
    result = sample_result()
    candidates = result.candidates.assign(
        replacement=lambda t: t["site"].shift(-1).fillna("p01"), optimality_gap=0.0298
    )
    return replace(result, candidates=candidates)


@pytest.fixture(scope="module", params=["zh", "en"])
def opened(request, ranked, tmp_path_factory):
    file = tmp_path_factory.mktemp("ranked") / "map.html"
    file.write_text(map_page(ranked, lang=request.param), encoding="utf-8")
    return request.param, file.as_uri()


WORDS = {
    "zh": ("新增覆盖", "与可证明上界的差距", "稳健性", "落空时改用", "届时少覆盖", "人"),
    "en": (
        "Newly covered", "Gap to the proven bound", "Robust share", "If it falls through",
        "Fewer covered then", "people",
    ),
}  # fmt: skip


def test_a_flag_says_gain_bound_robustness_and_what_else_to_take(visit, opened, ranked):
    lang, address = opened
    row = ranked.candidates[ranked.candidates["rule"] == RULE].iloc[1]
    named = dict(ranked.candidates[["site", "name"]].itertuples(index=False))
    with visit(address) as tab:
        tab.select_option("#rule", RULE)
        place = tab.evaluate(
            """() => {
              for (const layer of ["gaps", "facilities", "planned"]) Siting.app.toggle(layer);
              const map = Object.values(window).find((one) => one instanceof L.Map);
              const { lat, lon } = Siting.app.candidates()[1];
              map.setView([lat, lon], 17, { animate: false });
              const box = map.getContainer().getBoundingClientRect();
              const at = map.latLngToContainerPoint([lat, lon]);
              return { x: box.x + at.x, y: box.y + at.y - 18 };
            }"""
        )
        tab.mouse.click(place["x"], place["y"])
        said = [line for line in tab.inner_text(".card").splitlines() if line]
    gain, bound, robust, replacement, fewer, people = WORDS[lang]
    told = dict(pairwise(said))
    assert f"{row['rank']} · {row['name']}" in said[0]
    assert told[gain] == f"{row['gain']:,} {people}"
    assert told[bound] == "3.0%"
    assert told[robust] == f"{row['robust_share']:.1%}"
    assert told[replacement] == named[row["replacement"]]
    assert told[fewer] == f"{row['regret']:,} {people}"
