"""The live view of a run: one small widget, fed with plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import anywidget
import traitlets

from wfkit.api.dag_run import DagRun
from wfkit.core.run import RunSnapshot
from wfkit.core.states import TaskState
from wfkit.notebook import blocks
from wfkit.views.parts import card_standings, live_parts, shown_cards
from wfkit.views.scene import Card
from wfkit.views.style import RUN_LOOKS


class RunView(anywidget.AnyWidget):
    """Shows a graph whose tasks change state, a headline with counts, and a Cancel button.

    `parts` is what `views.parts.live_parts` gives and is sent once; `standing` is how the run
    stands and is sent whole each time, so that a lost message costs nothing.
    """

    _esm = blocks.script("run")
    _css = blocks.style("run")

    parts = traitlets.Dict().tag(sync=True)
    standing = traitlets.Dict().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    can_cancel = traitlets.Bool().tag(sync=True)

    def __init__(self, run: DagRun, snapshot: RunSnapshot, can_cancel: bool) -> None:
        self._cards = shown_cards(run.graph)
        super().__init__(
            parts=live_parts(run.graph),
            standing=standing(snapshot, self._cards),
            title=f"DagRun {run.run_id} of {run.dag_name}",
            can_cancel=can_cancel,
        )

    def show(self, snapshot: RunSnapshot) -> None:
        """Send how the run stands, if that has changed."""
        self.standing = standing(snapshot, self._cards)

    def on_cancel(self, act: Callable[[], None]) -> None:
        """Call `act` when the Cancel button is pressed."""

        def heard(_widget: object, message: Any, _buffers: object) -> None:
            if message == "cancel":
                act()

        self.on_msg(heard)


def standing(snapshot: RunSnapshot, cards: Sequence[Card]) -> dict[str, Any]:
    """Return how a run stands, as plain data for the browser.

    `cards` are those of its graph; where there are none, `counts` alone tells.
    """
    counts = snapshot.counts()
    ended = sum(number for state, number in counts.items() if state.is_terminal)
    return {
        "state": snapshot.state.value,
        "word": RUN_LOOKS[snapshot.state].word,
        "cards": card_standings(cards, snapshot),
        "counts": {state.value: counts[state] for state in TaskState if counts[state]},
        "ended": ended,
        "total": sum(counts.values()),
    }
