import pytest

from tests.views.samples import (
    HOSTILE,
    RUN_ID,
    chain,
    diamond,
    layered,
    make,
    play,
    shop,
    standing_in,
)
from wfkit.core.errors import InvalidOption, UnknownTask
from wfkit.core.graph import Graph
from wfkit.core.run import Attempt, TaskInstance
from wfkit.core.states import Outcome, TaskState
from wfkit.views.text import graph_line, graph_text, run_text, timeline_text

ORDRS = "waits for `ordrs`: no such task yet; did you mean `orders`?"


@pytest.mark.parametrize(
    ("graph", "line"),
    [
        (Graph([]), "Dag d: no tasks yet"),
        (Graph([make("a")]), "Dag d: a"),
        (Graph([make("a"), make("b")]), "Dag d: a; b"),
        (chain(), "Dag d: orders → revenue → report"),
        (diamond(), "Dag d: load → clean → publish; load → count → publish"),
        (
            shop(),
            "Dag d: ordrs? → report → tidy; customers → clean → report; orders → clean",
        ),
        (
            layered(40, 1),
            "Dag d: t000_000 → t001_000 → t002_000 → t003_000 → … → t039_000 (40 tasks)",
        ),
    ],
)
def test_a_graph_in_one_line(graph: Graph, line: str) -> None:
    assert graph_line("d", graph) == line


def test_a_large_graph_in_one_line_is_short() -> None:
    line = graph_line("d", layered(30, 20))
    assert line.endswith("; … (600 tasks)")
    assert len(line) < 250


def test_long_names_are_shortened_in_one_line() -> None:
    assert len(graph_line("d", Graph([make("x" * 100)]))) < 60


def test_a_graph_in_lines() -> None:
    assert graph_text("nightly_sales", shop()) == (
        "Dag nightly_sales: 5 tasks\n"
        "  customers  in extract\n"
        "  orders     in extract\n"
        "  clean      ← customers, orders · in cleaning\n"
        f"  report     ← clean · {ORDRS}\n"
        "  tidy       after report"
    )


def test_an_empty_graph_in_lines() -> None:
    assert graph_text("nightly_sales", Graph([])) == "Dag nightly_sales: no tasks yet"


def test_a_parameter_called_date_gets_its_own_hint() -> None:
    text = graph_text("d", Graph([make("orders", ["date"])]))
    assert text.endswith(
        "waits for `date`: no such task yet; for the day this run stands for, write logical_date"
    )


def test_a_graph_with_the_states_of_a_run() -> None:
    snapshot = play(diamond(), {"clean": ["raised"]}, most=2)
    assert graph_text("d", diamond(), snapshot) == (
        f"Dag d: 4 tasks · DagRun {RUN_ID}: running\n"
        "  ✔ success  load\n"
        "  ► running  clean    ← load\n"
        "  ◑ queued   count    ← load\n"
        "  ○ waiting  publish  ← clean, count"
    )


def test_a_task_outside_the_run_is_said_to_be() -> None:
    text = graph_text("d", chain(), play(chain().subgraph(["orders"])))
    assert text.splitlines()[1:] == [
        "  ✔ success          orders",
        "  · not in this run  revenue  ← orders",
        "  · not in this run  report   ← revenue",
    ]


def test_a_highlight_in_words() -> None:
    assert graph_text("d", diamond(), highlight="clean").splitlines()[1:] == [
        "  load     ancestor of clean",
        "  clean    ← load · highlighted",
        "  count    ← load",
        "  publish  ← clean, count · descendant of clean",
    ]


def test_one_group_in_full() -> None:
    assert graph_text("d", shop(), group="cleaning").splitlines()[1:] == [
        "  extract (2 tasks)",
        "  clean              ← extract · in cleaning",
        f"  report             ← clean · {ORDRS}",
        "  tidy               after report",
    ]


def test_names_that_nobody_has_are_refused() -> None:
    with pytest.raises(UnknownTask, match='Did you mean "clean"'):
        graph_text("d", diamond(), highlight="claen")
    with pytest.raises(InvalidOption, match='Did you mean "cleaning"'):
        graph_text("d", shop(), group="cleanin")


def test_above_300_tasks_groups_become_lines() -> None:
    lines = graph_text("d", layered(31, 10, "layer")).splitlines()
    assert lines[:3] == [
        "Dag d: 310 tasks",
        "  layer 0 (10 tasks)",
        "  layer 1 (10 tasks)   ← layer 0",
    ]
    assert len(lines) == 32


def test_above_300_tasks_without_groups_generations_are_counted() -> None:
    assert graph_text("d", layered(13, 30)) == (
        "Dag d: 390 tasks\n"
        "  generation 1-2    60\n"
        "  generation 3-4    60\n"
        "  generation 5-6    60\n"
        "  generation 7-8    60\n"
        "  generation 9-10   60\n"
        "  generation 11-12  60\n"
        "  generation 13     30"
    )


def test_a_run_in_words() -> None:
    outcomes = {"load": ["returned"], "clean": ["raised"], "count": ["skipped"]}
    assert run_text(play(diamond(), outcomes)) == (
        f"DagRun {RUN_ID}: failed\n"
        "  ✔ success          load\n"
        "  ✘ failed           clean    ValueError: bad row\n"
        "  » skipped          count\n"
        "  ⊘ upstream failed  publish  because clean failed"
    )


def test_the_first_failure_shows_the_learners_line() -> None:
    line = {"function": "_sum", "number": 4, "source": "rows[0]"}
    error = {"type": "KeyError", "message": "0", "line": line}
    snapshot = play(diamond(), {"clean": ["raised"], "count": ["raised"]}, error=error)
    assert run_text(snapshot).splitlines()[2:5] == [
        "  ✘ failed           clean    KeyError: 0",
        "                              line 4, in _sum: rows[0]",
        "  ✘ failed           count    KeyError: 0",
    ]


def test_a_run_with_retries_names_their_outcomes() -> None:
    text = run_text(play(chain(), {"orders": ["raised", "timed_out", "returned"]}))
    assert text.splitlines()[1] == (
        "  ✔ success  orders   3 attempts (✘ raised, ◷ timed out, ✔ returned)"
    )


def test_many_attempts_are_shortened() -> None:
    graph = Graph([make("orders", retries=9)])
    text = run_text(play(graph, {"orders": ["raised"]}))
    assert "10 attempts (…, ✘ raised, " in text


def test_the_text_of_a_run_does_not_depend_on_its_durations() -> None:
    quick, slow = (play(diamond(), {"count": ["raised"]}, takes=t) for t in (0.1, 77.0))
    assert run_text(quick) == run_text(slow)
    assert timeline_text(quick) == timeline_text(slow)


def test_a_large_run_is_counted_and_its_failures_named() -> None:
    snapshot = standing_in({f"t{i:03}": TaskState.SUCCESS for i in range(1_000)})
    for i in range(30):
        error = {"type": "E", "message": str(i)}
        name = f"t{i:03}"
        snapshot.instances[name, -1] = TaskInstance(name, -1, TaskState.FAILED, 1, error=error)
    lines = run_text(snapshot).splitlines()
    assert lines[1:5] == [
        "  ✔ success  970",
        "  ✘ failed    30",
        "  ✘ failed  t000  E: 0",
        "  ✘ failed  t001  E: 1",
    ]
    assert lines[-1] == "  and 10 more failed"


def test_the_attempts_of_a_run() -> None:
    snapshot = play(chain(), {"orders": ["raised", "lost", "returned"]}, clock="virtual")
    assert timeline_text(snapshot) == (
        "Attempts:\n"
        "  orders   1 ✘ raised, 2 ? lost, 3 ✔ returned\n"
        "  revenue  1 ✔ returned\n"
        "  report   1 ✔ returned"
    )
    assert timeline_text(snapshot, virtual=True) == (
        "Attempts, in seconds from the start of the run:\n"
        "  orders   1 ✘ raised 0–10, 2 ? lost 40–50, 3 ✔ returned 50–60\n"
        "  revenue  1 ✔ returned 60–70\n"
        "  report   1 ✔ returned 70–80"
    )


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ((90.0, 5_400.0), "seconds from the start of the run:\n  a  1 ✔ returned 0–90"),
        ((3_000.0, 5_400.0), "minutes from the start of the run:\n  a  1 ✔ returned 0–50"),
        ((7_200.0, 32_400.0), "hours from the start of the run:\n  a  1 ✔ returned 0–2"),
        ((172_800.0, 86_400.0), "days from the start of the run:\n  a  1 ✔ returned 0–2"),
        ((0.0, 0.0), "seconds from the start of the run:\n  a  1 ✔ returned 0–0"),
    ],
)
def test_times_are_in_the_largest_unit_that_keeps_them_whole(
    ends: tuple[float, float], told: str
) -> None:
    snapshot = standing_in({"a": TaskState.SUCCESS, "b": TaskState.SUCCESS})
    for name, end in zip("ab", ends, strict=True):
        snapshot.attempts[name, -1, 1] = Attempt(name, -1, 1, 0.0, 0.0, end, Outcome.RETURNED)
    assert timeline_text(snapshot, virtual=True).startswith(f"Attempts, in {told}\n")


def test_attempts_that_wait_or_run_have_no_end() -> None:
    assert timeline_text(play(diamond(), most=2), virtual=True) == (
        "Attempts, in seconds from the start of the run:\n"
        "  load   1 ✔ returned 0–10\n"
        "  clean  1 ► running 10–\n"
        "  count  1 ◑ queued 10 –"
    )


def test_a_run_without_attempts() -> None:
    assert timeline_text(standing_in({"a": TaskState.NONE})) == "Attempts: none yet"


def test_the_attempts_of_a_large_run_are_cut() -> None:
    snapshot = standing_in({f"t{i:03}": TaskState.SUCCESS for i in range(50)})
    for i in range(50):
        name = f"t{i:03}"
        snapshot.attempts[name, -1, 1] = Attempt(name, -1, 1, 0.0, 0.0, i, Outcome.RETURNED)
    lines = timeline_text(snapshot).splitlines()
    assert (lines[1], lines[30]) == ("  t000  1 ✔ returned", "  t029  1 ✔ returned")
    assert lines[31:] == ["  and 20 more"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_in_its_line(text: str) -> None:
    graph = Graph([make("orders", group=text, doc=text), make("report", ["orders"])])
    snapshot = play(graph, {"orders": ["raised"]}, error={"type": text, "message": text})
    shown = [graph_text(text, graph, snapshot), run_text(snapshot), timeline_text(snapshot)]
    assert [len(it.splitlines()) for it in shown] == [3, 3, 2]
    assert all(line.isprintable() for it in shown for line in it.splitlines())
    assert len(graph_line(text, graph).splitlines()) == 1


def test_a_very_long_name_pushes_only_its_own_line() -> None:
    graph = Graph([make("x" * 100), make("orders"), make("report", ["orders"])])
    assert graph_text("d", graph).splitlines()[3] == f"  {'report':32}  ← orders"
