"""How reliable and how quick was a Dag? Its figures, each of its runs, and each of its tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wfkit.core.durations import duration_words
from wfkit.core.metrics import DagFigures
from wfkit.views.metrics_runs import draw_runs
from wfkit.views.metrics_tasks import draw_tasks
from wfkit.views.metrics_text import (
    headline,
    metrics_text,
    percent_words,
    quantile_words,
)
from wfkit.views.picture import Picture
from wfkit.views.shapes import Fragment, document, group, moved, rectangle, stacked, words
from wfkit.views.style import FRAME, INK, SOFT_INK
from wfkit.views.wording import counted, cut

WIDTH = 790.0
_TILE_GAP, _TILE = 12.0, 52.0
_LONGEST_HEADLINE = 90


class Tile(NamedTuple):
    """One figure and what it says."""

    figure: str
    told: str


def metrics_picture(known: DagFigures) -> Picture:
    """Return the figures as a drawing with its text twin; without runs there is only text."""
    text = metrics_text(known)
    if not known.runs:
        return Picture(text)
    return Picture(text, document(_draw(known), headline(known), text, "wfkit-metrics"))


def _draw(known: DagFigures) -> Fragment:
    head = words(
        cut(headline(known), _LONGEST_HEADLINE), 0, 12, fill=INK, font_weight="600", font_size=14.0
    )
    parts = [
        Fragment(WIDTH, 16, head),
        _tiles(tiles(known)),
        draw_runs(known.runs, WIDTH),
        draw_tasks(known.tasks, WIDTH),
    ]
    drawn = stacked([part for part in parts if part.height], gap=18)
    return drawn._replace(body=group([drawn.body], class_="metrics"))


def _tiles(shown: Sequence[Tile]) -> Fragment:
    width = (WIDTH - _TILE_GAP * (len(shown) - 1)) / len(shown)
    drawn = [moved(_tile(it, width), (width + _TILE_GAP) * i, 0) for i, it in enumerate(shown)]
    return Fragment(WIDTH, _TILE, "".join(drawn))


def _tile(tile: Tile, width: float) -> str:
    parts = [
        rectangle(0, 0, width, _TILE, rx=6, fill=FRAME),
        words(tile.figure, 12, 24, fill=INK, font_weight="600", font_size=18.0),
        words(tile.told, 12, 42, fill=SOFT_INK),
    ]
    return group(parts, class_="tile")


def tiles(known: DagFigures) -> list[Tile]:
    """Return the figures that tell most, as far as there are such."""
    return [*_success(known), *_duration(known), *_retries(known), *_promptness(known)]


def _success(known: DagFigures) -> Iterator[Tile]:
    ended = len(known.ended)
    told = f"{known.succeeded:,} of {counted(ended, 'run')} succeeded"
    yield Tile(percent_words(known.succeeded, ended), told)


def _duration(known: DagFigures) -> Iterator[Tile]:
    if any(known.durations):
        median, most, _ = quantile_words(known.durations)
        yield Tile(median, f"median, 90 % within {most}")


def _retries(known: DagFigures) -> Iterator[Tile]:
    retries = sum(run.retries for run in known.runs)
    number = sum(run.retries > 0 for run in known.runs)
    if not retries:
        yield Tile("no retry", "each task needed one attempt")
        return
    figure = "1 retry" if retries == 1 else f"{retries:,} retries"
    yield Tile(figure, f"in {number:,} of {counted(len(known.runs), 'run')}")


def _promptness(known: DagFigures) -> Iterator[Tile]:
    """Yield how many deadlines were missed, else how late the runs began."""
    missed = [run.missed_deadline for run in known.runs if run.missed_deadline is not None]
    if missed:
        figure = f"{sum(missed):,} missed" if any(missed) else "in time"
        yield Tile(figure, f"deadlines of {counted(len(missed), 'run')}")
    elif known.lateness:
        late = [seconds for seconds in known.lateness if seconds >= 1]
        figure = f"{duration_words(max(late))} late" if late else "on time"
        told = f"at most, {len(late):,} of {counted(len(known.lateness), 'run')}"
        yield Tile(figure, told if late else "each run began when due")
