"""What does a name of the notebook stand for? Told from the code of the executed cells."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Collection, Mapping
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from wfkit.notebook.definitions import Definition, Kind, definitions, star_imports


class NotebookNames:
    """The names that executed cells defined, the newest definition of each.

    `namespace` is the notebook's, `hidden` are the names that IPython itself puts into it.
    """

    def __init__(self, namespace: Mapping[str, Any], hidden: Collection[str] = ()) -> None:
        self._namespace = namespace
        self._hidden = hidden
        self._kinds: dict[str, Kind] = {}

    def __copy__(self) -> NotebookNames:
        made = NotebookNames(self._namespace, self._hidden)
        made._kinds = dict(self._kinds)
        return made

    def learn(self, source: str) -> None:
        """Take in the code of a cell that has been executed; what is not Python is passed over."""
        try:
            tree = ast.parse(source)
            self.learn_definitions(definitions(tree))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        for module in star_imports(tree):
            self._kinds.update(dict.fromkeys(_public_names(module), Kind.IMPORT))

    def learn_definitions(self, defined: Mapping[str, Definition]) -> None:
        """Take in what a cell defined."""
        self._kinds.update({name: it.kind for name, it in defined.items()})

    def is_value(self, name: str) -> bool:
        """Return True if `name` is a value of the notebook: no import, function or class.

        A name that no cell defined in its code is judged by the object itself.
        """
        if name not in self._namespace or _is_special(name) or self._is_ipythons(name):
            return False
        if self._kinds.get(name, Kind.VALUE) is not Kind.VALUE:
            return False
        return not _is_code(self._namespace[name])

    def _is_ipythons(self, name: str) -> bool:
        return name in self._hidden and name not in self._kinds and name not in {"In", "Out"}


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _is_code(value: object) -> bool:
    if isinstance(value, FunctionType):
        return not value.__closure__
    return isinstance(value, ModuleType | type | BuiltinFunctionType)


def _public_names(module: str) -> list[str]:
    try:
        found = vars(importlib.import_module(module))
    except ImportError:
        return []
    names = found.get("__all__") or (name for name in found if not name.startswith("_"))
    return list(names)
