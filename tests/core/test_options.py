"""Values of options: the clean value, or one message that names option, cause and next step."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.core.play import make
from wfkit.core import options as check
from wfkit.core.errors import InvalidOption

DURATION = "Write a number with a unit: 30s, 5m, 2h or 1d."


class Shy:
    """An object that cannot be shown."""

    def __repr__(self) -> str:
        raise ValueError("not me")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (0, 0.0),
        (30, 30.0),
        (0.25, 0.25),
        ("30s", 30.0),
        ("5m", 300.0),
        ("2h", 7_200.0),
        ("1d", 86_400.0),
        ("250ms", 0.25),
        ("1.5h", 5_400.0),
        ("1h30m", 5_400.0),
        (" 30s ", 30.0),
        (timedelta(minutes=5), 300.0),
    ],
)
def test_duration_is_in_seconds(value: object, seconds: float) -> None:
    assert check.seconds("retry_delay", value) == seconds


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("5", 'retry_delay="5" is not a duration: the unit is missing.'),
        (" 1.5 ", 'retry_delay=" 1.5 " is not a duration: the unit is missing.'),
        ("soon", 'retry_delay="soon" is not a duration: it has no meaning.'),
        ("", 'retry_delay="" is not a duration: it has no meaning.'),
        ("-5s", 'retry_delay="-5s" is not a duration: it has no meaning.'),
        ("٣s", 'retry_delay="٣s" is not a duration: it has no meaning.'),
        (-1, "retry_delay=-1 is not a duration: it must be zero or more."),
        (timedelta(-1), "retry_delay=-86400.0 is not a duration: it must be zero or more."),
        (float("nan"), "retry_delay=nan is not a duration: it must be zero or more."),
        (float("inf"), "retry_delay=inf is not a duration: it must be zero or more."),
        (True, "retry_delay=True is not a duration: it is of type bool."),
        (None, "retry_delay=None is not a duration: it is of type NoneType."),
        ([5], "retry_delay=[5] is not a duration: it is of type list."),
    ],
)
def test_what_is_no_duration_is_told_so(value: object, told: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        check.seconds("retry_delay", value)
    assert str(caught.value) == f"{told}\n{DURATION}"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("30sec", "30s"),
        ("5S", "5s"),
        ("1h 30m", "1h30m"),
        ("1 hour and 5 Minutes", "1h5m"),
        ("1.5 hrs, 2 days", "1.5h2d"),
        ("250 milliseconds", "250ms"),
    ],
)
def test_duration_in_other_words_is_spelled_right(text: str, right: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        check.seconds("retry_delay", text)
    assert str(caught.value) == f'retry_delay="{text}" is not a duration.\nWrite {right}.'
    assert check.seconds("retry_delay", right) > 0


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("6am", "06:00"),
        ("6:30 PM", "18:30"),
        ("12am", "00:00"),
        ("12 pm", "12:00"),
        ("6:00", "06:00"),
        ("25:00", "06:00"),
        ("9:99", "06:00"),
        ("13pm", "06:00"),
    ],
)
def test_time_of_day_in_other_words_is_spelled_right(text: str, right: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        check.due("ready_by", text)
    assert str(caught.value) == f'ready_by="{text}" is no time of day.\nWrite {right}.'


@pytest.mark.parametrize("value", ["soon", "6", "six", None, -1])
def test_deadline_may_be_either(value: object) -> None:
    with pytest.raises(InvalidOption) as caught:
        check.due("ready_by", value)
    assert str(caught.value).endswith(
        "\nWrite a number with a unit, such as 2h, or a time of day, such as 06:00."
    )


@pytest.mark.parametrize("value", ["9" * 400 + "s", 10**400, 1e309, "9" * 100_000])
def test_endless_duration_is_refused(value: object) -> None:
    with pytest.raises(InvalidOption, match="is not a duration"):
        check.seconds("retry_delay", value)


@pytest.mark.parametrize("value", [-1, 1.5, True, "3", None, 10**9, float("nan")])
def test_count_is_a_whole_number_within_bounds(value: object) -> None:
    assert [check.count("retries", n) for n in (0, 1_000)] == [0, 1_000]
    with pytest.raises(InvalidOption) as caught:
        check.count("retries", value)
    assert str(caught.value) == (
        f"retries={check.shown(value)} is not possible: it must be a whole number from 0 to 1,000."
    )


@pytest.mark.parametrize("value", [0.5, True, "2", None, float("nan"), float("inf"), 10**400])
def test_number_is_finite_and_not_too_small(value: object) -> None:
    assert [check.number("backoff", n, least=1) for n in (1, 2.5)] == [1.0, 2.5]
    with pytest.raises(InvalidOption, match=r"it must be a number, 1 or more\.$"):
        check.number("backoff", value, least=1)


@pytest.mark.parametrize("value", [0, 1, "yes", None])
def test_switch_is_true_or_false(value: object) -> None:
    assert check.switch("jitter", True) is True
    assert check.switch("jitter", False) is False
    with pytest.raises(InvalidOption, match="it is True or False"):
        check.switch("jitter", value)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ((), ()),
        ("", ()),
        (" , ", ()),
        ("load", ("load",)),
        ("load, clean", ("load", "clean")),
        ("load,load,clean", ("load", "clean")),
        (["load", "clean", "load"], ("load", "clean")),
        ({"c", "a", "b"}, ("a", "b", "c")),
        (make("load"), ("load",)),
        ([make("load"), "clean"], ("load", "clean")),
    ],
)
def test_names_come_from_texts_and_tasks(value: object, names: tuple[str, ...]) -> None:
    assert check.names("after", value) == names


def test_nested_wrong_and_missing_names_are_refused() -> None:
    for value, told in [(5, "5"), ([5], "5"), (["a", None], "None"), ([["a"]], "['a']")]:
        with pytest.raises(InvalidOption) as caught:
            check.names("after", value)
        assert str(caught.value) == f"after={told} is not possible: it takes names."


def test_choice_may_be_spelled_with_dashes_and_is_corrected_if_near() -> None:
    known = ["all_success", "all_done"]
    assert check.choice("trigger_rule", "all-done", known) == "all_done"
    with pytest.raises(InvalidOption) as caught:
        check.choice("trigger_rule", "all_dome", known)
    assert str(caught.value) == (
        'trigger_rule="all_dome" is unknown. Did you mean "all_done"?\n'
        "Choose one of: all_success, all_done."
    )


@pytest.mark.parametrize(
    "refuse",
    [
        lambda value: check.seconds("x", value),
        lambda value: check.count("x", value),
        lambda value: check.number("x", value, 0),
        lambda value: check.switch("x", value),
        lambda value: check.names("x", [value] if not isinstance(value, str) else [None]),
    ],
)
@pytest.mark.parametrize("value", ["a\nb\r\n\nc", "\u202eb", object(), Shy(), "x" * 5_000, b"\0"])
def test_message_is_short_and_holds_no_address(refuse: Callable[[Any], Any], value: object) -> None:
    with pytest.raises(InvalidOption) as caught:
        refuse(value)
    told = str(caught.value)
    assert len(told.splitlines()) <= 2
    assert max(map(len, told.splitlines())) < 160
    assert "0x" not in told
    assert "\u202e" not in told
