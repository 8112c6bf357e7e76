from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from wfkit.views.axis import marks, pieces


def test_time_that_always_passed_is_one_piece() -> None:
    (only,) = pieces(125.0, [])
    assert (only.start, only.end, only.left, only.right) == (0.0, 125.0, 0.0, 1.0)
    assert [mark.text for mark in marks([only])] == ["0 s", "30 s", "60 s", "90 s", "120 s"]
    assert [mark.at for mark in marks([only])] == [0.0, 0.24, 0.48, 0.72, 0.96]


def test_a_night_between_crash_and_resume_is_short() -> None:
    axis = pieces(36_100.0, [(60.0, 36_060.0)])
    assert [it.is_gap for it in axis] == [False, True, False]
    assert axis[1].right - axis[1].left < 0.07
    assert axis[0].right - axis[0].left > 0.5
    assert marks(axis)[-1].text == "10 h 1 min"


def test_a_short_rest_stays_in_proportion() -> None:
    assert len(pieces(100.0, [(50.0, 55.0)])) == 1


def test_a_run_that_did_nothing_but_rest_has_an_axis() -> None:
    axis = pieces(10.0, [(0.0, 10.0)])
    assert [it.is_gap for it in axis] == [False, True, False]
    assert marks(axis)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=9, unique=True))
def test_pieces_follow_each_other_from_0_to_1(microseconds: list[int]) -> None:
    *cuts, end = (it / 1e6 for it in sorted(microseconds))
    still = list(zip(cuts[::2], cuts[1::2], strict=False))
    axis = pieces(end, still)
    assert axis[0].left == axis[0].start == 0.0
    assert axis[-1].end == end
    assert axis[-1].right <= 1.000001
    for one, other in pairwise(axis):
        assert (one.end, one.right) == (other.start, other.left)
        assert one.left <= one.right
        assert one.is_gap is not other.is_gap
