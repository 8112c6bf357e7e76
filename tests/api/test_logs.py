# ruff: noqa: T201 - prints are part of what a body does
"""What tasks printed and logged: as text, as a table, as JSON, while it is fresh and ever after."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wfkit.api.dag import Dag
from wfkit.core.errors import InvalidOption, UnknownRun, UnknownTask, WfkitError
from wfkit.core.task import task
from wfkit.engine.capture import LogLine
from wfkit.engine.store import MemoryStore


def orders() -> None:
    print("reading\nrows")
    print("slow disk", file=sys.stderr)


@task(retries=1)
def revenue(attempt: int) -> None:
    print("attempt", attempt)
    logging.getLogger("shop").warning("rows are late")
    if attempt == 1:
        raise ValueError("x")


def sales() -> Dag:
    return Dag("sales", [orders, revenue], clock="virtual")


def told(kind: type[WfkitError], call: Callable[[], Any]) -> str:
    with pytest.raises(kind) as caught:
        call()
    assert len(str(caught.value).splitlines()) <= 3
    return str(caught.value)


@pytest.fixture
def dag() -> Dag:
    dag = sales()
    dag.run(store=None)
    return dag


def texts(lines: Any) -> list[str]:
    return [line.text for line in lines]


ALL = ["reading", "rows", "slow disk", "attempt 1", "rows are late", "attempt 2", "rows are late"]


TEXT = """
orders              | reading
orders              | rows
orders              | stderr: slow disk
revenue             | attempt 1
revenue             | WARNING: rows are late
revenue (attempt 2) | attempt 2
revenue (attempt 2) | WARNING: rows are late
"""


def test_logs_read_well_as_text(dag: Dag) -> None:
    assert repr(dag.logs()) == TEXT.strip()


def test_logs_are_a_sequence(dag: Dag) -> None:
    logs = dag.logs()
    assert len(logs) == 7
    assert isinstance(logs[0], LogLine)
    assert texts(logs) == ALL
    assert texts(logs[-2:]) == ALL[-2:]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"task": "orders"}, ALL[:3]),
        ({"attempt": 2}, ALL[5:]),
        ({"level": "warning"}, [ALL[4], ALL[6]]),
        ({"level": "STDERR"}, [ALL[2]]),
        ({"level": "CRITICAL"}, []),
        ({"level": "info"}, [ALL[4], ALL[6]]),
        ({"level": "DEBUG"}, [ALL[4], ALL[6]]),
        ({"level": "note"}, []),
        ({"grep": "rows"}, [ALL[1], ALL[4], ALL[6]]),
        ({"grep": "row.$"}, [ALL[1]]),
        ({"grep": "(?i)READ|SLOW"}, [ALL[0], ALL[2]]),
        ({"grep": "^$"}, []),
        ({"n": 2}, ALL[5:]),
        ({"n": 1, "grep": "attempt"}, [ALL[5]]),
        ({"task": "revenue", "attempt": 1, "level": "stdout"}, [ALL[3]]),
        ({"n": 100}, ALL),
    ],
)
def test_logs_are_filtered(dag: Dag, filters: dict[str, Any], expected: list[str]) -> None:
    assert texts(dag.logs(**filters)) == expected


def test_no_lines_read_well_too(dag: Dag) -> None:
    assert repr(dag.logs(grep="nothing")).startswith("no log lines like that; the run has ")


@pytest.mark.parametrize("n", [0, -1, 1.5, True, "2"])
def test_number_of_lines_is_checked(dag: Dag, n: Any) -> None:
    assert told(InvalidOption, lambda: dag.logs(n=n)).startswith("n=")
    assert told(InvalidOption, lambda: dag.logs(attempt=n)).startswith("attempt=")


def test_logs_of_an_unknown_task_or_run_are_refused(dag: Dag) -> None:
    assert told(UnknownTask, lambda: dag.logs("ordrs")) == (
        'no task is called "ordrs". Did you mean "orders"?\nTasks: orders, revenue.'
    )
    store = MemoryStore()
    dag.run(store=store)
    assert told(UnknownRun, lambda: dag.logs(run_id="nobody", store=store)) == (
        'sales has no run "nobody".\nIts last run is manual__2000-01-01T00:00:00+00:00.'
    )


def test_logs_before_any_run_say_what_to_do() -> None:
    assert told(UnknownRun, lambda: sales().logs(store=None)) == (
        "sales has no runs yet.\nRun it first. "
        "(Simulated runs are in memory only: dag.simulate(...).runs[0].explain())"
    )


def test_logs_of_the_last_run_by_its_name(dag: Dag) -> None:
    assert texts(dag.logs(run_id=dag.last.run_id)) == ALL


def test_logs_of_another_run_in_the_store() -> None:
    store, dag = MemoryStore(), sales()
    first = dag.run(store=store, only="orders")
    dag.run(store=store)
    assert texts(dag.logs(run_id=first.run_id, store=store)) == ALL[:3]
    assert texts(sales().logs(store=store)) == ALL


@pytest.mark.parametrize(
    ("grep", "expected"),
    [
        ("[", 'grep="[" is no regular expression: unterminated character set at position 1.'),
        ("a(b", 'grep="a(b" is no regular expression: missing ) at position 3.'),
        ("*", 'grep="*" is no regular expression: nothing to repeat at position 0.'),
        ("x{99999999999}", 'grep="x{99999999999}" is no regular expression: repeat count too big'),
    ],
)
def test_what_is_no_pattern_is_refused_before_the_history_is_read(grep: str, expected: str) -> None:
    assert told(InvalidOption, lambda: sales().logs(grep=grep)).startswith(expected)


def test_what_is_no_pattern_can_be_found_as_it_is(dag: Dag) -> None:
    words = told(InvalidOption, lambda: dag.logs(grep="disk)")).splitlines()[-1].split()
    assert words[-1] == r"disk\)"
    assert texts(dag.logs(grep=words[-1])) == []


def test_unknown_level_is_refused(dag: Dag) -> None:
    # Libraries that other tests use may have levels of their own.
    assert told(InvalidOption, lambda: dag.logs(level="warnin")).startswith(
        'level="warnin" is unknown. Did you mean "WARNING"?\n'
        "Choose one of: stdout, stderr, display, note, CRITICAL, ERROR, WARNING, INFO, DEBUG"
    )


def test_levels_of_ones_own_are_known() -> None:
    def body() -> None:
        logging.getLogger().log(35, "between warning and error")

    dag = Dag("sales", [body])
    dag.run(store=None)
    assert texts(dag.logs(level="Level 35")) == ["between warning and error"]
    assert texts(dag.logs(level="warning")) == ["between warning and error"]
    assert texts(dag.logs(level="error")) == []
    logging.addLevelName(35, "NOTICE")
    dag.run(store=None)
    assert texts(dag.logs(level="notice")) == ["between warning and error"]
    assert texts(dag.logs(level="warning")) == ["between warning and error"]
    assert texts(dag.logs(level="error")) == []
    del logging._levelToName[35], logging._nameToLevel["NOTICE"]
    assert texts(dag.logs(level="notice")) == ["between warning and error"]
    assert texts(dag.logs(level="warning")) == ["between warning and error"]
    assert texts(dag.logs(level="error")) == []
    assert repr(dag.logs()) == "body | NOTICE (35): between warning and error"


@task(expand="part")
def load(part: int) -> None:
    print("part", part)


def test_logs_of_one_instance_and_of_a_task_that_is_gone() -> None:
    def part() -> list[int]:
        return [7, 8]

    store = MemoryStore()
    Dag("sales", [part, load]).run(store=store)
    gone = Dag("sales", [part])
    assert texts(gone.logs("load", store=store)) == ["part 7", "part 8"]
    assert texts(gone.logs("load[1]", store=store)) == ["part 8"]
    assert texts(gone.logs("load[2]", store=store)) == []
    assert told(UnknownTask, lambda: gone.logs("laod[1]", store=store)).startswith(
        'no task is called "laod".'
    )


def test_json_lines_say_whose_each_line_is(dag: Dag) -> None:
    logs = dag.logs("revenue", json=True, n=2)
    assert repr(logs) == logs.to_json() == dag.logs("revenue", n=2).to_json()
    first, second = map(json.loads, repr(logs).splitlines())
    assert first == {
        "dag": "sales",
        "run_id": "manual__2000-01-01T00:00:00+00:00",
        "task": "revenue",
        "map_index": -1,
        "attempt": 2,
        "at": "2000-01-01T00:00:00+00:00",
        "level": "stdout",
        "text": "attempt 2",
    }
    assert (second["level"], second["text"]) == ("WARNING", "rows are late")
    assert set(first) == {"dag", *dag.last.logs.columns}
    assert repr(dag.logs(json=True, grep="nothing")) == ""


def test_json_is_one_line_whatever_was_printed() -> None:
    def body() -> None:
        print('"quotes" \u2028 caf\u00e9 \x1b[31m \udc80 \0 {}')

    dag = Dag("sales", [body])
    dag.run(store=None)
    (line,) = dag.logs(json=True).to_json().split("\n")
    assert json.loads(line)["text"] == '"quotes" \u2028 caf\u00e9 \x1b[31m \\udc80 \\0 {}'


def test_json_is_harmless_to_a_terminal() -> None:
    def body() -> None:
        print("caf\u00e9 \x9b31m \u202e \x7f \U000e0001 end")

    dag = Dag("sales", [body])
    dag.run(store=None)
    (line,) = dag.logs(json=True).to_json().split("\n")
    assert line.isprintable()
    assert "caf\u00e9" in line
    assert json.loads(line)["text"] == "caf\u00e9 \x9b31m \u202e \x7f \U000e0001 end"


FILE = """
import logging
from wfkit import Dag

def orders():
    print("reading")
    logging.getLogger("shop").warning("slow")

dag = Dag("sales", [orders])
"""


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["thread", pytest.param("process", marks=pytest.mark.long)])
def test_logs_answer_after_a_restart(tmp_path: Path, executor: str) -> None:
    (tmp_path / "shop.py").write_text(FILE)

    def wfkit(*words: str) -> subprocess.CompletedProcess[str]:
        verb, *rest = words
        command = [sys.executable, "-m", "wfkit", verb, "shop.py", *rest, "--store", "its.sqlite"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert wfkit("run", "--executor", executor).returncode == 0
    assert wfkit("logs").stdout == "orders | reading\norders | WARNING: slow\n"
    assert wfkit("logs", "orders", "--level", "WARNING").stdout == "orders | WARNING: slow\n"
    (line,) = wfkit("logs", "--grep", "^r", "--json").stdout.splitlines()
    assert json.loads(line)["text"] == "reading"
    assert wfkit("logs", "--grep", "x", "--json").stdout == ""
    refused = wfkit("logs", "--grep", "[")
    assert refused.returncode == 2
    assert "is no regular expression" in refused.stderr
