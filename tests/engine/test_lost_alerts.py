"""An alert whose process ended will never be sent, and says so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from wfkit.core.alerts import Alert, AlertFact, deliveries, raised
from wfkit.engine import stores
from wfkit.engine.clock import SystemClock
from wfkit.engine.lost_alerts import LONGEST, this_process
from wfkit.engine.sqlite_store import SqliteStore

ENDED = ("failed", "its process ended")


def before(seconds: float) -> float:
    return SystemClock().now() - seconds


def dead() -> str:
    """What a process said of itself that is no more."""
    code = "from wfkit.engine.lost_alerts import this_process; print(this_process())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def other(number: int) -> str:
    return f"{number}@{this_process().partition('@')[2]}0"


def made(path: Path, process: str, time: float) -> None:
    alert = Alert("failure", "sales", "r1", None, -1, time, "it failed", "why", "failure:7")
    store = SqliteStore(path)
    with store.writing():
        store.add_run("sales", "r1", "", 0.0)
        store.write_alerts("sales", [raised(alert, ["a", "b", "c"], process)])
        store.write_alerts("sales", [AlertFact("r1", "failure:7", time, "sent", "a")])
        store.write_alerts("sales", [raised(alert._replace(key="failure:8"), ["a"], process)])
        store.write_alerts("sales", [AlertFact("r1", "failure:8", time, "sent", "a")])
    store.close()


def opened(path: Path) -> list[tuple[str, str]]:
    found = stores.store_for(path).alerts("sales")
    return [(it.state.value, it.note) for it in deliveries(found)]


@pytest.mark.slow
def test_an_alert_of_a_process_that_ended_has_failed(tmp_path: Path) -> None:
    made(tmp_path / "its.sqlite", dead(), before(1.0))
    expected = [("sent", ""), ENDED, ENDED, ("sent", "")]
    assert opened(tmp_path / "its.sqlite") == expected
    stores._open.pop((os.getpid(), tmp_path / "its.sqlite")).close()
    assert opened(tmp_path / "its.sqlite") == expected
    assert len(stores.store_for(tmp_path / "its.sqlite").alerts("sales")) == 6


@pytest.mark.parametrize(
    ("process", "age", "is_lost"),
    [
        (this_process, LONGEST + 60.0, False),
        (lambda: other(os.getpid()), 1.0, True),
        (lambda: other(os.getppid()), 1.0, False),
        (lambda: other(os.getppid()), LONGEST + 60.0, True),
        (lambda: "1@elsewhere@1.0", 1.0, False),
        (lambda: "1@elsewhere@1.0", LONGEST + 60.0, True),
        (lambda: "", 1.0, False),
        (lambda: "", LONGEST + 60.0, True),
    ],
)
def test_who_may_still_send_it_has_time(
    tmp_path: Path, process: Callable[[], str], age: float, is_lost: bool
) -> None:
    made(tmp_path / "its.sqlite", process(), before(age))
    assert opened(tmp_path / "its.sqlite")[1] == (ENDED if is_lost else ("pending", ""))


def test_while_another_one_writes_nothing_is_done(tmp_path: Path) -> None:
    path = tmp_path / "its.sqlite"
    made(path, "", before(LONGEST + 60.0))
    writer = SqliteStore(path)
    with writer.writing():
        assert opened(path)[1] == ("pending", "")
    writer.close()
