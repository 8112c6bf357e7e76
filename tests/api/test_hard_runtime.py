"""What a body may do while it runs: one defined outcome each, on every executor."""

# ruff: noqa: T201 - prints are part of what a body does

from __future__ import annotations

import asyncio
import builtins
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.api.everywhere import (
    WHERE,
    error_on,
    everywhere,
    in_this_process,
    read_again,
    run_on,
)
from wfkit import Dag, task
from wfkit.api.dag_run import DagRun

# Errors of every kind


class Shy(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


class Unpicklable(Exception):
    def __init__(self, text: str, more: int) -> None:
        super().__init__(text)
        self.more = more
        self.lock = threading.Lock()


class Verbose(Exception):
    def __str__(self) -> str:
        return "so many words " * 5_000_000


def raising(error: Callable[[], BaseException]) -> Callable[[], Any]:
    def body() -> NoReturn:
        raise error()

    return body


def recurse() -> Any:
    return recurse()


ERRORS: dict[str, tuple[Callable[[], Any], str, str, bool]] = {
    "sys.exit": (lambda: sys.exit(0), "SystemExit", "0", False),
    "exit": (lambda: exit(3), "SystemExit", "3", False),  # noqa: PLR1722 - as learners do
    "own KeyboardInterrupt": (raising(KeyboardInterrupt), "KeyboardInterrupt", "", False),
    "GeneratorExit": (raising(GeneratorExit), "GeneratorExit", "", False),
    "BaseException": (raising(lambda: BaseException("odd")), "BaseException", "odd", True),
    "shy": (raising(Shy), "Shy", "(its own text cannot be shown)", True),
    "unpicklable": (raising(lambda: Unpicklable("boom", 1)), "Unpicklable", "boom", True),
    "verbose": (raising(Verbose), "Verbose", ("so many words " * 300)[:4_000] + "…", True),
    "recursion": (recurse, "RecursionError", "maximum recursion depth exceeded", True),
    "memory": (lambda: bytearray(1 << 60), "MemoryError", "", True),
    "a group": (
        raising(lambda: ExceptionGroup("two", [ValueError("\ud800"), OSError()])),
        "ExceptionGroup",
        "two (2 sub-exceptions)",
        True,
    ),
}


@everywhere
@pytest.mark.parametrize("what", ERRORS)
def test_an_error_of_any_kind_fails_its_task_and_nothing_else(
    where: str, what: str, tmp_path: Path
) -> None:
    raises, kind, message, is_repeated = ERRORS[what]
    store = tmp_path / "history.sqlite"

    @task(retries=1)
    def body() -> Any:
        return raises()

    error = error_on(where, body, store=store)
    assert (error["type"], error["message"]) == (kind, message)
    [again] = Dag("sales", [body]).runs(store=store)
    assert len(again.snapshot.attempts) == 1 + is_repeated
    assert again.state == "failed"


# What belongs to the whole process


def change_folder() -> None:
    os.chdir("/")


def change_environment() -> None:
    os.environ["WFKIT_LEAK"] = "1"
    del os.environ["PATH"]


def change_path() -> None:
    sys.path.insert(0, "/leak")


def change_locale() -> None:
    import locale

    locale.setlocale(locale.LC_ALL, "C.UTF-8")


def change_stdout() -> None:
    import io

    sys.stdout = io.StringIO()
    print("into nothing")


def change_logging() -> None:
    import logging

    logging.basicConfig(level=logging.ERROR, force=True)
    logging.disable(logging.CRITICAL)


CHANGES: dict[str, tuple[Callable[[], None], str]] = {
    "chdir": (change_folder, "the working directory"),
    "env": (change_environment, "environment variables"),
    "sys.path": (change_path, "sys.path"),
    "locale": (change_locale, "the locale"),
    "sys.stdout": (change_stdout, "sys.stdout"),
    "logging": (change_logging, "logging"),
}


def state() -> list[Any]:
    """What of this process no task may change for others."""
    import locale
    import logging

    root = logging.getLogger()
    handlers = [it for it in root.handlers if "wfkit" not in type(it).__module__]
    return [
        Path.cwd(),
        dict(os.environ),
        list(sys.path),
        locale.setlocale(locale.LC_ALL),
        sys.stdout.isatty(),
        [root.level, handlers, root.manager.disable],
    ]


@everywhere
@pytest.mark.parametrize("what", CHANGES)
def test_what_a_task_changes_is_put_back_and_told(where: str, what: str) -> None:
    change, name = CHANGES[what]

    def before() -> Any:
        return state()

    def changes(before: Any) -> None:
        change()

    def after(changes: None) -> Any:
        import logging

        print("heard")
        logging.getLogger("shop").warning("logged")
        return state()

    here, stream = state(), sys.stdout
    run = run_on(where, before, changes, after)
    assert run["before"] == run["after"]
    assert state() == here
    assert sys.stdout is stream
    lines = [(it.task, it.level, it.text) for it in run.lines]
    assert ("changes", "note", f"put back after this attempt: {name}") in lines
    assert [it for it in lines if it[0] == "after"] == [
        ("after", "stdout", "heard"),
        ("after", "WARNING", "logged"),
    ]


@in_this_process
@pytest.mark.parametrize("what", ["chdir", "env"])
def test_in_the_background_too(where: str, what: str) -> None:
    change, name = CHANGES[what]

    def changes() -> None:
        change()

    here = state()
    run = run_on(where, changes, background=True)
    assert run._ended.wait(10)
    assert state() == here
    assert [it.text for it in run.lines] == [f"put back after this attempt: {name}"]


class Meeting:
    """Lets the test act while a body runs."""

    def __init__(self) -> None:
        self.begun, self.gone_on = threading.Event(), threading.Event()

    def pause(self) -> None:
        self.begun.set()
        assert self.gone_on.wait(10)


def test_what_the_notebook_changes_beside_a_task_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting, earlier = Meeting(), list(sys.path)

    def slow() -> None:
        meeting.pause()

    run = run_on("thread", slow, background=True)
    assert meeting.begun.wait(10)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WFKIT_MINE", "1")
    monkeypatch.syspath_prepend(tmp_path)
    meeting.gone_on.set()
    assert run._ended.wait(10)
    assert Path.cwd() == tmp_path
    assert os.environ["WFKIT_MINE"] == "1"
    assert sys.path != earlier
    assert [it.text for it in run.lines] == [
        "changed while this attempt ran, and left so: sys.path"
    ]


def test_the_folder_that_the_notebook_chooses_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting = Meeting()
    monkeypatch.chdir(Path.cwd())  # to come back here, not to where the task goes

    def goes() -> None:
        os.chdir("/")
        os.environ["WFKIT_MINE"] = "theirs"
        meeting.pause()

    run = run_on("thread", goes, background=True)
    assert meeting.begun.wait(10)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WFKIT_MINE", "mine")
    meeting.gone_on.set()
    assert run._ended.wait(10)
    assert (Path.cwd(), os.environ["WFKIT_MINE"]) == (tmp_path, "mine")


@in_this_process
def test_the_default_store_stays_where_the_run_began(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WFKIT_HOME")
    monkeypatch.chdir(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    meeting = Meeting()

    def goes() -> None:
        os.chdir(other)
        meeting.pause()

    def stays(goes: None) -> int:
        return 3

    run = run_on(where, goes, stays, store="default", background=True)
    assert meeting.begun.wait(10)
    assert len(Dag("sales", [goes, stays]).runs()) == 1
    meeting.gone_on.set()
    assert run.wait(10)
    assert len(Dag("sales", [goes, stays]).runs()) == 1
    assert not list(other.iterdir())
    assert (tmp_path / ".wfkit" / "history.sqlite").exists()


def test_a_redirect_of_a_task_outlives_the_end_of_another_one() -> None:
    meeting = Meeting()

    def redirects() -> str:
        import contextlib
        import io

        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            meeting.pause()
            print("caught")
        return text.getvalue()

    def ends() -> None:
        assert meeting.begun.wait(10)

    def then(ends: None) -> None:
        meeting.gone_on.set()

    run = run_on("thread", redirects, ends, then)
    assert [it.text for it in run.lines if it.level == "note"] == []
    assert run.state == "success"


@everywhere
def test_chance_goes_on_in_the_notebook_as_if_no_task_had_drawn(where: str) -> None:
    import random

    import numpy as np

    def draws(seeded: bool) -> tuple[float, float]:
        import random

        import numpy as np

        drawn = random.random(), float(np.random.random())
        if seeded:
            random.seed(1)
            np.random.seed(1)
        return drawn

    def notebook(seeded: bool) -> tuple[list[Any], list[float]]:
        """What two runs drew, and what the notebook then drew itself."""
        random.seed(7)
        np.random.seed(7)
        dag = Dag("sales", [draws], params={"seeded": seeded})
        runs = [dag.run(store=None, **WHERE[where])["draws"] for _ in range(2)]
        return runs, [random.random(), np.random.random()]

    before = random.getstate(), np.random.get_state()
    plain, seeding = notebook(False), notebook(True)
    random.setstate(before[0])
    np.random.set_state(before[1])
    assert plain[1] == seeding[1]
    assert plain[0][0] != plain[0][1]
    if where != "process":
        assert plain[0] == seeding[0]


@in_this_process
def test_what_a_thread_keeps_for_itself_is_fresh_for_each_attempt(where: str) -> None:
    import contextvars
    import decimal

    setting = contextvars.ContextVar("setting", default="usual")

    def changes() -> None:
        decimal.getcontext().prec = 3
        setting.set("another")
        sys.settrace(lambda *_: None)
        sys.setprofile(lambda *_: None)

    def after(changes: None) -> list[Any]:
        return [decimal.getcontext().prec, setting.get(), sys.gettrace(), sys.getprofile()]

    before = [decimal.getcontext().prec, "usual", None, None]
    found = Dag("sales", [changes, after], max_active_tasks=1).run(store=None, **WHERE[where])
    assert found["after"] == before


# Streams


@everywhere
def test_closed_streams_are_only_closed_for_who_closes_them(where: str) -> None:
    def closes() -> None:
        sys.stdout.close()
        sys.stderr.close()
        sys.stdin.close()
        print("still there")

    def after(closes: None) -> bool:
        print("here")
        print("and here", file=sys.stderr)
        return bool(sys.stdin.closed)

    stdin = sys.stdin
    run = run_on(where, closes, after)
    assert run["after"] is False
    assert sys.stdin is stdin
    assert not sys.stdout.closed
    assert [(it.task, it.level, it.text) for it in run.lines] == [
        ("closes", "stdout", "still there"),
        ("after", "stdout", "here"),
        ("after", "stderr", "and here"),
    ]


@everywhere
def test_nobody_answers_a_task(where: str) -> None:
    def asks() -> str:
        return input("name? ")

    def reads() -> str:
        return sys.stdin.read()

    def reads_lines() -> list[str]:
        return list(sys.stdin)

    asking = builtins.input
    for body in (asks, reads, reads_lines):
        error = error_on(where, body)
        assert error["type"] == "EOFError"
        assert error["message"] == (
            "nobody answers a task that runs; let it take what it asks for as a parameter"
        )
    assert builtins.input is asking


@pytest.mark.slow
@everywhere
@pytest.mark.parametrize("shape", ["lines", "one line", "pieces"])
def test_of_endless_output_head_and_tail_are_kept(where: str, shape: str, tmp_path: Path) -> None:
    def talks() -> str:
        if shape == "lines":
            for number in range(100):
                print((f"{number:09} " * 100 + "\n") * 1_000, end="")
        elif shape == "one line":
            print("x" * 50_000_000)
        else:
            for _ in range(1_000):
                print("." * 100_000, end="")
        return "done"

    run = run_on(where, talks, store=tmp_path / "history.sqlite")
    texts = [it.text for it in read_again(run).lines]
    assert sum(map(len, texts)) < 1_100_000
    if shape == "lines":
        assert (texts[0][:9], texts[-1][:9]) == ("000000000", "000000099")
        assert any("lines left out" in text for text in texts)
    else:
        assert len(texts) == 1
        assert "0,000 characters)" in texts[0]


@everywhere
def test_hard_characters_are_kept_and_shown_harmlessly(where: str, tmp_path: Path) -> None:
    def talks() -> None:
        print("a \udc80 \0 b")
        print("\x1b[31mred\x1b[0m \x1b[2J\x1b]0;title\x07")
        print("10 %\r50 %\r100 %")
        print("\u202eevil")

    run = run_on(where, talks, store=tmp_path / "history.sqlite")
    assert [it.text for it in read_again(run).lines] == [
        "a \\udc80 \\0 b",
        "\x1b[31mred\x1b[0m \x1b[2J\x1b]0;title\x07",
        "10 %\r50 %\r100 %",
        "\u202eevil",
    ]
    assert repr(Dag("sales", [talks]).logs(store=tmp_path / "history.sqlite")).splitlines() == [
        "talks | a \\udc80 \\0 b",
        "talks | red \\x1b[2J\\x1b]0;title\\x07",
        "talks | 100 %",
        "talks | \\u202eevil",
    ]


# What goes on beside and after a body


@everywhere
def test_a_run_inside_of_a_task(where: str) -> None:
    def outer() -> list[int]:
        def inner() -> int:
            print("inside")
            return 3

        dag = Dag("inner", [inner])
        return [dag.run(executor=it, store=None)["inner"] for it in ("serial", "thread")]

    run = run_on(where, outer)
    assert run["outer"] == [3, 3]
    assert run.lines == []


@everywhere
def test_where_an_event_loop_runs_already(where: str) -> None:
    async def fetch() -> int:
        await asyncio.sleep(0)
        return 3

    def waits(fetch: int) -> int:
        async def add() -> int:
            return fetch + 1

        return asyncio.run(add())

    async def cell() -> DagRun:
        return run_on(where, fetch, waits)

    assert asyncio.run(cell())["waits"] == 4


@everywhere
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("how", ["returns", "raises", "exits"])
def test_a_forked_child_does_not_go_on_with_the_run(where: str, how: str, tmp_path: Path) -> None:
    witness = tmp_path / "witness"

    def forks() -> int:
        child = os.fork()
        if child:
            os.waitpid(child, 0)
        elif how == "raises":
            raise ValueError("in the child")
        elif how == "exits":
            sys.exit(3)
        return 1

    def after(forks: int) -> int:
        with witness.open("a") as file:
            file.write("x")
        return forks + 1

    run = run_on(where, forks, after, store=tmp_path / "history.sqlite")
    assert run["after"] == 2
    assert witness.read_text() == "x"
    assert [it.outcome for it in run.snapshot.attempts.values()] == ["returned"] * 2


@in_this_process
def test_a_thread_that_outlives_its_task_is_told(where: str) -> None:
    over = threading.Event()

    def leaves() -> int:
        threading.Thread(target=over.wait, args=[10], daemon=True).start()
        return 1

    def after(leaves: int) -> int:
        thread = threading.Thread(target=print, args=["short"])
        thread.start()
        thread.join()
        return leaves + 1

    run = run_on(where, leaves, after)
    over.set()
    assert run["after"] == 2
    assert [(it.task, it.text) for it in run.lines] == [
        ("leaves", "left a thread running, which goes on unheard")
    ]
