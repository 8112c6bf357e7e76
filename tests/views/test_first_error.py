from typing import Any

import pytest

from tests.views.samples import (
    HOSTILE,
    SVG,
    chain,
    diamond,
    make,
    parsed,
    play,
    texts,
    with_class,
)
from wfkit.core.graph import Graph
from wfkit.core.recovery import events_after_death
from wfkit.core.run import RunSnapshot
from wfkit.views.first_error import draw_first_error
from wfkit.views.shapes import document

ERROR = {
    "type": "KeyError",
    "message": "'amount'",
    "line": {"function": "clean", "number": 3, "source": 'return orders["amount"].sum()'},
    "traceback": [],
}


def lines(snapshot: RunSnapshot, width: float = 800) -> list[str]:
    fragment = draw_first_error(snapshot, width)
    assert fragment is not None
    return texts(parsed(document(fragment, "error", "error", "sample")))


def failing(error: dict[str, Any], *tasks: str) -> RunSnapshot:
    return play(diamond(), {task: ["raised"] for task in tasks}, error=error)


def test_the_error_is_shown_with_the_learners_own_line() -> None:
    assert lines(failing(ERROR, "clean")) == [
        "clean: KeyError: 'amount'",
        'line 3: return orders["amount"].sum()',
    ]


def test_a_helpers_line_names_the_helper() -> None:
    line = {"function": "_parse", "number": 7, "source": "int(text)"}
    assert lines(failing(ERROR | {"line": line}, "clean"))[1] == "line 7, in _parse: int(text)"


def test_an_error_without_a_line_is_shown_alone() -> None:
    assert lines(failing(ERROR | {"line": None}, "clean")) == ["clean: KeyError: 'amount'"]


def test_only_the_first_error_is_shown_and_the_others_are_counted() -> None:
    shown = lines(failing(ERROR, "clean", "count"))
    assert shown[0] == "clean: KeyError: 'amount'"
    assert shown[2:] == ["1 more task failed"]


def test_a_long_error_is_wrapped_and_cut() -> None:
    shown = lines(failing(ERROR | {"message": "word " * 200}, "clean"), width=480)
    assert len(shown) == 4
    assert shown[2].endswith("…")
    assert all(len(line) <= 55 for line in shown)


def test_an_expanded_task_says_which_instance_failed() -> None:
    graph = Graph([make("load")])
    snapshot = play(graph, {"load": ["raised"]}, error=ERROR)
    it = snapshot.instances["load", -1]
    snapshot.instances["load", 3] = it._replace(map_index=3)
    assert lines(snapshot)[0] == "load[3]: KeyError: 'amount'"


def test_a_run_that_went_well_has_no_error() -> None:
    assert draw_first_error(play(chain(), {"orders": ["raised", "returned"]}), 800) is None


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_errors_are_shown_as_text_in_the_block(text: str) -> None:
    line = {"function": text, "number": 1, "source": text}
    snapshot = failing({"type": text, "message": text, "line": line}, "clean")
    fragment = draw_first_error(snapshot, 480)
    assert fragment is not None
    root = parsed(document(fragment, "error", "error", "sample"))
    allowed = {"svg", "title", "desc", "g", "rect", "circle", "path", "text"}
    assert {it.tag.removeprefix(SVG) for it in root.iter()} <= allowed
    (block,) = with_class(root, "first-error")
    back = block.find(f"{SVG}rect")
    assert back is not None
    bottom = float(back.get("height", "0"))
    assert all(float(it.get("y", "0")) < bottom for it in block.iter(f"{SVG}text"))


def test_a_run_whose_process_died_says_what_was_lost() -> None:
    snapshot = play(diamond(), most=2)
    assert draw_first_error(snapshot, 800) is None
    for event in events_after_death(snapshot, 2_000.0):
        snapshot.apply(event)
    assert lines(snapshot) == ["the process that ran it ended; lost: clean, count"]
