"""What stands in the notebooks of an exercise? Made from its manifest, read back by cell ids."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wfkit.core.errors import WfkitError
from wfkit.teach.manifest import Cell, CellKind, Exercise

LEARNER, KEY = "exercise.ipynb", "solution.ipynb"
_KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class NotAnExercise(WfkitError):
    """A file is not the notebook of an exercise."""


def read(path: Path) -> Any:
    """Return the notebook in a file; raises NotAnExercise where there is none."""
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except FileNotFoundError:
        raise NotAnExercise(f"{path} does not exist.\nGive the path of your notebook.") from None
    except Exception as error:  # noqa: BLE001 - a file of any kind breaks nbformat in any way
        raise NotAnExercise(
            f"{path} is not a notebook: {str(error).splitlines()[0][:200]}"
        ) from None
    return notebook


def write(notebook: Any, path: Path) -> None:
    """Write a notebook, without anything that its outputs do not need."""
    import nbformat

    notebook = copy.deepcopy(notebook)
    notebook.metadata.pop("widgets", None)
    path.write_text(nbformat.writes(notebook, version=4) + "\n", encoding="utf-8")


def generated(exercise: Exercise) -> dict[str, Any]:
    """Return the notebooks of an exercise by file name, not executed.

    The learner's has the blanks, the key the solution, each `wrong_*` one typical mistake.
    """
    solved = {cell.id: cell.solution for cell in exercise.answers}
    found = {
        LEARNER: _notebook(exercise, {}, "exercise"),
        KEY: _notebook(exercise, solved, "solution"),
    }
    for wrong in exercise.wrongs:
        notebook = _notebook(exercise, {**solved, **wrong.answers}, "wrong")
        notebook.metadata["wfkit"]["feedback"] = wrong.feedback
        found[f"wrong_{wrong.name}.ipynb"] = notebook
    return found


def _notebook(exercise: Exercise, answers: Mapping[str, str], role: str) -> Any:
    from nbformat import v4

    cells = [_cell(cell, answers.get(cell.id, cell.source)) for cell in exercise.cells]
    mark = {"exercise": exercise.name, "role": role}
    return v4.new_notebook(cells=cells, metadata={**_KERNEL, "wfkit": mark})


def _cell(cell: Cell, source: str) -> Any:
    from nbformat import v4

    make: Any = v4.new_markdown_cell if cell.kind is CellKind.TEXT else v4.new_code_cell
    mark = {"id": cell.id, "kind": str(cell.kind)}
    return make(source, id=cell.id, metadata={"wfkit": mark})


def cell_mark(cell: Any) -> Mapping[str, str]:
    """Return the id and kind that wfkit gave a cell, or nothing."""
    mark = cell.metadata.get("wfkit")
    return mark if isinstance(mark, Mapping) else {}


def exercise_name(notebook: Any, path: Path) -> str:
    """Return the exercise that a notebook belongs to; raises NotAnExercise if it has none."""
    mark = notebook.metadata.get("wfkit")
    name = mark.get("exercise") if isinstance(mark, Mapping) else None
    if isinstance(name, str):
        return name
    raise NotAnExercise(
        f"{path} is a notebook, but not one of an exercise.\n"
        "Take a copy of exercise.ipynb from the folder of the exercise."
    )


def answers_in(notebook: Any, exercise: Exercise) -> dict[str, str]:
    """Return the source of the learner's answers by cell id; of twins (copied cells) the last."""
    wanted = {cell.id for cell in exercise.answers}
    return {
        str(name): str(cell.source)
        for cell in notebook.cells
        if cell.cell_type == "code" and (name := cell_mark(cell).get("id")) in wanted
    }


def graft(notebook: Any, exercise: Exercise, key: Any) -> Any:
    """Return the key with the learner's answers in place of its own.

    Everything else is the key's, with its stored outputs; outputs of answers are not compared.
    """
    answers = answers_in(notebook, exercise)
    grafted = copy.deepcopy(key)
    for cell in grafted.cells:
        if cell_mark(cell).get("kind") == CellKind.ANSWER:
            cell.source = answers.get(cell_mark(cell)["id"], "")
            cell.outputs, cell.execution_count = [], None
    return grafted
