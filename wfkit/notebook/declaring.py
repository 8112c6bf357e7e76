"""How does a `%%task` cell become a task? Read, check, run once, register; or nothing at all."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from wfkit.api.dag import Dag
from wfkit.api.flags import Flag, Flags
from wfkit.api.words import shortened
from wfkit.core.errors import InvalidOption, InvalidTask, did_you_mean
from wfkit.core.graph import CONTEXT_NAMES, Graph, SourceKind
from wfkit.core.task import Task, checked_name, task
from wfkit.core.task_options import TaskOptions
from wfkit.notebook import cell, compiling, leak_advice, undefined
from wfkit.notebook.definitions import definitions
from wfkit.notebook.leaks import TaskCode
from wfkit.notebook.ledger import Declaration
from wfkit.notebook.receivers import receiver
from wfkit.notebook.state import Notebook
from wfkit.notebook.wiring import wiring

FLAGS = Flags(
    "%%task",
    task,
    without=("function",),
    extra=[
        Flag("--dag", "dag", help="the Dag it belongs to (default: the current one)"),
        Flag("--expect", "expect", help="the error that this cell shows on purpose"),
    ],
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A task cell that is ready to run: all that can be checked before is checked."""

    code: TaskCode
    shown: str
    defined: Mapping[str, Any]
    ensure: str | None
    on_failure: str | None
    options: TaskOptions


class Declared(NamedTuple):
    """What a cell declared: the task and its Dag, how it is wired in words, and what to note."""

    dag: Dag
    task: str
    wiring: str
    notes: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([self.wiring, *self.notes])


def declare(notebook: Notebook, text: cell.CellText, options: Mapping[str, Any]) -> Declared:
    """Declare the task of the cell that runs now; return how it is wired.

    Raises what is wrong with the cell, perhaps half-way: call it in `unchanged_on_failure`.
    """
    draft = _draft(notebook, text, options)
    name = draft.code.name
    key = notebook.cell(text)
    old = notebook.ledger.of_cell(key, name)
    dag = notebook.dag_for(old, options.get("dag"))
    _, number = notebook.running_cell(text)
    new = Declaration(key, number, draft.shown, dag.name, draft.code, draft.defined, {})
    notebook.ledger.check(new, old)
    leak_advice.check(draft.code, dag.name, notebook.leaks_of(new))
    namespace = notebook.shell.user_ns
    compiling.execute(notebook.shell, draft.code.code)
    made = _task(draft, namespace)
    notebook.put(dag, made, old)
    namespace[name] = made
    values = {it: namespace[it] for it in draft.defined if it in namespace}
    notebook.remember(replace(new, values=values), old)
    line, *notes = _told(notebook, dag, draft, old)
    return Declared(dag, name, line, tuple(notes))


def _draft(notebook: Notebook, text: cell.CellText, options: Mapping[str, Any]) -> Draft:
    shell = notebook.shell
    own = {name: value for name, value in options.items() if name not in ("dag", "expect")}
    ensure, on_failure = own.pop("ensure", None), own.pop("on_failure", None)
    checked = TaskOptions(**own)
    source = text.python(shell.transform_cell)
    filename = compiling.name_of_cell(shell, source, *notebook.running_cell(text))
    tree = compiling.parse(shell, source, filename)
    node = cell.the_function(tree, text, notebook.task_names())
    name = _name(node)
    code = compiling.compile_tree(shell, tree, source, filename)
    defined = definitions(tree)
    parameters = [it.arg for it in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    checks = (ensure,) if ensure else ()
    head = f"def {name}({', '.join(parameters)}):"
    return Draft(
        TaskCode(name, parameters, code, frozenset(defined), checks, _gives_nothing(node)),
        f"{shortened(text.opening)} … {shortened(head)}",
        defined,
        ensure,
        on_failure,
        checked,
    )


def _name(node: cell.FunctionNode) -> str:
    if node.name == "dag":
        raise InvalidTask(
            '"dag" cannot be a task\'s name: it is the current Dag of the notebook.\n'
            "Choose another name."
        )
    return checked_name(node.name)


def _gives_nothing(node: cell.FunctionNode) -> bool:
    """Return True for a function whose body has statements, but no `return` with a value."""
    returns = [part for part in _own_parts(node) if isinstance(part, ast.Return)]
    is_stub = isinstance(node.body[-1], ast.Raise) or ast.unparse(node.body[-1]) in ("...", "pass")
    return not is_stub and all(part.value is None for part in returns)


def _own_parts(node: ast.AST) -> list[ast.AST]:
    found: list[ast.AST] = []
    for part in ast.iter_child_nodes(node):
        found.append(part)
        if not isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            found += _own_parts(part)
    return found


def _task(draft: Draft, namespace: Mapping[str, Any]) -> Task:
    function: Any = namespace.get(draft.code.name)
    if isinstance(function, Task):
        raise InvalidTask(
            f"{draft.code.name} has both @task and %%task.\nKeep one of them: they mean the same."
        )
    ensure = _function(draft.ensure, namespace) if draft.ensure else None
    told = receiver(namespace, "on_failure", draft.on_failure) if draft.on_failure else ()
    return Task(function, replace(draft.options, ensure=ensure, on_failure=told))


def _function(name: str, namespace: Mapping[str, Any]) -> Callable[[Any], object]:
    found = namespace.get(name)
    if callable(found):
        function: Callable[[Any], object] = found
        return function
    known = [it for it, value in namespace.items() if callable(value) and not it.startswith("__")]
    cause = "no function is called that" if found is None else "that is no function"
    raise InvalidOption(
        f"--ensure {name}: {cause}.{did_you_mean(name, known)}\n"
        f"Define it in this cell: def {name}(result): ..."
    )


def _told(notebook: Notebook, dag: Dag, draft: Draft, old: Declaration | None) -> list[str]:
    name = draft.code.name
    lines = wiring(dag.graph, name, dag.params).split("\n")
    if dag is not notebook.dag:
        lines[0] += f" · in Dag {dag.name}"
    if old is not None and old.task != name:
        lines.append(f"takes the place of `{old.task}`")
    if draft.code.gives_nothing and _is_read(dag.graph, name):
        lines.append("returns nothing; did you forget `return`?")
    lines += _inputs_that_are_nothing(notebook, dag, name)
    params = [*dag.params, *CONTEXT_NAMES]
    return [*lines, *undefined.notes(draft.code, notebook.shell.user_ns, params)]


def _inputs_that_are_nothing(notebook: Notebook, dag: Dag, name: str) -> Iterator[str]:
    for source in dag.graph.sources[name]:
        above = notebook.ledger.of_task(dag.name, source.name)
        if source.kind is SourceKind.UPSTREAM and above is not None and above.code.gives_nothing:
            yield f"`{source.name}` returns nothing; did you forget `return` in its cell?"


def _is_read(graph: Graph, name: str) -> bool:
    """Return True if a parameter takes the result; what comes `after` takes only the order."""
    return any(
        source.kind is SourceKind.UPSTREAM and source.name == name
        for below in graph.downstream[name]
        for source in graph.sources[below]
    )
