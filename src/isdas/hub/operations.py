"""
What whoever runs the hub asks of it over HTTP: whether it is well, whether it is ready, and its figures.

Listened to on loopback unless told otherwise: names of sensors and their figures are not for everybody.
"""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from isdas.hub.metrics import MEDIA, Figures
from isdas.lake.parts import FAILING, STOPPED, Part
from isdas.model.errors import IsdasError

_LATE_S = 7200.0
"""A part that was due two hours ago is not only busy with another one."""

Ready = Callable[[], bool]
"""Whether everything that this process does has begun and none of it has ended."""


def operations(figures: Figures, ready: Ready) -> APIRouter:
    """
    The paths for whoever runs the hub.

    Args:
        figures: what is told.
        ready: whether this process is doing all it should.
    """
    router = APIRouter()

    @router.api_route("/health", methods=["GET", "HEAD"])
    def health() -> Response:
        try:
            told = wellness(figures)
        except IsdasError as error:
            told = {"status": "failing", "failing": ["records"], "error": str(error)}
        well = ready() and told["status"] == "ok"
        return JSONResponse({**told, "status": "ok" if well else "failing"}, 200 if well else 503)

    @router.api_route("/ready", methods=["GET", "HEAD"])
    def readiness() -> Response:
        return JSONResponse({"ready": ready()}, 200 if ready() else 503)

    @router.api_route("/metrics", methods=["GET", "HEAD"])
    def metrics() -> Response:
        return Response(figures.text(), media_type=MEDIA)

    return router


def wellness(figures: Figures) -> dict[str, object]:
    """The parts with their last success and failure, differences that the night found, and the fleet's troubles."""
    parts = figures.parts()
    failing = [part.name for part in parts if part.state == FAILING or _late(part, figures.now())]
    differences = sum(int(part.found.get("differences", 0)) for part in parts)
    try:
        standings, _ = figures.asked()
    except IsdasError as error:
        # Whoever asks because the disk is full must get an answer.
        return {"status": "failing", "failing": [*failing, "tables"], "error": str(error)}
    return {
        "status": "failing" if failing or differences else "ok",
        "failing": failing,
        "differences": differences,
        "parts": {part.name: part.as_dict() for part in parts},
        "sensors": len(standings),
        "troubles": {one.name: list(one.troubles) for one in standings if one.troubles},
    }


def _late(part: Part, at: datetime) -> bool:
    """Whether a part was due long ago and has not come back: its process has died, or hangs."""
    if part.due_at is None or part.state == STOPPED:
        return False
    return (at - datetime.fromisoformat(part.due_at)).total_seconds() > _LATE_S
