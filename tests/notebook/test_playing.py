from __future__ import annotations

import base64
import json
import re
import zlib
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.notebook.conftest import Lab
from tests.views.samples import HOSTILE
from wfkit.api.dag import Dag
from wfkit.api.replay import Replay
from wfkit.core.task import task
from wfkit.notebook import playing
from wfkit.notebook.playing import replay_bundle, touched_bundle
from wfkit.views import svg as drawing


def replay(text: str = "no rows") -> Replay:
    @task(group=text)
    def orders() -> int:
        raise ValueError(text)

    return Dag("sales", [orders], clock="virtual").trial().replay()


def unpacked(page: str) -> Any:
    (packed,) = re.findall(r'atob\("([A-Za-z0-9+/=]+)"\)', page)
    return json.loads(zlib.decompress(base64.b64decode(packed)))


def test_a_replay_comes_as_page_picture_and_text() -> None:
    it = replay()
    bundle = replay_bundle(it)
    assert set(bundle) == {"text/html", "image/svg+xml", "text/plain"}
    assert bundle["text/plain"] == str(it)
    assert unpacked(bundle["text/html"]) == json.loads(json.dumps(it.data()))


def test_a_page_needs_nothing_from_elsewhere() -> None:
    page = replay_bundle(replay())["text/html"]
    assert not re.search(r"https?://(?!www\.w3\.org)|@import|\burl\(|\bimport\b", page)
    assert page.count("<script>") == page.count("</script>") == 1


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_no_part_of_the_page(text: str) -> None:
    page = replay_bundle(replay(text))["text/html"]
    assert Tags(page).found == [
        ("div", ()),
        ("img", ("class", "alt", "src")),
        ("style", ()),
        ("script", ()),
    ]


def test_without_graphviz_the_text_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "layout", lambda *_: None)
    bundle = replay_bundle(replay("<b>"))
    assert set(bundle) == {"text/html", "text/plain"}
    assert '<pre class="wfkit-settled">DagRun' in bundle["text/html"]
    assert "ValueError: &lt;b&gt;" in bundle["text/html"]


def test_a_notebook_shows_the_page_where_somebody_can_see_it(
    sales: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    sales.ok("%dag run --logical-date 1997-01-02")
    assert set(sales.run("%dag replay").bundles[0]) == {"text/plain", "image/svg+xml"}
    monkeypatch.setattr(playing, "is_live", lambda shell: True)
    for source in ("%dag replay", "%dag replay manual__1997-01-02T00:00:00+00:00"):
        shown = sales.run(source).bundles[0]
        assert "wfkit-replay" in shown["text/html"]
    sales.ok("%unload_ext wfkit")
    formatter = sales.shell.display_formatter
    assert formatter is not None
    assert set(formatter.format(sales.ns["dag"].replay())[0]) == {"text/plain", "image/svg+xml"}
    sales.ok("%load_ext wfkit")
    assert "text/html" in formatter.format(sales.ns["dag"].replay())[0]


def test_replay_of_a_run_that_is_not_there_names_the_last_one(sales: Lab) -> None:
    assert "sales has no runs yet" in sales.fails("%dag replay")
    sales.ok("%dag run --logical-date 1997-01-02")
    message = sales.fails("%dag replay monday")
    assert message.splitlines()[1] == "Its last run is manual__1997-01-02T00:00:00+00:00."


def test_a_grid_and_a_schedule_come_as_page_picture_and_text() -> None:
    def orders() -> int:
        return 1

    dag = Dag("sales", [orders], schedule="30 1 * * *", start_date="1997-01-01")
    simulation = dag.simulate(days=3)
    for it in (simulation, simulation.runs):
        bundle = touched_bundle(it)
        assert bundle["text/plain"] == repr(it)
        assert bundle["image/svg+xml"] == it.picture().svg
        assert unpacked(bundle["text/html"]) == json.loads(json.dumps(it.data()))
        assert 'class="wfkit-settled"' in bundle["text/html"]


def test_what_has_nothing_to_touch_stays_a_picture() -> None:
    dag = Dag("sales", [lambda_free], schedule="30 1 * * *", start_date="1997-01-01")
    assert touched_bundle(dag.runs(store=None)) == {"text/plain": "no runs yet"}
    nothing = dag.simulate(start="1997-01-01", end="1997-01-01T01:00")
    assert "text/html" not in touched_bundle(nothing)


def lambda_free() -> None:
    """A task that does nothing."""
