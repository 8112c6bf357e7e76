"""What does `%load_ext wfkit` change in IPython, and how is it undone?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wfkit.notebook import magics
from wfkit.notebook.completion import Completion
from wfkit.notebook.display import TaskDisplays, show_text
from wfkit.notebook.playing import Pages
from wfkit.notebook.state import Notebook

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_MAGICS = (("cell", "task"), ("line", "dag"))


class Extension:
    """wfkit in one shell. Dags and tasks outlive an unload, so that a reload loses nothing."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self.notebook = Notebook(shell)
        self._displays = TaskDisplays(shell)
        self._pages = Pages(shell)
        self._completion = Completion(shell, self.notebook)
        self._taken: dict[tuple[str, str], object] = {}
        self._is_loaded = False

    def load(self) -> None:
        """Set everything up; a second call changes nothing."""
        if self._is_loaded:
            return
        shell, notebook = self._shell, self.notebook
        known = shell.magics_manager.magics
        self._taken = {(kind, name): known[kind].get(name) for kind, name in _MAGICS}
        magics.register(shell, notebook)
        shell.events.register("pre_run_cell", notebook.before_cell)
        shell.events.register("post_run_cell", notebook.after_cell)
        shell.input_transformers_cleanup.insert(0, notebook.look_at)
        self._completion.attach()
        self._displays.attach()
        self._pages.attach()
        self._is_loaded = True

    def taken(self) -> list[str]:
        """Return the magics of the host that ours stand in for."""
        signs = {"cell": "%%", "line": "%"}
        return [signs[kind] + name for (kind, name), theirs in self._taken.items() if theirs]

    def unload(self) -> None:
        """Leave the shell as it was."""
        if not self._is_loaded:
            return
        shell, notebook = self._shell, self.notebook
        for (kind, name), theirs in self._taken.items():
            shell.magics_manager.magics[kind].pop(name, None)
            if theirs is not None:
                shell.magics_manager.magics[kind][name] = theirs
        shell.events.unregister("pre_run_cell", notebook.before_cell)
        shell.events.unregister("post_run_cell", notebook.after_cell)
        shell.input_transformers_cleanup.remove(notebook.look_at)
        self._completion.detach()
        self._displays.detach()
        self._pages.detach()
        self._is_loaded = False


def load(shell: InteractiveShell, also_taken: Sequence[str] = ()) -> None:
    """Set up the magics in `shell`, and say which names the host has for its own.

    `also_taken` are line magics that stay the host's, because another part of wfkit said so.
    """
    extension = _extension(shell)
    extension.load()
    for name in extension.taken():
        show_text(f"{name} is wfkit's from now on; %unload_ext wfkit gives the old one back.")
    for name in also_taken:
        show_text(f"%{name} stays what it was: wfkit's magic of that name is not available here.")


def unload(shell: InteractiveShell) -> None:
    """Take the magics away."""
    _extension(shell).unload()


def of(shell: InteractiveShell) -> Notebook:
    """Return what wfkit knows of the notebook in `shell`."""
    return _extension(shell).notebook


def _extension(shell: InteractiveShell) -> Extension:
    # Kept in the shell, so that reloading this module makes no second one.
    if "wfkit" not in shell.meta:
        shell.meta["wfkit"] = Extension(shell)
    found: Extension = shell.meta["wfkit"]
    return found
