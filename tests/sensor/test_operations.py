"""
/metrics and /health of a sensor.
"""

import json
import urllib.error
import urllib.request

import pytest

from isdas.model.errors import IsdasError
from isdas.sensor.operations import HOST, Operations

STATUS = {
    "received": 12, "packets": 9, "own": 1, "segments": 3, "jumps": 0, "freezes": 2, "cpu_s": 0.5,
    "dropped": {"kernel": 1, "ring": 0}, "refused": {"not-ip": 2}, "uptime_s": 60, "addresses": 1, "waiting_bytes": 0,
    "memory_bytes": 5, "last_us": 7, "sealed_us": 8, "interface_up": False, "offset_s": -0.5,
    "spool": {"bytes": 100, "segments": 4},
    "sending": {"results": {"admitted": 3}, "requests": {"ok": 3}, "failures": 0},
}  # fmt: skip


def asked(port: int, path: str) -> tuple[int, str]:
    """Status and body of an answer."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}") as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_metrics_say_what_the_status_says() -> None:
    """Each figure under a name of its own, those by cause with a label."""
    operations = Operations(0, lambda: STATUS, list)
    status, text = asked(operations.port, "/metrics")
    operations.close()
    assert status == 200
    lines = text.splitlines()
    for line in (
        "isdas_sensor_received_total 12.0",
        'isdas_sensor_dropped_total{cause="kernel"} 1.0',
        'isdas_sensor_refused_total{reason="not-ip"} 2.0',
        'isdas_sensor_sent_results_total{state="admitted"} 3.0',
        "isdas_sensor_interface_up 0.0",
        "isdas_sensor_clock_offset_s -0.5",
        "isdas_sensor_spool_segments 4.0",
    ):
        assert line in lines


def test_health_names_what_is_wrong() -> None:
    """200 as long as all is well, then 503 with the troubles; other paths are not there."""
    wrong: list[str] = []
    operations = Operations(0, lambda: {**STATUS, "sending": None, "offset_s": None}, lambda: wrong)
    assert asked(operations.port, "/health") == (200, '{"well":true,"troubles":[]}')
    wrong.append("the interface is down")
    status, body = asked(operations.port, "/health")
    assert (status, json.loads(body)["troubles"]) == (503, ["the interface is down"])
    assert asked(operations.port, "/metrics")[0] == 200
    assert asked(operations.port, "/")[0] == 404
    operations.close()


def test_a_port_that_is_taken_is_told() -> None:
    """The message names the setting."""
    first = Operations(0, lambda: STATUS, list)
    with pytest.raises(IsdasError, match=r"sensor\.operations_port"):
        Operations(first.port, lambda: STATUS, list)
    first.close()
