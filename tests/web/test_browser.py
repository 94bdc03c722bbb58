"""The page in a real browser."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from isdas.cli.serve import HOST, listen
from isdas.config import Config
from isdas.lake.lake import Lake
from isdas.web.app import create

CHROMIUM = Path("/usr/bin/chromium")
QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
OPTIONS = [*QUIET.split(), "--disable-component-update", "--disable-sync"]


@pytest.fixture
def address(desk: Path) -> Iterator[str]:
    """The address of a site that is being served."""
    with listen(0) as listener:
        server = uvicorn.Server(uvicorn.Config(create(Lake(desk), Config()), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://{HOST}:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join()


@pytest.fixture
def page() -> Iterator[Any]:
    """A page of Chromium; skips where that is not installed."""
    if not CHROMIUM.exists():
        pytest.skip(f"no browser: install chromium, so that {CHROMIUM} is there")
    from playwright.sync_api import sync_playwright

    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=str(CHROMIUM), args=OPTIONS) as browser,
    ):
        yield browser.new_page()


@pytest.mark.slow
def test_the_page_works_in_a_browser(page: Any, address: str) -> None:
    """Figures are drawn live, nothing is fetched from elsewhere, nothing is complained of, and Japanese is readable."""
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    for place in range(3):
        drawing = page.locator(".plot").nth(place).locator("svg")
        drawing.wait_for()
        lines = drawing.locator(".mark-line path")
        widths = [lines.nth(i).bounding_box()["width"] for i in range(lines.count())]
        # Two days of a quarter that has 92 are drawn where they belong, at the right end.
        assert max(widths) > drawing.bounding_box()["width"] / 200
    assert "445/tcp" in page.title()

    english, japanese = page.locator(".panel-en"), page.locator(".panel-ja")
    assert english.is_visible()
    assert not japanese.is_visible()
    page.locator("label[for=tab-ja]").click()
    assert japanese.is_visible()
    assert not english.is_visible()
    assert "注意喚起" in japanese.inner_text()
    # A letter that no font has is a box, and all boxes are alike.
    page.evaluate("document.fonts.ready")
    for place in (".alert-text", "label[for=tab-ja]"):
        assert page.evaluate(DIFFERENT, [place, "注", "喚"]) is True

    assert said == []
    assert all(url.startswith((address, "data:")) for url in asked)


DIFFERENT = """
([place, one, other]) => {
  const draw = (letter) => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    context.font = "40px " + getComputedStyle(document.querySelector(place)).fontFamily;
    context.fillText(letter, 10, 60);
    return canvas.toDataURL();
  };
  return draw(one) !== draw(other);
}
"""
