"""Who waits for whom: the wiring, its order, and what is wrong with it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.play import make
from wfkit.core.errors import (
    AmbiguousSource,
    CyclicDag,
    DuplicateTask,
    UnknownTask,
    UnknownUpstream,
    WfkitError,
)
from wfkit.core.graph import CONTEXT_NAMES, Graph, Source, SourceKind, edges, is_chain
from wfkit.core.task import REQUIRED, Task


def shop() -> list[Task]:
    return [
        make("orders", "logical_date"),
        make("clean", "orders region"),
        make("revenue", "clean vat=0.2"),
        make("report", "revenue clean"),
        make("tidy", after="report, orders"),
    ]


def refusal(kind: type[WfkitError], tasks: Sequence[Task], params: Sequence[str] = ()) -> str:
    with pytest.raises(kind) as caught:
        Graph(tasks, params)
    assert len(str(caught.value).splitlines()) <= 3
    return str(caught.value)


def incomplete(*tasks: Task, params: Sequence[str] = ()) -> str:
    with pytest.raises(UnknownUpstream) as caught:
        Graph(tasks, params).check_complete()
    assert len(str(caught.value).splitlines()) <= 3
    return str(caught.value)


def test_tasks_are_wired_by_the_names_of_their_parameters() -> None:
    graph = Graph(shop(), params=["region"])
    assert graph.upstream == {
        "orders": (),
        "clean": ("orders",),
        "revenue": ("clean",),
        "report": ("clean", "revenue"),
        "tidy": ("orders", "report"),
    }
    assert graph.downstream == {
        "orders": ("clean", "tidy"),
        "clean": ("report", "revenue"),
        "revenue": ("report",),
        "report": ("tidy",),
        "tidy": (),
    }
    assert graph.order == ("orders", "clean", "revenue", "report", "tidy")
    assert list(graph.tasks) == ["orders", "clean", "revenue", "report", "tidy"]
    assert (graph.roots, graph.leaves) == (("orders",), ("tidy",))
    assert graph.generations == (("orders",), ("clean",), ("revenue",), ("report",), ("tidy",))
    assert graph.missing == ()
    graph.check_complete()


def test_each_parameter_has_one_source() -> None:
    graph = Graph([make("a", "b region run_id nobody vat=0.2"), make("b")], params=["region"])
    assert graph.sources["a"] == (
        Source("b", SourceKind.UPSTREAM, "b", REQUIRED),
        Source("region", SourceKind.PARAM, "region", REQUIRED),
        Source("run_id", SourceKind.CONTEXT, "run_id", REQUIRED),
        Source("nobody", SourceKind.MISSING, "nobody", REQUIRED),
        Source("vat", SourceKind.DEFAULT, "vat", 0.2),
    )


def test_default_serves_only_where_nothing_else_does() -> None:
    it = make("a", "b=1 region=2 run_id=3 vat=4")
    graph = Graph([it, make("b")], params=["region"])
    kinds = [source.kind.value for source in graph.sources["a"]]
    assert kinds == ["upstream", "param", "context", "default"]
    assert [source.default for source in graph.sources["a"]] == [1, 2, 3, 4]


def test_input_may_be_bound_to_a_task_of_another_name() -> None:
    reader = Task(make("it", "rows").function, name="it", inputs={"rows": "orders"})
    graph = Graph([reader, make("orders"), make("rows")])
    assert graph.sources["it"] == (Source("rows", SourceKind.UPSTREAM, "orders"),)
    assert graph.upstream["it"] == ("orders",)


def test_ancestors_and_descendants() -> None:
    graph = Graph(shop(), params=["region"])
    assert graph.ancestors("report") == {"orders", "clean", "revenue"}
    assert graph.descendants("clean") == {"revenue", "report", "tidy"}
    assert graph.ancestors("orders") == graph.descendants("tidy") == frozenset()


def test_edges_come_in_a_stable_order() -> None:
    assert edges(Graph(shop(), params=["region"])) == (
        ("orders", "clean"),
        ("clean", "revenue"),
        ("clean", "report"),
        ("revenue", "report"),
        ("orders", "tidy"),
        ("report", "tidy"),
    )


@pytest.mark.parametrize(
    ("tasks", "chain"),
    [
        ([], True),
        ([make("a")], True),
        ([make("a"), make("b", "a"), make("c", "b")], True),
        ([make("a"), make("b", "a"), make("c", "b a")], False),
        ([make("a"), make("b")], False),
        ([make("a"), make("b", "a"), make("c", "a")], False),
    ],
)
def test_chain_is_one_single_line(tasks: Sequence[Task], chain: bool) -> None:
    assert is_chain(Graph(tasks)) is chain


def test_duplicate_edge_counts_once() -> None:
    graph = Graph([make("a"), make("b", "a", after="a,a"), make("c", "a", after=["a"])])
    assert graph.upstream == {"a": (), "b": ("a",), "c": ("a",)}
    assert graph.downstream["a"] == ("b", "c")


def test_wiring_is_the_same_whatever_the_order_of_declaration() -> None:
    def facts(tasks: Sequence[Task]) -> tuple[Any, ...]:
        graph = Graph(tasks, params=["region"])
        return graph.order, graph.upstream, graph.downstream, graph.generations, graph.missing

    tasks = [*shop(), make("lost", "nobody"), make("also", after="nowhere,elsewhere")]
    first = facts(tasks)
    assert [m.wanted for m in first[-1]] == ["nowhere", "elsewhere", "nobody"]
    for some in itertools.permutations(tasks[2:]):
        assert facts([*some, *tasks[1::-1]]) == first


def test_order_breaks_ties_by_name() -> None:
    names = ["delta", "alpha", "charlie", "bravo"]
    tasks = [make(name) for name in names] + [make("zulu", "delta"), make("echo", "alpha")]
    assert Graph(tasks).order == ("alpha", "bravo", "charlie", "delta", "echo", "zulu")
    crossed = [make("a"), make("b"), make("z", "a"), make("y", "b")]
    assert Graph(crossed).order == ("a", "b", "y", "z")


@given(st.integers(1, 12), st.randoms(use_true_random=False))
def test_order_puts_upstream_first_and_holds_every_task_once(n: int, chance: random.Random) -> None:
    above = {i: chance.sample(range(i), min(i, chance.randint(0, 5))) for i in range(n)}
    names = chance.sample([f"t{i}" for i in range(n)], n)
    tasks = [make(names[i], [names[up] for up in above[i]]) for i in range(n)]
    chance.shuffle(tasks)
    graph = Graph(tasks)
    place = {name: i for i, name in enumerate(graph.order)}
    assert sorted(place) == sorted(names)
    assert all(place[up] < place[down] for up, down in edges(graph))
    for name in names:
        assert {up for up in names if name in graph.descendants(up)} == graph.ancestors(name)


def test_empty_graph_is_a_graph() -> None:
    graph = Graph([])
    assert (graph.order, graph.roots, graph.leaves, graph.generations) == ((), (), (), ())
    graph.check_complete()
    assert edges(graph) == ()


# What is wrong


def test_self_dependency_names_the_task() -> None:
    assert refusal(CyclicDag, [make("clean", "clean")]) == (
        "clean waits for its own result: clean → clean.\nRemove one of these dependencies."
    )


def test_cycle_is_told_as_names_in_the_direction_of_the_data() -> None:
    assert refusal(CyclicDag, [make("b", "a"), make("c", "b"), make("a", "c")]) == (
        "these tasks wait for each other, so none can start: a → b → c → a.\n"
        "Remove one of these dependencies."
    )


def test_shortest_cycle_is_told_the_first_by_name_of_equals() -> None:
    long = [make("a", "e"), *(make(x, up) for x, up in zip("bcde", "abcd", strict=True))]
    assert ": a → b → c → d → e → a.\n" in refusal(CyclicDag, long)
    short = [make("x", "y e"), make("y", "x"), make("m", "n"), make("n", "m")]
    assert ": m → n → m.\n" in refusal(CyclicDag, [*long, *short])
    assert "zz waits for its own result" in refusal(CyclicDag, [*long, *short, make("zz", "zz")])


def test_cycle_through_after_is_found() -> None:
    told = refusal(CyclicDag, [make("load", after="report"), make("report", "load")])
    assert ": load → report → load.\n" in told


def test_what_only_waits_for_a_cycle_is_not_told() -> None:
    tasks = [make("a", "b"), make("b", "a"), make("aa", "a"), make("source"), make("a0", "source")]
    assert ": a → b → a.\n" in refusal(CyclicDag, tasks)


def test_long_cycle_is_shortened() -> None:
    ring = [make(f"t{i:02}", f"t{(i - 1) % 20:02}") for i in range(20)]
    assert (
        refusal(CyclicDag, ring)
        .splitlines()[0]
        .endswith(": t00 → t01 → t02 → t03 → t04 → t05 → … → t15 → t16 → t17 → t18 → t19 → t00.")
    )


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["ring", "tail", "bridge"])
def test_cycle_in_a_large_graph_is_found_at_once(shape: str) -> None:
    n = 2_500
    chain = [make(f"c{i}", [f"c{i - 1}"] if i else []) for i in range(n)]
    two = [make("y", "z"), make("z", "y")]
    far = [make("w", ["x", f"c{n - 1}"]), make("x", "w")]
    tasks = {
        "ring": [make("c0", f"c{n - 1}"), *chain[1:]],
        "tail": [make("c0", "z"), *chain[1:], *two],
        "bridge": [make("c0", "z"), *chain[1:], *two, *far],
    }[shape]
    told = refusal(CyclicDag, tasks)
    assert {"ring": "c0 → c1 →", "tail": "y → z → y", "bridge": "w → x → w"}[shape] in told


def test_same_name_twice_is_refused() -> None:
    assert refusal(DuplicateTask, [make("clean"), make("clean", "a")]) == (
        'two tasks are called "clean".\nRename one of them.'
    )


def test_normal_form_twins_are_the_same_name() -> None:
    twins = [Task(make("x").function, name="\ufb01le"), Task(make("x").function, name="file")]
    assert 'two tasks are called "file"' in refusal(DuplicateTask, twins)


@pytest.mark.parametrize(("one", "other"), [("orders", "Orders"), ("straße", "STRASSE")])
def test_names_that_differ_only_in_case_are_refused(one: str, other: str) -> None:
    assert refusal(DuplicateTask, [make(one), make(other)]) == (
        f'"{other}" and "{one}" differ only in upper and lower case, '
        "which file names on Windows and macOS cannot tell apart.\nRename one of them."
    )


@pytest.mark.parametrize("name", CONTEXT_NAMES)
def test_task_and_param_cannot_have_a_context_name(name: str) -> None:
    assert refusal(AmbiguousSource, [make(name)]) == (
        f'"{name}" is both a task and a context name, so a parameter of that name '
        "would have two sources.\nRename the task."
    )
    assert refusal(AmbiguousSource, [], [name]).endswith("Rename the Dag param.")


def test_task_and_param_of_one_name_are_refused() -> None:
    assert refusal(AmbiguousSource, [make("region")], ["region"]) == (
        '"region" is both a task and a Dag param, so a parameter of that name '
        "would have two sources.\nRename the task."
    )


def test_missing_upstream_names_the_nearest() -> None:
    assert incomplete(make("orders"), make("revenue", "ordrs")) == (
        'task "revenue" asks for "ordrs", but no task is called "ordrs". Did you mean "orders"?\n'
        'Rename the parameter or add the task "ordrs".'
    )
    assert incomplete(make("orders"), make("revenue", "zzz")) == (
        'task "revenue" asks for "zzz", but no task is called "zzz".\n'
        'Rename the parameter or add the task "zzz".'
    )


def test_missing_after_names_the_nearest() -> None:
    assert incomplete(make("load"), make("report", after="lod")) == (
        'task "report" comes after "lod", but no task is called "lod". Did you mean "load"?\n'
        'Correct the name or add the task "lod".'
    )


def test_task_is_not_suggested_to_itself() -> None:
    assert "Did you mean" not in incomplete(make("orders", "order"))


@pytest.mark.parametrize("word", ["date", "day", "ds", "execution_date"])
def test_words_for_the_day_of_a_run_point_to_logical_date(word: str) -> None:
    assert incomplete(make("orders", word), make("dates"), make("days")) == (
        f'task "orders" asks for "{word}", but no task is called "{word}". '
        "For the day this run stands for, write logical_date.\n"
        f'Rename the parameter or add the task "{word}".'
    )


def test_suggestions_do_not_slow_down_a_graph_that_misses_much() -> None:
    tasks = [make(f"task_{i}", f"tsk_{i}") for i in range(400)]
    graph = Graph(tasks)
    assert len(graph.missing) == 400
    assert graph.missing[0].suggestion is not None
    assert sum(it.suggestion is not None for it in graph.missing) < 50


def test_missing_is_a_note_until_somebody_checks() -> None:
    graph = Graph([make("revenue", "ordrs vat=1"), make("orders"), make("also", "ordrs x")])
    assert [(m.task, m.wanted, m.is_parameter, m.suggestion) for m in graph.missing] == [
        ("also", "ordrs", True, "orders"),
        ("also", "x", True, None),
        ("revenue", "ordrs", True, "orders"),
    ]
    assert graph.order == ("also", "orders", "revenue")


@pytest.mark.parametrize("name", ["a\nb\nc\nd", "\u202eevil", "x" * 5_000])
def test_hard_name_in_after_cannot_break_the_message(name: str) -> None:
    told = incomplete(make("report", after=[name]))
    assert "\u202e" not in told
    assert len(told) < 300


def test_unknown_task_is_corrected() -> None:
    graph = Graph(shop(), params=["region"])
    for ask in (graph.known, graph.ancestors, graph.descendants, lambda n: graph.subgraph([n])):
        with pytest.raises(UnknownTask) as caught:
            ask("revnue")
        assert str(caught.value) == (
            'no task is called "revnue". Did you mean "revenue"?\n'
            "Tasks: orders, clean, revenue, report, tidy."
        )


def test_unknown_task_among_many_and_among_none() -> None:
    with pytest.raises(UnknownTask, match=r"Tasks: t00, .*, t11 and 8 more\.$"):
        Graph([make(f"t{i:02}") for i in range(20)]).known("nobody")
    with pytest.raises(UnknownTask, match=r"Tasks: none yet\.$"):
        Graph([]).known("nobody")


def test_task_stands_for_its_name() -> None:
    graph = Graph(shop(), params=["region"])
    assert graph.known(graph.tasks["clean"]) == "clean"
    with pytest.raises(UnknownTask, match='no task is called "other"'):
        graph.known(make("other"))


@pytest.mark.parametrize("thing", [0, None, ("clean",), ["clean"], b"clean"])
def test_thing_that_is_no_name_is_unknown(thing: object) -> None:
    with pytest.raises(UnknownTask, match="no task is called"):
        Graph([make("clean")]).known(thing)


# Parts


def test_subgraph_reads_what_is_left_out_from_an_earlier_run() -> None:
    graph = Graph(shop(), params=["region"])
    part = graph.subgraph(["revenue", "tidy", "report"])
    assert part.order == ("revenue", "report", "tidy")
    assert part.upstream == {"revenue": (), "report": ("revenue",), "tidy": ("report",)}
    assert part.sources["report"] == (
        Source("revenue", SourceKind.UPSTREAM, "revenue"),
        Source("clean", SourceKind.EARLIER, "clean"),
    )
    part.check_complete()
    assert graph.subgraph([]).order == ()
    assert graph.subgraph(graph.order).upstream == graph.upstream


def test_subgraph_still_misses_what_nobody_provides() -> None:
    graph = Graph([make("a", "nobody"), make("b", after="nowhere"), make("c")])
    assert graph.subgraph(["c"]).missing == ()
    assert [m.wanted for m in graph.subgraph(["a", "b"]).missing] == ["nobody", "nowhere"]


# Size


@pytest.mark.long
def test_chain_of_100_000_tasks_needs_no_recursion() -> None:
    chain = [_link(i) for i in range(100_000)]
    graph = Graph(reversed(chain))
    assert len(graph.order) == 100_000
    assert graph.order[:3] == ("t0", "t1", "t2")
    assert len(graph.ancestors("t99999")) == len(graph.descendants("t0")) == 99_999


def _function(up: object) -> int:
    return 0


def _link(i: int) -> Task:
    if i == 0:
        return Task(lambda: 0, name="t0")
    return Task(_function, name=f"t{i}", inputs={"up": f"t{i - 1}"})


@pytest.mark.slow
def test_subgraph_of_many_tasks_costs_no_more_than_their_number() -> None:
    graph = Graph([make(f"t{i}") for i in range(4_000)])
    part = graph.subgraph(graph.order)
    assert part.order == graph.order
