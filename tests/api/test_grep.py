"""Patterns that find lines, that are wrong, that would take for ever."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

from wfkit.api import grep
from wfkit.core.errors import InvalidOption
from wfkit.engine.capture import LogLine
from wfkit.engine.clock import VirtualClock


def lines(*texts: str) -> list[LogLine]:
    return [LogLine("orders", -1, 1, 0.0, "stdout", text) for text in texts]


def told(text: str, *searched: str) -> list[str]:
    with pytest.raises(InvalidOption) as caught:
        list(grep.found(text, lines(*searched)))
    said = str(caught.value).splitlines()
    assert len(said) <= 3
    assert max(map(len, said)) <= 250
    return said


@pytest.mark.parametrize("text", ["(a|aa)+$", "(a|aa)+$" * 3])
def test_pattern_that_takes_for_ever_is_given_up(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grep, "PATIENCE", 0.02)
    assert told(text, "short", "a" * 200 + "b") == [
        f'grep="{text}" takes too long: 0.02 s were not enough.',
        (
            "Repeats inside repeats, such as (a|aa)+, take for ever: write a simpler pattern, "
            "or search one task."
        ),
    ]


def test_pattern_that_was_slow_in_other_engines_is_fast() -> None:
    assert list(grep.found("(a+)+$", lines("a" * 29 + "b", "ba"))) == lines("ba")


def test_time_is_counted_over_all_lines() -> None:
    clock = VirtualClock()

    def slow() -> Iterator[LogLine]:
        for _ in range(9):
            yield from lines("x")
            clock.sleep(1.5)

    found = grep.found("x", slow(), clock)
    assert [next(found) for _ in range(3)] == lines("x", "x", "x")
    with pytest.raises(InvalidOption, match="takes too long: 4 s were not enough"):
        next(found)


@pytest.mark.parametrize("text", ["[" * 900, "(" * 999, "a\nb[" * 100, "\x1b[31m[", "x" * 1_001])
def test_what_is_told_about_a_wrong_pattern_is_short_and_harmless(text: str) -> None:
    assert all(line.isprintable() for line in told(text))


def test_text_that_is_long_is_not_spelled_again() -> None:
    assert told("(" + "x" * 60)[1].startswith("To find the text itself, put a ")
    assert told("(" + "x" * 9)[1] == r"To find the text itself, write \(xxxxxxxxx"


def test_pattern_of_which_python_warns_is_quiet() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(grep.found("[[a]", lines("[", "b"))) == lines("[")
