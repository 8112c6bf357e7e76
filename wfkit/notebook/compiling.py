"""How does the code of a task cell run? Once, as IPython runs cells, or as if it never had."""

from __future__ import annotations

import ast
import asyncio
import codeop
import contextlib
import inspect
import threading
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from wfkit.notebook.cell import parsed

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def name_of_cell(shell: InteractiveShell, source: str, raw: str, number: int) -> str:
    """Register `source` as the code of the cell In[number]; return its file name.

    Tracebacks then show the learner's own lines, in every thread.
    """
    return shell.compile.cache(source, number, raw_code=raw)


def parse(shell: InteractiveShell, source: str, filename: str) -> ast.Module:
    """Return the syntax tree of a cell. Raises BrokenCell."""

    def read(text: str) -> ast.Module:
        tree: ast.Module = compile(text, filename, "exec", flags, dont_inherit=True)
        return tree

    flags = _flags(shell) | ast.PyCF_ONLY_AST
    return parsed(source, read)


def compile_tree(shell: InteractiveShell, tree: ast.Module, source: str, filename: str) -> CodeType:
    """Return the code of a cell; `await` may stand at its top. Raises BrokenCell."""

    def make(_: str) -> CodeType:
        code: CodeType = compile(tree, filename, "exec", flags, dont_inherit=True)
        return code

    flags = _flags(shell) | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return parsed(source, make)


def _flags(shell: InteractiveShell) -> int:
    """Return what earlier cells imported from __future__; a cell that breaks off is an error."""
    flags: int = shell.compile.flags
    return flags & ~_ALLOW_INCOMPLETE_INPUT


_ALLOW_INCOMPLETE_INPUT: int = getattr(codeop, "PyCF_ALLOW_INCOMPLETE_INPUT", 0)


def execute(shell: InteractiveShell, code: CodeType) -> None:
    """Run the code of a cell in the notebook's namespace.

    An error of the learner's goes on as it is, but shows only the frames from their cell on.
    """
    try:
        if code.co_flags & inspect.CO_COROUTINE:
            _run_elsewhere(code, shell.user_ns)
        else:
            exec(code, shell.user_ns)  # noqa: S102 - the learner's own code
    except Exception as error:
        _show_only_cell(shell, error, code.co_filename)
        raise


def _run_elsewhere(code: CodeType, namespace: dict[str, Any]) -> None:
    """Run code with a top-level await: a kernel's own event loop is busy with this very cell."""
    errors: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(FunctionType(code, namespace)())
        except BaseException as error:  # noqa: BLE001 - raised again in the cell's thread
            errors.append(error)

    thread = threading.Thread(target=work, name="wfkit cell")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


def _show_only_cell(shell: InteractiveShell, error: BaseException, filename: str) -> None:
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != filename:
        frames = frames.tb_next
    lines = shell.InteractiveTB.structured_traceback(type(error), error, frames, tb_offset=0)
    error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]


@contextlib.contextmanager
def undone_on_failure(namespace: dict[str, Any]) -> Iterator[None]:
    """Give every name its old value back if the block raises."""
    before = dict(namespace)
    try:
        yield
    except BaseException:
        for name in namespace.keys() - before.keys():
            del namespace[name]
        for name, value in before.items():
            if namespace.get(name, before) is not value:
                namespace[name] = value
        raise
