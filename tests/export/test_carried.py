"""Which code goes along with a task, and what cannot."""

from __future__ import annotations

import ast
import sys
from functools import partial

import pytest

from tests.export.written import dag_of, function_in, module, source_of
from wfkit import Dag, Secret
from wfkit.core.task import Task
from wfkit.export.carried import CannotExport


def _one(x: int = 1) -> int:
    return x


HELPED = '''
import math
import os.path
import xml.etree.ElementTree
from collections import Counter as Tally
from math import pi

RATE = 0.2  # of everything
TABLE = {
    "a": RATE,  # as it was
}
UNUSED = 1


class Basket:
    limit = 3

    def rest(self):
        return self.limit * TABLE["a"]


# Taxes first.
def _net(x):
    return _rounded(x * RATE)


def _rounded(x):
    return math.floor(x * pi)


def orders():
    """One day.

    More of it.
    """
    # read it
    found = Tally("abca")

    return [_net(len(found)), Basket().rest(), os.path.sep]


def parsed(orders):
    return xml.etree.ElementTree.fromstring("<a/>").tag
'''


@pytest.mark.parametrize("engine", ["airflow", "prefect", "dagster"])
def test_helpers_constants_and_imports_go_along_and_nothing_else(engine: str) -> None:
    text = source_of(dag_of(HELPED), engine)
    assert "RATE = 0.2  # of everything\n" in text
    assert 'TABLE = {\n    "a": RATE,  # as it was\n}\n' in text
    assert "# Taxes first.\ndef _net(x):\n    return _rounded(x * RATE)\n" in text
    assert "    # read it\n    found = Tally(" in text
    for line in (
        "import math\n",
        "import os.path\n",
        "import xml.etree.ElementTree\n",
        "from collections import Counter as Tally\n",
        "from math import pi\n",
    ):
        assert line in text
    assert "UNUSED" not in text
    assert text.index("RATE = 0.2") < text.index("TABLE =") < text.index("class Basket")


def test_a_task_that_calls_itself_goes_along_as_a_helper_too() -> None:
    dag = dag_of("def fact(n=4):\n    return 1 if n < 2 else n * fact(n - 1)\n")
    text = source_of(dag, "prefect")
    assert "def _fact(n=4):\n    return 1 if n < 2 else n * _fact(n - 1)" in text
    assert function_in(text, "fact").endswith("return 1 if n < 2 else n * _fact(n - 1)")


def test_helpers_of_two_modules_with_one_name_are_told_apart() -> None:
    first = module("def _clean(x):\n    return x + 1\ndef one():\n    return _clean(1)\n")
    second = module("def _clean(x):\n    return x + 2\ndef two():\n    return _clean(1)\n")
    text = source_of(Dag("sales", [first["one"], second["two"]]), "airflow")
    assert "def _clean(x):\n    return x + 1" in text
    names = {it.name for it in ast.walk(ast.parse(text)) if isinstance(it, ast.FunctionDef)}
    assert names == {"_clean", "_clean_", "one", "two", "sales"}
    assert function_in(text, "two").endswith("return _clean_(1)")


def test_a_name_of_the_engine_gives_way_to_the_learners() -> None:
    source = (
        "def task():\n    return 1\ndef flow(task):\n    return timedelta + task\ntimedelta = 3\n"
    )
    text = source_of(dag_of(source), "prefect")
    assert "from prefect import flow as flow_\nfrom prefect import task as task_" in text or (
        "from prefect import flow as flow_, task as task_" in text
    )
    assert "@task_\ndef task():" in text
    assert "timedelta = 3" in text


def test_tools_of_wfkit_become_those_of_the_engine() -> None:
    source = (
        "from wfkit import Fail, Skip, sleep\n"
        "def orders():\n    sleep(1)\n    raise Skip('x')\n"
        "def other():\n    raise Fail('y')\n"
    )
    airflow = source_of(dag_of(source), "airflow")
    assert "raise AirflowSkipException('x')" in airflow
    assert "raise AirflowFailException('y')" in airflow
    assert "from time import sleep\n" in airflow
    for engine in ("prefect", "dagster"):
        assert "class Skip(Exception):" in source_of(dag_of(source), engine)


def test_what_belongs_to_a_function_around_a_task_is_refused() -> None:
    made = module("def make(rate):\n    def net(x=1):\n        return x * rate\n    return net\n")
    with pytest.raises(CannotExport, match=r"net reads rate \(line 2\), which belongs to the fun"):
        Dag("sales", [made["make"](2)]).export("airflow")


def test_everything_that_cannot_go_is_listed_in_three_lines() -> None:
    names = module(
        "def a():\n    return x\ndef b():\n    return y\ndef c():\n    global z\n    z = 1\n"
    )
    names |= {"x": 1, "y": object()}
    sys.modules[names["__name__"]].__dict__.update(x=1, y=object())
    with pytest.raises(CannotExport) as refused:
        Dag("sales", [names["a"], names["b"], names["c"]]).export("dagster")
    text = str(refused.value)
    assert "a reads x (line 2), whose source is not known" in text
    assert "b reads y (line 4)" in text
    assert "c reads z (line 7), and changes it for others" in text
    assert len(text.splitlines()) <= 3


@pytest.mark.parametrize(
    ("task", "why"),
    [
        (Task(lambda: 1, name="orders"), "its source code cannot be found"),
        (Task(partial(_one, 1), name="orders"), "it is no plain function"),
        (Task(eval("lambda x=1: x"), name="orders"), "its source code cannot be found"),
    ],
)
def test_what_has_no_def_is_refused(task: Task, why: str) -> None:
    with pytest.raises(CannotExport, match=why) as refused:
        Dag("sales", [task]).export("airflow")
    assert "Define it with def" in str(refused.value)


def test_a_secret_is_never_written_into_a_file() -> None:
    token = Secret("s3cr3t-t0ken-of-the-shop")
    source = (
        "def orders(token):\n"
        "    key = 's3cr3t-t0ken-of-the-shop'\n"
        "    return token.get_secret_value()[:1] + key[:1]\n"
    )
    for engine in ("airflow", "prefect", "dagster"):
        exported = dag_of(source, params={"token": token}).export(engine)
        assert "s3cr3t-t0ken" not in exported.source
        assert 'SecretStr(environ["SALES_TOKEN"])' in exported.source
        assert any("environment variable SALES_TOKEN" in note for note in exported.notes)
        assert any("looks like a secret" in note for note in exported.notes)


@pytest.mark.parametrize("engine", ["airflow", "prefect", "dagster"])
def test_a_param_that_looks_like_a_secret_is_masked_and_told(engine: str) -> None:
    params = {"password": "hunter2", "url": "postgres://shop:hunter2@db/sales"}
    dag = dag_of("def orders(password, url):\n    return 1\n", params=params)
    exported = dag.export(engine)
    assert "hunter2" not in exported.source
    assert "postgres://shop:***@db/sales" in exported.source
    assert any("looks like a secret" in note for note in exported.notes)
    ast.parse(exported.source)


def test_a_param_without_a_form_as_code_is_refused_by_name() -> None:
    dag = dag_of("def orders(place):\n    return place\n", params={"place": object()})
    for engine in ("airflow", "prefect", "dagster"):
        with pytest.raises(CannotExport, match='the param "place" cannot be exported'):
            dag.export(engine)


def test_code_in_one_line_or_in_a_function_is_laid_out_anew() -> None:
    text = source_of(dag_of("def orders(): x = 1; return x\n"), "airflow")
    assert function_in(text, "orders") == "@task\ndef orders():\n    x = 1\n    return x"
