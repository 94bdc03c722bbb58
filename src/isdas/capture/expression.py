"""
Filter expressions such as ``not port 22`` (pcap-filter(7)), compiled by libpcap where that is installed.

Nothing else here needs libpcap.
"""

import ctypes
import ctypes.util
from functools import cache
from typing import Any

from isdas.capture.bpf import Instruction, unpack
from isdas.capture.interface import ETHERNET
from isdas.model.errors import ConfigError

_RAW = 12
"""DLT_RAW of Linux, whose number as a link type is another."""

_ANY_NETMASK = 0xFFFFFFFF
_NAMES = ("libpcap.so.1", "libpcap.so.0.8", "libpcap.so")


class _BpfProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint), ("instructions", ctypes.c_void_p))


def compiled(expression: str, link: int, snap_bytes: int) -> list[Instruction]:
    """
    The instructions of an expression, which keep *snap_bytes* of each packet that it means.

    Raises:
        ConfigError: libpcap is not installed, or the expression is none.
    """
    library = _library()
    if library is None:
        raise ConfigError(
            f"sensor.filter is {expression!r}, and libpcap, which compiles it, is not installed: "
            "install libpcap (Debian: libpcap0.8) or leave the filter empty"
        )
    handle = library.pcap_open_dead(ETHERNET if link == ETHERNET else _RAW, snap_bytes)
    program = _BpfProgram()
    try:
        if library.pcap_compile(handle, ctypes.byref(program), expression.encode(), 1, _ANY_NETMASK):
            said = library.pcap_geterr(handle).decode("utf-8", "replace")
            raise ConfigError(f"sensor.filter is {expression!r}: {said}")
        made = unpack(ctypes.string_at(program.instructions, 8 * program.length))
        library.pcap_freecode(ctypes.byref(program))
        return made
    finally:
        library.pcap_close(handle)


@cache
def _library() -> Any:
    """libpcap with the types of its functions; None where it is not installed."""
    for name in (*_NAMES, ctypes.util.find_library("pcap")):
        try:
            library = ctypes.CDLL(name) if name else None
        except OSError:
            continue
        if library is not None:
            return _typed(library)
    return None


def _typed(library: Any) -> Any:
    library.pcap_open_dead.restype = ctypes.c_void_p
    library.pcap_open_dead.argtypes = [ctypes.c_int, ctypes.c_int]
    program = ctypes.POINTER(_BpfProgram)
    library.pcap_compile.argtypes = [ctypes.c_void_p, program, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint32]
    library.pcap_geterr.restype = ctypes.c_char_p
    library.pcap_geterr.argtypes = [ctypes.c_void_p]
    library.pcap_freecode.argtypes = [program]
    library.pcap_close.argtypes = [ctypes.c_void_p]
    return library
