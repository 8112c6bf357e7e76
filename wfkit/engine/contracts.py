"""Does a result keep what `ensure` promises?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wfkit.core.errors import ContractBroken
from wfkit.engine.failure import message
from wfkit.engine.values import isolated

_LONGEST = 60


def ensure(name: str, promise: Callable[[Any], object], result: Any) -> None:
    """Raise ContractBroken unless `promise(result)` holds: False or an error means it does not.

    A pandera schema is a promise too: what its `validate` raises breaks it.
    """
    check = getattr(promise, "validate", promise)
    told = getattr(promise, "__name__", None) or getattr(promise, "name", None) or "its schema"
    try:
        held = check(isolated(result))
    except Exception as cause:
        why = _told_by_schema(cause) or message(cause) or type(cause).__name__
        raise ContractBroken(f"{name} breaks its contract: {told} says {why}") from cause
    if _is_false(held):
        raise ContractBroken(f"{name} breaks its contract: {told} says False")


def _is_false(value: object) -> bool:
    # What `(orders["amount"] > 0).all()` gives is NumPy's own False.
    kind = type(value)
    is_bool = (kind.__module__, kind.__name__) in {("numpy", "bool"), ("numpy", "bool_")}
    return value is False or (is_bool and not value)


def _told_by_schema(cause: Any) -> str:
    """Return in one line what a schema of pandera complains of first; its own text is for it."""
    if not type(cause).__module__.startswith("pandera."):
        return ""
    try:
        first = [*getattr(cause, "schema_errors", ()), cause][0]
        return _complaint(first) + _where(first)
    except Exception:  # noqa: BLE001 - another version of pandera: its own text serves
        return ""


def _complaint(error: Any) -> str:
    reason, what = error.reason_code.name, _place(error)
    if reason == "DATAFRAME_CHECK":
        return f"{what} fails {_check(error.check)}"
    if reason == "CHECK_ERROR":
        return f"{what} cannot be checked with {_check(error.check)}"
    return f"{what} {_WORDS[reason].format(type=error.schema.dtype)}"


_WORDS = {
    "COLUMN_NOT_IN_DATAFRAME": "is missing",
    "COLUMN_NOT_IN_SCHEMA": "is not in the schema",
    "COLUMN_NOT_ORDERED": "is not where the schema has it",
    "DATATYPE_COERCION": "cannot be turned into {type}",
    "DUPLICATES": "has rows more than once",
    "SERIES_CONTAINS_DUPLICATES": "has values more than once",
    "SERIES_CONTAINS_NULLS": "has missing values",
    "WRONG_DATATYPE": "is not {type}",
}


def _place(error: Any) -> str:
    kind = type(error.schema).__name__
    if kind == "Index":
        return "the index"
    if error.reason_code.name.startswith("COLUMN_"):
        return f'column "{error.failure_cases}"'
    if kind == "Column":
        return f'column "{error.schema.name}"'
    return "the series" if kind.startswith("Series") else "the table"


def _check(check: Any) -> str:
    named = str(check.error or check.name)
    if named == "<lambda>":
        return "its check"
    return f'"{named}"' if " " in named and "(" not in named else named


def _where(error: Any) -> str:
    """Return the first value that is wrong with its row, and how many more there are."""
    cases, reason = error.failure_cases, error.reason_code.name
    if reason == "CHECK_ERROR":
        return f": {_short(cases)}"
    if not hasattr(cases, "columns") or not len(cases):
        return ""
    rows = cases["index"]
    more = rows.nunique() - 1
    says_nothing = "column" in cases.columns or reason == "SERIES_CONTAINS_NULLS"
    value = "" if says_nothing else f"{_short(cases['failure_case'].iloc[0])} in "
    return f": {value}row {_short(rows.iloc[0])}{f' and {more:,} more' if more else ''}"


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
