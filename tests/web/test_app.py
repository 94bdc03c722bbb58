"""The site as an application."""

import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from isdas.config import Config
from isdas.lake.lake import Lake
from isdas.web.app import create
from isdas.web.page import FONT

QUARTER = "/isdas/2008/20080708-1007_445_port"
FORMS = {
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "svg": ("image/svg+xml", b"<svg"),
    "csv": ("text/csv; charset=utf-8", b"bin,"),
    "json": ("application/json", b"{"),
}


def test_the_page_of_an_empty_lake_says_what_to_do(tmp_path: Path) -> None:
    """Without data there is a page that names the command which brings data in, and no figure is a failure."""
    client = TestClient(create(Lake(tmp_path), Config()))
    page = client.get("/")
    assert page.status_code == 200
    assert "isdas ingest" in page.text
    assert client.get("/api/surges").json() == []
    assert client.get(f"{QUARTER}.svg").status_code == 200


def test_the_page_is_html(site: TestClient) -> None:
    """The page of a filled lake names the surge, and is UTF-8."""
    page = site.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "445/tcp" in page.text
    assert "注意喚起" in page.text


@pytest.mark.parametrize("suffix", FORMS)
def test_a_figure_has_four_forms(site: TestClient, suffix: str) -> None:
    """Under one canonical name a figure can be had in four forms, each with its own media type."""
    media, begin = FORMS[suffix]
    answer = site.get(f"{QUARTER}.{suffix}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media
    assert answer.content.startswith(begin)


def test_a_figure_can_be_japanese(site: TestClient) -> None:
    """The name with _ja is the same figure with Japanese texts."""
    assert "センサー" in site.get(f"{QUARTER}_ja.svg").text
    assert "センサー" not in site.get(f"{QUARTER}.svg").text


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/isdas/",
        "/isdas/2008/nothing.png",
        "/isdas/2008/20080708-1007_445_port.gif",
        "/isdas/2008/20081332-1007_445_port.png",
        "/isdas/2008/20080708-1007_99999_port.png",
        "/isdas/2008/20080708-1007_445_nothing.png",
        "/isdas/9999/00010101-1231_445_port.png",
        "/isdas/%2e%2e/static/style.css",
        "/isdas/%2e%2e/%2e%2e/etc/passwd",
        "/static/nothing.css",
        "/static/%2e%2e",
        "/static/..%2fpage.py",
        "/static/%2e%2e%2fpage.py",
        "/static/%2fetc%2fpasswd",
        "/static/a%00b",
        "/at/2008/at089999.txt",
        "/english/at/2008/at089999.txt",
        "/at/%2e%2e/%2e%2e/records.sqlite",
        "/openapi.json",
        "/docs",
    ],
)
def test_what_is_not_there_is_not_found(site: TestClient, path: str) -> None:
    """An unknown path, one that leads out of its folder, or a figure that cannot be, is 404 in the one error shape."""
    answer = site.get(path)
    assert answer.status_code == 404
    assert answer.json().keys() == {"error"}
    error = answer.json()["error"]
    assert error.keys() == {"code", "message"}
    assert error["code"] == "not-found"


@pytest.mark.parametrize(
    "path",
    [
        "/api/top/ports",
        "/api/top/ports?start=2008-10-06&end=yesterday",
        "/api/top/ports?start=2008-10-07&end=2008-10-06",
        "/api/top/colours?start=2008-10-06&end=2008-10-07",
        "/api/top/ports?start=2008-10-06&end=2008-10-07&limit=0",
        "/api/top/ports?start=2008-10-06&end=2008-10-07&limit=many",
    ],
)
def test_what_cannot_be_understood_is_a_bad_request(site: TestClient, path: str) -> None:
    """A question with a part missing or wrong is 400 in the one error shape, and says which part."""
    answer = site.get(path)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad-request"
    assert len(answer.json()["error"]["message"]) > 10


def test_other_methods_are_refused(site: TestClient) -> None:
    """The site only shows: whatever would change something is 405, with the methods there are."""
    for method in ("POST", "PUT", "DELETE"):
        answer = site.request(method, "/")
        assert answer.status_code == 405
        assert answer.json()["error"]["code"] == "method-not-allowed"
        assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    "path", ["/", f"{QUARTER}.csv", "/at/2008/at080001.txt", "/static/style.css", "/static/vega.js", "/api/surges"]
)
def test_what_can_be_got_can_be_asked_for(site: TestClient, path: str) -> None:
    """HEAD gives the status and headers of GET."""
    head, get = site.head(path), site.get(path)
    assert head.status_code == get.status_code == 200
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize(
    ("path", "language", "words"),
    [("/at/2008/at080001.txt", "ja", "注意喚起"), ("/english/at/2008/at080001.txt", "en", "TCP port 445")],
)
def test_alert_texts_are_plain(site: TestClient, desk: Path, path: str, language: str, words: str) -> None:
    """An alert's text is plain UTF-8, the very body that was drafted."""
    answer = site.get(path)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == Lake(desk).records.alerts()[0].text(language).body
    assert words in answer.text


def test_an_unchanged_page_is_not_sent_twice(site: TestClient) -> None:
    """A reader who has the page as it is hears only that; readers ask each time, since tables change."""
    first = site.get("/")
    assert first.headers["cache-control"] == "no-cache"
    again = site.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert site.get("/", headers={"If-None-Match": '"other"'}).status_code == 200


def test_still_files_are_served(site: TestClient) -> None:
    """Style, scripts and the font with Japanese letters come from the site itself, and may be kept for a while."""
    for name, media in (("style.css", "text/css"), ("plots.js", "text/javascript"), ("vega.js", "text/javascript")):
        answer = site.get(f"/static/{name}")
        assert answer.headers["content-type"].startswith(media)
        assert "max-age" in answer.headers["cache-control"]
    font = site.get(f"/static/{FONT}")
    assert font.content[:4] == b"OTTO"
    assert FONT in site.get("/static/style.css").text


def test_nothing_comes_from_elsewhere(site: TestClient) -> None:
    """The policy that goes with the page lets a browser load and run what the site itself has, and nothing else."""
    policy = site.get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'self' 'unsafe-eval';" in policy
    assert site.get("/nothing").headers["x-content-type-options"] == "nosniff"


def test_surges_are_data(site: TestClient) -> None:
    """The surges come as `isdas surges --json` prints them."""
    (surge,) = site.get("/api/surges").json()
    assert (surge["port"], surge["verdict"], surge["onset_at"]) == ("445/tcp", "broad", "2008-10-07T13:00:00Z")


def test_rankings_are_data(site: TestClient) -> None:
    """The largest ports of a period come with packets and sources, largest first, no more than asked for."""
    rows = site.get("/api/top/ports?start=2008-10-06&end=2008-10-07&limit=3").json()
    assert len(rows) == 3
    assert [row["packets"] for row in rows] == sorted((row["packets"] for row in rows), reverse=True)
    assert rows[0].keys() == {"key", "packets", "packets-per-sensor", "sources"}


def test_readers_see_what_another_process_commits(tmp_path: Path, captures: Path) -> None:
    """A page that is asked for again shows what another process has taken in since."""
    client = TestClient(create(Lake(tmp_path), Config()))
    before = client.get("/")
    assert "isdas ingest" in before.text
    command = [sys.executable, "-m", "isdas", "ingest", str(min(captures.iterdir())), "--data", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    after = client.get("/")
    assert "Top ports" in after.text
    assert after.headers["etag"] != before.headers["etag"]
