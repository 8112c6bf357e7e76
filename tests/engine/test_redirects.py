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
from pathlib import Path
from typing import Any

import pytest

from wfkit.engine import redirects
from wfkit.engine.capture import Capture, current, enter, leave
from wfkit.engine.clock import VirtualClock
from wfkit.engine.redirects import installed


def make(task: str = "orders") -> Capture:
    return Capture(task, -1, 1, VirtualClock(5.0))


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
    assert [line.text for line in it.finish()] == ["inside"]


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


def test_streams_of_the_host_hear_nothing_of_tasks() -> None:
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


@contextmanager
def handled(log: logging.Logger, *handlers: logging.Handler) -> Iterator[None]:
    """Let a logger have handlers of its own, and pass nothing on."""
    log.handlers, log.propagate = list(handlers), False
    try:
        yield
    finally:
        log.handlers, log.propagate = [], True


def test_logger_that_does_not_propagate_is_captured_too() -> None:
    log = logging.getLogger("shop.alone")
    with handled(log):
        assert inside(lambda: log.warning("alone")) == [("WARNING", "alone")]


def test_logger_with_a_console_of_its_own_is_heard_once_and_in_the_log_only(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = logging.getLogger("shop.console")
    with handled(log, logging.StreamHandler(sys.stderr), logging.StreamHandler(sys.stdout)):
        assert inside(lambda: log.warning("inside")) == [("WARNING", "inside")]
        with installed():
            log.warning("beside")
    assert capsys.readouterr() == ("beside\n", "beside\n")


def test_a_task_may_set_up_logging_as_a_script_does(tmp_path: Path) -> None:
    def body() -> None:
        logging.basicConfig(level=logging.DEBUG)
        logging.getLogger().debug("of the root")
        log = logging.getLogger("shop.script")
        console = logging.StreamHandler()
        console.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        log.addHandler(console)
        log.addHandler(logging.FileHandler(tmp_path / "shop.log"))
        log.debug("of its own")
        log.handlers.pop().close()

    log = logging.getLogger("shop.script")
    with fresh_root(), handled(log):
        assert inside(body) == [("DEBUG", "of the root"), ("DEBUG", "of its own")]
    assert (tmp_path / "shop.log").read_text() == "of its own\n"


def test_levels_of_loggers_and_handlers_count() -> None:
    heard = io.StringIO()
    handler = logging.StreamHandler(heard)
    handler.setLevel(logging.ERROR)
    log = logging.getLogger("shop.levels")

    def body() -> None:
        log.info("too quiet")
        log.warning("for the log")
        log.error("for both")

    log.setLevel(logging.WARNING)
    with fresh_root(), handled(log, handler):
        assert inside(body) == [("WARNING", "for the log"), ("ERROR", "for both")]
    log.setLevel(logging.NOTSET)
    assert heard.getvalue() == "for both\n"


@contextmanager
def patched(heard: list[str]) -> Iterator[None]:
    """Let somebody else listen to all records, as monitoring tools do."""
    call: Any = logging.Logger.callHandlers

    def instead(logger: logging.Logger, record: logging.LogRecord) -> None:
        call(logger, record)
        heard.append(f"{logger.name}: {record.getMessage()}")

    logging.Logger.callHandlers = instead  # type: ignore[assignment,method-assign]
    try:
        yield
        assert logging.Logger.callHandlers is instead
    finally:
        logging.Logger.callHandlers = call  # type: ignore[method-assign]


def test_patch_made_before_a_run_hears_records_of_tasks(capsys: pytest.CaptureFixture[str]) -> None:
    heard: list[str] = []
    log = logging.getLogger("shop.watched")
    console = logging.StreamHandler(sys.stderr)
    with fresh_root(), patched(heard):
        assert inside(lambda: log.warning("bare")) == [("WARNING", "bare")]
        with handled(log, console):
            assert inside(lambda: log.warning("console")) == [("WARNING", "console")]
        log.warning("after")
    assert heard == ["shop.watched: bare", "shop.watched: console", "shop.watched: after"]
    assert capsys.readouterr() == ("", "after\n")


@pytest.mark.usefixtures("unpatched")
def test_patch_made_in_a_run_stays(capsys: pytest.CaptureFixture[str]) -> None:
    heard: list[str] = []
    log = logging.getLogger("shop.watched")
    watch = patched(heard)
    with fresh_root():
        assert inside(watch.__enter__) == []
        log.warning("after")
        assert inside(lambda: log.warning("in the next run")) == [("WARNING", "in the next run")]
        watch.__exit__(None, None, None)
        log.warning("at last")
        assert inside(lambda: log.warning("inside")) == [("WARNING", "inside")]
    assert heard == ["shop.watched: after", "shop.watched: in the next run"]
    assert capsys.readouterr() == ("", "after\nat last\n")


@pytest.fixture
def unpatched() -> Iterator[None]:
    call = logging.Logger.callHandlers
    yield
    logging.Logger.callHandlers = call  # type: ignore[method-assign]


def test_file_of_the_host_hears_records_of_tasks(tmp_path: Path) -> None:
    path = tmp_path / "shop.log"
    with fresh_root():
        logging.basicConfig(filename=path, level=logging.INFO, format="%(message)s")
        log = logging.getLogger("shop")
        log.info("before")
        assert inside(lambda: log.info("inside")) == [("INFO", "inside")]
        logging.getLogger().handlers.pop().close()
    assert path.read_text() == "before\ninside\n"


def test_handler_with_a_console_is_one() -> None:
    class Rich(logging.Handler):
        """Writes to whatever is stdout at that time, as Rich's handler does."""

        class _Console:
            file = property(lambda _: sys.stdout)

        console = _Console()

        def emit(self, record: logging.LogRecord) -> None:
            self.console.file.write(self.format(record) + "\n")

    log = logging.getLogger("shop.rich")
    with handled(log, Rich()):
        assert inside(lambda: log.warning("inside")) == [("WARNING", "inside")]


def test_hooks_are_not_in_place_without_a_run() -> None:
    state: Any = redirects._hooks
    assert state._users == 0
    assert not isinstance(sys.stdout, redirects._Redirect)
    assert logging.Logger.callHandlers.__module__ == "logging"
