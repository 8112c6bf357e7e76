"""What a `%%task` cell does: each sentence of the contract, and each way to get it wrong."""

from __future__ import annotations

import inspect
import threading
from typing import Any

import pytest

from tests.notebook.conftest import ORDERS, REPORT, REVENUE, Lab
from wfkit.core.task import Task
from wfkit.notebook.state import NOT_STARTED


def test_wiring_is_shown_after_the_cell(sales: Lab) -> None:
    assert sales.ok(REVENUE, "r") == "revenue ← orders · → report · vat = 0.2 (default)"
    assert sales.ok(ORDERS, "o") == "orders → revenue · logical_date (context)"


def test_task_is_bound_and_callable(sales: Lab) -> None:
    assert isinstance(sales.ns["revenue"], Task)
    assert sales.ns["revenue"]([1, 2]) == 3
    assert sales.ns["dag"] is sales.dag
    assert list(sales.dag.tasks) == ["orders", "revenue", "report"]


def test_traceback_of_a_plain_call_shows_the_learners_lines_only(lab: Lab) -> None:
    lab.ok("%%task\ndef orders(n=1):\n    return [3][n]")
    text = lab.run("orders()").traceback
    assert "----> 3     return [3][n]" in text
    assert "self.function" not in text


def test_options_reach_the_task(lab: Lab) -> None:
    lab.ok("%%task --retries 3 --retry-delay 30s\n--backoff 2  # doubles\n\n" + ORDERS[7:])
    assert repr(lab.ns["orders"]) == (
        "Task orders(logical_date), retries=3, retry_delay=30, backoff=2"
    )


@pytest.mark.parametrize("cell", ["%%task --help", "%%task --help\n", "%%task --help\nx"])
def test_help_lists_the_flags(lab: Lab, cell: str) -> None:
    assert "--retries N" in lab.ok(cell)


# The order of cells.


def test_downstream_first_waits_and_is_wired_later(lab: Lab) -> None:
    assert lab.ok(REPORT, "p") == "report\nwaits for `revenue`: no such task yet"
    assert lab.ok(REVENUE, "r").startswith("revenue → report · vat = 0.2 (default)\nwaits for")
    assert lab.ok(ORDERS, "o") == "orders → revenue · logical_date (context)"
    assert lab.dag.graph.order == ("orders", "revenue", "report")


def test_misspelt_upstream_is_a_note(sales: Lab) -> None:
    text = sales.ok("%%task\ndef tax(ordrs):\n    return 1", "t")
    assert text == "tax\nwaits for `ordrs`: no such task yet; did you mean `orders`?"


@pytest.mark.parametrize("name", ["date", "day"])
def test_date_gets_the_right_name(lab: Lab, name: str) -> None:
    text = lab.ok(f"%%task\ndef orders({name}):\n    return 1")
    assert text == (
        f"orders\nwaits for `{name}`: no such task yet; "
        "for the day this run stands for, write logical_date"
    )
    assert "write logical_date." in lab.fails("%dag run")


# What is wrong with a cell.


def test_cycle_is_refused(sales: Lab) -> None:
    message = sales.fails("%%task\ndef orders(report):\n    return 1", "o")
    assert message == (
        "CyclicDag: these tasks wait for each other, so none can start: "
        "orders → revenue → report → orders.\nRemove one of these dependencies."
    )


def test_task_that_reads_itself_is_refused(lab: Lab) -> None:
    message = lab.fails("%%task\ndef orders(orders):\n    return 1")
    assert "orders waits for its own result: orders → orders." in message


def test_no_function_shows_how_the_lines_should_be(sales: Lab) -> None:
    message = sales.fails("%%task\nimport math\n\ntotal = sum(orders)\nmath.sqrt(total)  # root")
    assert message == (
        "InvalidTask: a %%task cell holds one function, this one has none. Write:\n"
        "import math\n\n"
        "def my_task(orders):\n"
        "    total = sum(orders)\n"
        "    return math.sqrt(total)  # root"
    )


def test_two_functions_are_refused_by_name(lab: Lab) -> None:
    message = lab.fails("%%task\ndef clean():\n    pass\n\ndef revenue():\n    pass")
    assert message == (
        "InvalidTask: a %%task cell holds one task, this one has 2 functions: "
        "clean (line 2), revenue (line 5).\n"
        "Give each its own cell, or mark helpers by a leading underscore: def _clean(...):"
    )


def test_only_helpers_are_refused(lab: Lab) -> None:
    assert "Name the task without it: def clean(...):" in lab.fails("%%task\ndef _clean(): pass")


@pytest.mark.parametrize("body", ["", "\n", "   \n\n", "# later", "--retries 3\n"])
def test_empty_cell_is_refused(lab: Lab, body: str) -> None:
    assert lab.fails(f"%%task\n{body}").startswith("InvalidTask: this %%task cell is empty.")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "%%task --retries 3\n\ndef f(x):\n    return x[0\n",
            "BrokenCell: line 4 is not Python: '[' was never closed\n    return x[0\n            ^",
        ),
        (
            "%%task\n--retries 3\ndef f(x)\n    return x",
            "BrokenCell: line 3 is not Python: expected",
        ),
        ("%%task\ndef f():\nreturn 1", "BrokenCell: line 3 is not Python: expected an indented"),
        ("%%task\ndef f():\n    x = 1\n  y = 2", "BrokenCell: line 4 is not Python: unindent"),
        ("%%task\ndef f():\n    break", "BrokenCell: line 3 is not Python: 'break' outside loop"),
        ("%%task\nreturn 1\ndef f(): pass", "BrokenCell: line 2 is not Python: 'return' outside"),
        ("%%task\ndef f(): return '\0'", r"BrokenCell: line 2 holds \x00, which cannot stand"),
        ("%%task\ndef f(): return '\ud800'", r"BrokenCell: line 2 holds \ud800, which cannot"),
        ("%%task\ndef f\u202e(): pass", "BrokenCell: line 2 is not Python: invalid non-printable"),
        ("%%task\ndef f\u200b(): pass", "BrokenCell: line 2 is not Python: invalid non-printable"),
        ("%%task\ndef 😀(): pass", "BrokenCell: line 2 is not Python: invalid character"),
        ("%%task\ndef f(): return " + "(" * 500, "BrokenCell: line 2 is not Python: too many"),
        ("%%task\ndef class(): pass", "BrokenCell: line 2 is not Python: invalid syntax"),
    ],
)
def test_syntax_errors_have_the_learners_line(lab: Lab, source: str, message: str) -> None:
    found = lab.fails(source)
    assert found.startswith(message)
    assert len(found.splitlines()) <= 3
    assert found.isprintable() or found.replace("\n", "").isprintable()


def test_syntax_error_keeps_the_old_version(sales: Lab) -> None:
    before = sales.dag.tasks["revenue"]
    sales.fails("%%task\ndef revenue(orders:\n    return 1", "r")
    assert sales.dag.tasks["revenue"] is before


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def sum(x): pass", '"sum" cannot be a task\'s name: it is a Python builtin.'),
        ("def dag(x): pass", '"dag" cannot be a task\'s name: it is the current Dag'),
        (f"def {'a' * 5_000}(x): pass", "it has 5,000 characters, at most 100 are possible."),
        ("def f():\n    yield 1", "f is a generator (it has a yield)"),
        ("async def f():\n    yield 1", "f is a generator (it has a yield)"),
        ("def __call__(): pass", "Name the task without it: def call(...):"),
        ("def f(): pass\ndel f", "None is not a function"),
        ("def f(*orders): pass", "f takes *orders, so nothing says where its values come from."),
        ("def f(**orders): pass", "f takes **orders"),
        ("def f(orders, /): pass", "f takes orders"),
        ("from wfkit import task\n@task\ndef f(): pass", "f has both @task and %%task."),
    ],
)
def test_functions_that_cannot_be_tasks(lab: Lab, source: str, message: str) -> None:
    found = lab.fails(f"%%task\n{source}")
    assert found.startswith("InvalidTask: ")
    assert message in found


def test_name_is_normalised(lab: Lab) -> None:
    lab.ok("%%task\ndef ﬁle(): return 1", "one")
    assert list(lab.dag.tasks) == ["file"]
    assert 'two cells declare "file"' in lab.fails("%%task\ndef file(): return 2", "two")


def test_async_function_is_a_task(lab: Lab) -> None:
    lab.ok("%%task\nasync def orders():\n    return 5")
    lab.ok("run = dag.run(store=None)")
    assert lab.ns["run"]["orders"] == 5


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--retires 3", 'UnknownFlag: %%task has no flag --retires. Did you mean "--retries"?'),
        ("--retries", "MissingValue: --retries stands without its value."),
        ("--retries three", 'WrongValue: --retries takes a whole number, not "three".'),
        ("--retries -1", "InvalidOption: retries=-1 is not possible"),
        (
            "--retry-delay 5",
            'InvalidOption: retry_delay="5" is not a duration: the unit is missing.',
        ),
        ("--trigger-rule all-don", 'is unknown. Did you mean "all_done"?'),
        ("--retry-on ConectionError", 'Did you mean "ConnectionError"?'),
        ("--dag other", 'InvalidOption: this notebook has no Dag "other".'),
        ("--expect NoteBookLeak", 'Did you mean "NotebookLeak"?'),
        ("--ensure _okay", "--ensure _okay: no function is called that."),
        ("--ensure WIDTH", "--ensure WIDTH: that is no function."),
        ("retries=3", "Write --retries 3"),
    ],
)
def test_wrong_flags_change_nothing(sales: Lab, line: str, message: str) -> None:
    source = f"%%task {line}\nprint(1 / 0 if 'ensure' not in {line!r} else 1)\n"
    source += "WIDTH = 3\ndef _ok(x): return True\ndef tax(revenue):\n    return 1"
    assert message in sales.fails(source, "t")


def test_ensure_names_a_function_of_the_cell_or_the_notebook(lab: Lab) -> None:
    lab.ok("def _positive(x): return x > 0")
    lab.ok("%%task --ensure _positive\ndef a(): return 1", "a")
    lab.ok("%%task --ensure _ok\ndef _ok(x): return True\ndef b(): return 1", "b")
    assert lab.dag.tasks["a"].options.ensure is lab.ns["_positive"]
    assert lab.dag.tasks["b"].options.ensure is lab.ns["_ok"]


SCHEMAS = """import pandas as pd, pandera.pandas as pa
paid = pa.DataFrameSchema({"amount": pa.Column(float, pa.Check.ge(0))})
class Orders(pa.DataFrameModel):
    amount: float = pa.Field(ge=0)"""
WHY = 'column "amount" fails greater_than_or_equal_to(0): -1.0 in row 0'
BAD = "%%task --ensure {ensure}\ndef {name}(): return pd.DataFrame({{'amount': [-1.0]}})"


@pytest.mark.slow
def test_ensure_names_a_schema_of_the_cell_or_the_notebook(lab: Lab) -> None:
    lab.ok(SCHEMAS)
    for name, ensure in (("a", "paid"), ("b", "Orders")):
        lab.ok(BAD.format(name=name, ensure=ensure), name)
    own = 'mine = pa.DataFrameSchema({"amount": pa.Column(float, pa.Check.ge(0))})'
    lab.ok(f"{BAD.format(name='c', ensure='mine')}\n{own}", "c")
    lab.ok("%dag run --expect failed --store none")
    assert lab.dag.last is not None
    found = lab.dag.last.snapshot.instances
    assert {it.task: it.error["message"] for it in found.values() if it.error} == {
        name: f"{name} breaks its contract: {said} says {why}"
        for name, said, why in (
            ("a", "its schema", WHY),
            ("b", "Orders", WHY),
            ("c", "its schema", WHY),
        )
    }


def test_error_while_the_cell_runs_undoes_it_and_shows_only_the_cell(sales: Lab) -> None:
    sales.ok("x = 1")
    before = sales.state()
    output = sales.run("%%task\nx = 2\nnew = 3\nimport nonexistent\ndef tax(): pass", "t")
    assert isinstance(output.error, ModuleNotFoundError)
    assert sales.state() == before
    assert "line 4" in output.traceback
    assert "import nonexistent" in output.traceback
    assert "wfkit" not in output.traceback


def test_cell_code_runs_once(lab: Lab) -> None:
    lab.ok("from collections import Counter\nclass Calls:\n    found = Counter()")
    lab.ok("%%task\nCalls.found['top'] += 1\ndef orders(): return 1")
    assert lab.ns["Calls"].found["top"] == 1


def test_await_may_stand_at_the_top(lab: Lab) -> None:
    lab.ok("%%task\nimport asyncio\nwidth = await asyncio.sleep(0, 7)\ndef f(): return width")
    assert lab.ns["f"]() == 7


def test_magics_may_stand_in_the_body(lab: Lab) -> None:
    lab.ok("%%task\n%pwd\ndef f():\n    here = %pwd\n    return here")
    assert lab.ns["f"]()


# Blanks.


@pytest.mark.parametrize(
    "source",
    [
        "%%task --retries ____\ndef orders(): return 1",
        "%%task\n--retries ____\ndef orders(): return 1",
        "%%task\ndef ____(): return 1",
        "%%task\ndef orders(____): return 1",
        "%%task\ndef orders():\n    return ____",
        "%%task\ndef orders():\n    return open('____')",
        "%%task\ndef orders(x:\n    ____\n",
    ],
)
def test_blank_is_not_started(lab: Lab, source: str) -> None:
    before = lab.state()
    assert lab.ok(source) == NOT_STARTED
    assert lab.state() == before


def test_blank_in_a_comment_is_none(lab: Lab) -> None:
    lab.ok("%%task\n# put a number in place of ____\ndef orders(): return 1")
    assert "orders" in lab.dag.tasks


# Cells that fail on purpose.


def test_expected_failure_is_ordinary_output(lab: Lab) -> None:
    lab.ok("rate = 3")
    before = lab.state()
    text = lab.ok("%%task --expect NotebookLeak\ndef tax():\n    return rate")
    assert text.startswith('NotebookLeak: task "tax" reads "rate"')
    assert lab.state() == before


def test_expected_failure_that_does_not_come_fails_and_declares_nothing(lab: Lab) -> None:
    message = lab.fails("%%task --expect NotebookLeak\nx = 1\ndef tax():\n    return x")
    assert message == (
        "Unexpected: this cell was to fail with NotebookLeak, but nothing is wrong with it.\n"
        "Remove --expect NotebookLeak."
    )


def test_another_failure_than_expected_is_raised(lab: Lab) -> None:
    assert lab.fails("%%task --expect NotebookLeak\ndef a(): pass\ndef b(): pass").startswith(
        "InvalidTask"
    )


# Tasks and their results.


def test_task_asked_for_what_a_table_has(sales: Lab) -> None:
    message = sales.fails("orders.head()")
    assert message == (
        'NotAResult: orders is a task, not its result. Its last result: dag.last["orders"]'
    )


def test_task_without_return_says_so(lab: Lab) -> None:
    lab.ok("%%task\ndef report(orders): return orders", "p")
    text = lab.ok("%%task\ndef orders():\n    x = [3, 4]", "o")
    assert text == "orders → report\nreturns nothing; did you forget `return`?"
    text = lab.ok("%%task\ndef orders():\n    def inner(): return 1\n    return", "o")
    assert "returns nothing" in text


def test_task_that_reads_a_task_without_return_says_so(lab: Lab) -> None:
    lab.ok("%%task\ndef orders():\n    x = [3, 4]", "o")
    assert lab.ok("%%task\ndef report(orders): return orders", "p") == (
        "report ← orders\n`orders` returns nothing; did you forget `return` in its cell?"
    )
    assert lab.ok("%%task --after orders\ndef mail(): return 1", "m") == "mail · after orders"
    lab.ok("%%task\ndef orders():\n    return [3, 4]", "o")
    assert lab.ok("%%task\ndef report(orders): return orders", "p") == "report ← orders"


def test_returning_nothing_is_fine_where_only_the_order_counts(lab: Lab) -> None:
    lab.ok("%%task --after load\ndef report(): return 1", "r")
    assert lab.ok("%%task\ndef load(): print(1)", "l") == "load → report"


def test_task_without_return_that_nothing_reads_is_fine(lab: Lab) -> None:
    assert lab.ok("%%task\ndef orders():\n    x = [3, 4]") == "orders"


# Source code.


def test_source_and_line_numbers_are_the_learners(lab: Lab) -> None:
    lab.ok(
        "%%task --retries 0\n--backoff 1\n\n\n# hello\ndef orders():\n    x = 1\n    return x / 0"
    )
    function = lab.ns["orders"].function
    assert inspect.getsource(function) == "def orders():\n    x = 1\n    return x / 0\n"
    assert function.__code__.co_firstlineno == 6
    assert function.__code__.co_filename.startswith("<ipython-input-")


def test_lines_are_right_in_worker_threads_too(lab: Lab) -> None:
    lab.ok("%%task\n\ndef orders():\n    x = 1\n    return x / 0")
    seen: list[Any] = []

    def work() -> None:
        try:
            lab.ns["orders"]()
        except ZeroDivisionError as error:
            seen.append(
                lab.shell.InteractiveTB.structured_traceback(
                    type(error), error, error.__traceback__
                )
            )

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    text = "\n".join(seen[0])
    assert "Cell In[2], line 5, in orders" in text
    assert "----> 5     return x / 0" in text


# Several Dags.


def test_before_the_first_new_tasks_wait_in_an_unnamed_dag(lab: Lab) -> None:
    lab.ok(ORDERS, "o")
    assert lab.dag.name == "notebook"
    text = lab.ok("%dag new nightly_sales")
    assert text == "Dag nightly_sales: orders\ntakes over the tasks from above"
    lab.ok("%%task --retries 1\ndef orders(): return 1", "o")
    assert lab.dag.tasks["orders"].options.retries == 1
    assert list(lab.notebook.dags) == ["nightly_sales"]


def test_a_cell_stays_with_the_dag_it_was_first_run_for(sales: Lab) -> None:
    sales.ok("%dag new other")
    text = sales.ok(ORDERS, "o")
    assert text == "orders → revenue · logical_date (context) · in Dag nightly_sales"
    assert sales.dag.name == "other"
    assert not sales.dag.tasks


def test_dag_flag_moves_a_cell(sales: Lab) -> None:
    sales.ok("%dag new other")
    sales.ok(ORDERS.replace("%%task", "%%task --dag other"), "o")
    assert list(sales.dag.tasks) == ["orders"]
    assert list(sales.notebook.dags["nightly_sales"].tasks) == ["revenue", "report"]


def test_the_same_name_may_be_in_two_dags(sales: Lab) -> None:
    sales.ok("%dag new other")
    sales.ok("%%task\ndef orders(): return 1", "o2")
    assert [it.name for it in sales.dag.tasks.values()] == ["orders"]
    assert sales.ns["orders"] is sales.dag.tasks["orders"]
