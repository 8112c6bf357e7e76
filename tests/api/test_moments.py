"""Which moment does a text mean?"""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from wfkit.api.moments import moment, zone
from wfkit.core.errors import InvalidOption

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("value", "iso"),
    [
        ("1997-07-01", "1997-07-01T00:00:00+01:00"),
        (" 1997-01-01 ", "1997-01-01T00:00:00+00:00"),
        ("1997-07-01T06:30", "1997-07-01T06:30:00+01:00"),
        ("1997-07-01 06:30:15", "1997-07-01T06:30:15+01:00"),
        ("1997-07-01T06:30Z", "1997-07-01T07:30:00+01:00"),
        ("1997-07-01T06:30+02:00", "1997-07-01T05:30:00+01:00"),
        (date(1997, 7, 1), "1997-07-01T00:00:00+01:00"),
        (datetime(1997, 7, 1, 6), "1997-07-01T06:00:00+01:00"),  # noqa: DTZ001 - naive on purpose
        (datetime(1997, 7, 1, 6, tzinfo=UTC), "1997-07-01T07:00:00+01:00"),
    ],
)
def test_moment_is_aware_and_in_the_zone(value: object, iso: str) -> None:
    found = moment("logical_date", value, LONDON)
    assert found.isoformat() == iso
    assert found.tzinfo is LONDON


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("soon", '"soon"'),
        ("", '""'),
        ("٢٠٢٠-01-01", '"٢٠٢٠-01-01"'),
        ("a\nb", '"a\\nb"'),
        (5, "5"),
        (None, "None"),
        (True, "True"),
        ("x" * 5_000, '"' + "x" * 56 + "..."),
    ],
)
def test_what_is_no_moment_is_told_with_an_example(value: object, shown: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        moment("start_date", value, UTC)
    assert str(caught.value) == (
        f"start_date={shown} is no date or time.\n"
        "Write it as 1997-01-31, or with a time as 1997-01-31T06:00."
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2024-02-30", "February has 29 days in 2024"),
        ("1997-02-29T06:00", "February has 28 days in 1997"),
        (" 1997-04-31 06:00", "April has 30 days"),
        ("1997-29-03", "there is no month 29"),
        ("1997-00-03", "there is no month 0"),
        ("1997-01-00", "there is no day 0"),
        ("0000-02-30", "February has 29 days in 0"),
    ],
)
def test_date_that_no_calendar_has_is_told_why(text: str, why: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        moment("start_date", text, UTC)
    assert str(caught.value).splitlines()[0] == f'start_date="{text}" is no date or time: {why}.'


def test_moment_that_falls_off_the_calendar_is_refused() -> None:
    east = timezone(timedelta(hours=10))
    with pytest.raises(InvalidOption, match="is no date or time"):
        moment("start_date", datetime(1, 1, 1, tzinfo=east), UTC)


@pytest.mark.parametrize("text", ["0001-01-01", "0999-12-31", "9001-01-01", "9999-12-31"])
def test_moment_beyond_all_plans_is_refused(text: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        moment("start_date", text, LONDON)
    assert str(caught.value) == f"start_date={text} is too far away: years are 1000 to 9000."


def test_zone_by_name() -> None:
    assert zone("UTC") is UTC
    assert zone("Europe/London") == LONDON


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Europe/Lodon", 'timezone="Europe/Lodon" is unknown. Did you mean "Europe/London"?'),
        ("Mars/Base", 'timezone="Mars/Base" is unknown.'),
        ("../../etc/passwd", 'timezone="../../etc/passwd" is unknown.'),
        ("/etc/passwd", 'timezone="/etc/passwd" is unknown.'),
        ("", 'timezone="" is unknown.'),
        ("a\0b", 'timezone="a\\x00b" is unknown.'),
        (5, "timezone=5 is unknown."),
        (None, "timezone=None is unknown."),
        ("x" * 100_000, f'timezone="{"x" * 56}... is unknown.'),
    ],
)
def test_unknown_zone_is_told_with_an_example(name: object, told: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        zone(name)
    assert str(caught.value) == (
        f'{told}\nWrite a region and a city, such as "Europe/London", or "UTC".'
    )
