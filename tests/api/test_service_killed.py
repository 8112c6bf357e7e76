"""`wfkit serve` in a process of its own that is killed, stopped, and begun again.

All dates are long past, so that no clock decides what is due.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.api.serving import PATIENCE, Heard
from wfkit import Dag
from wfkit.core.errors import StoreBusy
from wfkit.engine.sqlite_store import SqliteStore

SERVED = """
import os, socket
from wfkit import Dag, cancelled, sleep

def note(text):
    with open("witness", "a") as file:
        file.write(text + " ")

def fetch(logical_date):
    note(f"fetch{logical_date.day}")
    return logical_date.day

def keep(fetch):
    if str(fetch) == os.environ.get("HOLD"):
        with socket.create_connection(("127.0.0.1", int(os.environ["GATE"]))):
            while not cancelled():
                sleep(0.01)
    note(f"keep{fetch}")

def beat(): ...

sales = Dag(
    "sales",
    [fetch, keep],
    schedule="@daily",
    start_date="1997-01-01",
    end_date="1997-01-07",
    catchup=os.environ["CATCHUP"] == "on",
)
if "PULSE" in os.environ:
    pulse = Dag("pulse", [beat], schedule="every 1s")
"""
STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+  ")
pytestmark = pytest.mark.long


class Served:
    """`wfkit serve` in a folder: what it says, and how it ends."""

    def __init__(self, folder: Path, **environment: str) -> None:
        command = [sys.executable, "-m", "wfkit", "serve", "served.py", "--store", "history"]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "CATCHUP": "on", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until(self, text: str) -> list[str]:
        """Read lines until one is `text`; return all of them, without their time."""
        found = []
        for line in self.lines():
            found.append(line)
            if line == text:
                return found
        pytest.fail(f"it ended before it said {text!r}: {found}")

    def lines(self) -> Iterator[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield STAMP.sub("", line.rstrip("\n"))

    def end(self, sign: signal.Signals) -> tuple[int, list[str]]:
        """Send a signal; return the exit code and what was still said."""
        self.process.send_signal(sign)
        rest = list(self.lines())
        return self.process.wait(PATIENCE), rest


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[Served]:
    served = Served(folder, **environment)
    try:
        yield served
    finally:
        served.process.kill()
        served.process.communicate()


@contextmanager
def held(folder: Path, day: int) -> Iterator[Served]:
    """A service in the middle of the run of a day: its second task waits."""
    with socket.create_server(("127.0.0.1", 0)) as gate:
        gate.settimeout(PATIENCE)
        port = str(gate.getsockname()[1])
        with serving(folder, HOLD=str(day), GATE=port) as served:
            try:
                gate.accept()[0].close()
            except TimeoutError:
                served.process.kill()
                pytest.fail(f"the run never got there: {list(served.lines())}")
            yield served


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "served.py").write_text(SERVED, "utf-8")
    return tmp_path


def run(day: int) -> str:
    return f"sales scheduled__1997-01-{day:02}T00:00:00+00:00"


def witness(folder: Path) -> list[str]:
    return (folder / "witness").read_text("utf-8").split()


def ended(folder: Path) -> dict[int, str]:
    """The state of the run of each day; fails for a second run of one."""
    store = SqliteStore(folder / "history")
    records = store.runs("sales")
    store.close()
    found = {int(it.logical_date[8:10]): it.state for it in records}
    assert len(found) == len(records)
    return found


@pytest.mark.parametrize(("catchup", "days"), [("on", [3, 4, 5, 6]), ("off", [6])])
def test_killed_in_a_run_it_goes_on_and_catches_up_once(
    folder: Path, catchup: str, days: list[int]
) -> None:
    with held(folder, day=2) as served:
        assert served.end(signal.SIGKILL)[0] == -signal.SIGKILL
    assert witness(folder) == ["fetch1", "keep1", "fetch2"]
    with serving(folder, CATCHUP=catchup) as served:
        assert served.until(f"{run(6)} is success") == [
            "serving sales: every day at 00:00, UTC",
            *(f"{run(2)} {said}" for said in ("begins again", "is success")),
            *(f"{run(day)} {said}" for day in days for said in ("begins", "is success")),
        ]
        assert served.end(signal.SIGTERM) == (0, ["stopping", "stopped"])
    once = ["fetch1", "keep1", "fetch2", "keep2"]
    once += [f"{task}{day}" for day in days for task in ("fetch", "keep")]
    assert witness(folder) == once
    assert ended(folder) == dict.fromkeys([1, 2, *days], "success")


@pytest.mark.parametrize("catchup", ["on", "off"])
def test_what_was_caught_up_is_not_caught_up_again(folder: Path, catchup: str) -> None:
    with serving(folder) as served:
        served.until(f"{run(6)} is success")
        served.end(signal.SIGKILL)
    with serving(folder, CATCHUP=catchup, PULSE="") as served:
        # What is due of sales is looked at before.
        beats = (line for line in served.lines() if line.startswith("pulse"))
        assert next(beats).endswith("begins")
        assert next(beats).endswith("is success")
        code, _ = served.end(signal.SIGTERM)
    assert code == 0
    assert witness(folder) == [f"{task}{day}" for day in range(1, 7) for task in ("fetch", "keep")]
    assert ended(folder) == dict.fromkeys(range(1, 7), "success")


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_stopped_in_a_run_it_ends_cleanly_and_goes_on_when_begun_again(
    folder: Path, sign: signal.Signals
) -> None:
    with held(folder, day=2) as served:
        code, rest = served.end(sign)
        assert code == 0
        assert rest[-3:] == ["stopping", f"{run(2)} is cancelled", "stopped"]
    assert ended(folder) == {1: "success", 2: "cancelled"}
    with serving(folder, CATCHUP="off") as served:
        assert served.until(f"{run(2)} is success")[1] == f"{run(2)} begins again"
        served.until(f"{run(6)} is success")
        assert served.end(sign) == (0, ["stopping", "stopped"])
    assert ended(folder) == dict.fromkeys([1, 2, 6], "success")


def test_one_process_at_a_time_serves_a_store(folder: Path) -> None:
    with held(folder, day=1) as served:
        with pytest.raises(StoreBusy, match=f"process {served.process.pid} is writing to history"):
            Dag("other", [Heard], schedule="every 1s").serve(store=folder / "history")
        with serving(folder) as second:
            told = "\n".join(second.lines())
            assert second.process.wait(PATIENCE) == 1
        assert told.startswith(f"process {served.process.pid} is writing to history.\n")
        assert served.end(signal.SIGTERM)[0] == 0
