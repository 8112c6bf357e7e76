"""How does a notebook run a Dag? Live while it runs, then settled; it stops when asked to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from wfkit.api.dag_run import DagRun
from wfkit.core.errors import RunFailed, WfkitError
from wfkit.core.states import RunState, TaskState
from wfkit.engine import host
from wfkit.notebook.display import show, show_text
from wfkit.notebook.following import Follower

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.display import DisplayHandle

    from wfkit.notebook.widgets import RunView

TICK = 0.05
"""Seconds between two looks at a run: at most 20 pushes a second reach the browser."""

_PATIENCE = 0.8
_TOO_SHORT_TO_WATCH = 0.15


class Interrupted(WfkitError):
    """A run was stopped by the interrupt button."""


@host.waits()
def run(
    shell: InteractiveShell,
    begin: Callable[..., DagRun],
    *,
    background: bool = False,
    expect: str = "success",
    **options: Any,
) -> None:
    """Begin a run in the cell that is running, with `Dag.run`, `Dag.resume` or `Dag.rerun`.

    Blocks until the run has ended, unless it goes on in the `background`. Raises RunFailed if
    it does not end as expected, and Interrupted if the cell is interrupted.
    """
    if options.get("crash_after"):
        expect = "failed"
    under_way = begin(background=True, expect=expect, **options)
    if under_way.has_nothing_left:
        show_text(repr(under_way))
    if under_way.changed:
        show_text(_told_of_changes(under_way.changed))
    if under_way.left_out:
        show_text(_told_of_left_out(under_way.left_out))
    if background:
        _show_in_background(shell, under_way)
        return
    finished = _watch(shell, under_way)
    if not finished:
        raise Interrupted(_told_of_interrupt(under_way))
    under_way.check(expect)
    if expect == "failed":
        show_text(_failure(under_way))


def _watch(shell: InteractiveShell, under_way: DagRun) -> bool:
    """Show the run until it has ended; return False if that was cut short."""
    view: LiveView | None = None
    is_whole = True
    try:
        if not under_way.wait(_TOO_SHORT_TO_WATCH) and is_live(shell):
            view = LiveView(under_way)
            view.open(can_cancel=False)
        while not under_way.wait(TICK):
            if view:
                view.update()
    except KeyboardInterrupt:
        is_whole = False
        _stop(under_way)
    finally:
        _settle(under_way, view)
    return is_whole


def _stop(under_way: DagRun) -> None:
    under_way.cancel("interrupted")
    try:
        under_way.wait(_PATIENCE)
    except KeyboardInterrupt:
        return


def _settle(under_way: DagRun, view: LiveView | None) -> None:
    if view is None:
        show(under_way)
    else:
        view.settle()


def is_live(shell: InteractiveShell) -> bool:
    """Return True if there is a front end that can show a widget, and it is wanted."""
    return os.environ.get("WFKIT_LIVE") != "0" and getattr(shell, "kernel", None) is not None


class LiveView:
    """The view of one run below a cell: a widget first, the settled picture in its place later."""

    def __init__(self, under_way: DagRun) -> None:
        self._run = under_way
        self._follower = Follower(under_way)
        self._widget: RunView | None = None
        self._handle: DisplayHandle | None = None

    def open(self, can_cancel: bool) -> None:
        """Put the widget below the cell."""
        from IPython.display import DisplayHandle

        from wfkit.notebook.widgets import RunView

        run = self._run
        self._widget = RunView(run, self._follower.snapshot, can_cancel)
        self._widget.on_cancel(lambda: run.cancel("asked for"))
        self._handle = DisplayHandle()
        self._handle.display(self._widget)

    def update(self) -> None:
        """Send what has changed, if anything has."""
        if self._follower.catch_up() and self._widget is not None:
            self._widget.show(self._follower.snapshot)

    def settle(self) -> None:
        """Show the end, then put the picture in place of the widget: a saved notebook keeps it."""
        self.update()
        if self._handle is None:
            show(self._run)
        else:
            self._handle.update(dict(self._run.picture()._repr_mimebundle_()), raw=True)
        if self._widget is not None:
            self._widget.close()


def _show_in_background(shell: InteractiveShell, under_way: DagRun) -> None:
    if not is_live(shell):
        show_text(f"DagRun {under_way.run_id} of {under_way.dag_name}: in the background")
        return
    view = LiveView(under_way)
    view.open(can_cancel=True)
    loop = asyncio.get_running_loop()

    # The cell's own thread, between cells: some front ends ignore what other threads send.
    def tick() -> None:
        if _has_ended(under_way):
            view.settle()
        else:
            view.update()
            loop.call_later(TICK, tick)

    loop.call_later(TICK, tick)


def _has_ended(under_way: DagRun) -> bool:
    try:
        return under_way.wait(0)
    except WfkitError:
        return True


def _told_of_interrupt(under_way: DagRun) -> str:
    snapshot = under_way.snapshot
    if not snapshot.state.is_terminal:
        running = ", ".join(it.task for it in snapshot.with_state(TaskState.RUNNING))
        return (
            f"{under_way.run_id} was asked to stop; {running or 'it'} has not stopped yet.\n"
            "If anything is left once it has, %dag resume goes on with that."
        )
    done, total = len(snapshot.with_state(TaskState.SUCCESS)), len(snapshot.instances)
    told = f"{under_way.run_id} is {snapshot.state}: {done} of {total} tasks had succeeded."
    if snapshot.state is RunState.SUCCESS:
        return told
    return f"{told}\n%dag resume goes on where it stopped."


def _told_of_changes(names: Sequence[str]) -> str:
    verb = "has" if len(names) == 1 else "have"
    return f"{', '.join(names)} {verb} changed since: %dag rerun {names[0]} to run it again"


def _told_of_left_out(names: Sequence[str]) -> str:
    verb = "is" if len(names) == 1 else "are"
    told = ", ".join(names[:6]) + (" …" if len(names) > 6 else "")
    return f"{told} {verb} not part of this run: %dag run starts a new one"


def _failure(under_way: DagRun) -> str:
    try:
        under_way.check()
    except RunFailed as error:
        return f"RunFailed: {error}".partition("\n")[0]  # the picture above tells the rest
    return ""
