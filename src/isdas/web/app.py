"""
The site as an application: pages and figures are made when asked for, from the snapshot of the moment.

Writes nothing.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint
from starlette.routing import Route

from isdas import __version__
from isdas.config import Config
from isdas.graphs.render import font_file
from isdas.graphs.script import embed_script
from isdas.lake.lake import Lake
from isdas.model.errors import IsdasError, NotFound
from isdas.web import page
from isdas.web.groups import latest_groups, one_group
from isdas.web.site import Content, Site
from isdas.web.surges import listed

_HEADERS = {
    # The page is complete: nothing from elsewhere, no script in the text, in no frame of another site. What draws the
    # figures parses the expressions of their specs and makes code of them; when told to interpret them, it draws wrong.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self' 'unsafe-eval'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_CODES = {400: "bad-request", 404: "not-found", 405: "method-not-allowed", 500: "internal"}
_DAY = "max-age=86400"


def create(lake: Lake, config: Config) -> FastAPI:
    """The application over one lake."""
    site = Site(lake, config)
    app = FastAPI(title="isdas", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    _answer_errors(app)
    _add_pages(app, site)
    _add_data(app, site)
    _add_still_files(app)
    for route in app.routes:
        if isinstance(route, Route) and route.methods is not None:
            # What can be got can be asked for without its body.
            route.methods |= {"HEAD"}

    @app.middleware("http")
    async def guard(request: Request, answer: RequestResponseEndpoint) -> Response:
        response = await answer(request)
        response.headers.update(_HEADERS)
        return response

    return app


def _add_pages(app: FastAPI, site: Site) -> None:
    @app.get("/")
    def index(request: Request) -> Response:
        return _reply(request, site.index())

    @app.get("/isdas/{rest:path}")
    def figure(request: Request, rest: str) -> Response:
        return _reply(request, site.figure(f"isdas/{rest}"))

    @app.get("/at/{rest:path}")
    def japanese(request: Request, rest: str) -> Response:
        return _reply(request, site.text(f"at/{rest}"))

    @app.get("/english/at/{rest:path}")
    def english(request: Request, rest: str) -> Response:
        return _reply(request, site.text(f"english/at/{rest}"))


def _add_data(app: FastAPI, site: Site) -> None:
    @app.get("/api/surges")
    def surges() -> list[dict[str, object]]:
        return listed(site.lake)

    @app.get("/api/groups")
    def groups() -> dict[str, object]:
        return latest_groups(site.lake).as_dict()

    @app.get("/api/groups/{name}")
    def group(name: str) -> dict[str, object]:
        return one_group(site.lake, name)

    @app.get("/api/top/{what}")
    def ranking(
        what: str, start: str, end: str, limit: Annotated[int, Query(ge=1, le=1000)] = 10
    ) -> list[dict[str, object]]:
        return site.ranking(what, start, end, limit)


def _add_still_files(app: FastAPI) -> None:
    @app.get("/static/vega.js")
    def script() -> Response:
        return Response(embed_script(), media_type="text/javascript", headers={"Cache-Control": _DAY})

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        path = font_file() if name == page.FONT else page.STATIC / name
        # A name that leads out of the folder is no name of a file in it.
        if name != page.FONT and (path.parent != page.STATIC or not path.is_file()):
            raise NotFound(f"no file {name!r}")
        return FileResponse(path, headers={"Cache-Control": _DAY})


def _reply(request: Request, content: Content) -> Response:
    """The content, or only the word that the reader's copy is still the same."""
    headers = {"ETag": content.tag, "Cache-Control": "no-cache"}
    if content.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content.body, media_type=content.media, headers=headers)


def _answer_errors(app: FastAPI) -> None:
    """Every error has one shape."""

    @app.exception_handler(IsdasError)
    def refused(_: Request, error: IsdasError) -> JSONResponse:
        return _error(404 if isinstance(error, NotFound) else 400, str(error))

    @app.exception_handler(HTTPException)
    def unknown(request: Request, error: HTTPException) -> JSONResponse:
        text = f"nothing at {request.url.path}" if error.status_code == 404 else str(error.detail)
        return _error(error.status_code, text, error.headers)

    @app.exception_handler(RequestValidationError)
    def misunderstood(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        return _error(400, f"{first['loc'][-1]}: {first['msg'].lower()}")

    @app.exception_handler(Exception)
    def broken(_: Request, __: Exception) -> JSONResponse:
        return _error(500, "something went wrong here; the log says what")


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    code = _CODES.get(status, "error")
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers=headers)
