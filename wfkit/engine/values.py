"""How is a result handed over, so that no task can change what another one reads?"""

from __future__ import annotations

import copy
import sys
from datetime import date, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any
from uuid import UUID

from wfkit.engine import capture
from wfkit.engine.failure import message

_ATOMS = (
    *(int, float, complex, bool, str, bytes, type(None), range, slice, type),
    *(date, time, timedelta, tzinfo, Decimal, Fraction, Enum, PurePath, UUID),
    *(FunctionType, BuiltinFunctionType, ModuleType),
)
_CONTAINERS = frozenset({list, tuple, dict, set, frozenset})
_PLAIN = frozenset({int, float, complex, bool, str, bytes, type(None)})


def isolated(value: Any) -> Any:
    """Return `value` for another reader: a copy wherever it could be changed in place.

    DataFrames and Series are copied shallowly (pandas copies on write), deeply where a column
    holds lists, dicts and the like; NumPy arrays become read-only views; the rest is
    deep-copied. What refuses to be copied is handed over as it is, which the log of the task
    that reads it says.

    >>> orders = [[1], [2]]
    >>> isolated(orders) == orders, isolated(orders)[0] is orders[0]
    (True, False)
    """
    if type(value) in _PLAIN or isinstance(value, _ATOMS):
        return value
    kind = type(value).__module__.partition(".")[0]
    try:
        if kind == "pandas":
            return _isolated_pandas(value)
        if kind == "numpy":
            return _isolated_numpy(value)
        return copy.deepcopy(value, _tables_in(value))
    except Exception as cause:  # noqa: BLE001 - any class may refuse in its own way
        _tell_shared(value, cause)
        return value


def _tell_shared(value: Any, cause: Exception) -> None:
    here = capture.current()
    if here:
        told = f"{type(value).__name__} cannot be copied ({message(cause)})"
        here.line("note", f"{told}: all tasks that read it share it")


def _tables_in(value: Any) -> dict[int, Any]:
    """Return copies of the tables in a value by id, as a memo: pandas copies no lists in cells."""
    copies, seen, waiting = dict[int, Any](), set[int](), [value]
    tables = _kinds_of_tables()
    while tables and waiting:
        it = waiting.pop()
        if type(it) in _CONTAINERS and id(it) not in seen:
            seen.add(id(it))
            parts = it.values() if type(it) is dict else it
            waiting += [part for part in parts if type(part) not in _PLAIN]
        elif isinstance(it, tables):
            copies[id(it)] = _isolated_pandas(it)
    return copies


def _kinds_of_tables() -> tuple[type, ...]:
    pandas: Any = sys.modules.get("pandas")  # another thread may be just importing it
    return (pandas.DataFrame, pandas.Series) if hasattr(pandas, "Series") else ()


def _isolated_pandas(value: Any) -> Any:
    pandas = sys.modules["pandas"]
    if isinstance(value, pandas.DataFrame):
        copied = value.copy(deep=False)
        for i in range(value.shape[1]):
            if _holds_mutables(value.iloc[:, i]):
                copied.isetitem(i, _deep_column(value.iloc[:, i]))
        return copied
    if isinstance(value, pandas.Series):
        return _deep_column(value) if _holds_mutables(value) else value.copy(deep=False)
    return value if isinstance(value, pandas.Index) else copy.deepcopy(value)


def _holds_mutables(column: Any) -> bool:
    return column.dtype == object and any(not isinstance(cell, _ATOMS) for cell in column)


def _deep_column(column: Any) -> Any:
    return column.map(copy.deepcopy)


def _isolated_numpy(value: Any) -> Any:
    numpy = sys.modules["numpy"]
    if type(value) is not numpy.ndarray or value.dtype.hasobject:
        return copy.deepcopy(value)
    view = value.view()
    view.flags.writeable = False
    return view
