"""
What watches a sensor from the machine itself: /metrics for Prometheus and /health, on loopback only.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from isdas.model.errors import IsdasError

HOST = "127.0.0.1"

_COUNTERS = {
    "received": "Frames that the kernel had for the sensor, those that were dropped included.",
    "packets": "Packets that were sealed.",
    "own": "Packets of the sensor's own traffic, which were left out.",
    "segments": "Segments that were sealed.",
    "jumps": "How often the clock was set.",
    "freezes": "How often the kernel's ring was full.",
    "cpu_s": "Processor time, seconds.",
}
_NAMED = {"dropped": ("cause", "Frames that were lost."), "refused": ("reason", "Frames that are no packets for it.")}
_GAUGES = {
    "uptime_s": "How long the sensor has been running, seconds.",
    "addresses": "Monitored addresses.",
    "waiting_bytes": "Memory of frames that wait to be sealed.",
    "memory_bytes": "Memory of the process.",
    "last_us": "Time of the last packet, microseconds since 1970.",
    "sealed_us": "When the last segment was sealed, microseconds since 1970.",
}

Status = Mapping[str, Any]


class Figures(Collector):
    """The status as metrics of Prometheus."""

    def __init__(self, status: Callable[[], Status]) -> None:
        self._status = status

    def collect(self) -> Iterator[Metric]:
        """Everything, as it is now."""
        status = self._status()
        for name, text in _COUNTERS.items():
            yield CounterMetricFamily(f"isdas_sensor_{name}", text, value=status[name])
        for name, (label, text) in _NAMED.items():
            family = CounterMetricFamily(f"isdas_sensor_{name}", text, labels=[label])
            for key, n in sorted(status[name].items()):
                family.add_metric([key], n)
            yield family
        for name, text in _GAUGES.items():
            yield GaugeMetricFamily(f"isdas_sensor_{name}", text, value=status[name])
        up = {True: 1, False: 0, None: -1}[status["interface_up"]]
        yield GaugeMetricFamily("isdas_sensor_interface_up", "1 up, 0 down, -1 gone or none.", value=up)
        spool = status["spool"]
        yield GaugeMetricFamily("isdas_sensor_spool_bytes", "Bytes of segments that wait.", value=spool["bytes"])
        yield GaugeMetricFamily("isdas_sensor_spool_segments", "Segments that wait.", value=spool["segments"])
        if status["offset_s"] is not None:
            yield GaugeMetricFamily("isdas_sensor_clock_offset_s", "Hub minus sensor.", value=status["offset_s"])
        yield from _of_sending(status["sending"])


def _of_sending(sending: Status | None) -> Iterator[Metric]:
    if sending is None:
        return
    for name, text in (("results", "Segments by what the hub said."), ("requests", "Exchanges by how they went.")):
        family = CounterMetricFamily(f"isdas_sensor_sent_{name}", text, labels=["state"])
        for key, n in sorted(sending[name].items()):
            family.add_metric([key], n)
        yield family
    yield GaugeMetricFamily("isdas_sensor_sending_failures", "Failed attempts in a row.", value=sending["failures"])


class Operations:
    """A small web service of its own thread."""

    def __init__(self, port: int, status: Callable[[], Status], troubles: Callable[[], list[str]]) -> None:
        """
        Listen.

        Args:
            port: on 127.0.0.1; 0 takes a free one.
            status: gives the status.
            troubles: says what is wrong.

        Raises:
            IsdasError: another program has the port.
        """
        registry = CollectorRegistry()
        registry.register(Figures(status))

        class Handler(BaseHTTPRequestHandler):
            """Answers two paths."""

            def do_GET(self) -> None:
                """The metrics, or whether all is well."""
                if self.path == "/metrics":
                    self._answer(200, CONTENT_TYPE_LATEST, generate_latest(registry))
                elif self.path == "/health":
                    wrong = troubles()
                    body = orjson.dumps({"well": not wrong, "troubles": wrong})
                    self._answer(503 if wrong else 200, "application/json", body)
                else:
                    self._answer(404, "text/plain", b"there are /metrics and /health\n")

            def _answer(self, code: int, kind: str, body: bytes) -> None:
                self.send_response(code)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: Any) -> None:
                """Say nothing."""

        try:
            self._server = ThreadingHTTPServer((HOST, port), Handler)
        except OSError as error:
            raise IsdasError(
                f"/metrics cannot be served on {HOST}:{port}: {error.strerror}; set sensor.operations_port"
            ) from error
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, name="operations", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
