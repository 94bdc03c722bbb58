"""
The hub's work by the clock: what is due is done in its order, and what fails keeps nothing else from being done.

Knows no tables. The clock is given, so that a test lets a month pass in a second.
"""

import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from isdas.lake.parts import Parts
from isdas.model.errors import IsdasError
from isdas.model.time import iso, now

_QUIET = timedelta(minutes=10)

Found = Mapping[str, float]
"""What a piece of work leaves behind: figures by name."""


class Stopped(Exception):
    """The work was asked to stop and did so at a moment of its choosing."""


class Clock(Protocol):
    """What time it is, and waiting for it to be later."""

    def now(self) -> datetime:
        """The present instant."""

    def wait(self, until: datetime, stop: threading.Event) -> None:
        """Wait until an instant, or until *stop* is set."""


class WallClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present instant."""
        return now()

    def wait(self, until: datetime, stop: threading.Event) -> None:
        """Wait until an instant; the clock is looked at each minute, since it may be set."""
        while not stop.is_set() and (left := (until - now()).total_seconds()) > 0:
            stop.wait(min(left, 60.0))


@dataclass(frozen=True, slots=True)
class Hourly:
    """Due some minutes after each hour."""

    minute: int = 0

    def after(self, when: datetime) -> datetime:
        """The first due instant after *when*."""
        due = when.replace(minute=0, second=0, microsecond=0) + timedelta(minutes=self.minute)
        return due if due > when else due + timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Nightly:
    """Due once a day, at an hour and minute of a zone."""

    hour: int
    minute: int
    zone: ZoneInfo

    def after(self, when: datetime) -> datetime:
        """The first due instant after *when*; where clocks change the night may have 23 or 25 hours."""
        local = when.astimezone(self.zone)
        due = local.replace(hour=self.hour, minute=self.minute, second=0, microsecond=0)
        if due <= local:
            due = due + timedelta(days=1)
        return due.astimezone(when.tzinfo)


@dataclass(frozen=True, slots=True)
class Every:
    """Due again some time after it was last begun."""

    seconds: float

    def after(self, when: datetime) -> datetime:
        """The first due instant after *when*."""
        return when + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Task:
    """
    A piece of work and when it is due.

    Attributes:
        name: as ``/health`` names it.
        when: when it is due.
        work: does it at an instant, and says what it found.
        at_once: whether it is also due when the hub starts.
        quiet: whether its successes are written down now and then only: it is done so often that the disk would tire.
    """

    name: str
    when: Hourly | Nightly | Every
    work: Callable[[datetime], Found]
    at_once: bool = False
    quiet: bool = False


@dataclass(slots=True)
class Schedule:
    """
    Tasks and when each is next due.

    Attributes:
        tasks: in the order in which they are done when several are due.
        parts: where is told what they did.
        clock: what time it is.
        stop: set when the hub is to end.
        told: called with each failure, for the log.
    """

    tasks: Sequence[Task]
    parts: Parts
    clock: Clock
    stop: threading.Event
    told: Callable[[str], None] = lambda text: None
    _due: dict[str, datetime] = field(default_factory=dict)
    _told_at: dict[str, datetime] = field(default_factory=dict)

    def run(self) -> None:
        """Do what is due until the hub is to end."""
        self.start()
        try:
            while not self.stop.is_set():
                self.clock.wait(self.step(), self.stop)
        finally:
            for task in self.tasks:
                self._note(lambda task=task: self.parts.stop(task.name))  # type: ignore[misc]

    def start(self) -> None:
        """Say when each task is first due."""
        at = self.clock.now()
        for task in self.tasks:
            due = self._due[task.name] = at if task.at_once else task.when.after(at)
            self._note(lambda task=task, due=due: self.parts.wait(task.name, iso(due)))  # type: ignore[misc]

    def step(self) -> datetime:
        """Do what is due now, each once however often it was missed; when something is next due."""
        for task in self.tasks:
            if self.stop.is_set():
                break
            if self._due[task.name] <= self.clock.now():
                self._do(task)
        return min(self._due.values())

    def _do(self, task: Task) -> None:
        at, began = self.clock.now(), time.perf_counter()
        self._due[task.name] = due = task.when.after(at)
        told_at = self._told_at.get(task.name)
        silent = task.quiet and told_at is not None and at < told_at + _QUIET
        if not silent:
            self._told_at[task.name] = at
            self._note(lambda: self.parts.begin(task.name))
        try:
            found = task.work(at)
        except Stopped:
            return
        except Exception as error:
            # Whatever it was: the other parts go on, and this one is tried again when it is next due.
            text = str(error) if isinstance(error, IsdasError) else f"{type(error).__name__}: {error}"
            self.told(f"{task.name}: {text}")
            if not isinstance(error, IsdasError):
                self.told(traceback.format_exc())
            # The next success is news.
            self._told_at.pop(task.name, None)
            self._note(lambda: self.parts.fail(task.name, text, iso(due)))
            return
        if not silent:
            took = time.perf_counter() - began
            self._note(lambda: self.parts.succeed(task.name, took, found, iso(due)))

    def _note(self, write: Callable[[], None]) -> None:
        """Write what a part did; a full disk must not end the part that would make room."""
        try:
            write()
        except IsdasError as error:
            self.told(str(error))
