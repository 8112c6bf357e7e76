"""Of which type and size was what each task returned last?"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from typing import Any

from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.core.errors import WfkitError
from wfkit.core.secret_formats import MASK
from wfkit.core.secret_names import is_sensitive
from wfkit.core.states import TaskState
from wfkit.engine.stored import from_bytes
from wfkit.views.shape_words import Shape, shape_of, shape_of_mapped

MOST_BYTES = 1024**2
"""The largest stored result that is read to be looked at; one in memory may be any size."""

MOST_BYTES_IN_ALL = 8 * MOST_BYTES
MOST_TASKS = 300
_SLOW_TO_IMPORT = ("pandas", "numpy", "pyarrow")


def last_shapes(dag: DeclaredDag) -> dict[str, Shape]:
    """Return the shapes of the results of the last run by task, as far as they come cheaply.

    Left out is what is too large to be read, what needs a library that is not imported yet, and
    everything where the history cannot be read: to look at a Dag must not fail.
    """
    if len(dag.graph.tasks) > MOST_TASKS:
        return {}
    with contextlib.suppress(WfkitError):
        run = dag.last
        if isinstance(run, DagRun):
            return _shapes(run)
    return {}


def shapes_in_memory(dag: DeclaredDag) -> dict[str, Shape]:
    """Return the shapes of what this kernel still holds of the last run, by task."""
    return _by_task(dag.ran.results()) if dag.ran else {}


def _shapes(run: DagRun) -> dict[str, Shape]:
    found = run.results()
    left = MOST_BYTES_IN_ALL
    for it in run.snapshot.with_state(TaskState.SUCCESS):
        key = (it.task, it.map_index)
        if key in found:
            continue
        data = run.store.read_result(run.dag_name, run.run_id, key, min(left, MOST_BYTES))
        if data is None or _needs_import(data):
            continue
        left -= len(data)
        # Any class may fail to be built again.
        with contextlib.suppress(Exception):
            found[key] = from_bytes(data)
    return _by_task(found)


def _by_task(results: Mapping[tuple[str, int], Any]) -> dict[str, Shape]:
    found: dict[str, dict[int, Any]] = {}
    for (task, index), value in results.items():
        found.setdefault(task, {})[index] = value
    return {task: _together(task, values) for task, values in found.items()}


def _needs_import(data: bytes) -> bool:
    if data.startswith(b"PAR1"):
        return "pyarrow" not in sys.modules
    return any(it not in sys.modules and it.encode() in data for it in _SLOW_TO_IMPORT)


def _together(task: str, values: dict[int, Any]) -> Shape:
    if is_sensitive(task):
        return Shape(MASK)
    if -1 in values:
        return shape_of(values[-1])
    return shape_of_mapped([values[i] for i in sorted(values)])
