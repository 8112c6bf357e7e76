"""A recorded run that is played again, event by event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wfkit.core.events import Event
from wfkit.core.graph import Graph
from wfkit.core.recorded import recorded_graph
from wfkit.core.run import fold
from wfkit.engine.capture import LogLine

if TYPE_CHECKING:
    from wfkit.views.picture import Picture
    from wfkit.views.telling import Told

MOST_LINES = 200
"""So many lines of a story go below a cell."""


class Replay:
    """A run to be played again: what happened, event by event.

    As text it is the story of the run; a notebook shows a page with a slider over its events.
    The graph is the one the run had, whatever has become of its tasks since.

    >>> from wfkit import Dag
    >>> def orders(): return 3
    >>> replay = Dag("sales", [orders]).trial().replay()
    >>> len(replay)
    7
    >>> print(str(replay).partition(": ")[2])
    success, 7 events of sales
      1  0 s  the run is queued
      2  0 s  the run starts
      5  0 s  orders attempt 1 starts
      6  0 s  orders attempt 1 returns
      7  0 s  the run ends: success
    """

    def __init__(
        self, events: Sequence[Event], declared: Graph, lines: Sequence[LogLine] = ()
    ) -> None:
        self.events = events
        self.snapshot = fold(events)
        self.graph = recorded_graph(self.snapshot.upstream, declared)
        self._lines = lines

    def __len__(self) -> int:
        return len(self.events)

    @cached_property
    def told(self) -> list[Told]:
        """When and what happened at each event."""
        from wfkit.views.telling import told

        return told(self.events)

    @property
    def is_timed(self) -> bool:
        """True on a virtual clock: then the times are the same in every run."""
        return self.snapshot.detail.get("clock") == "virtual"

    def data(self) -> dict[str, Any]:
        """Return all that a page needs to play the run, as plain data."""
        from wfkit.views.replay import Line, replay_data

        lines = (Line(*it[:6]) for it in self._lines)
        told = {"dag": self.snapshot.dag_name, "runId": self.snapshot.run_id}
        return told | replay_data(self.graph, self.events, self.told, lines)

    def picture(self) -> Picture:
        """Return how the run stands at its last event, as a drawing.

        Its twin in text is the story of the run, on a real clock what is the same in every run.
        """
        from wfkit.views.picture import Picture, run_picture

        drawn = run_picture(self.graph, self.snapshot)
        return Picture(self._story(MOST_LINES), drawn.svg) if self.is_timed else drawn

    def __repr__(self) -> str:
        return self._story()

    def _story(self, most: int | None = None) -> str:
        from wfkit.views.story import story_text

        return story_text(self.snapshot, self.events, self.told, most)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, Any]:
        return self.picture()._repr_mimebundle_(include, exclude)
