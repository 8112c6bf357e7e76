"""The picture of the figures of a Dag."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from tests.core.test_metrics import AT, BAD, GOOD, NIGHT, span
from tests.views.samples import HOSTILE, SVG, parsed, texts, with_class
from wfkit.core.history import RunHistory
from wfkit.core.metrics import DagFigures, figures
from wfkit.core.states import RunState, TaskState
from wfkit.views.metrics import metrics_picture, tiles
from wfkit.views.metrics_tasks import slowest_first
from wfkit.views.style import RUN_LOOKS

S = TaskState
DAY = 86_400.0
WIDEST = 842.0
"""What JupyterLab leaves for a picture in a window of 1,280 pixels, its files beside it."""


def known(*runs: RunHistory) -> DagFigures:
    return figures("sales", ["orders", "load"], runs)


def nights(number: int, state: RunState = RunState.SUCCESS) -> list[RunHistory]:
    """One night after another, each a minute longer than the one before."""
    found = []
    for i in range(number):
        begin = AT + i * DAY
        outline = NIGHT._replace(
            run_id=f"scheduled__{i}",
            logical_date=datetime.fromtimestamp(begin - DAY, UTC).isoformat(),
            due=datetime.fromtimestamp(begin, UTC).isoformat(),
            started=begin,
            ended=begin + 60.0 * (i + 1),
            state=state,
        )
        found.append(GOOD._replace(outline=outline))
    return found


def drawn(shown: DagFigures) -> ET.Element:
    return parsed(metrics_picture(shown).svg)


def heights(root: ET.Element) -> list[float]:
    bars = (next(it.iter(f"{SVG}rect")) for it in with_class(root, "took"))
    return [float(it.attrib["height"]) for it in bars]


def test_each_run_has_a_bar_and_the_sign_of_its_state() -> None:
    root = drawn(known(*nights(5), BAD))
    growth = [b / a for a, b in pairwise(heights(root))]
    assert growth == pytest.approx([2.0, 3 / 2, 4 / 3, 5 / 4, 3.0], abs=0.03)
    wholes = [*with_class(root, "whole")]
    assert [it.get("data-state") for it in wholes] == ["success"] * 5 + ["failed"]
    icons = [next(iter(with_class(it, "icon"))).get("d") for it in wholes]
    assert icons[0] == RUN_LOOKS[RunState.SUCCESS].icon
    assert icons[-1] == RUN_LOOKS[RunState.FAILED].icon


def test_the_line_is_the_median_of_the_newest() -> None:
    (line,) = with_class(drawn(known(*nights(9))), "trend")
    points = [point.split(",") for point in line.attrib["d"][1:].split("L")]
    ys = [float(y) for _, y in points]
    assert len(ys) == 9
    assert ys == sorted(ys, reverse=True)  # slower and slower
    assert not [*with_class(drawn(known(*nights(3))), "trend")]


@pytest.mark.parametrize(("number", "each"), [(60, 1), (61, 2), (365, 7), (1_000, 17)])
def test_many_runs_share_columns(number: int, each: int) -> None:
    runs = nights(number)
    runs[5] = runs[5]._replace(outline=runs[5].outline._replace(state=RunState.FAILED))
    root = drawn(known(*runs))
    bars = heights(root)
    assert len(bars) == -(-number // each) <= 60
    assert bars == sorted(bars)
    first = next(iter(with_class(root, "took")))
    oldest = number % each or each
    assert (first[0].text or "").startswith(f"scheduled__{oldest - 1}:")  # the newest is full
    if each > 1:
        assert [it.text for it in with_class(root, "bad")] == ["1"]
        assert {f"Each {each} runs", "not success", "median duration"} <= {*texts(root)}
    assert float(root.attrib["width"]) <= WIDEST


def test_tiles_tell_the_figures_that_there_are() -> None:
    assert tiles(known(GOOD, BAD)) == [
        ("50 %", "1 of 2 runs succeeded"),
        ("5 min", "median, 90 % within 15 min"),
        ("3 retries", "in 2 of 2 runs"),
        ("1 missed", "deadlines of 2 runs"),
    ]
    free, late = (it._replace(outline=it.outline._replace(deadlines={})) for it in (GOOD, BAD))
    assert tiles(known(free))[-1] == ("on time", "each run began when due")
    assert tiles(known(free, late))[-1] == ("1 min late", "at most, 1 of 2 runs")
    by_hand = free._replace(outline=NIGHT._replace(due=None, deadlines={}, ended=AT), instances={})
    assert tiles(known(by_hand)) == [
        ("100 %", "1 of 1 run succeeded"),
        ("no retry", "each task needed one attempt"),
    ]


def test_tasks_have_a_row_each_slowest_first() -> None:
    long = GOOD._replace(instances={("load", -1): span(S.SUCCESS, took=500.0)})
    root = drawn(known(long, BAD))
    rows = [texts(row) for row in with_class(root, "task")]
    assert rows == [
        ["load", "100 %", "0", "8 min 20 s"],
        ["orders", "0 %, 1 failed", "1", "30 s"],
    ]
    assert [len([*with_class(row, "bad")]) for row in with_class(root, "task")] == [0, 1]


def test_the_slowest_tenth_is_told_where_it_differs() -> None:
    runs = [
        GOOD._replace(instances={("orders", -1): span(S.SUCCESS, took=took)})
        for took in (60.0, 60.0, 60.0, 600.0)
    ]
    (row, _) = with_class(drawn(known(*runs)), "task")
    assert texts(row)[-1] == "1 min / 10 min"
    assert len([*with_class(row, "whisker")]) == 1


def test_tasks_that_took_no_time_are_ordered_by_their_failures() -> None:
    quick = [span(S.FAILED, took=0.0), span(S.SUCCESS, took=0.0)]
    runs = [GOOD._replace(instances={("load", -1): quick[0], ("orders", -1): quick[1]})]
    assert [it.task for it in slowest_first(known(*runs).tasks)] == ["load", "orders"]


def test_many_tasks_are_cut_to_the_slowest() -> None:
    names = [f"a_name_that_is_long_{'x' * 40}_{number}" for number in range(40)]
    states = {(name, -1): span(S.SUCCESS, took=60.0 * i) for i, name in enumerate(names)}
    root = drawn(figures("sales", names, [GOOD._replace(instances=states)]))
    assert len([*with_class(root, "task")]) == 15
    assert "Each task, slowest first (15 of 40)" in texts(root)
    assert float(root.attrib["width"]) <= WIDEST


def test_without_runs_there_is_only_text() -> None:
    picture = metrics_picture(known())
    assert (picture.text, picture.svg) == ("Metrics of sales: no runs yet", None)


def test_a_dag_without_tasks_has_no_table() -> None:
    root = drawn(figures("sales", [], [GOOD._replace(instances={})]))
    assert not [*with_class(root, "tasks")]


def test_hostile_names_stay_text() -> None:
    for name in HOSTILE:
        outline = NIGHT._replace(run_id=name, logical_date=name, run_type=name)
        run = RunHistory(outline, {(name, -1): span(S.SUCCESS)})
        picture = metrics_picture(figures(name, [name], [run]))
        assert not list(parsed(picture.svg).iter("script"))
