"""Take the pictures of the documentation: `make screenshots`, after the baseline has run."""

from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
RULE = "rule=child-circle-5min"
# page in outputs/ (what follows # says what it shows), picture, width and height of the window
PICTURES = [
    (f"baseline/map.html#{RULE}", "map-baseline.png", 1280, 800),
    (f"baseline/map.html#{RULE}", "map-phone.png", 390, 844),
    (f"compare/baseline--planned-2025/map.html#swipe=1&{RULE}", "map-swipe.png", 1280, 800),
    ("baseline/report.html", "report-baseline.png", 1000, 1300),
    ("reykjavik/map.html", "map-reykjavik.png", 1280, 800),
]


def main() -> None:
    """Draw every page that has been made."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = browser.new_page()
        for file, picture, width, height in PICTURES:
            name, _, shown = file.partition("#")
            source = ROOT / "outputs" / name
            if source.is_file():
                page.set_viewport_size({"width": width, "height": height})
                draw(page, f"{source.as_uri()}#{shown}", IMAGES / picture)
        browser.close()


def draw(page: Page, address: str, target: Path) -> None:
    """Open a page, wait until it has drawn itself, and take its picture."""
    page.goto(address)
    page.wait_for_timeout(3000)
    page.screenshot(path=target)


if __name__ == "__main__":
    main()
