"""Hard cases are tried wherever a body can run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wfkit import Dag
from wfkit.api.dag_run import DagRun
from wfkit.core.task import Task

WHERE: dict[str, dict[str, Any]] = {
    "serial": {"executor": "serial"},
    "thread": {"executor": "thread"},
    "virtual": {"clock": "virtual"},
    "process": {"executor": "process"},
}

everywhere = pytest.mark.parametrize("where", WHERE)
on_one_soon_on_all_later = pytest.mark.parametrize(
    "where", [it if it == "virtual" else pytest.param(it, marks=pytest.mark.long) for it in WHERE]
)
in_this_process = pytest.mark.parametrize("where", [it for it in WHERE if it != "process"])


def run_on(where: str, *tasks: Task | Callable[..., Any], **options: Any) -> DagRun:
    """Run tasks on one kind of executor; options are those of `Dag.run`."""
    return Dag("sales", tasks).run(**{"store": None, **WHERE[where], **options})


def error_on(where: str, body: Callable[..., Any], **options: Any) -> dict[str, Any]:
    """Return the error of a task that must fail; the kernel must live on, without a hang."""
    run = run_on(where, body, expect="failed", **options)
    assert not any(it.outcome == "returned" for it in run.snapshot.attempts.values())
    assert run_on(where, alive)["alive"] == "here"
    [instance] = run.snapshot.instances.values()
    assert instance.error is not None
    return dict(instance.error)


def alive() -> str:
    return "here"


def is_short(message: str) -> bool:
    """True for an error text as the house wants it: at most three lines, none of them endless."""
    lines = message.splitlines()
    return 1 <= len(lines) <= 3 and max(map(len, lines)) <= 400


def read_again(run: DagRun) -> DagRun:
    """The run as another process would read it."""
    return DagRun(run.dag_name, run.run_id, run.store, run.graph)
