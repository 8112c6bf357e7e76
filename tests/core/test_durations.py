"""Durations in words."""

import pytest

from wfkit.core.durations import duration_words


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (0.0004, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_599, "59 min 59 s"),
        (3_601, "1 h"),
        (14_400, "4 h"),
        (9_900, "2 h 45 min"),
        (86_400 + 60, "1 d"),
        (30 * 86_400 + 3_600, "30 d 1 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, told: str) -> None:
    assert duration_words(seconds) == told
