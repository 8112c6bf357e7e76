"""The picture of a schedule."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

import pytest

from tests.views.samples import HOSTILE, SVG, parsed, texts, with_class
from tests.views.test_schedule_text import DAY, FOLD, GAP, NIGHTS, at, away, night
from wfkit.core.spans import Period, RunSpan
from wfkit.core.states import RunState
from wfkit.views.schedule import schedule_picture

WIDEST = 842.0
"""What JupyterLab leaves for a picture in a window of 1,280 pixels, its files beside it."""
INTERVAL = "data interval: the time that a run stands for"
MONTH = [night(at("1997-03-29T01:30") + i * DAY) for i in range(30)]


def drawn(period: Period, runs: Sequence[RunSpan]) -> ET.Element:
    return parsed(schedule_picture(period, runs).svg)


def numbers(root: ET.Element, name: str, *attributes: str) -> list[list[float]]:
    return [[float(it.attrib[key]) for key in attributes] for it in with_class(root, name)]


def test_each_run_has_a_row_with_its_date_its_time_and_its_state() -> None:
    failed = night(at("1997-03-29T01:30"), state=RunState.FAILED)
    late = night(at("1997-03-30T02:00"), wait=86_400.0)
    root = drawn(NIGHTS, [failed, late])
    rows = [*with_class(root, "run")]
    assert [row.get("data-state") for row in rows] == ["failed", "success"]
    assert [[text.text for text in row.iter(f"{SVG}text")] for row in rows] == [
        ["28 Mar 01:30", "29 Mar 01:30", "10 min", "failed"],
        ["29 Mar 01:00", "31 Mar 02:00", "10 min"],
    ]
    assert [len([*with_class(row, "wait")]) for row in rows] == [0, 1]
    icons = {icon.get("d") for icon in with_class(root, "icon")}
    assert len(icons) == 2


def test_what_is_made_up_for_is_told() -> None:
    missed = night(at("1997-03-29T01:30"), run_type="catchup")
    runs = [missed, missed._replace(state=RunState.FAILED)]
    remarks = [texts(row)[-1] for row in with_class(drawn(NIGHTS, runs), "run")]
    assert remarks == ["catchup", "failed, catchup"]


def test_moments_are_as_long_as_they_must_be_to_be_told_apart() -> None:
    def labels(*begins: float) -> list[str]:
        runs = [night(begin + DAY) for begin in begins]
        return [texts(row)[0] for row in with_class(drawn(NIGHTS, runs), "run")]

    assert labels(at("1997-12-30")) == ["30 Dec 00:00"]
    assert labels(at("1997-12-30"), at("1997-12-31"))[1] == "31 Dec 1997 00:00"
    assert labels(at("1997-12-01"), at("1997-12-01T00:00:30"))[1] == "1 Dec 00:00:30"
    twice = (at("1997-10-26T01:00"), at("1997-10-26T01:00", fold=1))
    assert labels(*twice) == ["26 Oct 01:00 BST", "26 Oct 01:00 GMT"]


def test_a_run_stands_after_the_time_that_it_stands_for() -> None:
    root = drawn(NIGHTS, [night(at("1997-03-29T01:30"))])
    [[x, width]] = numbers(root, "interval", "x", "width")[1:]  # the first is in the legend
    [[bar]] = numbers(root, "bar", "x")
    assert bar == pytest.approx(x + width, abs=0.2)


def test_runs_at_the_same_time_are_seen_to_overlap() -> None:
    due = at("1997-03-29T01:30")
    root = drawn(NIGHTS, [night(due, took=DAY), night(due + DAY / 2, took=DAY)])
    (first, wide), (second, _) = numbers(root, "bar", "x", "width")
    assert first < second < first + wide
    ys = {row.get("transform") for row in root.iter() if row.find(f"{SVG}g[@class='run']")}
    assert len(ys) == 2


def test_gap_fold_and_outage_are_marked_and_told() -> None:
    outage = (at("1997-03-29"), at("1997-03-30"))
    period = NIGHTS._replace(changes=(GAP, FOLD), end=at("1997-11-01"), outage=outage)
    root = drawn(period, MONTH)
    assert [len([*with_class(root, name)]) for name in ("gap", "fold", "outage")] == [1, 1, 1]
    told = " ".join(texts(root))
    assert "clocks go forward 1 h on 1997-03-30: 01:00 becomes 02:00" in told
    assert "clocks go back 1 h on 1997-10-26: 02:00 becomes 01:00" in told
    assert "scheduler away from 1997-03-29 00:00 GMT to 1997-03-30 00:00 GMT" in told


def test_a_run_that_never_began_has_a_row_of_its_own() -> None:
    period = away(at("1997-03-29T01:30"))
    root = drawn(period, [night(at("1997-03-28T01:30")), night(at("1997-03-31T01:30"))])
    (missed,) = with_class(root, "missed")
    assert [text.text for text in missed.iter(f"{SVG}text")] == [
        "28 Mar 01:30",
        "never",
        "–",
        "missed",
    ]
    assert [len([*with_class(missed, it)]) for it in ("interval", "due", "bar")] == [1, 1, 0]
    places = [it.get("transform") for it in root.iter() if it.find(f"{SVG}g[@class='missed']")]
    assert places == ["translate(0 18)"]  # between the two that ran
    assert ": 1 run never began" in " ".join(texts(root))


def test_runs_that_never_began_count_as_rows() -> None:
    runs = [night(at("1997-04-01") + i * DAY) for i in range(60)]
    assert [*with_class(drawn(away(at("1997-03-29T01:30")), runs), "run")] == []


def test_the_legend_tells_the_signs_that_occur() -> None:
    known = {INTERVAL, "never began", "due", "waits", "runs"}
    on_time, due = night(at("1997-03-28T01:30")), at("1997-03-29T01:30")
    event = night(due, begin=due)
    for period, run, absent in (
        (NIGHTS, on_time, {"waits", "never began"}),
        (NIGHTS, night(due, wait=60.0), {"never began"}),
        (away(due), on_time, {"waits"}),
        (NIGHTS, event, {"waits", "never began", INTERVAL}),
    ):
        assert known - {*texts(drawn(period, [run]))} == absent


def test_the_sign_of_the_last_run_keeps_clear_of_the_words_beside_it() -> None:
    root = drawn(NIGHTS, [night(at("1997-04-01"), took=60.0)])
    (row,) = with_class(root, "run")
    (sign,) = with_class(row, "badge")
    *_, beside = row.iter(f"{SVG}text")
    right = float(sign.attrib["cx"]) + float(sign.attrib["r"])
    assert right + 6 < float(beside.attrib["x"])
    assert float(root.attrib["width"]) <= 840  # beside the file browser of a laptop


def test_the_picture_holds_its_text() -> None:
    picture = schedule_picture(NIGHTS, MONTH[:3])
    assert picture.text in (picture.svg or "")
    assert repr(picture).startswith("Simulation of sales: every day at 01:30, Europe/London\n")


def test_no_runs_are_a_picture_too() -> None:
    root = drawn(NIGHTS._replace(nothing="the first run is due tomorrow"), [])
    assert {"no runs", "the first run is due tomorrow"} <= {*texts(root)}
    assert [*with_class(root, "run")] == []


def test_runs_that_waited_for_each_other_are_told() -> None:
    period = NIGHTS._replace(max_active_runs=1)
    runs = [night(at("1997-03-29T01:30")), night(at("1997-03-30T02:00"), wait=60.0)]
    told = "at most 1 run at a time (max_active_runs), so later ones waited"
    assert told in texts(drawn(period, runs))
    assert told not in texts(drawn(period, runs[:1]))


@pytest.mark.parametrize("number", [0, 1, 60, 61, 3_000])
def test_everything_fits_into_a_notebook(number: int) -> None:
    period = NIGHTS._replace(dag="x" * 200, schedule="at 1, 2, 3, " * 40)
    runs = [night(at("1997-04-01") + i * DAY, run_type="catchup") for i in range(number)]
    root = drawn(period, runs)
    assert float(root.attrib["width"]) <= WIDEST
    (head,) = (it for it in root.iter(f"{SVG}text") if it.get("font-size") == "14")
    assert len(head.text or "") <= 92
    assert "at 1, 2" in (head.text or "")


@pytest.mark.parametrize(
    ("number", "apart", "each", "columns"),
    [
        (61, 5.0, "in each minute", 6),
        (61, 600.0, "in each hour", 11),
        (96 * 7, 900.0, "in each day", 7),
        (400, DAY, "in each week", 58),
        (3_000, DAY, "in each 4 weeks", 108),
    ],
)
def test_many_runs_are_counted(number: int, apart: float, each: str, columns: int) -> None:
    start = at("1997-04-01")
    runs = [night(start + i * apart) for i in range(number)]
    runs[5] = runs[5]._replace(state=RunState.FAILED)
    root = drawn(NIGHTS._replace(changes=()), runs)
    assert [*with_class(root, "run")] == []
    assert each in texts(root)
    assert len([*with_class(root, "count")]) == columns
    parts = [
        (it.get("data-state"), int(it.get("data-count", 0))) for it in with_class(root, "part")
    ]
    assert sum(count for state, count in parts if state == "success") == number - 1
    assert [count for state, count in parts if state == "failed"] == [1]
    assert {"success", "failed"} <= {*texts(root)}


def test_what_failed_stands_on_the_base_and_is_counted_on_top() -> None:
    runs = [night(at("1997-04-01") + i * 3_600.0) for i in range(240)]
    for i in (30, 31, 32):
        runs[i] = runs[i]._replace(state=RunState.FAILED)
    runs[60] = runs[60]._replace(state=RunState.CANCELLED)
    root = drawn(NIGHTS._replace(changes=()), runs)
    assert [it.text for it in with_class(root, "bad")] == ["3", "1"]
    assert "not success" in texts(root)
    parts = [next(it.iter(f"{SVG}rect")) for it in with_class(root, "part")]
    bases = [float(it.attrib["y"]) + float(it.attrib["height"]) for it in parts]
    states = [it.get("data-state") for it in with_class(root, "part")]
    assert {base for base, state in zip(bases, states, strict=True) if state != "success"} == {
        max(bases)
    }


def test_a_last_column_is_seen_in_full() -> None:
    runs = [night(at("1997-04-01") + i * 1_800.0) for i in range(4 * 48 + 49)]
    columns = drawn(NIGHTS._replace(changes=(), start=at("1997-04-01"), end=at("1997-04-06")), runs)
    widths = [
        float(next(it.iter(f"{SVG}rect")).attrib["width"]) for it in with_class(columns, "part")
    ]
    assert len(widths) == 6
    assert max(widths) - min(widths) < 0.2


def test_sixty_runs_still_have_rows() -> None:
    runs = [night(at("1997-04-01") + i * DAY) for i in range(60)]
    assert len([*with_class(drawn(NIGHTS, runs), "run")]) == 60


def test_hostile_names_stay_text() -> None:
    for name in HOSTILE:
        picture = schedule_picture(NIGHTS._replace(dag=name, schedule=name), MONTH[:1])
        assert not list(parsed(picture.svg).iter("script"))
        assert "\x1b" not in picture.text
