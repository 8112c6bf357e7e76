"""What an attempt changes in its process is gone before the next one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wfkit import Dag, task
from wfkit.api.dag_run import DagRun


def change_folder() -> None:
    os.chdir("/")


def change_environment() -> None:
    os.environ["WFKIT_LEAK"] = "1"
    del os.environ["PATH"]


def change_zone() -> None:
    import time

    os.environ["TZ"] = "Pacific/Apia"
    time.tzset()


def change_path() -> None:
    sys.path.insert(0, "/leak")


def change_arguments() -> None:
    sys.argv = ["leak"]


def change_locale() -> None:
    import locale

    locale.setlocale(locale.LC_ALL, "C.UTF-8")


def change_streams() -> None:
    import io

    sys.stdout = sys.stderr = io.StringIO()


def change_logging() -> None:
    import logging

    logging.basicConfig(level=logging.DEBUG, force=True)
    logging.getLogger("leak").setLevel(logging.DEBUG)
    logging.disable(logging.CRITICAL)


def change_warnings() -> None:
    import warnings

    warnings.simplefilter("ignore")


def change_signals() -> None:
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0.05)


def change_umask() -> None:
    os.umask(0)


def change_recursion() -> None:
    sys.setrecursionlimit(5_000)


def change_decimals() -> None:
    import decimal

    decimal.getcontext().prec = 3


CHANGES: dict[str, tuple[Callable[[], None], str]] = {
    "folder": (change_folder, "the working directory"),
    "environment": (change_environment, "environment variables"),
    "zone": (change_zone, "environment variables"),
    "path": (change_path, "sys.path"),
    "arguments": (change_arguments, "sys.argv"),
    "locale": (change_locale, "the locale"),
    "streams": (change_streams, "sys.stdout"),
    "logging": (change_logging, "logging"),
    "warnings": (change_warnings, ""),
    "signals": (change_signals, "signal handlers, an alarm"),
    "umask": (change_umask, "the umask"),
    "recursion": (change_recursion, ""),
    "decimals": (change_decimals, ""),
}


def state() -> dict[str, Any]:
    """Everything that should be the same in each attempt of one process."""
    import decimal
    import locale
    import logging
    import signal
    import time
    import warnings

    root = logging.getLogger()
    mask = os.umask(0)
    os.umask(mask)
    return {
        "pid": os.getpid(),
        "folder": str(Path.cwd()),
        "environment": dict(os.environ),
        "zone": time.tzname,
        "path": list(sys.path),
        "arguments": list(sys.argv),
        "locale": locale.setlocale(locale.LC_ALL),
        "streams": [type(sys.stdout).__name__, type(sys.stderr).__name__],
        "logging": [root.level, len(root.handlers), root.manager.disable],
        "leak": logging.getLogger("leak").getEffectiveLevel(),
        "filters": [it[0] for it in warnings.filters],
        "signals": [str(signal.getsignal(n)).partition(" at ")[0] for n in (14, 15)],
        "alarm": signal.getitimer(signal.ITIMER_REAL)[0],
        "umask": mask,
        "recursion": sys.getrecursionlimit(),
        "decimals": decimal.getcontext().prec,
    }


@pytest.mark.parametrize("what", CHANGES)
def test_nothing_leaks_into_the_next_attempt(what: str) -> None:
    change, told = CHANGES[what]

    def before() -> Any:
        return state()

    def changes(before: Any) -> None:
        change()

    def after(changes: None) -> Any:
        return state()

    run = Dag("sales", [before, changes, after]).run(executor="process", store=None)
    assert run["before"] == run["after"]
    notes = [it.text for it in run.lines if it.level == "note"]
    assert notes == ([f"put back after this attempt: {told}"] if told else [])


def test_nothing_leaks_into_a_retry_after_a_failure() -> None:
    @task(retries=1)
    def orders(attempt: int) -> str:
        here = str(Path.cwd())
        os.chdir("/usr")
        if attempt == 1:
            raise ValueError
        return here

    run = Dag("sales", [orders]).run(executor="process", store=None)
    assert run["orders"] == str(Path.cwd())


def test_globals_of_a_notebook_do_not_leak() -> None:
    names: dict[str, Any] = {"__name__": "__main__", "seen": []}
    exec("def orders(it):\n    seen.append(it)\n    return len(seen)\n", names)

    def it() -> list[int]:
        return [1, 2, 3]

    dag = Dag("sales", [it, task(expand="it")(names["orders"])])
    run = dag.run(executor="process", store=None)
    assert [run["orders", n] for n in range(3)] == [1, 1, 1]


def test_chance_goes_its_own_way_in_each_attempt() -> None:
    def it() -> list[int]:
        return [1, 2, 3, 4]

    @task(expand="it")
    def drawn(it: int) -> float:
        import random

        found = random.random()
        random.seed(it // 99)
        return found

    run: DagRun = Dag("sales", [it, drawn], max_active_tasks=1).run(executor="process", store=None)
    assert len({run["drawn", n] for n in range(4)}) == 4


@pytest.mark.slow
def test_chance_of_numpy_and_figures_do_not_leak() -> None:
    def first() -> float:
        import numpy as np

        np.random.seed(1)
        return float(np.random.random())

    def second(first: float) -> float:
        import numpy as np

        return float(np.random.random())

    run = Dag("sales", [first, second]).run(executor="process", store=None)
    assert run["first"] == pytest.approx(0.417022004702574)
    assert run["second"] != pytest.approx(0.7203244934421581)
