"""
The site as an application: pages and figures are made when asked for, from the snapshot of the moment.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Lock

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response

from isdas import __version__
from isdas.alerts.number import text_path
from isdas.config import Config
from isdas.graphs.name import parse_path
from isdas.graphs.script import embed_script
from isdas.lake.lake import Lake
from isdas.lake.query import top
from isdas.model.alert import LANGUAGES
from isdas.model.errors import IsdasError, NotFound
from isdas.model.time import Period
from isdas.web import page
from isdas.web.figure import MEDIA, drawn, rendered

_KEPT = 64


class Site:
    """
    What the pages are made of; figures are kept until the tables change.

    Args:
        lake: the tables, read only.
        config: the settings.
    """

    def __init__(self, lake: Lake, config: Config) -> None:
        self.lake = lake
        self.config = config
        self._lock = Lock()
        self._kept: dict[tuple[object, ...], bytes] = {}

    def index(self) -> bytes:
        """The page."""
        return self._once("index", lambda: page.render(self.lake, self.config).encode())

    def figure(self, path: str) -> bytes:
        """
        A figure by its canonical path.

        Raises:
            NotFound: the path is not a figure's name.
        """
        name = parse_path(path, self.config.paper)
        return self._once(path, lambda: rendered(drawn(self.lake, name, self.config), name.suffix))

    def text(self, path: str) -> str:
        """
        An alert's text by its canonical path.

        Raises:
            NotFound: no alert has that path.
        """
        for alert in self.lake.records.alerts():
            for language in LANGUAGES:
                if text_path(alert.number, language) == path:
                    return alert.text(language).body
        raise NotFound(f"no alert text at {path!r}")

    def _once(self, what: str, make: Callable[[], bytes]) -> bytes:
        with self._lock:
            self.lake.refresh()
            records = (len(self.lake.records.surges()), tuple(str(a) for a in self.lake.records.alerts()))
            key = (what, tuple(self.lake.versions().values()), records)
            if key not in self._kept:
                if len(self._kept) >= _KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[key] = make()
            return self._kept[key]


def create(lake: Lake, config: Config) -> FastAPI:
    """The application over one lake."""
    site = Site(lake, config)
    app = FastAPI(title="isdas", version=__version__, docs_url=None, redoc_url=None)

    @app.exception_handler(IsdasError)
    def refused(_: Request, error: IsdasError) -> JSONResponse:
        status = 404 if isinstance(error, NotFound) else 400
        kind = "not-found" if isinstance(error, NotFound) else "bad-request"
        return JSONResponse({"error": {"code": kind, "message": str(error)}}, status)

    @app.get("/", response_class=HTMLResponse)
    def index() -> Response:
        return Response(site.index(), media_type="text/html; charset=utf-8")

    @app.get("/isdas/{rest:path}")
    def figure(rest: str) -> Response:
        suffix = Path(rest).suffix.removeprefix(".")
        return Response(site.figure(f"isdas/{rest}"), media_type=MEDIA.get(suffix, "application/octet-stream"))

    @app.get("/at/{rest:path}")
    def japanese(rest: str) -> Response:
        return PlainTextResponse(site.text(f"at/{rest}"))

    @app.get("/english/at/{rest:path}")
    def english(rest: str) -> Response:
        return PlainTextResponse(site.text(f"english/at/{rest}"))

    @app.get("/static/vega.js")
    def script() -> Response:
        return Response(embed_script(), media_type="text/javascript; charset=utf-8")

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        path = page.STATIC / Path(name).name
        if not path.is_file():
            raise NotFound(f"no file {name!r}")
        return FileResponse(path)

    @app.get("/api/surges")
    def surges() -> list[dict[str, object]]:
        return [surge.as_dict() for surge in site.lake.records.surges()]

    @app.get("/api/top/{what}")
    def ranking(what: str, start: str, end: str, limit: int = 10) -> list[dict[str, object]]:
        return top(site.lake, what, Period.parse(start, end, site.config.paper), limit=limit)

    return app
