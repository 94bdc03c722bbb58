"""
What a sensor may do: read packets while it opens its capture, and afterwards nothing that its user may not.

Started by root it becomes its user first and keeps one capability, CAP_NET_RAW, until the capture is open; started as a
service with only that capability it gives that up likewise (capabilities(7)).
"""

import ctypes
import os
import pwd
import struct
from pathlib import Path

from isdas.model.errors import ConfigError, IsdasError

NET_RAW = 13
"""CAP_NET_RAW."""

_VERSION_3 = 0x20080522
_KEEP_CAPABILITIES, _NO_NEW_PRIVILEGES, _AMBIENT, _CLEAR_ALL = 8, 38, 47, 4
_IDS = 0xFFFFFFFF


def become(user: str, folder: Path) -> None:
    """
    Become a user, if root started this, and keep no more than the right to read packets.

    Args:
        user: the name; empty to stay who this is.
        folder: what the sensor keeps; it is given to the user.

    Raises:
        ConfigError: there is no such user, it cannot get to the folder, or somebody else than root wants to become one.
    """
    mine = os.geteuid()
    if user:
        try:
            entry = pwd.getpwnam(user)
        except KeyError:
            raise ConfigError(f"sensor.user is {user!r}: there is no such user") from None
        if mine not in (0, entry.pw_uid):
            raise ConfigError(f"sensor.user is {user!r}: only root can start a sensor as another user")
        if mine == 0 and entry.pw_uid != 0:
            _give(folder, entry.pw_uid, entry.pw_gid)
            _prctl(_KEEP_CAPABILITIES, 1)
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            os.environ["HOME"] = entry.pw_dir
            if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                raise ConfigError(f"the user {user} cannot get to {folder}: let it into the folders above (chmod o+x)")
    _prctl(_NO_NEW_PRIVILEGES, 1)
    permitted = _permitted()
    _set(permitted & (1 << NET_RAW))


def drop() -> None:
    """
    Give up the right to read packets; a capture that is open stays open.

    This holds for the calling thread and those that it starts, so it comes before any other thread.
    """
    _prctl(_AMBIENT, _CLEAR_ALL)
    _set(0)


def _give(folder: Path, user: int, group: int) -> None:
    """Give what root has made to the user. Links are not followed: nothing outside is given away."""
    for path in (folder, *folder.rglob("*")):
        if path.lstat().st_uid != user:
            os.chown(path, user, group, follow_symlinks=False)


def _permitted() -> int:
    """The capabilities that this thread may have, a bit each."""
    text = Path("/proc/thread-self/status").read_text(encoding="utf-8")
    return int(text.partition("CapPrm:")[2].split()[0], 16)


def _set(bits: int) -> None:
    """Have just these capabilities, and never another."""
    header = struct.pack("Ii", _VERSION_3, 0)
    low, high = bits & _IDS, bits >> 32
    data = struct.pack("6I", low, low, 0, high, high, 0)
    if _library().capset(header, data):
        raise IsdasError(f"capabilities cannot be given up: {os.strerror(ctypes.get_errno())}")


def _prctl(option: int, value: int) -> None:
    zero = ctypes.c_ulong(0)
    if _library().prctl(option, ctypes.c_ulong(value), zero, zero, zero) and option != _AMBIENT:
        raise IsdasError(f"prctl({option}) is refused: {os.strerror(ctypes.get_errno())}")


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
