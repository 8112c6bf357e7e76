"""Where may a secret come to light? All that is kept of a run and shown of it."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import traitlets

from wfkit.api.dag import Dag
from wfkit.api.dag_run import DagRun
from wfkit.api.shapes import last_shapes
from wfkit.core.errors import RunFailed
from wfkit.notebook.panel import FaultPanel
from wfkit.notebook.playing import dag_bundle, replay_bundle
from wfkit.notebook.widgets import RunView
from wfkit.views.boundary import boundary
from wfkit.views.boundary_html import boundary_html

Sink = Callable[[Dag, DagRun], Iterable[object]]
_PACKED = re.compile(r'atob\("([A-Za-z0-9+/=]+)"\)|base64,([A-Za-z0-9+/=]+)')


def sinks(dag: Dag, run: DagRun, folder: Path | None = None) -> Iterator[tuple[str, str | bytes]]:
    """Yield all that is kept of a run and shown of it, with where that is."""
    with pd.option_context("display.max_colwidth", None, "display.max_rows", None):
        for name, sink in SINKS.items():
            yield name, "\n".join(map(str, sink(dag, run)))
    for path in sorted(folder.rglob("*")) if folder else ():
        if path.is_file():
            yield path.name, path.read_bytes()


def found(secrets: list[str], *where: tuple[str, str | bytes]) -> list[str]:
    """Return which of the secrets are where, as text."""
    told = []
    for place, content in where:
        data = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
        told += [f"{it!r} in {place}" for it in secrets if _is_in(it, data)]
    return told


def _is_in(secret: str, data: bytes) -> bool:
    """Return True for a secret, or for any line of one that has several."""
    plain = json.dumps(secret)[1:-1]
    ways = {secret, *secret.split("\n"), plain, json.dumps(plain)[1:-1], repr(secret)[1:-1]}
    return any(way.encode() in data for way in ways)


def unpacked(page: str) -> str:
    """Return a page with all that is packed into it, as text."""
    parts = [base64.b64decode(one or other) for one, other in _PACKED.findall(page)]
    # A zlib stream begins with these bits; the rest are pictures.
    opened = [zlib.decompress(it) if it[:1] == b"x" else it for it in parts]
    return "\n".join([page, *(it.decode("utf-8", "replace") for it in opened)])


def tried(dag: Dag) -> str:
    """Return what the fault panel of a Dag shows after a try."""
    panel = FaultPanel(dag)
    panel.try_out(
        next(iter(dag.tasks)), "slow=10m", {"retries": "0", "retry_delay": "0s", "backoff": "1"}
    )
    shown = _sent(panel)
    panel.close()
    return shown


def _log(dag: Dag, run: DagRun) -> Iterator[object]:
    logs = dag.logs(run_id=run.run_id, store=run.store)
    yield from (repr(logs), logs.to_json(), run.lines, logs._lines)


def _explain(dag: Dag, run: DagRun) -> Iterator[object]:
    yield run.explain()
    yield from (run.explain(it) for it in dag.tasks)


def _frame(frame: pd.DataFrame) -> Iterator[str]:
    yield from (frame.to_string(), frame.to_csv())


def _error(_: Dag, run: DagRun) -> Iterator[str]:
    try:
        run.check()
    except RunFailed as error:
        yield from (str(error), repr(error), *error._render_traceback_())


def _history(dag: Dag, run: DagRun) -> Iterator[object]:
    yield from _frame(dag.history(store=run.store))
    metrics = dag.metrics(store=run.store)
    yield from (repr(metrics), *_frame(metrics.runs), *_frame(metrics.tasks))


def _shown(thing: Any) -> Iterator[object]:
    yield repr(thing)
    yield from thing._repr_mimebundle_().values()


def _page(bundle: Mapping[str, str]) -> Iterator[str]:
    yield from map(unpacked, bundle.values())


def _cards(dag: Dag, _: DagRun) -> Iterator[object]:
    shapes = last_shapes(dag)
    for task in dag.tasks:
        card = boundary(dag.graph, task, dag.params, shapes)
        yield from (card, boundary_html(card))


def _sent(widget: traitlets.HasTraits) -> str:
    """Return what a widget sends to the browser, and saves in a notebook."""
    sent = {name: getattr(widget, name) for name in widget.trait_names(sync=True)}
    return json.dumps(sent, default=str)


def _live(_: Dag, run: DagRun) -> Iterator[str]:
    view = RunView(run, run.snapshot, can_cancel=True)
    yield _sent(view)
    view.close()


# Whoever gives a run another way to be seen (an alert, an export) adds it here.
SINKS: dict[str, Sink] = {
    "log": _log,
    "events": lambda _, run: [json.dumps([it.to_dict() for it in run.events])],
    "explain": _explain,
    "logs": lambda _, run: _frame(run.logs),
    "attempts": lambda _, run: _frame(run.attempts),
    "task_instances": lambda _, run: _frame(run.task_instances),
    "history": _history,
    "run": lambda _, run: _shown(run),
    "dag": lambda dag, _: _shown(dag),
    "runs": lambda dag, run: _shown(dag.runs(store=run.store)),
    "metrics": lambda dag, run: _shown(dag.metrics(store=run.store)),
    "error": _error,
    "boundary cards": _cards,
    "page of the dag": lambda dag, _: _page(dag_bundle(dag)),
    "page of the replay": lambda _, run: _page(replay_bundle(run.replay())),
    "live view": _live,
}
"""What a sink is called, and what it lets out of a Dag and one of its runs."""
