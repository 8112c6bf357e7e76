"""Which Dags does a file declare? Only declarations of a notebook are run, nothing else of it."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wfkit.api.dag import Dag
from wfkit.core.errors import WfkitError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult

_VERBS = frozenset({"new", "use", "remove"})
_DECLARATIONS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
)


class CannotLoad(WfkitError):
    """A file does not hold what a Dag can be read from."""


def load_dags(path: Path) -> dict[str, Dag]:
    """Return the Dags that a notebook or a Python file declares, by name.

    Of a notebook `%load_ext`, `%dag new`, `%dag use`, `%dag remove`, `%%task` cells, imports,
    functions and classes are run, and nothing else; a Python file is imported.

    Raises CannotLoad for a file that cannot be read, and what goes wrong in it.
    """
    if not path.is_file():
        raise CannotLoad(f"there is no file {path}.\nName a notebook or a .py file.")
    if path.suffix == ".py":
        return _of_values(vars(_imported(path)).values())
    if path.suffix == ".ipynb":
        return _of_notebook(path)
    raise CannotLoad(f"{path.name} is no notebook.\nName a file that ends in .ipynb or .py.")


def _of_values(values: Any) -> dict[str, Dag]:
    return {value.name: value for value in values if isinstance(value, Dag)}


def _imported(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    sys.path.insert(0, str(path.parent.absolute()))
    try:
        spec.loader.exec_module(module)
    except WfkitError:
        raise
    except Exception as cause:
        raise CannotLoad(f"{path.name} cannot be imported: {_told(cause)}.") from cause
    return module


def _of_notebook(path: Path) -> dict[str, Dag]:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    from wfkit.notebook import session

    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    shell.ast_transformers.append(_OnlyDeclarations())
    for shown in ("showtraceback", "showsyntaxerror"):
        setattr(shell, shown, _keep_quiet)
    session.load(shell)
    for number, source in enumerate(_cells(path), start=1):
        with capture_output():
            result = shell.run_cell(source, store_history=True)
        _raise_what_failed(result, f"code cell {number} of {path.name}")
    return dict(session.of(shell).dags)


def _keep_quiet(*args: Any, **options: Any) -> None:
    """What goes wrong in a cell is told by `load_dags`, once."""


def _cells(path: Path) -> Iterator[str]:
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
    except (ValueError, nbformat.ValidationError) as cause:
        raise CannotLoad(f"{path.name} is damaged: it is no valid notebook.") from cause
    for cell in notebook.cells:
        is_other_magic = cell.source.lstrip().startswith("%%") and "%%task" not in cell.source
        if cell.cell_type == "code" and not is_other_magic:
            yield cell.source


def _raise_what_failed(result: ExecutionResult, where: str) -> None:
    error = result.error_before_exec or result.error_in_exec
    if error is None:
        return
    if isinstance(error, WfkitError):
        raise error
    raise CannotLoad(f"{where} fails: {_told(error)}.") from error


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(".")


class _OnlyDeclarations(ast.NodeTransformer):
    """Takes everything out of a cell that does not declare something."""

    def visit_Module(self, node: ast.Module) -> ast.Module:
        node.body = [part for part in node.body if _declares(part)]
        return node


def _declares(part: ast.stmt) -> bool:
    if isinstance(part, _DECLARATIONS):
        return True
    match part:
        case ast.Expr(
            ast.Call(ast.Attribute(attr="run_line_magic"), [ast.Constant(name), ast.Constant(line)])
        ):
            verb = str(line).partition(" ")[0]
            return name == "load_ext" or (name == "dag" and verb in _VERBS)
        case ast.Expr(ast.Call(ast.Attribute(attr="run_cell_magic"), [ast.Constant("task"), *_])):
            return True
    return False
