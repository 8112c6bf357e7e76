# ruff: noqa: T201 - prints are what is tested here
"""What a task lets out is its own: every line, in order, and nothing of anybody else."""

from __future__ import annotations

import io
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import copy_context
from typing import Any

import pytest

from wfkit.engine import capture
from wfkit.engine.capture import MOST_CHARACTERS, Capture, LogLine, current, enter, installed, leave
from wfkit.engine.clock import VirtualClock


def make(task: str = "orders") -> Capture:
    return Capture(task, -1, 1, VirtualClock(5.0))


def texts(it: Capture, level: str | None = None) -> list[str]:
    return [line.text for line in it.finish() if level in (None, line.level)]


def inside(body: Callable[[], object], it: Capture | None = None) -> list[tuple[str, str]]:
    """Run `body` as a task would be run here; return what it let out as (level, text)."""
    it = it or make()
    with installed():
        token = enter(it)
        try:
            body()
        finally:
            leave(token)
    return [(line.level, line.text) for line in it.finish()]


# One capture by itself


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        (["a", "\n"], ["a"]),
        (["a\n", "b\n"], ["a", "b"]),
        (["a", "b", "c\nd", "\n"], ["abc", "d"]),
        (["a\n\n\nb"], ["a", "", "", "b"]),
        (["\n"], [""]),
        (["", ""], []),
        (["no end"], ["no end"]),
        (["10%\r", "20%\r", "done\n"], ["10%\r20%\rdone"]),
        (["\x1b[31mred\x1b[0m\n"], ["\x1b[31mred\x1b[0m"]),
        (["caf\u00e9 \u58f2\u4e0a \udcff \0\n"], ["café 売上 \\udcff \\0"]),
    ],
)
def test_pieces_become_lines(pieces: list[str], lines: list[str]) -> None:
    it = make()
    for piece in pieces:
        it.write("stdout", piece)
    assert texts(it) == lines


def test_streams_keep_their_own_unfinished_lines() -> None:
    it = make()
    it.write("stdout", "one ")
    it.write("stderr", "two\nthree")
    it.write("stdout", "four\n")
    assert [(line.level, line.text) for line in it.finish()] == [
        ("stderr", "two"),
        ("stdout", "one four"),
        ("stderr", "three"),
    ]


def test_line_knows_whose_it_is_and_when() -> None:
    clock = VirtualClock(5.0)
    it = Capture("orders", 3, 2, clock)
    it.write("stdout", "first\n")
    clock.sleep(10)
    it.line("INFO", "second")
    it.display({"text/plain": "a plot", "image/png": "iVBO"}, {"image/png": {"width": 3}})
    it.display({"image/png": "iVBO"})
    plot = {"text/plain": "a plot", "image/png": "iVBO"}
    assert it.finish() == [
        LogLine("orders", 3, 2, 5.0, "stdout", "first"),
        LogLine("orders", 3, 2, 15.0, "INFO", "second"),
        LogLine(
            *("orders", 3, 2, 15.0, "display", "a plot"),
            {"data": plot, "metadata": {"image/png": {"width": 3}}},
        ),
        LogLine(
            *("orders", 3, 2, 15.0, "display", ""),
            {"data": {"image/png": "iVBO"}, "metadata": {}},
        ),
    ]


def test_nothing_is_taken_in_after_the_end() -> None:
    it = make()
    it.write("stdout", "in time\n")
    assert texts(it) == ["in time"]
    it.write("stdout", "late\n")
    it.display({"text/plain": "late"})
    assert texts(it) == ["in time"]


def test_much_output_keeps_head_and_tail() -> None:
    it = make()
    for number in range(30_000):
        it.write("stdout", f"{number:099}\n")
    lines = it.finish()
    shown = [line for line in lines if line.level == "stdout"]
    (gap,) = [line for line in lines if line.level == "note"]
    numbers = [int(line.text) for line in shown]
    head = lines.index(gap)
    assert numbers[:head] == list(range(head))
    assert numbers[head:] == list(range(30_000 - len(numbers) + head, 30_000))
    assert gap.text == f"… {30_000 - len(numbers):,} lines left out …"
    assert 0.9 * MOST_CHARACTERS < sum(len(line.text) + 1 for line in shown) <= MOST_CHARACTERS


def test_little_more_than_half_is_kept_whole() -> None:
    it = make()
    for number in range(9_999):
        it.write("stdout", f"{number:099}\n")
    assert [int(text) for text in texts(it)] == list(range(9_999))


def test_gap_holds_no_picture() -> None:
    it = make()
    it.display({"text/plain": "x" * MOST_CHARACTERS})
    it.display({"text/plain": "x" * (MOST_CHARACTERS // 5)})
    for _ in range(6):
        it.display({"text/plain": "y" * (MOST_CHARACTERS // 5)})
    (gap,) = [line for line in it.finish() if line.level == "note"]
    assert gap.data is None


@pytest.mark.parametrize(
    ("text", "times"), [("x" * 5_000_000, 1), ("x" * 1_000, 5_000), ("x" * 200_000, 25)]
)
@pytest.mark.parametrize("end", ["\n", ""])
def test_endless_line_is_cut_and_its_length_told(text: str, times: int, end: str) -> None:
    it = make()
    for _ in range(times):
        it.write("stdout", text)
    it.write("stdout", f"{end}after")
    lines = texts(it)
    told = 5_000_000 if end else 5_000_005
    assert lines[0] == f"{'x' * 2_000} … ({told:,} characters)"
    assert lines[1:] == (["after"] if end else [])


@pytest.mark.slow
def test_a_hundred_megabytes_in_small_pieces_are_taken_in_at_once() -> None:
    it = make()
    for _ in range(100_000):
        it.write("stdout", "x" * 1_000)
    assert sum(map(len, it._keeps()._parts["stdout"])) < MOST_CHARACTERS
    assert texts(it) == [f"{'x' * 2_000} … (100,000,000 characters)"]


def test_two_threads_may_write_the_first_line(monkeypatch: pytest.MonkeyPatch) -> None:
    making = threading.Event()

    class Slow(capture._Kept):
        def __init__(self) -> None:
            making.wait(0.05)
            super().__init__()

    monkeypatch.setattr(capture, "_Kept", Slow)
    it = make()
    threads = [threading.Thread(target=it.line, args=("stdout", text)) for text in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(texts(it)) == ["a", "b"]


# Redirects


def test_prints_of_a_task_go_to_its_capture(capsys: pytest.CaptureFixture[str]) -> None:
    def body() -> None:
        print("to stdout")
        print("to stderr", file=sys.stderr)
        sys.stdout.write("no end of line")
        sys.stdout.writelines(["\n", "two\n", "three\n"])
        sys.stdout.flush()

    assert inside(body) == [
        ("stdout", "to stdout"),
        ("stderr", "to stderr"),
        ("stdout", "no end of line"),
        ("stdout", "two"),
        ("stdout", "three"),
    ]
    assert capsys.readouterr() == ("", "")


def test_prints_outside_of_tasks_are_untouched(capsys: pytest.CaptureFixture[str]) -> None:
    it = make()
    with installed():
        print("before")
        token = enter(it)
        print("inside")
        leave(token)
        print("after")
        sys.stderr.write("error\n")
    print("at the end")
    assert capsys.readouterr() == ("before\nafter\nat the end\n", "error\n")
    assert texts(it) == ["inside"]


def test_redirect_is_undone_and_may_be_nested() -> None:
    before = (sys.stdout, sys.stderr, logging.getLogger().level, *logging.getLogger().handlers)
    with installed():
        outer = sys.stdout
        assert outer is not before[0]
        with installed():
            assert sys.stdout is outer
        assert sys.stdout is outer
        with pytest.raises(ZeroDivisionError), installed():
            raise ZeroDivisionError
        assert sys.stdout is outer
    after = (sys.stdout, sys.stderr, logging.getLogger().level, *logging.getLogger().handlers)
    assert after == before


def test_redirect_of_somebody_else_is_left_alone() -> None:
    mine, original = io.StringIO(), sys.stdout
    it = installed()
    it.__enter__()
    with redirect_stdout(mine):
        it.__exit__(None, None, None)
        print("mine")
    assert mine.getvalue() == "mine\n"
    sys.stdout = original


def test_streams_are_caught_again_after_somebody_replaced_them() -> None:
    other, original = io.StringIO(), sys.stdout
    with installed():
        sys.stdout = other
        assert inside(lambda: print("caught")) == [("stdout", "caught")]
        print("outside")
        sys.stdout = original
    assert other.getvalue() == "outside\n"


def test_stream_still_answers_as_the_original() -> None:
    original = sys.stdout

    def body() -> None:
        assert sys.stdout.encoding == original.encoding
        assert sys.stdout.isatty() == original.isatty()
        assert sys.stdout.writable()

    assert inside(body) == []


def test_task_cannot_close_the_stream_of_others(capsys: pytest.CaptureFixture[str]) -> None:
    def body() -> None:
        sys.stdout.close()
        print("still here")

    assert inside(body) == [("stdout", "still here")]
    print("outside too")
    assert capsys.readouterr().out == "outside too\n"


def test_captures_of_threads_do_not_mix() -> None:
    captures = {name: make(name) for name in ("a", "b", "c")}
    together = threading.Barrier(len(captures))

    def task(name: str) -> None:
        token = enter(captures[name])
        together.wait(5)
        for number in range(500):
            print(name, number)
            print(name, "error", number, file=sys.stderr)
        leave(token)

    with installed():
        threads = [threading.Thread(target=task, args=[name]) for name in captures]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    for name, it in captures.items():
        lines = it.finish()
        out = [line.text for line in lines if line.level == "stdout"]
        err = [line.text for line in lines if line.level == "stderr"]
        assert out == [f"{name} {number}" for number in range(500)]
        assert err == [f"{name} error {number}" for number in range(500)]


def test_current_is_the_capture_of_this_context() -> None:
    it, found = make(), []
    assert current() is None
    token = enter(it)
    assert current() is it
    assert copy_context().run(current) is it
    thread = threading.Thread(target=lambda: found.append(current()))
    thread.start()
    thread.join(5)
    leave(token)
    assert (current(), found) == (None, [None])


# Logging


@contextmanager
def fresh_root(
    *handlers: logging.Handler, level: int = logging.WARNING
) -> Iterator[logging.Logger]:
    """The root logger as a kernel has it: without the handlers that pytest adds."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    root.handlers = list(handlers)
    root.setLevel(level)
    try:
        yield root
    finally:
        root.handlers = before[0]
        root.setLevel(before[1])


def fail() -> None:
    raise ValueError("bad row")


def test_log_records_are_lines() -> None:
    def body() -> None:
        log = logging.getLogger("shop")
        log.debug("too quiet")
        log.info("read %d orders", 3)
        log.warning("two\nlines")
        try:
            fail()
        except ValueError:
            log.exception("failed")

    with fresh_root() as root:
        lines = inside(body)
        assert (root.handlers, root.level) == ([], logging.WARNING)
    assert lines[:4] == [
        ("INFO", "read 3 orders"),
        ("WARNING", "two"),
        ("WARNING", "lines"),
        ("ERROR", "failed"),
    ]
    assert lines[4] == ("ERROR", "Traceback (most recent call last):")
    assert lines[-1] == ("ERROR", "ValueError: bad row")


def test_wrong_log_call_fails_no_task() -> None:
    def body() -> None:
        logging.getLogger("shop").warning("%d orders", "many")
        print("goes on")

    with fresh_root():
        lines = inside(body)
    assert lines[0] == ("stderr", "--- Logging error ---")
    assert lines[-1] == ("stdout", "goes on")


def test_records_outside_of_tasks_go_where_they_went(capsys: pytest.CaptureFixture[str]) -> None:
    with fresh_root(), installed():
        logging.getLogger("shop").info("not shown before, not shown now")
        logging.getLogger("shop").warning("shown")
    assert capsys.readouterr() == ("", "shown\n")


def test_handlers_of_the_host_hear_nothing_of_tasks() -> None:
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    log = logging.getLogger("shop")
    with fresh_root(handler, level=logging.INFO) as root:
        log.info("before")
        assert inside(lambda: log.info("inside")) == [("INFO", "inside")]
        with installed():
            log.info("beside")
        log.info("after")
        assert (root.handlers, handler.filters, root.level) == ([handler], [], logging.INFO)
    assert heard.getvalue() == "before\nbeside\nafter\n"


def test_level_that_the_host_chose_is_kept() -> None:
    def body() -> None:
        logging.getLogger("shop").warning("too quiet")
        logging.getLogger("shop").error("loud")

    with fresh_root(level=logging.ERROR) as root:
        assert inside(body) == [("ERROR", "loud")]
        assert root.level == logging.ERROR


def test_logger_that_does_not_propagate_is_captured_too() -> None:
    log = logging.getLogger("shop.alone")
    log.propagate = False
    assert inside(lambda: log.warning("alone")) == [("stderr", "alone")]


def test_hooks_are_not_in_place_without_a_run() -> None:
    state: Any = capture._hooks
    assert state._users == 0
    assert not isinstance(sys.stdout, capture._Redirect)
