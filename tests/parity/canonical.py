"""What is a result, whatever engine it comes from? Plain JSON. Imports nothing of wfkit."""

from __future__ import annotations

from typing import Any


def canonical(value: Any) -> Any:
    kind = type(value).__name__
    if kind == "DataFrame":
        columns = {str(name): canonical(list(value[name])) for name in value.columns}
        return {"DataFrame": columns, "index": canonical(list(value.index))}
    if hasattr(value, "isoformat"):
        return {"moment": value.isoformat()}
    if hasattr(value, "item") and not isinstance(value, list | dict):
        return canonical(value.item())
    if isinstance(value, dict):
        return {str(key): canonical(it) for key, it in value.items()}
    if isinstance(value, list | tuple) or kind == "LazyXComSequence":
        return [canonical(it) for it in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return repr(value)
