"""
What the site shows, as bytes with a name for their state; made once for each state of the tables.

Knows nothing of HTTP.
"""

import hashlib
from collections.abc import Callable
from pathlib import PurePosixPath
from threading import Lock
from typing import NamedTuple

from isdas.config import Config
from isdas.graphs.name import parse_path
from isdas.lake.lake import Lake
from isdas.lake.opinions import latest
from isdas.lake.query import top
from isdas.lake.source_groups import grouped
from isdas.model.alert import LANGUAGES
from isdas.model.errors import IsdasError, NotFound
from isdas.model.number import text_path
from isdas.model.time import Period
from isdas.web import page
from isdas.web.figure import MEDIA, drawn, rendered

_KEPT = 64
_LONGEST_DAYS = 3660
"""A figure of more days than ten years has is nothing that anybody reads, and long to draw."""


class Content(NamedTuple):
    """Bytes with their media type and a tag that changes when they do."""

    body: bytes
    media: str
    tag: str


class Site:
    """
    What the pages are made of; contents are kept until the tables or the records change.

    Args:
        lake: the tables, read only.
        config: the settings.
    """

    def __init__(self, lake: Lake, config: Config) -> None:
        self.lake = lake
        self.config = config
        self._lock = Lock()
        self._state: object = None
        self._kept: dict[str, Content] = {}

    def index(self) -> Content:
        """The page."""
        return self._once("/", "text/html; charset=utf-8", lambda: page.render(self.lake, self.config).encode())

    def figure(self, path: str) -> Content:
        """
        A figure by its canonical path.

        Raises:
            NotFound: the path is not a figure's name.
        """
        name = parse_path(path, self.config.paper)
        if name.period.days > _LONGEST_DAYS:
            raise NotFound(f"no figure at {path!r}: it would span more than ten years")
        media = MEDIA[PurePosixPath(path).suffix.removeprefix(".")]
        try:
            return self._once(path, media, lambda: rendered(drawn(self.lake, name, self.config), name.suffix))
        except IsdasError as error:
            raise NotFound(f"no figure at {path!r}: {error}") from error

    def text(self, path: str) -> Content:
        """
        An alert's text by its canonical path.

        Raises:
            NotFound: no alert has that path.
        """
        for alert in self.lake.records.alerts():
            for language in LANGUAGES:
                if text_path(alert.number, language) == path:
                    return _content(alert.text(language).body.encode(), "text/plain; charset=utf-8")
        raise NotFound(f"no alert text at {path!r}")

    def ranking(self, what: str, start: str, end: str, limit: int) -> list[dict[str, object]]:
        """
        The largest ports, regions, sources or ASes between two dates.

        Raises:
            IsdasError: nothing of that name can be ranked, or these are no dates.
        """
        period = Period.parse(start, end, self.config.paper)
        with self._lock:
            self.lake.refresh()
            return top(self.lake, what, period, limit=limit)

    def _once(self, what: str, media: str, make: Callable[[], bytes]) -> Content:
        with self._lock:
            self.lake.refresh()
            records = self.lake.records
            said, days = latest(records.database), grouped(records.database)
            state = (self.lake.versions(), records.surges(), records.alerts(), said, days)
            if state != self._state:
                self._kept.clear()
                self._state = state
            if what not in self._kept:
                if len(self._kept) >= _KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[what] = _content(make(), media)
            return self._kept[what]


def _content(body: bytes, media: str) -> Content:
    return Content(body, media, f'"{hashlib.sha256(body).hexdigest()[:20]}"')
