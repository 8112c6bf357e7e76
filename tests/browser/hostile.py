"""What if every text that somebody may choose is hostile? A Dag and its run, made of such texts."""

from __future__ import annotations

import linecache
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

from tests.browser.payloads import PAYLOADS, Payload
from wfkit import Dag, Skip
from wfkit.core.schedules import OnFile
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions
from wfkit.engine import capture

ODD_NAMES = ("constructor", "toString", "valueOf", "hasOwnProperty", "then", "alert")
"""Names that a task may have, and that mean something in the language of pages."""
LOADING = """\
def load_{n}(param_{n}, fallback=default):
    let_out()
    return result
"""
FAILING = """\
def fail_{n}(load_{n}):
    raise error  # {line}
"""


def hostile_dag(name: str = "sales", **options: Any) -> Dag:
    """Return a Dag with a few tasks for each payload; its runs fail, with retries."""
    tasks = [it for n, payload in enumerate(PAYLOADS) for it in _tasks(n, payload)]
    tasks += [Task(_odd, TaskOptions(), it) for it in ODD_NAMES]
    params = {f"param_{n}": it.at(f"param{n}") for n, it in enumerate(PAYLOADS)}
    tags = [it.at(f"tag{n}") for n, it in enumerate(PAYLOADS)]
    pools = {it.at(f"pool{n}"): 2 for n, it in enumerate(PAYLOADS)}
    given: dict[str, Any] = {"params": params, "tags": tags, "pools": pools, "clock": "virtual"}
    return Dag(name, tasks, **{**given, **options})


def waiting_dag(number: int) -> Dag:
    """Return a Dag that waits for a file whose name is a payload."""
    pattern = PAYLOADS[number].at(f"schedule{number}")
    return Dag(
        "files",
        [Task(_odd, TaskOptions(), "read")],
        schedule=OnFile(pattern),
        start_date="1997-01-01",
    )


def printable() -> Iterator[tuple[int, Payload]]:
    """Yield the payloads that may stand where only printable text is taken, with their numbers."""
    return ((n, it) for n, it in enumerate(PAYLOADS) if it.text.isprintable())


def _odd() -> int:
    return 1


def _tasks(n: int, it: Payload) -> Iterator[Task]:
    yield _load(n, it)
    yield _fail(n, it)
    yield Task(_skipping(it.at(f"skip{n}")), TaskOptions(group=it.at(f"group{n}")), f"skip_{n}")


def _load(n: int, it: Payload) -> Task:
    scope = {
        "default": it.at(f"default{n}"),
        "result": {it.at(f"result{n}"): 1},
        "let_out": lambda: _let_out(n, it),
    }
    body = _compiled(LOADING.format(n=n), f"<load {n}>", scope, f"load_{n}")
    body.__doc__ = it.at(f"doc{n}")
    return Task(body, TaskOptions(group=it.at(f"group{n}"), takes=10, pool=it.at(f"pool{n}")))


def _fail(n: int, it: Payload) -> Task:
    is_plain = it.text.isprintable()
    kind = type(it.at(f"error{n}") if is_plain else "Error", (Exception,), {})
    source = FAILING.format(n=n, line=it.at(f"line{n}") if is_plain else "")
    file = it.at(f"file{n}") if is_plain else f"<fail {n}>"
    body = _compiled(source, file, {"error": kind(it.at(f"message{n}"))}, f"fail_{n}")
    return Task(body, TaskOptions(retries=1, retry_delay=600, takes=2))


def _compiled(source: str, file: str, scope: dict[str, Any], name: str) -> Callable[..., Any]:
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), scope)  # a learner's cell is compiled in this way too
    function: Callable[..., Any] = scope[name]
    return function


def _let_out(n: int, it: Payload) -> None:
    print(it.at(f"print{n}"))  # noqa: T201 - prints are what is looked at
    sys.stderr.write(it.at(f"stderr{n}") + "\n")
    logging.getLogger("shop").warning("%s", it.at(f"log{n}"))
    here = capture.current()
    assert here is not None
    text = it.at(f"display{n}")
    here.display({"text/plain": text, "text/html": text, "text/markdown": text}, {})


def _skipping(why: str) -> Callable[[], None]:
    def body() -> None:
        raise Skip(why)

    return body
