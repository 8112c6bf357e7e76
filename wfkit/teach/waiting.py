"""What does a terminal show while cells are judged? A bar, or one line where no bar can be."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Never, Self

from wfkit.teach.nbval_run import CELL_SECONDS

if TYPE_CHECKING:
    from tqdm import tqdm


class ShownProgress:
    """Call it with the number of cells that have been judged, and of all: it tells stderr."""

    def __init__(self) -> None:
        self._bar: tqdm[Never] | None = None

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = _begun(total)
        self._bar.update(done - self._bar.n)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()


def _begun(total: int) -> tqdm[Never]:
    from tqdm import tqdm

    is_terminal = sys.stderr.isatty()
    if not is_terminal:
        sys.stderr.write(f"Checking {total} cells, at most {CELL_SECONDS} s for each.\n")
        sys.stderr.flush()
    return tqdm(total=total, desc="Checking", unit="cell", leave=False, disable=not is_terminal)
