"""What can make a run due, as a value and as text?"""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.cron_texts import SEEDS, said
from wfkit.core.cron import Cron
from wfkit.core.errors import InvalidOption
from wfkit.core.schedules import Every, OnFile, OnSuccess, Schedule, describe, schedule, spelled

_FORMS = 'Write cron text such as "30 1 * * *", "every 1h", "file inbox/*.csv" or "after sales".'
_EXAMPLE = 'Write minute hour day month weekday, such as "30 1 * * *" for every day at 01:30.'
_DURATION = "Write a number with a unit: 30s, 5m, 2h or 1d."


def _at(every: str, cron: str, words: str) -> str:
    return (
        f'schedule="every {every}" is no steady beat.\n'
        f'A time of day takes cron text: "{cron}" is {words}.'
    )


@pytest.mark.parametrize(
    ("value", "meant", "text", "words"),
    [
        ("30 1 * * *", Cron.parse("30 1 * * *"), "30 1 * * *", "every day at 01:30"),
        ("  30  1 * * * ", Cron.parse("30 1 * * *"), "30 1 * * *", "every day at 01:30"),
        ("@hourly", Cron.parse("@hourly"), "@hourly", "every hour"),
        ("every 1h", Every("1h"), "every 1h", "every hour"),
        ("every 1h30m", Every(5400), "every 1h30m", "every 90 minutes"),
        (timedelta(days=1), Every("1d"), "every 1d", "every 24 hours"),
        ("every 14d", Every("14d"), "every 14d", "every 14 days"),
        ("every 36h", Every("36h"), "every 1d12h", "every 36 hours"),
        ("every 1s", Every(1), "every 1s", "every second"),
        ("every 250ms", Every(0.25), "every 250ms", "every 250ms"),
        ("Every 5m", Every("5m"), "every 5m", "every 5 minutes"),
        ("file inbox/*.csv", OnFile("inbox/*.csv"), "file inbox/*.csv", None),
        ("file  my inbox/a b.csv ", OnFile(" my inbox/a b.csv"), "file my inbox/a b.csv", None),
        ("after sales", OnSuccess("sales"), "after sales", "after each success of sales"),
        ("\tafter\tsales\n", OnSuccess(" sales "), "after sales", "after each success of sales"),
    ],
)
def test_text_and_value_mean_the_same(
    value: object, meant: Schedule, text: str, words: str | None
) -> None:
    found = schedule(value)
    assert found == meant == schedule(meant) == schedule(str(meant))
    assert str(meant) == text
    assert describe(meant) == (words or f"when a {text} arrives")


@given(st.floats(0.01, 36_500 * 86_400.0))
def test_steady_beat_is_the_same_again_from_its_text(interval: float) -> None:
    assert schedule(str(Every(interval))) == Every(interval)


@given(SEEDS)
def test_cron_is_a_schedule(seed: int) -> None:
    text = said(seed).text
    assert schedule(text) == Cron.parse(text)


def test_no_schedule_is_none() -> None:
    assert schedule(None) is None


def test_dag_stands_for_its_name() -> None:
    assert OnSuccess(SimpleNamespace(name="sales")) == OnSuccess("sales")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (5, f"schedule=5 is not possible.\n{_FORMS}"),
        (True, f"schedule=True is not possible.\n{_FORMS}"),
        (b"@daily", f"schedule=b'@daily' is not possible.\n{_FORMS}"),
        ("every", f'every="" is not a duration: it has no meaning.\n{_DURATION}'),
        ("every 5", f'every="5" is not a duration: the unit is missing.\n{_DURATION}'),
        ("every day", f'every="day" is not a duration: it has no meaning.\n{_DURATION}'),
        ("every ٣h", f'every="٣h" is not a duration: it has no meaning.\n{_DURATION}'),
        ("every day at 1:30", _at("day at 1:30", "30 1 * * *", "every day at 01:30")),
        ("Every night at 11pm", _at("night at 11pm", "0 23 * * *", "every day at 23:00")),
        ("every Monday at 06", _at("Monday at 06", "0 6 * * mon", "every Monday at 06:00")),
        ("every day at 99:99", _at("day at 99:99", "0 6 * * *", "every day at 06:00")),
        ("every 5 minutes", 'every="5 minutes" is not a duration.\nWrite 5m.'),
        ("every 0s", 'every="0s" is too short for a schedule: at least 0.01 s.'),
        ("every 36501d", 'every="36501d" is too long for a schedule: at most 36500d.'),
        ("every -1h", f'every="-1h" is not a duration: it has no meaning.\n{_DURATION}'),
        ("file", 'file="" is no path.\nWrite one, such as inbox/*.csv.'),
        ("file a\0b", 'file="a\\x00b" is no path.\nWrite one, such as inbox/*.csv.'),
        ("after ", 'after="" is no Dag.\nWrite the name of one.'),
        ("after a\nb", 'after="a\\nb" is no Dag.\nWrite the name of one.'),
        (
            "daily",
            (
                'schedule="daily" is no cron text: it has 1 field instead of 5. '
                f'Did you mean "@daily"?\n{_EXAMPLE}'
            ),
        ),
        (
            "each 1h",
            f'schedule="each 1h" is no cron text: it has 2 fields instead of 5.\n{_EXAMPLE}',
        ),
    ],
)
def test_what_is_no_schedule_is_told(value: object, told: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        schedule(value)
    assert str(caught.value) == told


@pytest.mark.parametrize("value", [None, 5, "", " "])
def test_events_need_a_name(value: object) -> None:
    with pytest.raises(InvalidOption, match="is no path"):
        OnFile(value)  # type: ignore[arg-type]
    with pytest.raises(InvalidOption, match="is no Dag"):
        OnSuccess(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (0.25, "250ms"),
        (61, "1m1s"),
        (3600, "1h"),
        (604_800, "7d"),
        (86_400.5, "1d500ms"),
    ],
)
def test_duration_is_spelled_as_in_options(seconds: float, text: str) -> None:
    assert spelled(seconds) == text
