"""Dags made from source text, and what their files say: read as syntax trees, or really run."""

from __future__ import annotations

import ast
import itertools
import linecache
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType
from typing import Any
from unittest.mock import patch

from tests.parity.dags import CASES
from wfkit.api.dag import Dag
from wfkit.api.exporting import Exported
from wfkit.core.task import Task

ENGINES = ("airflow", "prefect", "dagster")
Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_numbers = itertools.count(1)


def module(source: str, name: str = "") -> dict[str, Any]:
    """Run source text as a module of its own, and return its names."""
    number = next(_numbers)
    filename = f"<source {number}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    made = ModuleType(name or f"source_{number}")
    sys.modules[made.__name__] = made
    exec(compile(source, filename, "exec"), vars(made))
    return vars(made)


def dag_of(source: str, name: str = "sales", **options: Any) -> Dag:
    """Return a Dag of all tasks that source text defines, and of its public functions."""
    names = module(source)
    own = names["__name__"]
    tasks = [
        it
        for key, it in names.items()
        if isinstance(it, Task)
        or (
            (callable(it) and getattr(it, "__module__", "") == own and not key.startswith("_"))
            and not isinstance(it, type)
        )
    ]
    return Dag(name, tasks, **options)


@cache
def exports() -> Mapping[str, Exported]:
    """Return the files of all Dags that must go the same way everywhere, made once."""
    return {name: case.dag.export() for name, case in CASES.items()}


def source_of(dag: Dag, engine: str) -> str:
    """Return the file for an engine."""
    return dag.export(engine).source


def function_in(text: str, name: str) -> str:
    """Return the function or class of that name as the file has it, with its decorators."""
    for node in ast.parse(text).body:
        if isinstance(node, Defined) and node.name == name:
            first = min([node.lineno, *(it.lineno for it in node.decorator_list)])
            return "\n".join(text.split("\n")[first - 1 : node.end_lineno])
    raise AssertionError(f"no function {name} in:\n{text}")


class Anything:
    """Stands for whatever an engine has: can be called, asked and used as a decorator."""

    def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __rshift__(self, other: Any) -> Any:
        return self

    __rrshift__ = __add__ = __rshift__

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None: ...

    def __iter__(self) -> Iterator[Any]:
        return iter((self, self))


class _Engine(ModuleType):
    """A module of an engine that has every name."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything if name in _BASES else Anything()


_BASES = {"ConfigurableResource", "RetryPolicy", "PrefectFuture"}
_MODULES = (
    "airflow",
    "airflow.sdk",
    "airflow.sdk.exceptions",
    "dagster",
    "prefect",
    "prefect.cache_policies",
    "prefect.futures",
    "prefect.runtime",
    "prefect.schedules",
    "prefect.states",
    "prefect.task_runners",
    "pydantic",
)


def imported(text: str) -> Mapping[str, Any]:
    """Import a file where every engine is a stand-in; return its names."""
    made = ModuleType("exported")
    with patch.dict(sys.modules, {name: _Engine(name) for name in _MODULES}):
        exec(compile(text, "exported.py", "exec"), vars(made))
    return vars(made)
