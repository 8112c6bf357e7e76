"""Which names does a task use that nothing defines? Notes: a later cell may bring the name."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Collection, Iterator, Mapping
from types import CodeType
from typing import Any

from wfkit.core.errors import nearest
from wfkit.core.reads import Read, outer_reads
from wfkit.notebook.leaks import TaskCode

_MOST = 3
_SLIPS = 2
_SHORT_NAMES = {
    "np": "import numpy as np",
    "pd": "import pandas as pd",
    "plt": "import matplotlib.pyplot as plt",
    "sns": "import seaborn as sns",
}


def notes(task: TaskCode, namespace: Mapping[str, Any], given: Collection[str]) -> list[str]:
    """Return a line for each of the first three names that are neither of the cell, the notebook
    nor Python. `given` are names that a parameter can ask for: params and contexts.
    """
    unknown = {
        read.name: read
        for read in reversed([*outer_reads(task.code, task.own)])
        if not (read.writes or read.name in namespace or hasattr(builtins, read.name))
    }
    first = sorted(unknown.values(), key=lambda read: (read.line, read.name))[:_MOST]
    known = [*_own_names(task.code), *task.own, *namespace, *dir(builtins), *given]
    known = [name for name in known if not name.startswith("_")]
    return [_note(task, read, known, given) for read in first]


def _note(task: TaskCode, read: Read, known: Collection[str], given: Collection[str]) -> str:
    head = f"line {read.line} reads `{read.name}`, which nothing defines yet"
    if read.name in given:
        inputs = ", ".join([*task.parameters, read.name])
        return f"{head}; make it a parameter: def {task.name}({inputs}):"
    missing = _SHORT_NAMES.get(read.name)
    if missing or read.name in sys.stdlib_module_names:
        return f"{head}; run `{missing or f'import {read.name}'}` in a cell"
    near = nearest(read.name, [it for it in known if abs(len(it) - len(read.name)) <= _SLIPS])
    return f"{head}; did you mean `{near}`?" if near else head


def _own_names(code: CodeType) -> Iterator[str]:
    """Yield the parameters and variables of all functions in `code`."""
    yield from code.co_varnames
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _own_names(inner)
