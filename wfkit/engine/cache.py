"""Has this been computed before? The key under which a result can be found again."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from wfkit.core.task import Task
from wfkit.engine.fingerprint import fingerprint


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
