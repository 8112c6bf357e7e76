"""What does a page in the browser need to show a graph whose tasks change their state?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wfkit.core.graph import Graph
from wfkit.core.run import RunSnapshot
from wfkit.core.states import TaskState
from wfkit.views.scene import Card, CardKind, scene
from wfkit.views.shapes import Fragment, document
from wfkit.views.standing import Standing, standing_of, standings
from wfkit.views.style import outcome_table, state_table
from wfkit.views.summary import draw_summary
from wfkit.views.svg import draw_graph
from wfkit.views.wording import counted


def live_parts(graph: Graph) -> dict[str, Any]:
    """Return a graph as plain data: its drawing once, and what belongs to each card.

    - `svg`: the graph with every task waiting, None without Graphviz. Each card is a
      `g[data-card][data-state]` that holds `rect.card`, `circle.badge`, `path.icon`,
      `text.state` and, where it has retries, `.attempts`: circles, one for each attempt it may
      take, or a text such as `2/12`. An edge is a `g.edge[data-tail][data-head]`. What is too
      large even with every group in one card has `g.count[data-state]` with a `text.number`.
    - `cards`: in the order of `data-card` the title, the tasks behind it (their places in the
      order of the graph) and how many attempts it may take.
    - `edges`: pairs of cards, upstream first.
    - `states`, `outcomes`: how each looks.
    """
    found = scene(graph)
    place = {name: i for i, name in enumerate(graph.order)}
    drawn = _draw(graph)
    label = f"How each of {counted(len(graph.tasks), 'task')} stands"
    return {
        "svg": document(drawn, label, label, "wfkit-live") if drawn else None,
        "cards": [
            {
                "title": card.title,
                "tasks": [place[name] for name in card.tasks],
                "attempts": _allowed(graph, card),
            }
            for card in (found.cards if found else ())
        ],
        "edges": [[edge.tail, edge.head] for edge in (found.edges if found else ())],
        "states": state_table(),
        "outcomes": outcome_table(),
    }


def _draw(graph: Graph) -> Fragment | None:
    known = dict.fromkeys(graph.order, Standing(TaskState.NONE))
    if scene(graph) is None:
        return draw_summary(graph, known, every_state=True)
    return draw_graph(graph, known)


def _allowed(graph: Graph, card: Card) -> int:
    return graph.tasks[card.title].options.retries + 1 if card.kind is CardKind.TASK else 1


def shown_cards(graph: Graph) -> Sequence[Card]:
    """Return the cards that `live_parts` draws, none where it draws counts."""
    found = scene(graph)
    return found.cards if found else ()


def card_standings(cards: Sequence[Card], snapshot: RunSnapshot) -> list[list[Any] | None]:
    """Return for each card its state, attempt, and how many of how many instances have ended.

    None stands for a card whose tasks are not in the run.
    """
    if not cards:
        return []
    known = standings(snapshot)
    found = (standing_of(card.tasks, known) for card in cards)
    return [[it.state.value, it.attempt, it.done, it.total] if it else None for it in found]
