"""Which verdict does a Dag get? Runs every check of an exercise on it, on seen and unseen data."""

from __future__ import annotations

import ast
import inspect
import tempfile
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from wfkit.api.dag_run import DagRun
from wfkit.core.errors import NoResult, WfkitError
from wfkit.core.states import TaskState
from wfkit.teach.blank import BLANK, is_blank
from wfkit.teach.checks import same
from wfkit.teach.comparison import told
from wfkit.teach.feedback import Finding, Report, Verdict
from wfkit.teach.manifest import CASES, Check, Exercise

if TYPE_CHECKING:
    from wfkit.api.dag import Dag


@dataclass
class _World:
    """What checks are given, by name; `error` if it could not be made."""

    names: dict[str, Any]
    error: Exception | None = field(default=None, init=False)

    def given_to(self, function: Callable[..., Any]) -> Any:
        """Call a function of the exercise with what its parameters name."""
        return function(**{name: self.names[name] for name in _wanted(function)})


def judge(
    exercise: Exercise,
    dag: Dag | None,
    values: Mapping[str, Any] = MappingProxyType({}),
    cases: Mapping[str, int] = CASES,
) -> Report:
    """Return the report about `dag`, which may be None, and the notebook's `values` by name.

    Every check runs on each of `cases` (seeds by name); the first that does not hold counts.
    """
    wanted = len(exercise.tasks) + len(exercise.values) + bool(exercise.dag)
    missing = tuple(_missing(exercise, dag, values))
    if len(missing) == wanted:
        return Report(exercise.name, Verdict.NOT_STARTED)
    if missing:
        return Report(exercise.name, Verdict.NOT_YET, missing=missing, hint=exercise.hints[0])
    given = {"dag": dag, **{name: values[name] for name in exercise.values}}
    with tempfile.TemporaryDirectory(prefix="wfkit-check-") as folder:
        worlds = [_world(exercise, given, seed, Path(folder, name)) for name, seed in cases.items()]
        found = [_finding(check, dag, worlds) for check in exercise.checks]
        findings = tuple(replace(it, cause=it.cause.replace(folder, "…")) for it in found)
        if all(finding.passed for finding in findings):
            return Report(exercise.name, Verdict.DONE, findings)
        advice = _advice(exercise, worlds)
    return Report(exercise.name, Verdict.NOT_YET, findings, advice=advice, hint=exercise.hints[0])


def _missing(exercise: Exercise, dag: Dag | None, values: Mapping[str, Any]) -> Iterator[str]:
    if exercise.dag and (dag is None or dag.name != exercise.dag):
        yield f"the Dag {exercise.dag}"
    yield from (name for name in exercise.tasks if dag is None or name not in dag.tasks)
    yield from (name for name in exercise.values if is_blank(values.get(name, BLANK)))


def _world(exercise: Exercise, given: Mapping[str, Any], seed: int, folder: Path) -> _World:
    folder.mkdir()
    world = _World({**given, "seed": seed, "folder": folder})
    try:
        for function in exercise.worlds:
            world.names.update(world.given_to(function))
    except Exception as error:  # noqa: BLE001 - the learner's tasks may fail in any way
        world.error = error
    return world


def _advice(exercise: Exercise, worlds: Sequence[_World]) -> str:
    """Return the words of the first mistake that is found in any world."""
    for mistake in exercise.mistakes:
        for world in worlds:
            with suppress(Exception):  # what it needs may be missing, or broken by the mistake
                if world.given_to(mistake.function):
                    return mistake.words
    return ""


def _finding(check: Check, dag: Dag | None, worlds: Sequence[_World]) -> Finding:
    for number, world in enumerate(worlds):
        finding = _tried(check, dag, world)
        if not finding.passed:
            return replace(finding, is_hidden=number > 0)
    return Finding(check.title, passed=True)


def _tried(check: Check, dag: Dag | None, world: _World) -> Finding:
    if world.error is not None:
        return Finding(check.title, passed=False, cause=_words(world.error))
    try:
        yours, expected = world.given_to(check.function)
    except Exception as error:  # noqa: BLE001 - as above
        runs = [
            value
            for name in _wanted(check.function)
            if isinstance(value := world.names.get(name), DagRun)
        ]
        return _stopped(check, error, runs)
    if same(yours, expected):
        return Finding(check.title, passed=True)
    line = _own_line(dag, check.task)
    return Finding(check.title, False, *told(yours, expected), line=line)


def _wanted(function: Callable[..., Any]) -> Iterable[str]:
    return inspect.signature(function).parameters


def _stopped(check: Check, error: Exception, runs: Iterable[DagRun]) -> Finding:
    if not isinstance(error, NoResult):
        return Finding(check.title, passed=False, cause=_words(error))
    for cause, line in filter(None, map(_first_failure, runs)):
        return Finding(check.title, passed=False, cause=cause, line=line)
    # Its next step is for a run that has a history: a trial has none.
    *why, _next_step = str(error).splitlines()
    return Finding(check.title, passed=False, cause="\n".join(why))


def _first_failure(run: DagRun) -> tuple[str, str] | None:
    for it in run.snapshot.with_state(TaskState.FAILED):
        error = it.error or {}
        if error.get("injected"):
            continue
        line = error.get("line")
        where = f"{it.task}, line {line['number']}: {line['source']}" if line else ""
        return f"{it.task} failed: {error.get('type')}: {error.get('message')}", where
    return None


def _words(error: Exception) -> str:
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, WfkitError) else f"{name}: {error}"[:300]


def _own_line(dag: Dag | None, task: str | None) -> str:
    if dag is None:
        return ""
    with suppress(OSError, TypeError, SyntaxError, KeyError):
        function = dag.tasks[task or ""].function
        lines, first = inspect.getsourcelines(function)
        number = _return_line("".join(lines))
        return f"{task}, line {first + number - 1}: {lines[number - 1].strip()}"
    return ""


def _return_line(source: str) -> int:
    (function,) = ast.parse(textwrap.dedent(source)).body
    returns = [it.lineno for it in ast.walk(function) if isinstance(it, ast.Return)]
    return max(returns, default=1)
