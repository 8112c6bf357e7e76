"""Which verdict does a Dag get? Runs every check of an exercise on it, on seen and unseen data."""

from __future__ import annotations

import ast
import inspect
import tempfile
import textwrap
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wfkit.api.dag_run import DagRun
from wfkit.core.errors import NoResult, WfkitError
from wfkit.core.states import TaskState
from wfkit.teach.checks import same
from wfkit.teach.comparison import told
from wfkit.teach.feedback import Finding, Report, Verdict
from wfkit.teach.manifest import CASES, Check, Exercise

if TYPE_CHECKING:
    from wfkit.api.dag import Dag


def judge(exercise: Exercise, dag: Dag | None, cases: Mapping[str, int] = CASES) -> Report:
    """Return the report about `dag`, which may be None.

    Every check runs on each of `cases` (seeds by name); the first that does not hold counts.
    """
    declared = () if dag is None else dag.tasks
    missing = tuple(name for name in exercise.tasks if name not in declared)
    if dag is None or len(missing) == len(exercise.tasks):
        return Report(exercise.name, Verdict.NOT_STARTED)
    if missing:
        return Report(exercise.name, Verdict.NOT_YET, missing=missing, hint=exercise.hints[0])
    with tempfile.TemporaryDirectory(prefix="wfkit-check-") as folder:
        worlds = {
            name: _world(exercise, dag, seed, Path(folder, name)) for name, seed in cases.items()
        }
        found = [_finding(check, dag, worlds) for check in exercise.checks]
        findings = tuple(replace(it, cause=it.cause.replace(folder, "…")) for it in found)
    if all(finding.passed for finding in findings):
        return Report(exercise.name, Verdict.DONE, findings)
    return Report(exercise.name, Verdict.NOT_YET, findings, hint=exercise.hints[0])


def _world(exercise: Exercise, dag: Dag, seed: int, folder: Path) -> dict[str, Any] | Exception:
    folder.mkdir()
    names: dict[str, Any] = {"dag": dag}
    try:
        for function in exercise.worlds:
            names.update(function(dag, seed, folder))
    except Exception as error:  # noqa: BLE001 - the learner's tasks may fail in any way
        return error
    return names


def _finding(check: Check, dag: Dag, worlds: Mapping[str, dict[str, Any] | Exception]) -> Finding:
    for number, world in enumerate(worlds.values()):
        finding = _tried(check, dag, world)
        if not finding.passed:
            return replace(finding, is_hidden=number > 0)
    return Finding(check.title, passed=True)


def _tried(check: Check, dag: Dag, world: dict[str, Any] | Exception) -> Finding:
    if isinstance(world, Exception):
        return Finding(check.title, passed=False, cause=_words(world))
    try:
        wanted = inspect.signature(check.function).parameters
        yours, expected = check.function(**{name: world[name] for name in wanted})
    except Exception as error:  # noqa: BLE001 - as above
        return _stopped(check, error, world)
    if same(yours, expected):
        return Finding(check.title, passed=True)
    line = _own_line(dag, check.task)
    return Finding(check.title, False, *told(yours, expected), line=line)


def _stopped(check: Check, error: Exception, world: Mapping[str, Any]) -> Finding:
    if isinstance(error, NoResult):
        for value in world.values():
            if isinstance(value, DagRun) and (told_by := _first_failure(value)):
                cause, line = told_by
                return Finding(check.title, passed=False, cause=cause, line=line)
    return Finding(check.title, passed=False, cause=_words(error))


def _first_failure(run: DagRun) -> tuple[str, str] | None:
    for it in run.snapshot.with_state(TaskState.FAILED):
        error = it.error or {}
        line = error.get("line")
        where = f"{it.task}, line {line['number']}: {line['source']}" if line else ""
        return f"{it.task} failed: {error.get('type')}: {error.get('message')}", where
    return None


def _words(error: Exception) -> str:
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, WfkitError) else f"{name}: {error}"[:300]


def _own_line(dag: Dag, task: str | None) -> str:
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
