"""
Evidence: the sightings of one port around a rise, as columns, and who was watching.

Does not fetch anything; the hub fills it.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from isdas.model.tool import masks

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Hours = npt.NDArray[np.datetime64]

_COLUMNS = (
    "hour", "sensor", "source", "network", "region", "asn", "kind", "tool", "scanner", "packets", "capabilities",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    n sightings of one port, of every kind, from some weeks before the rise to the hour of judging.

    Attributes:
        hour: datetime64[h][n], UTC.
        sensor: int32[n], index into *sensors*.
        source: int64[n], a code of the source address that is the same in every Evidence that is compared.
        network: int64[n], code of its /24 (IPv4) or /48 (IPv6).
        region: int32[n], index into *regions*.
        asn: int64[n], origin AS, 0 unknown.
        kind: int32[n], index into *kinds*.
        tool: int32[n], index into *tools*; negative where the input could not show a tool.
        scanner: int32[n], index into *scanners*; the empty name is no registered scanner.
        packets: int64[n].
        capabilities: int64[n], what the input could show (model.columns.Capability).
        sensors, regions, kinds, tools, scanners: the names.
        begin: datetime64[h], the hour of the first column of *exposure*.
        exposure: float64[s, h], share of the hour that each sensor observed; its last column is the hour of judging.
        breadth: int64[n], ports that the source scanned in the days around the rise; None if nobody looked.
        bogon: bool[n], sources that cannot exist (RFC 6890); None if nobody looked.
        clock: float64[s], largest offset of each sensor's clock while it observed the rise, seconds; None if unknown.
        groups: the fleet's groups of sensors, as indices into *sensors*; a sensor may be in several, or in none.
    """

    hour: Hours
    sensor: Codes
    source: Ints
    network: Ints
    region: Codes
    asn: Ints
    kind: Codes
    tool: Codes
    scanner: Codes
    packets: Ints
    capabilities: Ints
    sensors: tuple[str, ...]
    regions: tuple[str, ...]
    kinds: tuple[str, ...]
    tools: tuple[str, ...]
    scanners: tuple[str, ...]
    begin: np.datetime64
    exposure: npt.NDArray[np.float64]
    breadth: Ints | None = None
    bogon: Bools | None = None
    clock: npt.NDArray[np.float64] | None = None
    groups: tuple[tuple[str, tuple[int, ...]], ...] = ()

    def __post_init__(self) -> None:
        if any(len(getattr(self, name)) != len(self.hour) for name in _COLUMNS):
            raise ValueError("the columns of the evidence differ in length")
        if len(self.exposure) != len(self.sensors):
            raise ValueError(f"exposure of {len(self.exposure)} sensors, expected {len(self.sensors)}")

    @property
    def end(self) -> np.datetime64:
        """The first hour after the evidence."""
        return np.datetime64(self.begin + self.exposure.shape[1])

    def of_kind(self, *names: str) -> Bools:
        """Which sightings are of one of these kinds."""
        return np.isin(self.kind, [i for i, name in enumerate(self.kinds) if name in names])

    def region_name(self, code: int) -> str:
        """The region of a code; ZZ where it is not known."""
        return self.regions[code] if code >= 0 else "ZZ"

    def could_show(self, tool: str, protocol: int) -> Bools:
        """Which sightings could bear the label of a tool, in the protocol of the port; those that do among them."""
        needed = masks(tool).get(protocol)
        able = self.tool == (self.tools.index(tool) if tool in self.tools else len(self.tools))
        if needed is not None:
            able = able | (self.tool >= 0) & (self.capabilities & needed == needed)
        return np.asarray(able)

    def between(self, begin: np.datetime64, end: np.datetime64) -> Bools:
        """Which sightings are of hours in [begin, end)."""
        return (self.hour >= begin) & (self.hour < end)

    def until(self, end: np.datetime64) -> "Evidence":
        """What of it was known at the begin of hour *end*; what was seen of sources elsewhere stays as it is."""
        known, hours = self.hour < end, max(int((end - self.begin).astype(int)), 0)
        columns = {name: getattr(self, name)[known] for name in _COLUMNS}
        columns |= {name: of[known] for name in ("breadth", "bogon") if (of := getattr(self, name)) is not None}
        return replace(self, **columns, exposure=self.exposure[:, :hours])

    def observed(self, begin: np.datetime64, end: np.datetime64) -> npt.NDArray[np.float64]:
        """float64[s]: the hours that each sensor observed in [begin, end)."""
        first, last = (int(np.clip((t - self.begin).astype(int), 0, self.exposure.shape[1])) for t in (begin, end))
        return np.asarray(self.exposure[:, first:last].sum(axis=1))


def distinct(evidence: Evidence, rows: Bools, *, by_sensor: bool = False) -> Ints:
    """
    One row for every (hour, source) among *rows*: the unit that is counted, however many sensors saw it; or one for
    every sensor that did.
    """
    index = np.flatnonzero(rows)
    keys = [evidence.hour[index].astype("datetime64[h]").astype(np.int64), evidence.source[index]]
    if by_sensor:
        keys.append(evidence.sensor[index].astype(np.int64))
    _, first = np.unique(np.stack(keys), axis=1, return_index=True)
    return np.asarray(index[first])
