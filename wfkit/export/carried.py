"""Which code goes along with a task: imports, helpers and constants that it uses, and theirs?"""

from __future__ import annotations

import ast
import builtins
import copy
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from wfkit.core.errors import WfkitError
from wfkit.core.reads import places
from wfkit.core.task import Task
from wfkit.export.sources import Function, Source, Sources


class CannotExport(WfkitError):
    """Something of a Dag cannot be written down for another engine."""


class Imported(NamedTuple):
    """Something that a file imports: a module, or a name of it; `alias` is how it is called."""

    module: str
    name: str | None
    alias: str


class Toolkit(NamedTuple):
    """Something of this toolkit, in whose place the other engine has something of its own."""

    name: str


class Own(NamedTuple):
    """A name that a piece of the learner's code defines."""

    piece: int
    name: str


Symbol = Imported | Toolkit | Own
Spot = tuple[int, int, str]
"""Where a name is read: line, column in bytes, name."""


@dataclass(frozen=True)
class Code:
    """A statement of the learner's, and what each name in it that it does not define stands for."""

    source: Source
    node: ast.stmt
    reads: Mapping[Spot, Symbol]


@dataclass(frozen=True)
class Piece:
    """Statements that go along as helpers, in their order."""

    codes: tuple[Code, ...]


class Refusal(NamedTuple):
    """Something that cannot go along, with the task that needs it and why."""

    task: str
    name: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.task} reads {self.name} (line {self.line}), {self.why}"


@dataclass(frozen=True)
class Carried:
    """All code that goes along: of each task, and the pieces that this uses."""

    functions: Mapping[str, Code]
    promises: Mapping[str, Symbol]
    errors: Mapping[type, Symbol]
    pieces: tuple[Piece, ...]
    local_modules: tuple[str, ...]

    def tools(self, task: str) -> set[str]:
        """Return what of this toolkit the code of a task uses, its helpers included."""
        found: set[str] = set()
        seen: set[int] = set()
        waiting = [self.functions[task]]
        while waiting:
            for symbol in waiting.pop().reads.values():
                if isinstance(symbol, Toolkit):
                    found.add(symbol.name)
                elif isinstance(symbol, Own) and symbol.piece not in seen:
                    seen.add(symbol.piece)
                    waiting += self.pieces[symbol.piece].codes
        return found


class _Space(NamedTuple):
    """Where code stands: its source, and the namespace that its names are looked up in."""

    source: Source
    names: Mapping[str, Any]


_TOOLS = {
    ("wfkit.core.errors", "Skip"),
    ("wfkit.core.errors", "Fail"),
    ("wfkit.core.secret", "Secret"),
    ("wfkit.engine.attempt", "cancelled"),
    ("wfkit.engine.attempt", "sleep"),
}
_FOREIGN = tuple(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib"))


def carry(tasks: Iterable[Task]) -> Carried:
    """Return the code of tasks and all that it uses.

    Raises CannotExport with the list of what leans on the notebook, or has no source.
    """
    carrier = _Carrier()
    functions, promises, errors = {}, {}, {}
    for task in tasks:
        carrier.task = task.name
        functions[task.name] = carrier.function(task)
        promise = task.options.ensure
        if promise is not None:
            promises[task.name] = carrier.value(promise, task)
        for kind in task.options.retry_on:
            errors[kind] = carrier.value(kind, task)
    carrier.refuse_what_cannot_go()
    return Carried(
        functions,
        {name: it for name, it in promises.items() if it},
        {kind: it for kind, it in errors.items() if it},
        tuple(Piece(tuple(codes)) for codes in carrier.pieces),
        tuple(sorted(carrier.local_modules)),
    )


class _Carrier:
    """Follows names, from the code of tasks to all that they stand for."""

    def __init__(self) -> None:
        self.task = ""
        self.pieces: list[list[Code]] = []
        self.refusals: list[Refusal] = []
        self.local_modules: set[str] = set()
        self._sources = Sources()
        self._numbers: dict[tuple[str, int], int] = {}

    def refuse_what_cannot_go(self) -> None:
        found = list(dict.fromkeys(self.refusals))
        if not found:
            return
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        told = "; ".join(map(str, found[:3]))
        raise CannotExport(
            f"cannot be exported: {told}{more}.\n"
            "Make each a parameter, or define it in the task's own cell (or file)."
        )

    def function(self, task: Task) -> Code:
        function: Any = task.function
        if not isinstance(function, FunctionType) and not hasattr(function, "__wrapped__"):
            raise _no_source(task.name, f"it is no plain function, but {type(function).__name__}")
        inner = _innermost(function)
        found = self._sources.of_function(inner) if inner else None
        if inner is None or found is None:
            raise _no_source(task.name, "its source code cannot be found")
        source, node = found
        self._refuse_closure(inner, node)
        space = _Space(source, inner.__globals__)
        node = copy.copy(node)
        node.decorator_list = [it for it in node.decorator_list if not _is_task(it, space)]
        return Code(source, node, self._reads(node, space, skip=set(inner.__code__.co_freevars)))

    def _refuse_closure(self, function: FunctionType, node: Function) -> None:
        for name in function.__code__.co_freevars:
            why = "which belongs to the function around it"
            self.refusals.append(Refusal(self.task, name, node.lineno, why))

    def value(self, value: Any, task: Task) -> Symbol | None:
        """Return what stands for something that an option names: a promise, a kind of error."""
        own_name = getattr(value, "__name__", "")
        if isinstance(value, type) and vars(builtins).get(own_name) is value:
            return Imported("builtins", own_name, own_name)
        inner = _innermost(value) or _innermost(task.function)
        found = self._sources.of_function(inner) if inner else None
        if inner is None or found is None:
            raise _no_source(task.name, f"the source of {value!r} cannot be found")
        space = _Space(found[0], inner.__globals__)
        known = [name for name, it in inner.__globals__.items() if it is value]
        name = next(iter(known), own_name)
        if not known:
            why = "which is no function that has a name of its own"
            self.refusals.append(Refusal(task.name, name or repr(value), found[1].lineno, why))
            return None
        return self._symbol(name, 1, space)

    def _reads(self, node: ast.stmt, space: _Space, skip: Iterable[str] = ()) -> dict[Spot, Symbol]:
        found: dict[Spot, Symbol] = {}
        module = ast.Module([node], [])
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        code = compile(module, "<export>", "exec", flags, dont_inherit=True)
        for read, column in places(code):
            if read.writes:
                why = "and changes it for others"
                self.refusals.append(Refusal(self.task, read.name, read.line, why))
            elif read.name in space.names and read.name not in skip and not _is_dunder(read.name):
                symbol = self._symbol(read.name, read.line, space)
                if symbol:
                    found[read.line, column, read.name] = symbol
        return found

    def _symbol(self, name: str, line: int, space: _Space) -> Symbol | None:
        value = space.names[name]
        tool = _tool(value)
        if tool:
            return Toolkit(tool)
        if _is_of_toolkit(value):
            why = "which is part of wfkit"
            self.refusals.append(Refusal(self.task, name, line, why))
            return None
        found = self._imported(name, value, space) or self._piece(name, value, space)
        found = found or _import_by_value(name, value)
        if found is None:
            why = "a value of the notebook" if _is_notebook(space) else "whose source is not known"
            self.refusals.append(Refusal(self.task, name, line, why))
        elif isinstance(found, Imported):
            self._note_module(found.module)
        return found

    def _imported(self, name: str, value: Any, space: _Space) -> Imported | None:
        for source in self._sources.beside(space.source):
            for statement in source.binding(name):
                for found in _imports(statement):
                    if _bound_name(found) == name and _stands_for(found, value):
                        return found
        return None

    def _piece(self, name: str, value: Any, space: _Space) -> Own | None:
        if isinstance(value, ModuleType):
            return None
        if isinstance(value, Task):
            value = value.function
        inner = _innermost(value) if not isinstance(value, type) else None
        home = self._sources.of_function(inner) if inner else None
        if home is not None and inner is not None and inner.__globals__ is space.names:
            return self._of_statements(name, home[0], [home[1]], space)
        may_be_elsewhere = isinstance(value, type) and value.__module__ == space.names["__name__"]
        places = self._sources.beside(space.source) if may_be_elsewhere else [space.source]
        for source in places:
            statements = source.binding(name)
            if statements:
                return self._of_statements(name, source, statements, space)
        return None

    def _of_statements(
        self, name: str, source: Source, statements: list[ast.stmt], space: _Space
    ) -> Own:
        key = (source.filename, statements[0].lineno)
        if key not in self._numbers:
            number = self._numbers[key] = len(self.pieces)
            self.pieces.append([])
            here = _Space(source, space.names)
            self.pieces[number] = [
                Code(source, kept, self._reads(kept, here))
                for kept in (_without_task(it, here) for it in statements)
            ]
        return Own(self._numbers[key], name)

    def _note_module(self, module: str) -> None:
        top = module.partition(".")[0]
        file = getattr(sys.modules.get(top), "__file__", None)
        if top not in sys.stdlib_module_names and file and not file.startswith(_FOREIGN):
            self.local_modules.add(top)


def _no_source(task: str, why: str) -> CannotExport:
    return CannotExport(
        f"{task} cannot be exported: {why}.\nDefine it with def, in a cell or a file."
    )


def _innermost(value: Any) -> FunctionType | None:
    seen = 0
    while not isinstance(value, FunctionType) or hasattr(value, "__wrapped__"):
        value = getattr(value, "__dict__", {}).get("__wrapped__")
        seen += 1
        if value is None or seen > 100:
            return None
    return value


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _is_task(decorator: ast.expr, space: _Space) -> bool:
    """Return True for @task and @task(...) of this toolkit."""
    head = decorator.func if isinstance(decorator, ast.Call) else decorator
    value: Any = None
    if isinstance(head, ast.Name):
        value = space.names.get(head.id)
    elif isinstance(head, ast.Attribute) and isinstance(head.value, ast.Name):
        value = getattr(space.names.get(head.value.id), head.attr, None)
    return _home(value) == ("wfkit.core.task", "task")


def _without_task(node: ast.stmt, space: _Space) -> ast.stmt:
    if not isinstance(node, Function):
        return node
    node = copy.copy(node)
    node.decorator_list = [it for it in node.decorator_list if not _is_task(it, space)]
    return node


def _home(value: Any) -> tuple[str, str]:
    """Return the module and name under which `value` can be imported, or two empty texts."""
    module = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        return "", ""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return (module, name) if found is value else ("", "")


def _tool(value: Any) -> str:
    home = _home(value)
    return home[1] if home in _TOOLS else ""


def _is_of_toolkit(value: Any) -> bool:
    if isinstance(value, Task):
        return False
    if isinstance(value, ModuleType):
        return value.__name__.partition(".")[0] == "wfkit"
    module = _home(value)[0] or type(value).__module__
    return module.partition(".")[0] == "wfkit"


def _imports(statement: ast.stmt) -> Iterator[Imported]:
    if isinstance(statement, ast.Import):
        for it in statement.names:
            yield Imported(it.name, None, it.asname or it.name)
    elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        for it in statement.names:
            yield Imported(statement.module, it.name, it.asname or it.name)


def _bound_name(it: Imported) -> str:
    return it.alias.partition(".")[0]


def _stands_for(it: Imported, value: Any) -> bool:
    module = sys.modules.get(it.module)
    if it.name is not None:
        submodule = sys.modules.get(f"{it.module}.{it.name}")
        return value is getattr(module, it.name, submodule)
    top = sys.modules.get(it.module.partition(".")[0])
    return value is (module if it.alias != it.module else top)


def _import_by_value(name: str, value: Any) -> Imported | None:
    if isinstance(value, ModuleType):
        module = value.__name__
        parent, _, last = module.rpartition(".")
        return Imported(parent, last, name) if parent else Imported(module, None, name)
    module, found = _home(value)
    if module in ("", "__main__") or "." in found:
        return None
    return Imported(module, found, name)


def _is_notebook(space: _Space) -> bool:
    return space.names.get("__name__") == "__main__"


Resolve = Callable[[Symbol], str]
"""Gives the name by which a file calls what a symbol stands for."""
