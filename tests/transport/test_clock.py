"""
A clock that is set is seen, one that drifts is followed.
"""

from isdas.transport.clock import Jumps, SystemClock


class Wall:
    """A clock that does what the test says."""

    def __init__(self) -> None:
        """Both at their beginning."""
        self.real, self.running = 1_700_000_000_000_000, 5_000_000

    def realtime_us(self) -> int:
        """The one that is set."""
        return self.real

    def running_us(self) -> int:
        """The one that runs."""
        return self.running

    def go(self, us: int, set_by: int = 0) -> None:
        """Time passes, and somebody may set the clock."""
        self.real += us + set_by
        self.running += us


def test_a_jump_is_told_once() -> None:
    """By its size, forwards and backwards; the passing of time is none."""
    wall = Wall()
    jumps = Jumps(wall)
    wall.go(60_000_000)
    assert jumps.jump_us() == 0
    wall.go(1_000_000, set_by=3_600_000_000)
    assert jumps.jump_us() == 3_600_000_000
    assert jumps.jump_us() == 0
    wall.go(0, set_by=-86_400_000_000)
    assert jumps.jump_us() == -86_400_000_000


def test_drift_is_no_jump() -> None:
    """However far it goes in the end."""
    wall = Wall()
    jumps = Jumps(wall)
    for _ in range(100):
        wall.go(60_000_000, set_by=500_000)
        assert jumps.jump_us() == 0


def test_the_clocks_of_the_machine_run() -> None:
    """Both forwards, and together."""
    clock = SystemClock()
    real, running = clock.realtime_us(), clock.running_us()
    assert clock.running_us() >= running > 0
    assert clock.realtime_us() >= real > 1_600_000_000_000_000
    assert Jumps(clock).jump_us() == 0
