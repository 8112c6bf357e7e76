"""Has this been computed before? The key under which a result can be found again."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from wfkit.core.graph import Graph
from wfkit.core.task import Task
from wfkit.engine.branching import NoSuchBranch, chosen_tasks
from wfkit.engine.fingerprint import fingerprint
from wfkit.engine.store import Store
from wfkit.engine.stored import from_bytes


class Found(NamedTuple):
    """What the cache has under `key`: the result, also as bytes, and what a branch chose then.

    `data` is None where it has nothing, `key` where nothing can be found again.
    """

    key: str | None
    data: bytes | None = None
    result: Any = None
    chosen: tuple[str, ...] | None = None


def look_up(store: Store, dag: str, graph: Graph, name: str, inputs: Mapping[str, Any]) -> Found:
    """Look for the result that a task has returned for these inputs, whatever the attempt.

    The choice of a branch counts only if its Dag can still follow it.
    """
    it = graph.tasks[name]
    key = cache_key(it, {known: value for known, value in inputs.items() if known != "attempt"})
    data = None if key is None else store.read_cached(dag, name, key)
    if data is None:
        return Found(key)
    try:
        result = from_bytes(data)
    except Exception:  # noqa: BLE001 - what it was made of may have been renamed since
        return Found(key)
    if not it.options.branch:
        return Found(key, data, result)
    try:
        return Found(key, data, result, chosen_tasks(name, result, graph.downstream[name]))
    except NoSuchBranch:
        return Found(key)


def cache_key(task: Task, inputs: Mapping[str, Any]) -> str | None:
    """Return a text that is equal for equal code and equal inputs.

    None where an input cannot be told apart from others because it cannot be pickled.

    >>> def double(x): return 2 * x
    >>> cache_key(Task(double), {"x": 1}) == cache_key(Task(double), {"x": 1})
    True
    """
    digest = blake2b(fingerprint(task.function).encode(), digest_size=16)
    try:
        for name in sorted(inputs):
            digest.update(name.encode())
            digest.update(pickle.dumps(inputs[name], protocol=5))
    except Exception:  # noqa: BLE001 - any class may refuse in its own way
        return None
    return digest.hexdigest()
