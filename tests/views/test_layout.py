import builtins
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import graphviz
import pytest

from tests.views.samples import diamond, layered, shop
from wfkit.core.graph import Graph
from wfkit.views import layout as layouts
from wfkit.views.layout import Layout, is_wide, layout, layout_source
from wfkit.views.scene import Frame, Scene, scene

SIZE = (120.0, 40.0)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    cached = layouts._bundled, layouts._installed  # a test may put something in their place
    yield
    for it in cached:
        it.cache_clear()


def drawn(graph: Graph, down: bool = False) -> tuple[Scene, Layout]:
    found = scene(graph)
    assert found is not None
    places = layout(found, [SIZE] * len(found.cards), down)
    assert places is not None
    return found, places


def without(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **named: Any) -> Any:
        if name == module:
            raise ImportError(name)
        return real(name, *rest, **named)

    layouts._bundled.cache_clear()
    layouts._installed.cache_clear()
    monkeypatch.setattr(builtins, "__import__", refuse)


def test_edges_lead_from_card_to_card() -> None:
    found, places = drawn(diamond())
    for edge, points in zip(found.edges, places.curves, strict=True):
        (start, end), half = (points[0], points[-1]), SIZE[0] / 2
        assert start[0] == pytest.approx(places.middles[edge.tail][0] + half, abs=2)
        assert end[0] == pytest.approx(places.middles[edge.head][0] - half, abs=2)
        assert len(points) % 3 == 1


def test_cards_do_not_overlap() -> None:
    _, places = drawn(shop())
    for i, (x, y) in enumerate(places.middles):
        for other_x, other_y in places.middles[:i]:
            assert abs(x - other_x) >= SIZE[0] or abs(y - other_y) >= SIZE[1]


def test_a_graph_runs_to_the_right_or_down() -> None:
    _, right = drawn(diamond())
    _, down = drawn(diamond(), down=True)
    assert right.middles[0][0] < right.middles[3][0]
    assert down.middles[0][1] < down.middles[3][1]


def test_only_a_long_narrow_graph_is_wide() -> None:
    long, short, broad = (scene(layered(*size)) for size in ((20, 1), (3, 1), (10, 25)))
    assert long is not None
    assert short is not None
    assert broad is not None
    assert is_wide(long, [SIZE] * 20)
    assert not is_wide(short, [SIZE] * 3)
    assert not is_wide(broad, [SIZE] * 250)


def test_the_frame_of_a_group_needs_room_too() -> None:
    chain = scene(layered(5, 1))
    assert chain is not None
    sizes = [(142.0, 40.0)] * 5
    assert not is_wide(chain, sizes)
    assert is_wide(chain._replace(frames=(Frame("cleaning", (1, 2, 3)),)), sizes)


def test_graphviz_is_told_no_names() -> None:
    found = scene(shop())
    assert found is not None
    source = layout_source(found, [SIZE] * len(found.cards), down=False)
    assert not any(card.title in source for card in found.cards)
    assert "cleaning" not in source


def test_a_system_graphviz_serves_where_the_bundled_one_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found, expected = drawn(diamond())
    source = layout_source(found, [SIZE] * 4, down=False)
    plain = layouts._bundled(source)
    asked = []

    def pipe(self: Any, **options: Any) -> str:
        asked.append(options)
        return plain

    without(monkeypatch, "pygraphviz")
    monkeypatch.setattr(graphviz.Source, "pipe", pipe)
    assert layout(found, [SIZE] * 4) == expected
    assert asked == [{"format": "plain", "engine": "dot", "encoding": "utf-8"}]


def test_without_any_graphviz_there_is_no_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = drawn(diamond())
    without(monkeypatch, "pygraphviz")
    monkeypatch.setenv("PATH", "")
    assert layout(found, [SIZE] * 4) is None


def test_without_both_packages_there_is_no_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = drawn(diamond())
    without(monkeypatch, "pygraphviz")
    monkeypatch.setattr(layouts, "_installed", _missing)
    assert layout(found, [SIZE] * 4) is None


def _missing(source: str) -> str:
    raise ImportError("graphviz")


def test_a_bundled_graphviz_that_fails_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = drawn(diamond())

    def broken(source: str) -> str:
        raise ValueError("Graphviz raised a layout error.")

    monkeypatch.setattr(layouts, "_bundled", broken)
    monkeypatch.setattr(layouts, "_installed", _missing)
    assert layout(found, [SIZE] * 4) is None


def test_drawing_modules_import_no_graphviz() -> None:
    code = (
        "import sys, wfkit.views.picture, wfkit.views.dot;"
        "print(sorted({'pygraphviz', 'graphviz', 'pandas', 'IPython'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
