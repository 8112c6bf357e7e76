"""What differs between a Dag and the cells of its notebook, as they were saved last?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wfkit.api.dag import Dag
from wfkit.core.errors import WfkitError
from wfkit.notebook.ledger import Declaration, Ledger


class NoNotebook(WfkitError):
    """The file of the notebook cannot be found or read."""


def differences(dag: Dag, ledger: Ledger, path: Path) -> str:
    """Return, in words, which tasks are not what the saved cells say, and which cells never ran.

    Raises NoNotebook if there is no such notebook.
    """
    cells = dict(_task_cells(path))
    declared = [it for it in ledger if it.dag == dag.name and it.task in dag.tasks]
    found = [note for it in declared if (note := _note(it, cells))]
    run = {it.cell.id for it in ledger} | {it.cell.text.strip() for it in ledger}
    for cell, text in cells.items():
        if cell not in run and text.strip() not in run:
            found.append(f"never run: {_opening(text)}")
    if not found:
        found = ["nothing differs"]
    return "\n".join([f"{dag.name} beside {path.name} as it was saved last:", *_indented(found)])


def notebook_path(given: str | None, namespace: Mapping[str, Any]) -> Path:
    """Return the file of the running notebook: as given, or as the front end told the kernel.

    Raises NoNotebook if neither did.
    """
    told = given or namespace.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME")
    if told and Path(str(told)).is_file():
        return Path(str(told))
    cause = f"there is no file {told}" if told else "this kernel does not know its notebook"
    raise NoNotebook(f"{cause}.\nName the file: %dag diff my_notebook.ipynb")


def _task_cells(path: Path) -> Iterator[tuple[str, str]]:
    import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError):
        raise NoNotebook(f"{path.name} cannot be read as a notebook.\nSave it again.") from None
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and cell.source.lstrip().startswith("%%task"):
            yield cell.get("id", str(number)), cell.source


def _note(it: Declaration, cells: Mapping[str, str]) -> str:
    text = it.cell.text.strip()
    if any(text == other.strip() for other in cells.values()):
        return ""
    if it.cell.id in cells:
        return f"{it.task}: its cell was changed since it ran; run it again"
    return f"{it.task}: no cell declares it any more; %dag remove {it.task}"


def _opening(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines()]
    head = next((line for line in lines if line.startswith(("def ", "async def "))), "")
    return " … ".join(part for part in (lines[0], head) if part)


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
