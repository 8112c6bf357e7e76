"""What may follow on a `%dag` or `%%task` line? Verbs, flags, task names and choices, by Tab."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from wfkit.api.flags import Flag, Flags
from wfkit.api.logs import STREAMS
from wfkit.core.alerts import AlertKind
from wfkit.core.errors import WfkitError
from wfkit.core.task_options import TaskOptions
from wfkit.core.trigger_rules import TriggerRule
from wfkit.engine.clock import CLOCK_NAMES
from wfkit.engine.executors.choice import EXECUTOR_NAMES
from wfkit.engine.stores import has_history
from wfkit.export.exporting import ENGINES
from wfkit.notebook import declaring
from wfkit.notebook.expecting import ENDS, error_names
from wfkit.notebook.magics import VERBS
from wfkit.notebook.state import Notebook

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

_NEWEST = 20
_COMMANDS = ("%dag", "%%task")


def candidates(notebook: Notebook, line: str) -> list[str]:
    """Return all that may stand where `line` ends, in place of its last, unfinished word."""
    *words, unfinished = line.split(" ")
    words = [word for word in words if word]
    command = words.pop(0) if words and words[0] in _COMMANDS else "%%task"
    if command == "%%task":
        return _after(notebook, declaring.FLAGS, words, unfinished)
    if not words:
        return [*VERBS, *VERBS["show"].flags.names]
    if words[0].startswith("--"):
        return _after(notebook, VERBS["show"].flags, words, unfinished)
    verb = VERBS.get(words.pop(0))
    return _after(notebook, verb.flags, words, unfinished) if verb else []


def _after(notebook: Notebook, flags: Flags, words: list[str], unfinished: str) -> list[str]:
    flag = flags.flag(words[-1]) if words else None
    if flag is not None and flag.shape != "switch":
        if flag.parameter == "faults" and ":" in unfinished:
            return [*_FAULTS]
        return _values(notebook, flag)
    given = [word for word in words if word.startswith("--")]
    left = [name for name in flags.names if name not in given]
    first = _values(notebook, flags.positional[0]) if flags.positional and not words else []
    return [*first, *left]


def _values(notebook: Notebook, flag: Flag) -> list[str]:
    known = _CHOICES.get(flag.parameter) if flag.shown != "DATE" else None
    return sorted(known(notebook)) if known else []


def _tasks(notebook: Notebook) -> Collection[str]:
    try:
        return notebook.dag.tasks
    except WfkitError:
        return ()


def _params(notebook: Notebook) -> Iterable[str]:
    try:
        return [f"{name}=" for name in notebook.dag.params]
    except WfkitError:
        return ()


def _faulty(notebook: Notebook) -> Iterable[str]:
    return (f"{name}:" for name in _tasks(notebook))


def _options(notebook: Notebook) -> Iterable[str]:
    names = [field.name for field in fields(TaskOptions)]
    return (f"{task}.{option}=" for task in _tasks(notebook) for option in names)


def _run_ids(notebook: Notebook) -> Iterable[str]:
    try:
        return [run.run_id for run in notebook.dag.runs(_NEWEST)] if has_history() else ()
    except WfkitError:
        return ()


def _zones(_: Notebook) -> Iterable[str]:
    import zoneinfo

    return zoneinfo.available_timezones()


_CHOICES: dict[str, Callable[[Notebook], Iterable[str]]] = {
    "after": _tasks,
    "clock": lambda _: CLOCK_NAMES,
    "crash_after": _tasks,
    "dag": lambda notebook: notebook.dags,
    "engine": lambda _: ENGINES,
    "executor": lambda _: EXECUTOR_NAMES,
    "expect": lambda _: [*error_names(), *ENDS],
    "faults": _faulty,
    "highlight": _tasks,
    "level": lambda _: [*STREAMS, "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
    "on": lambda _: [kind.value for kind in AlertKind],
    "name": lambda notebook: notebook.dags,
    "only": _tasks,
    "params": _params,
    "run_id": _run_ids,
    "task": _tasks,
    "timezone": _zones,
    "trigger_rule": lambda _: [rule.value for rule in TriggerRule],
    "upto": _tasks,
    "vary": _options,
}
"""What the value of a flag may be, by the name of its parameter."""

_FAULTS = ("15%", "2", "always", "bad", "hang", "lost", "slow=10m")
"""How a task may be broken, behind its name: an example of each kind."""


class Completion:
    """Answers Tab on our lines, and on flags that go on below `%%task`; others stay silent then."""

    def __init__(self, shell: InteractiveShell, notebook: Notebook) -> None:
        self._notebook = notebook
        self._matchers: list[Any] = shell.Completer.custom_matchers

    def attach(self) -> None:
        """Begin to answer."""
        self._matchers.append(self._match)

    def detach(self) -> None:
        """Leave Tab as it was."""
        self._matchers.remove(self._match)

    def _match(self, context: CompletionContext) -> SimpleMatcherResult:
        from IPython.core.completer import SimpleCompletion

        line = context.text_until_cursor.lstrip()
        known = self._known(line, context.full_text)
        found = [name for name in known if name.startswith(context.token)]
        return {"completions": [SimpleCompletion(name) for name in found], "suppress": bool(found)}

    def _known(self, line: str, cell: str) -> Collection[str]:
        if _is_ours(line, cell):
            return candidates(self._notebook, line)
        # IPython itself does not look behind a property such as `last`.
        return _tasks(self._notebook) if _LAST_RESULT.search(line) else ()

    # How IPython tells matchers that are given the whole context.
    _match.matcher_api_version = 2  # type: ignore[attr-defined]


_LAST_RESULT = re.compile(r"\bdag\.last\[[\"']\w*$")


def _is_ours(line: str, cell: str) -> bool:
    if line.startswith("--"):
        return cell.lstrip().startswith("%%task")
    return line.startswith(tuple(f"{command} " for command in _COMMANDS))
