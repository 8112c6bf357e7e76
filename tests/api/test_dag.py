"""A Dag is made and changed as a whole, or not at all."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.core.play import make
from wfkit.api.dag import Dag
from wfkit.api.flags import Flags
from wfkit.core.errors import (
    AmbiguousSource,
    CyclicDag,
    DuplicateTask,
    InvalidOption,
    InvalidTask,
    UnknownTask,
    WfkitError,
)
from wfkit.core.graph import Graph
from wfkit.core.task import Task, task
from wfkit.engine.clock import VirtualClock
from wfkit.engine.executors.choice import EXECUTOR_NAMES


def orders() -> list[int]:
    return [3, 4]


def revenue(orders: list[int], vat: float = 0.2) -> float:
    return sum(orders) * (1 + vat)


def sales() -> Dag:
    return Dag("sales", [orders, revenue], params={"region": "all"})


def told(call: Callable[[], Any], kind: type[WfkitError] = InvalidOption) -> str:
    with pytest.raises(kind) as caught:
        call()
    text = str(caught.value)
    assert len(text.splitlines()) <= 3
    assert "0x" not in text
    return text


def test_dag_of_functions_and_tasks() -> None:
    dag = Dag("sales", [task(retries=2)(orders), revenue])
    assert dag.name == "sales"
    assert list(dag.tasks) == ["orders", "revenue"]
    assert all(isinstance(it, Task) for it in dag.tasks.values())
    assert dag.tasks["orders"].options.retries == 2
    assert isinstance(dag.graph, Graph)
    assert dag.graph.upstream["revenue"] == ("orders",)
    assert dag.ran is None
    assert repr(dag) == "Dag sales: orders → revenue"


def test_dag_may_be_empty_and_incomplete() -> None:
    assert repr(Dag("sales")) == "Dag sales: no tasks yet"
    (missing,) = Dag("sales", [revenue]).graph.missing
    assert (missing.task, missing.wanted) == ("revenue", "orders")


def test_options_and_their_defaults() -> None:
    plain, chosen = (
        Dag("sales").options,
        Dag(
            "sales",
            params={"region": "all"},
            timezone="Europe/London",
            start_date="1997-07-01",
            max_active_tasks=8,
            clock="virtual",
            executor="serial",
            tags="shop, nightly",
        ).options,
    )
    assert (dict(plain.params), plain.timezone, plain.start_date) == ({}, "UTC", None)
    assert (plain.max_active_tasks, plain.clock, plain.executor, plain.tags) == (
        4,
        "system",
        None,
        (),
    )
    assert (dict(chosen.params), chosen.timezone) == ({"region": "all"}, "Europe/London")
    assert chosen.start_date is not None
    assert chosen.start_date.isoformat() == "1997-07-01T00:00:00+01:00"
    assert (chosen.max_active_tasks, chosen.clock, chosen.executor, chosen.tags) == (
        8,
        "virtual",
        "serial",
        ("shop", "nightly"),
    )
    clock = VirtualClock(datetime(1997, 1, 1, tzinfo=UTC))
    assert Dag("sales", clock=clock).options.clock is clock


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("max_active_tasks", [0, -1, True, 1.5, "4", None, 10**9]),
        ("timezone", ["Mars/Base", "../../etc/passwd", "", None, 5]),
        ("start_date", ["soon", "1997-02-30", 5, []]),
        ("params", [5, "a=1", [("a", 1)], {"a b": 1}, {5: 1}, {"if": 1}]),
        ("clock", ["wall", 5, None]),
        ("executor", ["dusk", 5, ""]),
        ("tags", [5, [5]]),
    ],
)
def test_wrong_option_is_refused_naming_it(option: str, values: Sequence[Any]) -> None:
    for value in values:
        options = {option: value}
        assert told(functools.partial(Dag, "sales", **options)).startswith(option)


@pytest.mark.parametrize("name", ["my dag", "1st", "", "sum", "class", "_x", "a\nb", "x" * 101])
def test_name_is_checked_like_that_of_a_task(name: str) -> None:
    assert "cannot be a Dag's name" in told(lambda: Dag(name), InvalidTask)


def test_name_that_is_no_text_is_refused() -> None:
    wrong: Any = 5
    assert told(lambda: Dag(wrong), InvalidTask).startswith("5 cannot be a Dag's name")


def test_one_task_without_a_list_is_refused() -> None:
    for wrong in (orders, task(orders)):
        one: Any = wrong
        assert told(functools.partial(Dag, "sales", one)) == (
            "sales takes a list of tasks.\nWrite [ ] around a single one."
        )


@pytest.mark.parametrize(
    ("tasks", "kind"),
    [
        ([orders, orders], DuplicateTask),
        ([make("orders"), make("Orders")], DuplicateTask),
        ([make("a", "b"), make("b", "a")], CyclicDag),
        ([make("a", "a")], CyclicDag),
        ([make("region")], AmbiguousSource),
        ([make("run_id")], AmbiguousSource),
        ([5], InvalidTask),
        ([lambda: 1], InvalidTask),
    ],
)
def test_tasks_that_do_not_fit_are_refused(tasks: list[Any], kind: type[WfkitError]) -> None:
    told(lambda: Dag("sales", tasks, params={"region": "all"}), kind)


def test_params_are_a_copy_and_cannot_be_changed() -> None:
    params = {"region": "all"}
    dag = Dag("sales", params=params)
    params["region"] = "spoiled"
    assert dag.params == {"region": "all"}
    with pytest.raises(TypeError):
        dag.params["region"] = "spoiled"  # type: ignore[index]
    with pytest.raises(TypeError):
        dag.tasks["orders"] = task(orders)  # type: ignore[index]
    with pytest.raises(AttributeError):
        dag.options.clock = "virtual"  # type: ignore[misc]


# Changes


def test_add_returns_the_task_and_wires_it() -> None:
    dag = Dag("sales")
    later = dag.add(revenue)
    dag.add(task(retries=1)(orders))
    assert later is dag.tasks["revenue"]
    assert dag.graph.order == ("orders", "revenue")
    assert dag.graph.missing == ()


def test_replace_keeps_the_place() -> None:
    dag = sales()
    dag.add(make("orders", retries=3), replace=True)
    assert list(dag.tasks) == ["orders", "revenue"]
    assert dag.tasks["orders"].options.retries == 3


def test_same_name_is_refused_without_replace() -> None:
    assert told(lambda: sales().add(orders), DuplicateTask) == (
        'sales already has a task "orders".\nChoose another name, or remove that one.'
    )


def test_remove_forgets_the_task_and_what_read_it_waits() -> None:
    dag = sales()
    dag.remove("orders")
    assert list(dag.tasks) == ["revenue"]
    assert [missing.wanted for missing in dag.graph.missing] == ["orders"]
    dag.remove(dag.tasks["revenue"])  # type: ignore[arg-type]
    assert not dag.tasks


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda dag: dag.add(orders), DuplicateTask),
        (lambda dag: dag.add(make("ORDERS"), replace=True), DuplicateTask),
        (lambda dag: dag.add(make("orders", "revenue"), replace=True), CyclicDag),
        (lambda dag: dag.add(make("loop", "loop")), CyclicDag),
        (lambda dag: dag.add(make("region")), AmbiguousSource),
        (lambda dag: dag.add(make("params")), AmbiguousSource),
        (lambda dag: dag.add(5), InvalidTask),
        (lambda dag: dag.remove("ordrs"), UnknownTask),
        (lambda dag: dag.remove(5), UnknownTask),
        (lambda dag: dag.change("ordrs", retries=1), UnknownTask),
        (lambda dag: dag.change("orders", retries=-1), InvalidOption),
        (lambda dag: dag.change("orders", retires=1), InvalidOption),
        (lambda dag: dag.change("orders", after="revenue"), CyclicDag),
    ],
)
def test_refused_change_leaves_the_dag_as_it_was(
    change: Callable[[Dag], Any], kind: type[WfkitError]
) -> None:
    dag = sales()
    graph, tasks, options = dag.graph, dict(dag.tasks), dag.options
    told(lambda: change(dag), kind)
    assert dag.graph is graph
    assert dict(dag.tasks) == tasks
    assert dag.options is options


def test_unknown_task_is_corrected() -> None:
    assert told(lambda: sales().remove("ordrs"), UnknownTask) == (
        'no task is called "ordrs". Did you mean "orders"?\nTasks: orders, revenue.'
    )


def test_change_is_a_new_dag_with_one_thing_changed() -> None:
    dag = sales()
    other = dag.change("orders", retries=3, retry_delay="5m")
    assert (dag.tasks["orders"].options.retries, other.tasks["orders"].options.retries) == (0, 3)
    assert other.tasks["orders"].options.retry_delay == 300
    assert other.tasks["revenue"] is dag.tasks["revenue"]
    assert (other.name, other.options, other.ran) == (dag.name, dag.options, None)
    assert list(other.tasks) == list(dag.tasks)
    other.remove("revenue")
    assert "revenue" in dag.tasks


def test_change_may_rewire() -> None:
    dag = Dag("sales", [make("a"), make("b")]).change("a", after="b")
    assert dag.graph.order == ("b", "a")


def test_graph_can_be_copied_with_its_dag() -> None:
    assert copy.copy(sales()).graph.order == ("orders", "revenue")


def test_graphviz_source_of_the_dag() -> None:
    source = sales().to_graphviz()
    assert type(source).__module__.startswith("graphviz")
    assert "orders" in source.source


@pytest.mark.parametrize("verb", [Dag, Dag.run, Dag.resume, Dag.rerun])
def test_every_text_about_executors_names_them_all(verb: Callable[..., Any]) -> None:
    flag = Flags("%dag", verb, positional="task" if verb is Dag.rerun else ()).flag("--executor")
    assert flag is not None
    assert all(f'"{name}"' in flag.help for name in EXECUTOR_NAMES)


def test_advice_fits_a_notebook_as_well_as_python() -> None:
    @task(pool="api")
    def fetch() -> None: ...

    dag = Dag("sales", [fetch])
    with pytest.raises(InvalidOption) as caught:
        dag.run(store=None)
    assert str(caught.value).splitlines()[1] == (
        "Give it slots: %dag new NAME --pool api=2 in a notebook, "
        'Dag(..., pools={"api": 2}) in Python.'
    )
    with pytest.raises(InvalidOption) as caught:
        dag.odds(vary={"retries": [0, 3]})
    assert str(caught.value).endswith("with its values, such as orders.retries=0,3.")
