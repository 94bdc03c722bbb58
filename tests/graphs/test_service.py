"""Registered names of services."""

from isdas.graphs import service as services
from isdas.graphs.service import service
from isdas.model.port import Port


def test_names_are_those_of_the_registry() -> None:
    """445/tcp is microsoft-ds; an unregistered port has no name."""
    assert service("445/tcp") == "microsoft-ds"
    assert service("53413/udp") == ""


def test_every_port_is_written_as_ports_are() -> None:
    """The keys of the table are ports in their one notation, and every one has a name."""
    assert all(str(Port.parse(port)) == port and name for port, name in services._SERVICES.items())
