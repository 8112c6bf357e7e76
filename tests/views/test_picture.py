import time

import pytest

from tests.views.samples import (
    chain,
    diamond,
    layered,
    make,
    parsed,
    play,
    shop,
    standing_in,
    texts,
    with_class,
)
from wfkit.core.graph import Graph
from wfkit.core.states import TaskState
from wfkit.views import svg as drawing
from wfkit.views.layout import NO_GRAPHVIZ
from wfkit.views.picture import Picture, graph_picture, run_picture
from wfkit.views.text import graph_text, run_text, timeline_text

NONE = TaskState.NONE


def test_a_picture_offers_text_and_drawing() -> None:
    picture = graph_picture("nightly_sales", diamond())
    bundle = picture._repr_mimebundle_()
    assert repr(picture) == bundle["text/plain"] == graph_text("nightly_sales", diamond())
    assert bundle["image/svg+xml"] == picture.svg
    assert set(bundle) == {"text/plain", "image/svg+xml"}


def test_a_picture_without_drawing_is_only_text() -> None:
    assert Picture("Dag d: a")._repr_mimebundle_() == {"text/plain": "Dag d: a"}


def test_without_graphviz_the_text_says_how_to_get_pictures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawing, "layout", lambda *_: None)
    for picture in (graph_picture("d", shop()), run_picture(shop(), play(diamond()))):
        assert picture.svg is None
        assert repr(picture).splitlines()[-1] == NO_GRAPHVIZ


def test_highlight_and_group_reach_both_twins() -> None:
    picture = graph_picture("d", shop(), highlight="clean", group="cleaning")
    assert "highlighted" in picture.text
    assert "extract (2 tasks)" in picture.text
    root = parsed(picture.svg)
    assert len(list(with_class(root, "group"))) == 1


def test_a_run_shows_graph_and_timeline() -> None:
    snapshot = play(diamond(), {"clean": ["raised"]})
    root = parsed(run_picture(diamond(), snapshot).svg)
    assert {"nightly_sales", "Timeline", "failed", "upstream failed"} <= set(texts(root))
    assert len(list(with_class(root, "task"))) == 4
    assert len(list(with_class(root, "attempt"))) == 3


def test_a_failed_run_shows_its_first_error_under_the_graph() -> None:
    line = {"function": "clean", "number": 2, "source": "return rows[0]"}
    error = {"type": "KeyError", "message": "0", "line": line}
    snapshot = play(diamond(), {"clean": ["raised"]}, error=error)
    picture = run_picture(diamond(), snapshot)
    shown = texts(parsed(picture.svg))
    assert shown.index("clean: KeyError: 0") < shown.index("Timeline")
    assert "line 2: return rows[0]" in shown
    assert "line 2: return rows[0]" in picture.text
    assert not list(with_class(parsed(run_picture(diamond(), play(diamond())).svg), "first-error"))


def test_a_run_in_no_time_has_no_timeline() -> None:
    still = play(diamond(), takes=0.0, clock="virtual")
    assert "Timeline" not in texts(parsed(run_picture(diamond(), still).svg))


@pytest.mark.parametrize("tasks", [3, 4, 5])
def test_a_chain_of_a_lesson_is_drawn_in_one_row_of_a_notebook(tasks: int) -> None:
    names = ["orders", "sales", "revenue", "profit", "report"][:tasks]
    upstream = [[], *([name] for name in names)]
    pairs = zip(names, upstream, strict=False)
    graph = Graph([make(name, up, retries=0 if up else 3) for name, up in pairs])
    root = parsed(run_picture(graph, play(graph, {"sales": ["raised"]})).svg)
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    assert width <= 848  # what JupyterLab leaves in a window of 1,280 pixels; it scales nothing
    assert height < width


def test_times_are_in_the_text_only_on_a_virtual_clock_that_moved() -> None:
    real, still = play(chain()), play(chain(), takes=0.0, clock="virtual")
    assert run_picture(chain(), real).text == run_text(real)
    assert run_picture(chain(), still).text == run_text(still)
    virtual = play(chain(), clock="virtual")
    expected = f"{run_text(virtual)}\n{timeline_text(virtual, virtual=True)}"
    assert run_picture(chain(), virtual).text == expected


def test_a_run_without_attempts_has_a_picture() -> None:
    picture = run_picture(diamond(), standing_in(dict.fromkeys(diamond().order, NONE)))
    assert "Timeline" not in texts(parsed(picture.svg))


def test_300_tasks_are_drawn_within_a_second() -> None:
    graph = layered(15, 20)
    snapshot = play(graph)
    began = time.process_time()
    picture = run_picture(graph, snapshot)
    assert time.process_time() - began < 1
    assert len(list(with_class(parsed(picture.svg), "task"))) == 300


@pytest.mark.slow
def test_10_000_tasks_are_counted_within_a_second() -> None:
    graph = layered(100, 100)
    began = time.process_time()
    picture = graph_picture("d", graph)
    assert time.process_time() - began < 1
    assert picture.svg is not None
    assert len(picture.svg) < 20_000
