from tests.views.samples import layered, parsed, play, texts, with_class
from wfkit.views.shapes import document
from wfkit.views.standing import standings
from wfkit.views.summary import draw_summary

GRAPH = layered(13, 30)


def test_generations_are_counted() -> None:
    root = parsed(document(draw_summary(GRAPH), "d", "d", "sample"))
    assert texts(root)[:4] == ["generation 1-2", "60", "generation 3-4", "60"]
    assert texts(root)[-2:] == ["generation 13", "30"]


def test_states_that_occur_are_counted_in_words() -> None:
    known = standings(play(GRAPH, {"t000_000": ["raised"]}))
    root = parsed(document(draw_summary(GRAPH, known), "d", "d", "sample"))
    tiles = [texts(it) for it in with_class(root, "count")]
    assert [name for _, name in tiles] == ["success", "failed", "upstream failed"]
    assert sum(int(number) for number, _ in tiles) == 390


def test_bars_say_how_much_has_ended() -> None:
    known = standings(play(GRAPH, most=31))
    root = parsed(document(draw_summary(GRAPH, known), "d", "d", "sample"))
    assert "30 of 60 ended" in texts(root)


def test_the_size_does_not_grow_with_the_graph() -> None:
    small, large = (draw_summary(layered(*size)) for size in ((20, 20), (20, 100)))
    assert len(large.body) < 1.1 * len(small.body)
