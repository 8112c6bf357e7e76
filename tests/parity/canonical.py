"""What is a result, whatever engine it comes from? Plain JSON. Imports nothing of wfkit."""

from __future__ import annotations

from typing import Any


def canonical(value: Any) -> Any:
    kind = type(value).__name__
    if kind == "DataFrame":
        columns = {str(name): canonical(list(value[name])) for name in value.columns}
        return {"DataFrame": columns, "index": canonical(list(value.index))}
    if isinstance(value, dict):
        return {str(key): canonical(it) for key, it in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(it) for it in value]
    return value if isinstance(value, bool | int | float | str | None) else _named(value)


def _named(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return {"moment": value.isoformat()}
    return canonical(value.item()) if hasattr(value, "item") else repr(value)
