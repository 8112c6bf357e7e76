from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from tests.views.samples import HOSTILE, make, shop
from wfkit.core.graph import Graph
from wfkit.core.secret_formats import MASK
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions
from wfkit.views.boundary import Boundary, Item, boundary, group_boundary
from wfkit.views.boundary_html import boundary_html
from wfkit.views.shape_words import Shape, shape_of

TABLE = Shape("DataFrame, 3 × 2", "customer, amount")


def orders(logical_date: object) -> None:
    """One day of purchases.

    More about it.
    """


def revenue(orders: object, region: str, vat: float = 0.2, tool: object = object()) -> None:
    raise AssertionError


def sales() -> Graph:
    tasks = [
        Task(orders, TaskOptions(retries=3, retry_delay="30s", group="extract")),
        Task(revenue, TaskOptions(after="orders,tidy", expand="orders", cache=True)),
        make("report", ["revenue"], timeout="5m", retry_on="OSError", ensure=len),
    ]
    return Graph(tasks, ["region"])


def test_each_input_tells_its_one_source() -> None:
    shapes = {"orders": TABLE, "revenue": Shape("float 2.5")}
    it = boundary(sales(), "revenue", {"region": "all"}, shapes)
    assert it.inputs == (
        Item("tidy", "no such task yet", is_missing=True),
        Item("orders", "task, one item each", shape=TABLE, task="orders"),
        Item("region", "Dag param", "'all'"),
        Item("vat", "default", "0.2"),
        Item("tool", "default"),
    )
    assert it.shape == Shape("float 2.5")
    assert it.readers == (Item("report", task="report"),)
    assert it.notes == ("waits for `tidy`: no such task yet",)


def test_a_card_tells_what_was_chosen_and_no_more() -> None:
    graph = sales()
    assert boundary(graph, "orders").doc == "One day of purchases."
    assert boundary(graph, "orders").facts == ("retries 3", "retry_delay 30s", "in extract")
    assert boundary(graph, "revenue").facts == ("expand orders", "cache")
    assert boundary(graph, "report").facts == ("retry_on OSError", "ensure len", "timeout 5m")
    assert boundary(graph, "orders").inputs == (Item("logical_date", "context"),)


def test_order_without_data_is_told_apart() -> None:
    graph = Graph([make("load"), make("mail", after="load")])
    assert boundary(graph, "mail").inputs == (Item("load", "only its end", task="load"),)


def test_an_input_with_another_name_tells_its_task() -> None:
    graph = Graph(
        [make("uk_rows"), Task(lambda rows: rows, name="sum_up", inputs={"rows": "uk_rows"})]
    )
    assert boundary(graph, "sum_up").inputs == (Item("rows", "task uk_rows", task="uk_rows"),)


def test_long_lists_are_cut() -> None:
    names = [f"t{i:02}" for i in range(20)]
    graph = Graph([*map(make, names), make("last", names)])
    shown = boundary(graph, "last").inputs
    assert [it.name for it in shown] == [*names[:12], "and 8 more"]


def test_a_group_has_a_boundary_of_its_own() -> None:
    graph = shop()
    it = group_boundary(graph, "extract", ["customers", "orders"], {"orders": TABLE})
    assert it.inputs == ()
    assert it.outputs == (
        Item("customers", task="customers"),
        Item("orders", shape=TABLE, task="orders"),
    )
    assert it.readers == (Item("clean", task="clean"),)
    cleaning = group_boundary(graph, "cleaning", ["clean"])
    assert [(one.name, one.what) for one in cleaning.inputs] == [
        ("customers", "task"),
        ("orders", "task"),
    ]


def text_of(html: str) -> list[str]:
    return [text for text in ET.fromstring(html).itertext() if text.strip()]


def test_the_card_reads_from_left_to_right() -> None:
    card = boundary(sales(), "revenue", {"region": "all"}, {"orders": TABLE})
    assert text_of(boundary_html(card, ["returns nothing"])) == [
        *("inputs", "tidy", "no such task yet"),
        *("orders", "task, one item each", "DataFrame, 3 × 2", "customer, amount"),
        *("region", " = 'all'", "Dag param", "vat", " = 0.2", "default", "tool", "default"),
        *("→", "revenue", "expand orders", "cache", "→"),
        *("output", "its result", "read by ", "report", "Types and sizes: last run."),
        *("waits for `tidy`: no such task yet", "returns nothing"),
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    shape = Shape(text, text)
    item = Item(text, text, text, shape, task=text)
    card = Boundary(text, text, (text,), (item,), (item,), (item,), shape, (text,))
    root = ET.fromstring(boundary_html(card, [text, "more"]))
    tags = {it.tag.partition("}")[2] for it in root.iter()}
    assert tags == {"div", "span"}
    names = {name for it in root.iter() for name in it.attrib}
    assert names == {"class", "role", "aria-label", "aria-hidden", "data-task"}


def test_secrets_are_masked() -> None:
    token = "ghp_" + "a1B2" * 9

    def load(password: str = "hunter2", note: str = token) -> None:
        raise AssertionError

    load.__doc__ = f"Uses {token}."
    graph = Graph([Task(load, TaskOptions(pool=token))])
    html = boundary_html(boundary(graph, "load", {}, {"load": shape_of({token: 1})}))
    assert token not in html
    assert "hunter2" not in html
    assert html.count(MASK) == 5
