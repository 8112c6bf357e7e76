"""The figures of a Dag as text."""

from __future__ import annotations

import re

import pytest

from tests.core.test_metrics import AT, BAD, GOOD, NIGHT
from tests.views.samples import HOSTILE
from wfkit.core.history import RunHistory
from wfkit.core.metrics import DagFigures, figures
from wfkit.core.states import RunState
from wfkit.views.metrics_text import metrics_text, percent_words

TASKS = ["orders", "load"]


def known(*runs: RunHistory, **changes: object) -> DagFigures:
    return figures("sales", TASKS, runs)._replace(**changes)  # type: ignore[arg-type]


def on_a_real_clock(run: RunHistory, took: float) -> RunHistory:
    return run._replace(outline=run.outline._replace(is_virtual=False, ended=AT + took))


HEAD = "task    success          failed  did not run  retries  median      90 % within  longest"


def test_figures_of_the_runs_come_before_those_of_the_tasks() -> None:
    assert metrics_text(known(GOOD, GOOD, BAD)).splitlines() == [
        "Metrics of sales over 3 runs",
        "  success:      2 of 3 runs (66.7 %), 1 failed",
        "  retries:      5, in 3 of 3 runs",
        "  deadline:     missed by 1 of 3 runs (33.3 %)",
        "  late starts:  1 of 3 runs (33.3 %), at most 1 min late",
        "  duration:     median 5 min, 90 % within 15 min, longest 15 min",
        f"  {HEAD}",
        f"  orders  2 of 3 (66.7 %)  1       0            5        {'1 min 30 s  ' * 2} 1 min 30 s",
        "  load    2 of 2 (100 %)   0       1            0        1 min       1 min        1 min",
    ]


def test_the_trend_compares_the_first_half_with_the_last() -> None:
    slow = GOOD._replace(outline=NIGHT._replace(ended=AT + 1_200))
    lines = metrics_text(known(*[GOOD] * 3, BAD, *[slow] * 3)).splitlines()
    assert "  trend:        median 5 min in the first 3, 20 min in the last 3" in lines
    assert not [line for line in metrics_text(known(*[GOOD] * 5)).splitlines() if "trend" in line]


def test_what_was_always_well_is_told_too() -> None:
    lines = metrics_text(known(GOOD._replace(instances={}))).splitlines()
    assert lines[2:5] == [
        "  retries:      none",
        "  deadline:     missed by 0 of 1 run (0 %)",
        "  late starts:  none, each run began when it was due",
    ]


def test_real_clocks_leave_no_time_in_the_text() -> None:
    one, other = (known(on_a_real_clock(GOOD, 2.0), on_a_real_clock(BAD, it)) for it in (3.0, 7.5))
    assert metrics_text(one) == metrics_text(other)
    assert not re.search(r"\d (s|min|h|d)\b|median|late", metrics_text(one))
    assert "orders  1 of 2 (50 %)" in metrics_text(one)


def test_where_no_time_passed_none_is_told() -> None:
    still = GOOD._replace(outline=NIGHT._replace(ended=AT))
    assert "median" not in metrics_text(known(still))


def test_without_a_deadline_nothing_is_said_of_one() -> None:
    free = GOOD._replace(outline=NIGHT._replace(deadlines={}))
    assert "deadline" not in metrics_text(known(free))


def test_runs_that_were_cancelled_or_go_on_are_not_taken_for_failed() -> None:
    runs = [GOOD._replace(outline=NIGHT._replace(state=it)) for it in RunState]
    line = metrics_text(known(*runs)).splitlines()[1]
    assert line == "  success:      1 of 3 runs (33.3 %), 1 failed, 1 cancelled"


def test_older_runs_are_told_of() -> None:
    text = metrics_text(known(GOOD, has_older=True))
    assert text.startswith("Metrics of sales over the newest 1 run\n")


def test_without_runs_and_without_tasks_there_is_less() -> None:
    assert metrics_text(known()) == "Metrics of sales: no runs yet"
    alone = figures("sales", [], [GOOD._replace(instances={})])
    assert "task" not in metrics_text(alone)


def test_many_tasks_are_left_out() -> None:
    many = figures("sales", [f"t{number:02}" for number in range(60)], [GOOD])
    lines = metrics_text(many).splitlines()
    assert lines[-1] == "  … and 22 more tasks"
    assert lines[-2].startswith("  t39 ")


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (0, 5, "0 %"),
        (5, 5, "100 %"),
        (1, 100_000, "0.1 %"),
        (99_999, 100_000, "99.9 %"),
        (2, 3, "66.7 %"),
    ],
)
def test_a_share_is_never_rounded_to_all_or_none(part: int, whole: int, told: str) -> None:
    assert percent_words(part, whole) == told


def test_hostile_names_stay_on_their_line() -> None:
    for name in HOSTILE:
        told = figures(name, [name], [GOOD._replace(instances={})])
        text = metrics_text(told)
        assert len(text.splitlines()) == 8
        assert "\x1b" not in text
