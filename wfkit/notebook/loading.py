"""Which Dags does a file declare, and from where do its relative paths start?"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from wfkit.api.dag import Dag
from wfkit.core.errors import WfkitError
from wfkit.notebook.headless import CannotLoad, Loaded, dags_of_notebook


def load(path: Path) -> Loaded:
    """Return the Dags that a notebook or a Python file declares.

    Of a notebook `%load_ext`, `%dag new`, `use`, `remove`, `reset`, `%%task` cells, `Dag(…)`,
    imports, functions and classes are run, and nothing else; a Python file is imported.

    Raises CannotLoad for a file that cannot be read, and for what goes wrong in it.
    """
    if path.suffix == ".ipynb":
        return dags_of_notebook(path)
    values = vars(_imported(path)).values()
    return Loaded({value.name: value for value in values if isinstance(value, Dag)})


def folder_of(path: Path) -> Path:
    """Return where the relative paths in a file start.

    For a notebook that is its own folder, as in JupyterLab; for a Python file the working
    directory. Raises CannotLoad for what is neither.
    """
    if not path.is_file():
        raise CannotLoad(f"there is no file {path}.\nName a notebook or a .py file.")
    if path.suffix not in (".ipynb", ".py"):
        raise CannotLoad(f"{path.name} is no notebook.\nName a file that ends in .ipynb or .py.")
    return path.absolute().parent if path.suffix == ".ipynb" else Path.cwd()


def _imported(path: Path) -> ModuleType:
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
        told = f"{type(cause).__name__}: {cause}".rstrip(".")
        raise CannotLoad(f"{path.name} cannot be imported: {told}.") from cause
    return module
