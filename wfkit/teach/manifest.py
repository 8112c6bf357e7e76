"""What is an exercise? Cells, checks, hints and typical mistakes, as data written once."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

from wfkit.core.errors import WfkitError, did_you_mean
from wfkit.teach.lessons import lessons_root

SOURCE = "exercise.py"
CASES: Mapping[str, int] = MappingProxyType({"public": 1, "hidden": 2})
"""The seeds an exercise is checked with: the learner sees the data of the first only."""

CheckFunction = Callable[..., tuple[object, object]]
WorldFunction = Callable[..., Mapping[str, Any]]
MistakeFunction = Callable[..., object]

_TO_SORT = "____  # Put these lines in order (Alt+↑ and Alt+↓)"
_TOO_MANY = ("", "; 1 is too many", "; 2 are too many", "; 3 are too many")


class UnknownExercise(WfkitError):
    """There is no exercise of that name."""


class CellKind(StrEnum):
    """What a cell of an exercise is for."""

    TEXT = "text"
    GIVEN = "given"
    ANSWER = "answer"
    CHECK = "check"


@dataclass(frozen=True)
class Cell:
    """One cell: what the learner starts from, and for an answer what solves it."""

    id: str
    kind: CellKind
    source: str
    solution: str = ""


@dataclass(frozen=True)
class Check:
    """One thing that must hold: `function` returns (yours, expected).

    Its parameters are `dag`, the exercise's `values` and the names that its world provides.
    `task` is the task that is probably wrong when they differ.
    """

    title: str
    function: CheckFunction
    task: str | None = None


@dataclass(frozen=True)
class Mistake:
    """Something that beginners believe: `words` tell what is so, if `function` finds it."""

    words: str
    function: MistakeFunction


@dataclass(frozen=True)
class Wrong:
    """A wrong answer: answers by cell id, and words of the feedback that it must get."""

    name: str
    feedback: str
    answers: Mapping[str, str]


@dataclass(eq=False)
class Exercise:
    """An exercise as its author writes it; `name` is what learners type: `%check NAME`.

    What the learner has to give: `tasks` to declare, the name of a `dag` to declare, names of
    `values` to assign. All of them missing means not started.
    """

    name: str
    title: str
    minutes: int
    hints: tuple[str, str, str]
    tasks: tuple[str, ...] = ()
    dag: str = ""
    values: tuple[str, ...] = ()
    cells: list[Cell] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    wrongs: list[Wrong] = field(default_factory=list)
    alternatives: dict[str, Mapping[str, str]] = field(default_factory=dict)
    worlds: list[WorldFunction] = field(default_factory=list)
    folder: Path = Path()

    def text(self, name: str, source: str) -> None:
        """Add a cell of prose (Markdown)."""
        self._add(Cell(name, CellKind.TEXT, _clean(source)))

    def given(self, name: str, source: str) -> None:
        """Add a code cell that the learner runs but need not change."""
        self._add(Cell(name, CellKind.GIVEN, _clean(source)))

    def answer(self, name: str, *, start: str, solution: str) -> None:
        """Add a code cell that the learner has to fill in."""
        self._add(Cell(name, CellKind.ANSWER, _clean(start), _clean(solution)))

    def put_in_order(self, name: str, solution: str, *, extra: Sequence[str] = ()) -> None:
        """Add a task cell whose lines the learner has to sort; `extra` lines do not belong there.

        The first line, `%%task`, stays in its place.
        """
        head, *right = _clean(solution).splitlines()
        lines = [*right, *(line.rstrip() for line in extra)]
        chance = Random(self.name)  # noqa: S311 - an order that repeats, no secrets
        mixed = sorted(lines, key=lambda _: chance.random())
        if [line for line in mixed if line in right] == right:
            mixed.reverse()
        to_sort = f"{_TO_SORT}{_TOO_MANY[len(extra)]}. Delete this one last."
        start = "\n".join([head, to_sort, *mixed])
        self._add(Cell(name, CellKind.ANSWER, start, _clean(solution)))

    def check_cell(self) -> None:
        """Add the cell that asks for the verdict."""
        self._add(Cell("check", CellKind.CHECK, f"%check {self.name}"))

    def world(self, function: WorldFunction) -> WorldFunction:
        """Say what checks work on: a function that returns names and values.

        It may ask for `dag`, `seed`, `folder`, the exercise's `values`, and names from the worlds
        before it. It may write the data of that seed into `folder` and run the Dag on them.
        """
        self.worlds.append(function)
        return function

    def check(
        self, title: str, *, task: str | None = None
    ) -> Callable[[CheckFunction], CheckFunction]:
        """Add a check: a function that returns (yours, expected). They make the feedback."""

        def add(function: CheckFunction) -> CheckFunction:
            self.checks.append(Check(title, function, task))
            return function

        return add

    def mistake(self, words: str) -> Callable[[MistakeFunction], MistakeFunction]:
        """Add what beginners often get wrong: a function that says whether it was done here.

        It is given what a check is given. Its `words` name the cause and the next step; they stand
        in the report of an answer that is not right, for the first mistake that is found.
        """

        def add(function: MistakeFunction) -> MistakeFunction:
            self.mistakes.append(Mistake(_clean(words), function))
            return function

        return add

    def wrong(self, name: str, *, feedback: str, answers: Mapping[str, str]) -> None:
        """Add a wrong answer that must get this feedback: `answers` instead of the solution's."""
        self.wrongs.append(Wrong(name, feedback, _cleaned(answers)))

    def alternative(self, name: str, *, answers: Mapping[str, str]) -> None:
        """Add another right answer: it must be done, too."""
        self.alternatives[name] = _cleaned(answers)

    def _add(self, cell: Cell) -> None:
        assert cell.id not in {known.id for known in self.cells}, f"two cells are called {cell.id}"
        self.cells.append(cell)

    @property
    def answers(self) -> list[Cell]:
        """The cells that the learner fills in."""
        return [cell for cell in self.cells if cell.kind is CellKind.ANSWER]


def exercises() -> Mapping[str, Exercise]:
    """Return all exercises by name, in the order of their folders."""
    folders = sorted((lessons_root() / "exercises").glob(f"*/{SOURCE}"))
    return {it.name: it for it in map(load, folders)}


def find(name: str) -> Exercise:
    """Return the exercise of that name, or of that folder; their beginning and the number do too.

    Raises UnknownExercise where there is none, or several.
    """
    known = exercises()
    found = [it for it in known.values() if _is_called(it, name)]
    if name in known or len(found) == 1:
        return known[name] if name in known else found[0]
    cause = f'"{name}" may mean several exercises.' if found else f'no exercise is called "{name}".'
    near = "" if found else did_you_mean(name, known)
    names = ", ".join(it.name for it in found or known.values())
    raise UnknownExercise(f"{cause}{near}\nExercises: {names}.")


def _is_called(exercise: Exercise, name: str) -> bool:
    wanted = name.strip().casefold().replace("-", "_")
    wanted = f"{int(wanted):02}_" if wanted.isdecimal() else wanted
    names = (exercise.name, exercise.folder.name)
    return bool(wanted) and any(it.startswith(wanted) for it in names)


@cache
def load(path: Path) -> Exercise:
    """Return the exercise that the file at `path` defines as `exercise`."""
    spec = importlib.util.spec_from_file_location(f"wfkit_exercise_{path.parent.name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    exercise = module.exercise
    assert isinstance(exercise, Exercise)
    exercise.folder = path.parent
    return exercise


def _cleaned(answers: Mapping[str, str]) -> dict[str, str]:
    return {cell: _clean(source) for cell, source in answers.items()}


def _clean(source: str) -> str:
    return source.strip("\n").rstrip()
