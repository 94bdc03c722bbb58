"""
The numpy arrays of a range table: s and e, first and last IPv4 address; c, the country; a, the AS number.

What they say is checked as the lines of a CSV are. Nothing is known here of files or of lookups.
"""

import io

import numpy as np
import numpy.typing as npt

from isdas.enrich.country import country_code
from isdas.enrich.intervals import Ends
from isdas.model.address import MAPPED

NAMES = ("s", "e", "c", "a")

_Ints = npt.NDArray[np.int64]
_MOST = (1 << 32) - 1


def ranges_of(archive: bytes) -> tuple[Ends, npt.NDArray[np.str_], _Ints]:
    """
    The ranges of an ``.npz`` archive: halves of their ends, countries and AS numbers.

    Raises:
        ValueError: it cannot be read, lacks an array, or one of them holds what it should not.
    """
    starts, ends, countries, asn = _arrays(archive)
    first, last, number = (_numbers(name, array) for name, array in (("s", starts), ("e", ends), ("a", asn)))
    if not len(first) == len(last) == len(countries) == len(number):
        raise ValueError("the arrays have different lengths")
    if not len(first):
        raise ValueError("it holds no range")
    if (last < first).any():
        raise ValueError(f"range {int(np.argmax(last < first))} ends before it begins")
    zero = np.zeros(len(first), np.uint64)
    low = [side.astype(np.uint64) | np.uint64(MAPPED) for side in (first, last)]
    return (zero, low[0], zero, low[1]), _codes(countries), number


def _arrays(archive: bytes) -> list[npt.NDArray[np.generic]]:
    try:
        with np.load(io.BytesIO(archive), allow_pickle=False) as file:
            arrays = [file[name] for name in NAMES]
    # A damaged archive leads its readers (zipfile, zlib, the parser of headers) to exceptions of a dozen types.
    except Exception as error:
        raise ValueError(str(error) or type(error).__name__) from error
    for name, array in zip(NAMES, arrays, strict=True):
        # What does not begin as an array does is given as bytes.
        if not isinstance(array, np.ndarray) or array.ndim != 1:
            raise ValueError(f"{name} is no array of one dimension")
    return arrays


def _numbers(name: str, array: npt.NDArray[np.generic]) -> _Ints:
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name} holds {array.dtype} instead of whole numbers")
    wrong = (array < 0) | (array > _MOST)  # type: ignore[operator]
    if wrong.any():
        raise ValueError(f"{array[wrong][0]} in {name} is not within 32 bits")
    return array.astype(np.int64)


def _codes(array: npt.NDArray[np.generic]) -> npt.NDArray[np.str_]:
    if array.dtype.kind not in "US":
        raise ValueError(f"c holds {array.dtype} instead of country codes")
    texts, which = np.unique(array.astype(np.str_), return_inverse=True)
    codes = [country_code(text) for text in texts.tolist()]
    if None in codes:
        raise ValueError(f"{str(texts[codes.index(None)])!r} is no country code")
    return np.array(codes, "U2")[which]
