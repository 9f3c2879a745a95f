"""Fixtures of the tests that drive a real Chromium: one browser per session, network blocked.

Set SITING_REQUIRE_BROWSER=1 where a missing browser is a failure and not a reason to skip.
"""

import os
import shutil
from contextlib import contextmanager

import pytest

OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
WIDE = {"width": 1400, "height": 900}
PATIENCE_MS = 120_000  # a machine may be slow; what never happens is found out all the same


@pytest.fixture(scope="session")
def browser():
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        if os.environ.get("SITING_REQUIRE_BROWSER") == "1":
            pytest.fail("no Chromium, and SITING_REQUIRE_BROWSER is set")
        pytest.skip("no Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def visit(browser):
    """Open an address; at the end there must have been no request and no complaint."""

    @contextmanager
    def opened(address, **options):
        context = browser.new_context(**{"viewport": WIDE, "accept_downloads": True} | options)
        context.set_default_timeout(PATIENCE_MS)
        requests, complaints = [], []
        context.route(
            lambda url: not url.startswith(("file:", "blob:", "data:")), lambda r: r.abort()
        )
        tab = context.new_page()
        tab.on("request", lambda r: requests.append(r.url))
        tab.on("console", lambda m: complaints.append(m.text) if m.type != "log" else None)
        tab.on("pageerror", lambda e: complaints.append(str(e)))
        tab.goto(address)
        if "map.html" in address:
            tab.wait_for_selector("html[data-ready]")
        yield tab
        own = (address.split("#")[0], "blob:", "data:")
        outside = [url for url in requests if not url.startswith(own)]
        context.close()
        assert outside == []
        assert complaints == []

    return opened
