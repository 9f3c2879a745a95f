"""Take the pictures of the documentation: `make screenshots`, after the scenarios have run."""

from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
RULE = "rule=child-circle-5min"
BOTH = "compare/baseline--planned-2025"


@dataclass(frozen=True)
class Picture:
    """A picture: the page in outputs/ and its part, the window's size, what is clicked before."""

    name: str
    page: str
    width: int = 1280
    height: int = 800
    clicks: tuple[str, ...] = ()


PICTURES = [
    Picture("map-baseline", f"baseline/map.html#{RULE}"),
    Picture("map-phone", f"baseline/map.html#{RULE}", 390, 844),
    Picture("map-why", f"baseline/map.html#{RULE}", clicks=(".list.gap button >> nth=0",)),
    Picture(
        "map-trial",
        f"baseline/map.html#{RULE}&at=16/30.33763/120.36909",
        clicks=("#trial summary", "text=置于图中心", "text=对全部规则试算"),
    ),
    Picture("map-swipe", f"{BOTH}/map.html#swipe=1&rule=middle-school-1000m"),
    Picture("map-reykjavik", "reykjavik/map.html"),
    Picture("report-baseline", "baseline/report.html", 1000, 1300),
    Picture("report-ranking", "baseline/report.html#rank-elder-home-by-density", 1000, 1100),
    Picture("report-compare", f"{BOTH}/report.html", 1000, 1100),
]


def main() -> None:
    """Draw every page that has been made."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        for picture in PICTURES:
            name, _, shown = picture.page.partition("#")
            source = ROOT / "outputs" / name
            if source.is_file():
                size = {"width": picture.width, "height": picture.height}
                page = browser.new_page(viewport=size)
                draw(page, f"{source.as_uri()}#{shown}", picture)
                page.close()
        browser.close()


def draw(page: Page, address: str, picture: Picture) -> None:
    """Open a page, wait until it has drawn itself, do what is asked, and take its picture."""
    page.goto(address)
    page.wait_for_timeout(3000)
    for target in picture.clicks:
        page.locator(target).first.click()
        page.wait_for_timeout(1000)
    page.screenshot(path=IMAGES / f"{picture.name}.png")


if __name__ == "__main__":
    main()
