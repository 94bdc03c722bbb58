"""
The few errors that somebody catches.

    IsdasError            anything the user can mend; the command line prints it and exits 2
    +-- InputRefused      a file as a whole cannot be taken in (its reason is counted)
    +-- ConfigError       a setting is unknown, out of range or contradictory
    +-- LakeError         the tables cannot be read or written
    +-- NotFound          a surge, an alert, a sensor or a scenario that is not there

Bytes from the wire never raise: what cannot be understood is counted in a Tally.
"""


class IsdasError(Exception):
    """Something that the person at the keyboard can mend; the message says how."""


class InputRefused(IsdasError):
    """
    A file that cannot be taken in at all.

    Attributes:
        reason: a short fixed name under which the refusal is counted, such as ``empty-file``.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ConfigError(IsdasError):
    """A setting is unknown, out of range or contradicts another."""


class LakeError(IsdasError):
    """The tables cannot be read or written."""


class NotFound(IsdasError):
    """The named thing does not exist."""
