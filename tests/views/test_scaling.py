"""The picture of how a Dag grows with its data, and its text twin."""

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from tests.views.samples import HOSTILE, SVG, parsed, texts, with_class
from wfkit.core.scaling import ScaleRun, Scaling
from wfkit.engine.executors.choice import EXECUTOR_NAMES
from wfkit.views.scaling import scaling_picture, scaling_text


def run(executor: str, partitions: int, seconds: float, result: str = "float 2.5") -> ScaleRun:
    return ScaleRun("r", executor, partitions, seconds, result)


FEW = [run("serial", 7, 1.25), run("process", 7, 2.5)]
MANY = [run("serial", 1_000, 100.0), run("process", 1_000, 50.0)]
BOTH = Scaling("sales", "report", [*FEW, *MANY], same=[7], different=[1_000])


def test_the_text_tells_executor_partitions_and_result() -> None:
    assert scaling_text(BOTH) == (
        "Scaling of sales\n"
        "  partitions  executor  result of report\n"
        "  7           serial    float 2.5\n"
        "  7           process   float 2.5\n"
        "  1,000       serial    float 2.5\n"
        "  1,000       process   float 2.5\n"
        "  all executors came to equal results over 7 partitions\n"
        "  executors came to different results over 1,000 partitions"
    )


def test_seconds_are_in_the_picture_only() -> None:
    picture = scaling_picture(BOTH)
    assert not re.search(r"\d s\b", picture.text)
    assert {"serial, 1 min 40 s", "process, 50 s", "7", "1,000"} <= {*texts(parsed(picture.svg))}
    assert "process over 7 partitions: 2.5 s" in str(picture.svg)


def test_the_picture_tells_which_results_are_equal() -> None:
    assert {
        "all executors came to equal results over 7 partitions",
        "executors came to different results over 1,000 partitions",
    } <= {*texts(parsed(scaling_picture(BOTH).svg))}


def test_each_run_has_a_mark_where_it_belongs() -> None:
    serial, process = map(_places, with_class(parsed(scaling_picture(BOTH).svg), "executor"))
    assert [x for x, _ in serial] == [x for x, _ in process]
    assert serial[0][0] < serial[1][0]
    assert serial[1][1] < process[1][1] < process[0][1] < serial[0][1]  # up is more seconds


def _places(executor: ET.Element) -> list[tuple[float, float]]:
    moves = [it.get("transform", "") for it in executor.iter(f"{SVG}g") if it.get("transform")]
    pairs = [move.removeprefix("translate(").removesuffix(")").split() for move in moves]
    return [(float(x), float(y)) for x, y in pairs]


def test_executors_differ_by_more_than_colour() -> None:
    every = [run(name, 7 * n, n) for n in (1, 2) for name in EXECUTOR_NAMES]
    root = parsed(scaling_picture(Scaling("sales", "report", every)).svg)
    marks = {it.get("d") for it in root.iter(f"{SVG}path") if it.get("stroke-width") == "1.5"}
    lines = [it for it in root.iter(f"{SVG}path") if it.get("stroke-width") == "2"]
    assert len(marks) == len({it.get("stroke-dasharray") for it in lines}) == len(EXECUTOR_NAMES)


def test_runs_over_one_number_of_partitions_are_bars() -> None:
    root = parsed(scaling_picture(Scaling("sales", "report", FEW)).svg)
    bars = [it for row in with_class(root, "executor") for it in row.iter(f"{SVG}rect")]
    short, long = (float(it.get("width", "")) for it in bars)
    assert long == pytest.approx(2 * short)
    told = "seconds from start to end, over 7 partitions"
    assert {"serial", "1.25 s", "process", "2.5 s", told} <= {*texts(root)}


def test_labels_do_not_cover_each_other() -> None:
    close = [run(name, at, 1.0) for at in (1, 2) for name in EXECUTOR_NAMES]
    root = parsed(scaling_picture(Scaling("sales", "report", close)).svg)
    labels = [it for it in root.iter(f"{SVG}text") if (it.text or "").endswith(", 1 s")]
    heights = [float(it.get("y", "")) for it in labels]
    assert len(heights) == len(EXECUTOR_NAMES)
    assert min(below - above for above, below in pairwise(heights)) >= 17


def test_without_a_run_the_text_says_how_to_get_one() -> None:
    picture = scaling_picture(Scaling("sales", "report", []))
    assert picture.svg is None
    assert picture.text.splitlines()[0] == "Scaling of sales: no run to compare yet"
    assert "%dag run --clock system --executor process" in picture.text


def test_a_run_that_took_no_time_is_drawn() -> None:
    for several in ([run("thread", 1, 0.0)], [run("thread", 1, 0.0), run("thread", 2, 0.0)]):
        assert parsed(scaling_picture(Scaling("sales", "report", several)).svg) is not None


def test_hostile_names_stay_text() -> None:
    for name in HOSTILE:
        runs = [ScaleRun("r", name, at, 1.0, name) for at in (1, 2)]
        picture = scaling_picture(Scaling(name, name, runs))
        assert not list(parsed(picture.svg).iter("script"))
        assert "\x1b" not in picture.text
