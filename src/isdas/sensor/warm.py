"""
Compiling ahead: what is compiled on its first use is compiled before the sensor listens, so that no packet waits.
"""

import numpy as np

from isdas.capture import ring
from isdas.decode.config import Config
from isdas.decode.packets import decode
from isdas.model.frames import Frames
from isdas.sensor.own import Own

_SYN = bytes.fromhex(
    "0200000000010200000000020800450000280007000040060000c0000202c0000201040001bd00000001000000005002040000000000"
)


def warm(decoder: Config) -> None:
    """Compile everything that listening and sealing need; from the second time on it is loaded."""
    n = 2
    one = np.ones(n, np.int64)
    sizes = np.full(n, len(_SYN), np.int32)
    frames = Frames(
        np.frombuffer(_SYN * n, np.uint8).copy(),
        np.arange(n) * len(_SYN),
        sizes,
        sizes,
        one * 1_000_000,
        np.ones(n, np.int32),
        np.arange(n),
    )
    packets = decode(frames, decoder, np.zeros((1, 4), np.int64))[0]
    own = Own()
    own.went_out(packets)
    own.judge(packets)
    own.know([("192.0.2.1", 1, "192.0.2.2", 2)], 0)
    ring.warm()
