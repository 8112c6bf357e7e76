"""What only a real kernel shows: widgets, interrupts, completion, the messages of errors."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from jupyter_client.manager import KernelManager, start_new_kernel

pytestmark = pytest.mark.slow

SLOW = """%%task
import time
def {name}({inputs}):
    for _ in range({steps}):
        time.sleep(0.05)
    return 1
"""


@dataclass
class Reply:
    """What a kernel sent while it ran a cell, in order."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [it["content"] for it in self.messages if it["msg_type"] == kind]

    @property
    def error(self) -> str:
        return "\n".join(f"{it['ename']}: {it['evalue']}" for it in self.of("error"))

    @property
    def text(self) -> str:
        shown = self.of("display_data") + self.of("execute_result")
        return "\n".join(it["data"].get("text/plain", "") for it in shown)

    def standings(self) -> list[dict[str, Any]]:
        """How the live view saw the run, one after another."""
        opened = [it["data"].get("state", {}) for it in self.of("comm_open")]
        sent = [it["data"].get("state", {}) for it in self.of("comm_msg")]
        return [state["standing"] for state in opened + sent if "standing" in state]


class Kernel:
    """A kernel as a front end sees it."""

    def __init__(self) -> None:
        environment = {**os.environ, "WFKIT_LIVE": "1", "WFKIT_HOME": "temporary"}
        self.manager: KernelManager
        self.manager, self.client = start_new_kernel(env=environment)

    def start(self, source: str, cell: str | None = None) -> str:
        message = self.client.session.msg(
            "execute_request",
            {
                "code": source,
                "silent": False,
                "store_history": True,
                "stop_on_error": False,
                "allow_stdin": True,
            },
            metadata={"cellId": cell} if cell else {},
        )
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def collect(self, parent: str, timeout: float = 20.0) -> Reply:
        """Return what came for this cell, until the kernel is idle again."""
        reply = Reply()
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") != parent:
                continue
            reply.messages.append(message)
            if message["content"].get("execution_state") == "idle":
                return reply
        raise TimeoutError(parent)

    def run(self, source: str, cell: str | None = None) -> Reply:
        return self.collect(self.start(source, cell))

    def drain(self, until: str, timeout: float = 10.0) -> Reply:
        """Return what comes outside of cells, until a message of that type."""
        reply = Reply()
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                message = self.client.get_iopub_msg(timeout=0.2)
            except queue.Empty:
                continue
            reply.messages.append(message)
            if message["msg_type"] == until:
                return reply
        raise TimeoutError(until)

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def running() -> Iterator[Kernel]:
    kernel = Kernel()
    yield kernel
    kernel.stop()


@pytest.fixture
def kernel(running: Kernel) -> Kernel:
    """A kernel with wfkit loaded and a Dag without tasks."""
    assert not running.run("%reload_ext wfkit").error
    assert not running.run("%dag new sales\n%dag reset").error
    return running


HEAVY = ("anywidget", "dask", "graphviz", "ipywidgets", "pandas", "pygraphviz", "sqlite3")


def test_loading_leaves_heavy_libraries_alone() -> None:
    kernel = Kernel()
    try:
        kernel.run("import sys; before = set(sys.modules)")
        kernel.run("%load_ext wfkit")
        reply = kernel.run(f"print([m for m in {HEAVY} if m in set(sys.modules) - before])")
        assert reply.of("stream")[0]["text"] == "[]\n"
    finally:
        kernel.stop()


def test_short_run_is_settled_at_once(kernel: Kernel) -> None:
    kernel.run("%%task\ndef orders(): return 1", "o")
    reply = kernel.run("%dag run")
    assert not reply.of("comm_open")
    [shown] = reply.of("display_data")
    assert shown["data"]["image/svg+xml"].startswith("<svg")
    assert "✔ success  orders" in shown["data"]["text/plain"]


def test_long_run_is_live_then_settled_without_a_trace(kernel: Kernel) -> None:
    kernel.run(SLOW.format(name="orders", inputs="", steps=8), "o")
    kernel.run(SLOW.format(name="revenue", inputs="orders", steps=8), "r")
    reply = kernel.run("%dag run")
    assert not reply.error
    states = [[card[0] for card in it["cards"]] for it in reply.standings()]
    assert ["running", "none"] in states
    assert ["success", "running"] in states
    [settled] = reply.of("update_display_data")
    assert settled["data"]["image/svg+xml"].startswith("<svg")
    assert "widget" not in str(settled["data"].keys())
    opened = {it["comm_id"] for it in reply.of("comm_open")}
    closed = {it["comm_id"] for it in reply.of("comm_close")}
    assert opened - closed == set() or len(opened - closed) <= 1  # the layout outlives its widget
    kinds = [it["msg_type"] for it in reply.messages]
    assert kinds.index("update_display_data") > max(
        i for i, it in enumerate(reply.messages) if "standing" in str(it["content"])
    )


def test_many_events_become_at_most_20_pushes_a_second(kernel: Kernel) -> None:
    kernel.run(
        "import time\nfrom wfkit import task\n"
        "def make(i):\n"
        "    def work(): time.sleep(0.01)\n"
        "    work.__name__ = f'step_{i:03}'\n"
        "    return task(work)\n"
        "for i in range(250): dag.add(make(i))"
    )
    started = time.monotonic()
    reply = kernel.run("%dag run")
    took = time.monotonic() - started
    pushes = len(reply.standings())
    assert 3 <= pushes <= 20 * took + 2
    assert "250" not in reply.error
    assert reply.standings()[-1]["counts"] == {"success": 250}


def test_failure_is_one_block_with_the_learners_line(kernel: Kernel) -> None:
    kernel.run("%%task\n\ndef orders():\n    x = 1\n    return x / 0", "o")
    reply = kernel.run("%dag run")
    [error] = reply.of("error")
    assert error["ename"] == "RunFailed"
    assert "line 5, in orders" in "\n".join(error["traceback"])
    assert "return x / 0" in "\n".join(error["traceback"])


def test_misuse_fails_the_cell_in_the_protocol(kernel: Kernel) -> None:
    for source in (
        "%dag run --sed 3",
        "# x\n%%task\ndef f(): pass",
        "%%task",
        "%dgs",
        "%%task\n1 +",
    ):
        reply = kernel.run(source)
        assert len(reply.of("error")) == 1, source
        assert not reply.of("stream"), source


def test_interrupt_cancels_and_gives_the_prompt_back(kernel: Kernel) -> None:
    kernel.run(SLOW.format(name="orders", inputs="", steps=200), "o")
    kernel.run("%%task\ndef revenue(orders): return 1", "r")
    parent = kernel.start("%dag run")
    kernel.drain("display_data")
    started = time.monotonic()
    kernel.manager.interrupt_kernel()
    reply = kernel.collect(parent)
    assert time.monotonic() - started < 1.5
    [error] = reply.of("error")
    assert error["ename"] == "Interrupted"
    assert error["evalue"].endswith(
        "is cancelled: 0 of 2 tasks had succeeded.\n%dag resume goes on where it stopped."
    )
    assert "cancelled" in reply.of("update_display_data")[0]["data"]["text/plain"]
    assert "cancelled" in kernel.run("dag.last.state").text
    assert not kernel.run("%dag run --only revenue --store none --background").of("stream")


PATIENT = """%%task
import os, time
def orders():
    for _ in range(200 if "HURRY" not in os.environ else 1):
        time.sleep(0.05)
    return 7
"""


def test_interrupts_at_any_moment_leave_a_run_that_resumes(kernel: Kernel) -> None:
    kernel.run(PATIENT, "o")
    kernel.run("%%task\ndef revenue(orders): return orders", "r")
    for number, moment in enumerate((0.5, 0.2, 0.05, 0.02)):
        parent = kernel.start(f"print('now')\n%dag {'resume' if number else 'run'}")
        kernel.drain("stream")
        threading.Event().wait(moment)
        started = time.monotonic()
        kernel.manager.interrupt_kernel()
        [error] = kernel.collect(parent).of("error")
        assert time.monotonic() - started < 1.5
        assert error["ename"] in ("Interrupted", "KeyboardInterrupt")
        assert "%dag resume goes on where it stopped." in error["evalue"] or moment < 0.1
        assert "cancelled" in kernel.run("dag.last.state").text
    kernel.run("%env HURRY=1")
    assert not kernel.run("%dag resume").error
    assert kernel.run("dag.last['revenue']").text == "7"


def test_background_returns_at_once_and_its_button_cancels(kernel: Kernel) -> None:
    kernel.run(SLOW.format(name="orders", inputs="", steps=200), "o")
    started = time.monotonic()
    reply = kernel.run("%dag run --background")
    assert time.monotonic() - started < 1.5
    assert not reply.error
    view = next(it for it in reply.of("comm_open") if "can_cancel" in it["data"]["state"])
    assert view["data"]["state"]["can_cancel"] is True
    kernel.client.shell_channel.send(
        kernel.client.session.msg(
            "comm_msg",
            {"comm_id": view["comm_id"], "data": {"method": "custom", "content": "cancel"}},
        )
    )
    settled = kernel.drain("update_display_data").of("update_display_data")[0]
    assert "cancelled" in settled["data"]["text/plain"]
    assert "cancelled" in kernel.run("dag.last.state").text


def test_background_run_settles_by_itself(kernel: Kernel) -> None:
    kernel.run(SLOW.format(name="orders", inputs="", steps=8), "o")
    reply = kernel.run("%dag run --background")
    assert reply.of("comm_open")
    assert "hello" in kernel.run("'hello'").text
    settled = kernel.drain("update_display_data").of("update_display_data")[0]
    assert "✔ success  orders" in settled["data"]["text/plain"]


@pytest.mark.parametrize("flags", ["", "--executor serial", "--executor process"])
def test_a_task_that_asks_gets_no_box_to_type_into(kernel: Kernel, flags: str) -> None:
    kernel.run("%%task\ndef asks():\n    return input('name? ')")
    reply = kernel.run(f"%dag run {flags}")
    assert "EOFError: nobody answers a task that runs" in reply.error
    assert not kernel.client.stdin_channel.msg_ready()
    asked = kernel.start("input('you? ')")
    assert kernel.client.get_stdin_msg(timeout=10)["content"]["prompt"] == "you? "
    kernel.client.input("me")
    assert kernel.collect(asked).text == "'me'"


def test_cell_ids_tell_cells_apart(kernel: Kernel) -> None:
    kernel.run("%%task\ndef orders(): return 1", "one")
    assert not kernel.run("%%task\ndef orders(): return 2", "one").error
    assert kernel.run("%%task\ndef orders(): return 3", "two").error.startswith("DuplicateTask")


def test_traceback_of_a_task_called_by_hand_shows_the_cell(kernel: Kernel) -> None:
    kernel.run("%%task --retries 1\n\ndef orders():\n    return 1 / 0", "o")
    [error] = kernel.run("orders.function()").of("error")
    text = "\n".join(error["traceback"])
    assert "return" in text
    assert "4" in text
    assert not kernel.run("import inspect\ninspect.getsource(orders.function)").error


def test_tab_answers_in_a_kernel(kernel: Kernel) -> None:
    kernel.run("%%task\ndef orders(): return 1", "o")
    for code, offered in (
        ("%dag remove o", ["orders"]),
        ("%%task --trigger-rule none_failed_", ["none_failed_min_one_success"]),
        ("%dag run --see", ["--seed"]),
    ):
        message = kernel.client.complete(code, len(code), reply=True, timeout=10)
        assert message["content"]["matches"] == offered


def test_prints_of_tasks_stay_out_of_the_cell(kernel: Kernel) -> None:
    kernel.run(
        "%%task\ndef orders():\n    print('inside')\n    display('shown')\n    return 1", "o"
    )
    reply = kernel.run("%dag run")
    assert not reply.of("stream")
    assert "shown" not in reply.text
    assert kernel.run("%dag logs").text == "orders | inside\norders | 'shown'"
