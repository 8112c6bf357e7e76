"""The first of a group is sent at once, the rest of that minute as one digest."""

from __future__ import annotations

import itertools
from collections.abc import Hashable

from hypothesis import given
from hypothesis import strategies as st

from wfkit.core.pacing import MINUTE, Letter, Pacing


def letter(key: Hashable, group: Hashable = "sales") -> Letter:
    return Letter(group, key, key)


def keys(sent: list[list[Letter]]) -> list[list[Hashable]]:
    return [[it.key for it in letters] for letters in sent]


def test_of_fifty_the_first_is_sent_at_once_the_rest_as_one_digest() -> None:
    pacing = Pacing()
    sent = [keys(pacing.take(letter(i), now=float(i))) for i in range(50)]
    assert sent == [[[0]], *[[]] * 49]
    assert pacing.due(59.9) == []
    assert [pacing.next_due] == [60.0]
    assert keys(pacing.due(60.0)) == [list(range(1, 50))]
    assert [pacing.next_due] == [None]
    assert pacing.due(1e9) == []


def test_a_digest_begins_a_minute_of_its_own() -> None:
    pacing = Pacing()
    pacing.take(letter(0), 0.0)
    pacing.take(letter(1), 1.0)
    assert keys(pacing.due(60.0)) == [[1]]
    assert pacing.take(letter(2), 70.0) == []
    assert pacing.next_due == 120.0
    assert keys(pacing.due(120.0)) == [[2]]


def test_after_a_quiet_minute_the_next_one_is_sent_at_once() -> None:
    pacing = Pacing()
    assert keys(pacing.take(letter(0), 0.0)) == [[0]]
    assert pacing.due(60.0) == []
    assert keys(pacing.take(letter(1), 60.0)) == [[1]]


def test_who_comes_when_the_minute_is_over_takes_the_digest_along() -> None:
    pacing = Pacing()
    for i in range(3):
        pacing.take(letter(i), 0.0)
    assert keys(pacing.take(letter(3), 61.0)) == [[1, 2, 3]]


def test_groups_do_not_wait_for_each_other() -> None:
    pacing = Pacing()
    assert keys(pacing.take(letter("a", "one"), 0.0)) == [["a"]]
    assert keys(pacing.take(letter("b", "two"), 1.0)) == [["b"]]
    assert pacing.take(letter("c", "one"), 2.0) == []
    assert keys(pacing.take(letter("d", "three"), 60.0)) == [["c"], ["d"]]


def test_a_double_is_sent_once() -> None:
    pacing = Pacing()
    assert keys(pacing.take(letter("a"), 0.0)) == [["a"]]
    assert pacing.take(letter("a"), 100.0) == []
    assert keys(pacing.take(letter("b"), 100.0)) == [["b"]]


def test_at_the_end_nothing_is_left() -> None:
    pacing = Pacing()
    for i in range(3):
        pacing.take(letter(i), 0.0)
        pacing.take(letter(-1 - i, "stock"), 0.0)
    assert keys(pacing.rest()) == [[1, 2], [-2, -3]]
    assert pacing.rest() == []
    assert keys(pacing.take(letter(9), 1.0)) == [[9]]


def test_what_is_released_is_sent_once_and_begins_a_new_minute() -> None:
    pacing = Pacing()
    assert pacing.release("a", 0.0) == []
    for number in range(3):
        pacing.take(letter(number), 0.0)
    group = letter(0).group
    assert keys(pacing.release(group, 10.0)) == [[1, 2]]
    assert pacing.release(group, 20.0) == []
    assert pacing.take(letter(3), 69.0) == []
    assert keys(pacing.due(70.0)) == [[3]]


def test_a_clock_that_is_set_back_holds_nothing_back_for_long() -> None:
    pacing = Pacing()
    pacing.take(letter(0), 1e6)
    pacing.take(letter(1), 1e6)
    assert keys(pacing.take(letter(2), 0.0)) == [[1, 2]]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 30)), max_size=60))
def test_every_letter_is_sent_once_and_no_group_twice_a_minute(
    arrivals: list[tuple[str, float]],
) -> None:
    pacing, now, sent = Pacing(), 0.0, list[tuple[float, Hashable, list[Hashable]]]()

    def note(messages: list[list[Letter]], at: float) -> None:
        sent.extend((at, it[0].group, [one.key for one in it]) for it in messages)

    for number, (group, pause) in enumerate(arrivals):
        now += pause
        while pacing.next_due is not None and pacing.next_due <= now:
            due = pacing.next_due
            note(pacing.due(due), due)
        note(pacing.take(letter(number, group), now), now)
    while pacing.next_due is not None:
        due = pacing.next_due
        note(pacing.due(due), due)
    assert sorted(key for _, _, its in sent for key in its) == list(range(len(arrivals)))  # type: ignore[type-var]
    for name in "ab":
        times = [at for at, group, _ in sent if group == name]
        assert all(b - a >= MINUTE - 1e-6 for a, b in itertools.pairwise(times))
