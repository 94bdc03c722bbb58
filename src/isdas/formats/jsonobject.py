"""
The object that a line of JSON is.
"""

from typing import Any

import orjson


def json_object(line: bytes) -> dict[str, Any] | None:
    """The object; None if the line is no JSON or another value."""
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
