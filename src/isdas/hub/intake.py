"""
Taking files in as a person asks for it: which files, as what, with a progress bar and the time it took.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from isdas.decode.config import Config as DecodeConfig
from isdas.enrich.config import Config as EnrichConfig
from isdas.enrich.region import open_lookups
from isdas.formats.config import Config as FormatsConfig
from isdas.formats.context import Context
from isdas.formats.profile import load_profile
from isdas.hub.identity import Identities
from isdas.hub.interruption import stoppable
from isdas.hub.pipeline import Summary, Told, take_in
from isdas.hub.progress import progress
from isdas.hub.source import CAPTURES, RECORDS, Source, find_files
from isdas.hub.spool import spooled
from isdas.lake.lake import Lake
from isdas.model.errors import ConfigError
from isdas.model.monitored import Monitored


def ingest(
    paths: Sequence[Path],
    lake: Lake,
    config: EnrichConfig,
    *,
    identities: Identities | None = None,
    sensor: str | None = None,
    format: str | None = None,
    monitored: Monitored | None = None,
    decode: DecodeConfig | None = None,
    formats: FormatsConfig | None = None,
) -> Summary:
    """
    Take in the files that *paths* name, showing progress on a terminal; ``-`` is standard input.

    Ctrl-C ends it after the packets at hand: the files that were finished are in, the one that was open is not.

    Args:
        identities: those of files, if somebody has begun to work them out.

    Raises:
        IsdasError: a path does not exist, a setting is wrong, or the disk is full.
    """
    begun = perf_counter()
    _check(format)
    context = _context(formats or FormatsConfig(), monitored)

    def source(path: Path) -> Source:
        return Source(path, sensor, format, decode or DecodeConfig(), context, monitored=monitored)

    try:
        with spooled(paths, lake.path) as there:
            summary = _ingest(there, source, lake, config, monitored, format, identities or Identities(()))
    except KeyboardInterrupt:
        summary = Summary(interrupted=True)
    summary.seconds = perf_counter() - begun
    return summary


def _ingest(
    paths: Sequence[Path],
    source: Callable[[Path], Source],
    lake: Lake,
    config: EnrichConfig,
    monitored: Monitored | None,
    format: str | None,
    identities: Identities,
) -> Summary:
    with stoppable() as check, progress("taking in", "folding") as (taken, folded):
        files, passed_over = find_files(paths, format)
        sources = [source(path) for path in files]
        # The first file is being hashed while the lookups are opened.
        identities.expect(files)
        summary = take_in(
            sources,
            lake,
            open_lookups(config),
            monitored=monitored,
            identities=identities,
            told=_told(sources, check, taken),
            folded=folded,
        )
    summary.passed_over = len(passed_over)
    return summary


def _context(config: FormatsConfig, monitored: Monitored | None) -> Context:
    ours = None if monitored is None else monitored.holds
    return Context(zone=ZoneInfo(config.zone), drift_share=config.drift_share, ours=ours)


def _told(sources: Sequence[Source], check: Callable[[], None], taken: Callable[[int, int], None]) -> Told:
    """What to call as files are read: stops if that was asked for, else moves the bar over the bytes of all files."""
    total = sum(source.size for source in sources)
    before = 0
    last: tuple[Source, int] | None = None

    def told(source: Source, n_bytes: int) -> None:
        nonlocal before, last
        check()
        if last is not None and last[0] is not source:
            before += last[1]
        last = source, n_bytes
        taken(before + n_bytes, total)

    return told


def _check(format: str | None) -> None:
    """
    Refuse a format that there is not, before anything is taken in.

    Raises:
        ConfigError: there is none of that name.
    """
    if format is None or format in CAPTURES + RECORDS:
        return
    try:
        load_profile(format)
    except ConfigError as error:
        hint = "" if Path(format).is_file() else f"; formats are {', '.join(CAPTURES + RECORDS)}"
        raise ConfigError(f"{error}{hint}") from error
