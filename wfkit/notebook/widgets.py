"""The live view of a run: one small widget, fed with plain data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from wfkit.api.dag_run import DagRun
from wfkit.core.run import RunSnapshot
from wfkit.core.states import TaskState
from wfkit.views.standing import standings
from wfkit.views.style import RUN_LOOKS
from wfkit.views.svg import live_parts
from wfkit.views.text import MOST_TASKS

_STATIC = Path(__file__).parent / "static"


class RunView(anywidget.AnyWidget):
    """Shows a graph whose tasks change state, a headline with counts, and a Cancel button.

    `parts` is what `views.svg.live_parts` gives and is sent once; `standing` is how the run
    stands and is sent whole each time, so that a lost message costs nothing.
    """

    _esm = (_STATIC / "run.js").read_text(encoding="utf-8")
    _css = (_STATIC / "run.css").read_text(encoding="utf-8")

    parts = traitlets.Dict().tag(sync=True)
    standing = traitlets.Dict().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    can_cancel = traitlets.Bool().tag(sync=True)

    def __init__(self, run: DagRun, snapshot: RunSnapshot, can_cancel: bool) -> None:
        super().__init__(
            parts=live_parts(run.graph),
            standing=standing(snapshot),
            title=f"DagRun {run.run_id} of {run.dag_name}",
            can_cancel=can_cancel,
        )

    def show(self, snapshot: RunSnapshot) -> None:
        """Send how the run stands, if that has changed."""
        self.standing = standing(snapshot)

    def on_cancel(self, act: Callable[[], None]) -> None:
        """Call `act` when the Cancel button is pressed."""

        def heard(_widget: object, message: Any, _buffers: object) -> None:
            if message == "cancel":
                act()

        self.on_msg(heard)


def standing(snapshot: RunSnapshot) -> dict[str, Any]:
    """Return how a run stands, as plain data for the browser.

    `tasks` lists state and attempt of each task in the order of the graph; above 300 tasks it is
    empty and `counts` alone tells.
    """
    counts = snapshot.counts()
    ended = sum(number for state, number in counts.items() if state.is_terminal)
    shown = standings(snapshot) if len(snapshot.upstream) <= MOST_TASKS else {}
    return {
        "state": snapshot.state.value,
        "word": RUN_LOOKS[snapshot.state].word,
        "tasks": [[it.state.value, it.attempt] for it in shown.values()],
        "counts": {state.value: counts[state] for state in TaskState if counts[state]},
        "ended": ended,
        "total": sum(counts.values()),
    }
