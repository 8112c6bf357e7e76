"""Tasks by chance for the public API, and a witness of every call of their bodies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from zlib import crc32

from wfkit import Fail, Skip
from wfkit.core.task import Task
from wfkit.core.task_options import TaskOptions
from wfkit.engine import capture

KINDS = (*["plain"] * 5, "list", "list", "list", "none", "fails", "gives_up", "flaky", "flaky")
KINDS += ("skips", "sensor", "branch")
NAMES = tuple("abcdef")


class Call(NamedTuple):
    """A body was called; `value` is the text of what it returned, None where it raised."""

    run_id: str
    task: str
    map_index: int
    attempt: int
    value: str | None


class Sketch(NamedTuple):
    """A task before it is made: `data` are the tasks that it reads, `version` is its code."""

    name: str
    kind: str
    version: int
    data: tuple[str, ...]
    choice: tuple[str, ...]
    options: dict[str, Any]


class Witness:
    """Every call of a body; lists that only grow are safe with threads."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def task(self, sketch: Sketch) -> Task:
        """Return the task of a sketch: a function with the parameters that it says."""
        parameters = ", ".join([*sketch.data, "rate=1", "run_id=''", "attempt=0"])
        given = ", ".join(sketch.data)
        scope: dict[str, Any] = {"perform": self._body(sketch)}
        exec(
            f"def {sketch.name}({parameters}):\n"
            f"    return perform(({sketch.version}, rate, {given}), run_id, attempt)",
            scope,
        )
        return Task(scope[sketch.name], TaskOptions(**sketch.options))

    def _body(self, sketch: Sketch) -> Callable[..., Any]:
        def perform(inputs: tuple[Any, ...], run_id: str, attempt: int) -> Any:
            here = capture.current()
            assert here is not None
            value: str | None = None
            try:
                print(f"{sketch.name} {attempt}")  # noqa: T201 - what a body prints is checked
                looks = sum(it[:4] == (run_id, *here._key) for it in self.calls)
                result = _result(sketch, inputs, attempt, looks)
                value = repr(result)
                return result
            finally:
                self.calls.append(Call(run_id, *here._key, value))

        return perform

    def of(self, run_id: str) -> list[Call]:
        """The calls of one run."""
        return [it for it in self.calls if it.run_id == run_id]


def _result(sketch: Sketch, inputs: Sequence[Any], attempt: int, looks: int) -> Any:
    number = crc32(repr((sketch.name, inputs)).encode()) % 1_000
    if sketch.kind == "fails" or (sketch.kind == "flaky" and attempt % 2 == 1):
        raise ConnectionError(f"503 for {sketch.name}")
    if sketch.kind == "gives_up":
        raise Fail(sketch.name)
    if sketch.kind == "skips":
        raise Skip(sketch.name)
    if sketch.kind == "sensor":
        return looks >= 2 and number
    if sketch.kind == "branch":
        return list(sketch.choice)
    if sketch.kind == "list":
        return list(range(number % 4))
    return None if sketch.kind == "none" else number
