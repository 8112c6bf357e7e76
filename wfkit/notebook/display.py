"""How does something get into the output of a cell, and what of it belongs to a task?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from wfkit.engine import capture

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def show_text(text: str) -> None:
    """Put plain text below the cell."""
    show_bundle({"text/plain": text})


def show_bundle(bundle: Mapping[str, str]) -> None:
    """Put something below the cell, given in each form (by MIME type) that it has."""
    from IPython.display import display

    display(dict(bundle), raw=True)


def show(thing: object) -> None:
    """Put something below the cell, in the best form it has."""
    from IPython.display import display

    display(thing)


class TaskDisplays:
    """Sends what tasks display to their own capture, as long as it is attached to the shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._publisher = shell.display_pub
        self._publish: Callable[..., None] = shell.display_pub.publish
        self._clear: Callable[..., None] = shell.display_pub.clear_output

    def attach(self) -> None:
        """Begin to look at every display."""
        self._publisher.publish = self._published  # type: ignore[method-assign]
        self._publisher.clear_output = self._cleared  # type: ignore[method-assign]

    def detach(self) -> None:
        """Leave the shell as it was."""
        for name in ("publish", "clear_output"):
            vars(self._publisher).pop(name, None)

    def _published(self, data: Any, metadata: Any = None, *arguments: Any, **options: Any) -> None:
        here = capture.current()
        if here is None:
            self._publish(data, metadata, *arguments, **options)
        else:
            here.display(data, metadata)

    def _cleared(self, *arguments: Any, **options: Any) -> None:
        if capture.current() is None:
            self._clear(*arguments, **options)
