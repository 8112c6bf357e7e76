"""Whatever a task lets out in its process is kept under its own attempt."""

# ruff: noqa: T201 - prints are part of what a body does

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.engine.processes import run
from wfkit import Dag, task
from wfkit.api.dag_run import DagRun
from wfkit.core.task import Task
from wfkit.engine import pipes
from wfkit.engine.attempt import Work
from wfkit.engine.capture import Capture
from wfkit.engine.clock import SystemClock
from wfkit.engine.executors.worker_process import Died, WorkerProcess, _Output
from wfkit.engine.shipping import packed_order, packed_task, setting


def lines(run: DagRun, name: str = "talks", attempt: int = 1) -> list[tuple[str, str]]:
    return [(it.level, it.text) for it in run.lines if (it.task, it.attempt) == (name, attempt)]


def test_descriptors_are_captured() -> None:
    def talks() -> None:
        os.write(1, b"to one\n")
        os.write(2, b"to two\n")

    assert sorted(lines(run(talks))) == [("stderr", "to two"), ("stdout", "to one")]


def test_c_code_is_captured() -> None:
    def talks() -> None:
        import ctypes

        library = ctypes.CDLL(None)
        library.puts(b"from C")
        library.fflush(None)

    assert lines(run(talks)) == [("stdout", "from C")]


def test_processes_of_a_task_are_captured() -> None:
    def talks() -> None:
        subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)

    assert lines(run(talks)) == [("stdout", "from a child")]


def test_threads_of_a_task_are_captured() -> None:
    def talks() -> None:
        import logging
        import threading

        def speak() -> None:
            print("from a thread")
            logging.getLogger("shop").warning("logged there")

        thread = threading.Thread(target=speak)
        thread.start()
        thread.join()

    assert lines(run(talks)) == [("stdout", "from a thread"), ("WARNING", "logged there")]


def test_bytes_that_are_no_text_are_escaped_and_letters_survive_a_cut() -> None:
    def talks() -> None:
        os.write(1, b"\xff|")
        for byte in "é\n".encode():
            os.write(1, bytes([byte]))

    assert lines(run(talks)) == [("stdout", "\\xff|é")]


def test_each_attempt_has_its_own_lines() -> None:
    @task(retries=1)
    def talks(attempt: int) -> None:
        print("attempt", attempt)
        os.write(1, f"raw {attempt}".encode())
        if attempt == 1:
            raise ValueError

    def other() -> None:
        os.write(1, b"other\n")

    found = run(talks, other)
    for attempt in (1, 2):
        assert sorted(lines(found, attempt=attempt)) == [
            ("stdout", f"attempt {attempt}"),
            ("stdout", f"raw {attempt}"),
        ]
    assert lines(found, "other") == [("stdout", "other")]


def test_output_before_the_end_of_the_process_is_kept() -> None:
    def talks() -> None:
        print("printed")
        print("no end, but flushed", end="", flush=True)
        os.write(2, b"raw\n")
        os._exit(3)

    found = run(talks, expect="failed")
    for attempt in (1, 2, 3):
        assert sorted(lines(found, attempt=attempt)) == [
            ("stderr", "raw"),
            ("stdout", "no end, but flushed"),
            ("stdout", "printed"),
        ]


def test_a_line_without_an_end_does_not_wait_for_long(tmp_path: Any) -> None:
    @task(timeout=0.6)
    def talks() -> None:
        from wfkit import sleep

        print("dots ...", end="")
        sleep(60)

    assert lines(run(talks, expect="failed")) == [("stdout", "dots ...")]


def test_closed_streams_come_back() -> None:
    def closes() -> None:
        sys.stdout.close()
        sys.stderr.close()
        print("still there")
        os.write(1, b"and below\n")
        os.close(1)
        os.close(2)

    def talks(closes: None) -> None:
        print("here")
        print("and here", file=sys.stderr)
        os.write(1, b"below\n")

    found = run(closes, talks)
    assert sorted(lines(found, "closes"))[:2] == [
        ("stdout", "and below"),
        ("stdout", "still there"),
    ]
    assert sorted(lines(found)) == [("stderr", "and here"), ("stdout", "below"), ("stdout", "here")]


def test_redirected_streams_come_back() -> None:
    def redirects() -> None:
        import io

        sys.stdout = io.StringIO()
        print("into nothing")

    def talks(redirects: None) -> None:
        print("here")

    found = run(redirects, talks)
    assert lines(found, "redirects") == [("note", "put back after this attempt: sys.stdout")]
    assert lines(found) == [("stdout", "here")]


def test_nobody_answers_input() -> None:
    def asks() -> str:
        return input("name? ")

    found = run(asks, expect="failed")
    error = found.snapshot.instances["asks", -1].error
    assert error is not None
    assert error["type"] == "EOFError"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["lines", "one line", "pieces", "raw"])
def test_much_output_is_cut(kind: str) -> None:
    def talks() -> str:
        if kind == "lines":
            for n in range(100_000):
                print(f"{n:099}")
        elif kind == "one line":
            print("x" * 50_000_000)
        elif kind == "pieces":
            for _ in range(100_000):
                print("." * 100, end="")
        else:
            for _ in range(1_000):
                os.write(1, b"y" * 9_999 + b"\n")
        return "done"

    found = run(talks)
    assert found["talks"] == "done"
    texts = lines(found)
    assert sum(len(text) for _, text in texts) < 1_100_000
    if kind == "lines":
        assert texts[0] == ("stdout", f"{0:099}")
        assert texts[-1] == ("stdout", f"{99_999:099}")
    elif kind != "raw":
        assert "0,000 characters" in texts[0][1]


def test_surrogates_arrive_as_on_threads() -> None:
    def talks() -> None:
        print("a \udc80 b \0 c")

    on_threads = Dag("sales", [talks]).run(executor="thread", store=None)
    assert lines(run(talks)) == lines(on_threads)


def test_display_is_kept_as_a_bundle() -> None:
    class Table:
        def __repr__(self) -> str:
            return "a table"

        def _repr_html_(self) -> str:
            return "<b>a table</b>"

    def talks() -> None:
        display(Table())  # type: ignore[name-defined]  # noqa: F821 - as in a notebook

    (line,) = run(talks).lines
    assert (line.level, line.text) == ("display", "a table")
    assert line.data["data"]["text/html"] == "<b>a table</b>"


@pytest.mark.slow
def test_display_of_ipython_is_kept_as_a_bundle() -> None:
    def talks() -> None:
        from IPython.display import HTML, display

        display(HTML("<i>hello</i>"))
        display({"text/plain": "raw", "text/html": "<u>raw</u>"}, raw=True)

    first, second = run(talks).lines
    assert first.data["data"]["text/html"] == "<i>hello</i>"
    assert (second.level, second.text) == ("display", "raw")


def test_order_among_prints_logs_and_displays_is_kept() -> None:
    def talks() -> None:
        import logging

        for n in range(50):
            print("out", n)
            print("err", n, file=sys.stderr)
            logging.getLogger("shop").warning("log %d", n)

    texts = [text for _, text in lines(run(talks))]
    assert texts == [f"{kind} {n}" for n in range(50) for kind in ("out", "err", "log")]


def test_raw_output_does_not_wait_for_the_end_of_its_line() -> None:
    @task(timeout=0.6)
    def talks() -> None:
        os.write(1, b"raw dots ...")
        time.sleep(60)

    assert lines(run(talks, expect="failed")) == [("stdout", "raw dots ...")]


def test_raw_lines_do_not_mix_with_printed_ones() -> None:
    kept, output = Capture("talks", -1, 1, SystemClock()), _Output("stdout")
    output.take("raw é".encode()[:-1], kept)
    kept.write("stdout", "printed\n")
    output.take("é".encode()[1:] + b" end\nno ", kept)
    output.take(b"end", kept)
    output.rest(kept, is_over=True)
    assert [line.text for line in kept.finish()] == ["printed", "raw é end", "no end"]


def test_what_a_dead_process_wrote_is_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def talks() -> None:
        os.write(1, b"y" * 50_000 + b"\nlast words")
        os._exit(0)

    clock = SystemClock()
    kept = Capture("talks", -1, 1, clock)
    work = Work(0, "talks", -1, 1, Task(talks), {}, clock, kept)
    worker = WorkerProcess()
    assert worker.settle(setting())
    worker.load(packed_task(work.task), packed_order(work), kept)
    wait = pipes.wait

    def wait_for_death(ends: Any, seconds: float) -> Any:
        worker._process.wait()
        return wait(ends, seconds)

    monkeypatch.setattr(pipes, "wait", wait_for_death)
    with pytest.raises(Died, match="exit code 0"):
        worker.run()
    assert [len(line.text) for line in kept.finish()] == [50_000, len("last words")]
