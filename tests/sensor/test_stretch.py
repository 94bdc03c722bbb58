"""
Where stretches end, with clocks of our choosing.
"""

from hypothesis import given
from hypothesis import strategies as st

from isdas.sensor.stretch import LAG_US, Stretch

SECOND = 1_000_000
MINUTE = 60 * SECOND
NOON = 20_000 * 1440 * MINUTE


def test_a_stretch_ends_with_the_minute() -> None:
    """It begins when the sensor does, ends on the minute, and the next follows at once."""
    stretch = Stretch.begin(NOON + 17 * SECOND, 60)
    assert (stretch.start_us, stretch.until_us) == (NOON + 17 * SECOND, NOON + MINUTE)
    following = stretch.next(NOON + MINUTE, NOON + MINUTE + 5, 60)
    assert (following.start_us, following.until_us) == (NOON + MINUTE, NOON + 2 * MINUTE)


def test_what_may_lie_in_the_kernel_is_waited_for() -> None:
    """On the minute there may be frames that cannot be read yet; a frame of the next minute says there are none."""
    stretch = Stretch.begin(NOON, 60)
    end = NOON + MINUTE
    assert stretch.ended_us(end + LAG_US - 1, 0, waiting=False, edge=False) is None
    assert stretch.ended_us(end + LAG_US, 0, waiting=True, edge=False) is None
    assert stretch.ended_us(end + LAG_US, 0, waiting=False, edge=False) == end
    assert stretch.ended_us(end - 1, 0, waiting=True, edge=True) == end


def test_frames_of_the_old_and_the_new_time_are_told_apart() -> None:
    """When the clock is set, what bears the old time is of the stretch that ends, what bears the new of the next."""
    for jump in (3600 * SECOND, -3600 * SECOND, 86_400 * SECOND, 2 * SECOND):
        stretch = Stretch.begin(NOON, 60)
        now = NOON + 20 * SECOND + jump
        stretch.set(jump, now, 1000 * SECOND)
        first, end = stretch.between()
        old, new = NOON + 20 * SECOND - LAG_US, now - LAG_US
        assert first <= old < end
        assert not first <= new < end
        assert stretch.ended_us(now, 1000 * SECOND, waiting=False, edge=False) is None
        assert stretch.ended_us(now, 1000 * SECOND + LAG_US, waiting=False, edge=False) == NOON + 20 * SECOND
        following = stretch.next(NOON + 20 * SECOND, now, 60)
        assert following.start_us == now
        assert following.jump_us == 0


def test_set_twice_at_once_is_one_jump() -> None:
    """Nobody can tell apart what came between two settings within half a second."""
    stretch = Stretch.begin(NOON, 60)
    stretch.set(3600 * SECOND, NOON + 3601 * SECOND, 0)
    stretch.set(-3600 * SECOND, NOON + 2 * SECOND, LAG_US // 2)
    assert stretch.jump_us == 0


@given(st.integers(0, 1 << 51), st.sampled_from([1, 5, 60, 900, 3600]))
def test_stretches_are_never_longer_than_asked_for(start_us: int, seconds: int) -> None:
    """Whenever it begins, it ends at a multiple of its length, after its beginning and no later than that length."""
    stretch = Stretch.begin(start_us, seconds)
    assert 0 < stretch.until_us - start_us <= seconds * SECOND
    assert stretch.until_us % (seconds * SECOND) == 0


def test_a_frame_of_another_clock_is_a_stray() -> None:
    """One with the time from before a jump that comes too late is of no stretch; one of the next minute is of that."""
    stretch = Stretch.begin(NOON, 60)
    assert stretch.is_stray(NOON - 3600 * SECOND, NOON)
    assert stretch.is_stray(NOON + 3600 * SECOND, NOON)
    assert not stretch.is_stray(NOON + MINUTE, NOON + MINUTE)
    assert not stretch.is_stray(NOON + 2 * MINUTE, NOON + 2 * MINUTE)
    first, end = stretch.between()
    assert not first <= NOON - 3600 * SECOND < end
