"""What does a cron text say, and what is said of one that says nothing?"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.cron_texts import SEEDS, said
from wfkit.core.cron import LONGEST, MACROS, Cron
from wfkit.core.errors import InvalidOption

_EXAMPLE = 'Write minute hour day month weekday, such as "30 1 * * *" for every day at 01:30.'
_FIELDS = ("minute", "hour", "day", "month", "weekday")
_NEARLY_CRON = st.text("0123456789*/,-@ \t\n#?LWHmonjan٣½", max_size=40)
_WRONG = ["x", "60", "*/0", "*/", "1-", "-1", "/", "1/2", "٣", "½", "L", "1.5", "1e3"]


def sets(cron: Cron) -> tuple[frozenset[int], ...]:
    return cron.minutes, cron.hours, cron.days, cron.months, cron.weekdays


def refusal(text: str) -> str:
    with pytest.raises(InvalidOption) as caught:
        Cron.parse(text)
    return str(caught.value)


@settings(max_examples=200)
@given(SEEDS)
def test_all_that_debian_accepts_is_understood(seed: int) -> None:
    it = said(seed)
    cron = Cron.parse(it.text)
    assert sets(cron) == it.sets
    assert cron.is_fixed is not it.starts_with_star(0, 1)
    assert cron.needs_both_days is it.starts_with_star(2, 4)


@settings(max_examples=100)
@given(SEEDS)
def test_cron_is_the_same_again_from_its_text(seed: int) -> None:
    cron = Cron.parse(said(seed).text)
    assert Cron.parse(str(cron)) == cron


@pytest.mark.parametrize(("name", "fields"), MACROS.items())
def test_names_stand_for_five_fields(name: str, fields: str) -> None:
    for text in (name, name.upper(), f" {name} "):
        assert sets(Cron.parse(text)) == sets(Cron.parse(fields))
        assert Cron.parse(text).is_fixed is (name != "@hourly")


@settings(max_examples=300)
@given(st.text(max_size=60) | _NEARLY_CRON)
def test_any_text_is_understood_or_refused_in_three_lines(text: str) -> None:
    try:
        cron = Cron.parse(text)
    except InvalidOption as error:
        lines = str(error).split("\n")
        assert len(lines) <= 3
        assert lines[0].startswith("schedule=")
        assert all(line.isprintable() for line in lines)
    else:
        assert all(sets(cron))


@settings(max_examples=200)
@given(SEEDS, st.integers(0, 4), st.sampled_from(_WRONG))
def test_refusal_names_the_field_and_the_column(seed: int, index: int, wrong: str) -> None:
    fields = said(seed).text.split()
    fields[index] = wrong
    text = " ".join(fields)
    column = len(" ".join(fields[:index])) + bool(index) + 1
    told = re.search(r": (\w+) \"[^\"]*\" \(column (\d+)\) ", refusal(text))
    assert told
    assert told[1] == _FIELDS[index]
    assert column <= int(told[2]) <= column + len(wrong)


def test_the_column_is_that_of_the_wrong_part() -> None:
    assert 'minute "99" (column 5) is more than 59' in refusal("1,2,99 * * * *")
    assert 'hour "24" (column 9) is more than 23' in refusal("  30  1-24 * * *")


TOLD = {
    "60 * * * *": 'minute "60" (column 1) is more than 59.\nMinutes are 0 to 59.',
    "1 30 * * *": 'hour "30" (column 3) is more than 23.\n'
    'The minute comes before the hour: for 01:30 write "30 1 * * *".',
    "0 24 * * *": 'hour "24" (column 3) is more than 23.\nHours are 0 to 23; midnight is 0.',
    "0 0 0 * *": 'day "0" (column 5) is less than 1.\nDays of the month are 1 to 31.',
    "0 0 * 13 *": 'month "13" (column 7) is more than 12.\nMonths are 1 to 12, or jan to dec.',
    "0 0 * * 8": 'weekday "8" (column 9) is more than 7.\n'
    "Weekdays are 0 to 7 (both ends are Sunday), or sun to sat.",
    "*/0 * * * *": 'minute "0" (column 3) is a step that never moves.\nSteps begin with 1.',
    "*/x * * * *": 'minute "x" (column 3) is no step.\nWrite a number: */15.',
    "5/15 * * * *": 'minute "5/15" (column 1) has a step, but no range.\nWrite 5-59/15.',
    "*-5 * * * *": 'minute "*-5" (column 1) mixes * and a range.\nMinutes are 0 to 59.',
    "1,,2 * * * *": 'minute "" (column 3) has no meaning.\nMinutes are 0 to 59.',
    "0 22-6 * * *": 'hour "22-6" (column 3) goes backwards.\nWrite two ranges: 22-23,0-6.',
    "0 0 * nov-feb *": 'month "nov-feb" (column 7) goes backwards.\n'
    "Write two ranges: nov-dec,jan-feb.",
    "0 0 * * fri-mon": 'weekday "fri-mon" (column 9) goes backwards.\n'
    "Write two ranges: fri-sat,sun-mon.",
    "0 0 * * 5-1": 'weekday "5-1" (column 9) goes backwards.\nWrite two ranges: 5-6,0-1.',
    "0 0 * * mon-sun": 'weekday "mon-sun" (column 9) goes backwards.\n'
    "Sunday also ends the week, as 7: mon-7.",
    "0 0 * * 6-0": 'weekday "6-0" (column 9) goes backwards.\n'
    "Sunday also ends the week, as 7: 6-7.",
    "0 0 * * moon": 'weekday "moon" (column 9) is no number.\nDid you mean "mon"?',
    "0 0 * * monday": 'weekday "monday" (column 9) is no number.\nDid you mean "mon"?',
    "0 0 * january *": 'month "january" (column 7) is no number.\nDid you mean "jan"?',
    "0 0 L * *": 'day "L" (column 5) is no number.\n'
    "L, W, #, ?, H and R belong to other schedulers. Days of the month are 1 to 31.",
    "٣ * * * *": 'minute "٣" (column 1) is no number.\nMinutes are 0 to 59.',
    "01:30 * * * *": 'minute "01:30" (column 1) is no number.\n'
    'The minute comes first: "30 1 * * *" is every day at 01:30.',
}


@pytest.mark.parametrize(("text", "told"), TOLD.items())
def test_refusal_shows_what_is_wrong_and_what_to_write(text: str, told: str) -> None:
    assert refusal(text) == f'schedule="{text}": {told}'


@pytest.mark.parametrize(
    ("text", "told"),
    {
        "": f'schedule="" is no cron text: it has 0 fields instead of 5.\n{_EXAMPLE}',
        "30 1": f'schedule="30 1" is no cron text: it has 2 fields instead of 5.\n{_EXAMPLE}',
        "0 30 1 * * *": 'schedule="0 30 1 * * *" is no cron text: it has 6 fields instead of 5. '
        f"Seconds and years are not possible.\n{_EXAMPLE}",
        "0 30 1 * * * 1997": 'schedule="0 30 1 * * * 1997" is no cron text: it has 7 fields '
        f"instead of 5. Seconds and years are not possible.\n{_EXAMPLE}",
        "@dayly": 'schedule="@dayly" is unknown. Did you mean "@daily"?\n'
        f"There are {' '.join(MACROS)}.",
        "@reboot": f'schedule="@reboot" is unknown.\nThere are {" ".join(MACROS)}.',
        "0 0 30 2 *": 'schedule="0 0 30 2 *" never comes: no such month has a day 30.\n'
        "Choose a day up to 29, or other months.",
        "0 0 31 4,6,9,11 */2": 'schedule="0 0 31 4,6,9,11 */2" never comes: no such month has a '
        "day 31.\nChoose a day up to 30, or other months.",
    }.items(),
)
def test_refusal_of_a_text_as_a_whole(text: str, told: str) -> None:
    assert refusal(text) == told


def test_thirtieth_of_february_or_mondays_comes_on_mondays() -> None:
    assert Cron.parse("0 0 30 2 1").days == {30}


@pytest.mark.parametrize("text", ["*" * 100_000, "1," * 50_000, " " * 100_000, "9" * 100_000])
def test_endless_text_is_refused_before_it_is_read(text: str) -> None:
    assert refusal(text) == (
        f'schedule="{text[:40]}"… is no cron text: 100,000 characters, at most 1,000.\n{_EXAMPLE}'
    )
    assert len(text) > LONGEST


def test_blanks_around_a_text_do_not_matter() -> None:
    assert Cron.parse("  30 1 * * *\n") == Cron.parse("30 1 * * *")
