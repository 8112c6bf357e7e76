"""What did the tasks of a run print and log? Lines to read, to search and to hand on."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from wfkit.api.dag_run import DagRun
from wfkit.api.grep import found, pattern
from wfkit.core.errors import InvalidOption, did_you_mean
from wfkit.core.listed import Listed
from wfkit.core.options import shown
from wfkit.engine.capture import LogLine

STREAMS = ("stdout", "stderr", "display", "note")
"""The levels of lines that are no log records."""

_LEVEL = re.compile(r"level (?P<bare>\d{1,9})|(?P<name>.+) \((?P<number>\d{1,9})\)", re.DOTALL)
_INSTANCE = re.compile(r"(?P<task>.+)\[(?P<index>\d+)\]")


class Logs(Listed[LogLine]):
    """Log lines of a run, each with the task that it belongs to; shown `as_json` or as text."""

    def __init__(self, run: DagRun, lines: Iterable[LogLine], as_json: bool = False) -> None:
        self._run, self._as_json = run, as_json
        self._lines = list(lines)

    @property
    def _items(self) -> Sequence[LogLine]:
        return self._lines

    def to_json(self) -> str:
        """Return the lines as JSON Lines: an object a line, with `dag` and what `run.logs` has."""
        return "\n".join(self._objects())

    def _objects(self) -> Iterator[str]:
        for it in self._lines:
            line = json.dumps(
                {
                    "dag": self._run.dag_name,
                    "run_id": self._run.run_id,
                    "task": it.task,
                    "map_index": it.map_index,
                    "attempt": it.attempt,
                    "at": datetime.fromtimestamp(it.time, UTC).isoformat(),
                    "level": it.level,
                    "text": it.text,
                },
                ensure_ascii=False,
            )
            # JSON escapes no direction marks, nor all that moves the cursor of a terminal.
            yield "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)

    def __repr__(self) -> str:
        return self.to_json() if self._as_json else "\n".join(self._shown()) or self._nothing()

    def _nothing(self) -> str:
        count = len(self._run.lines)
        return f"no log lines like that; the run has {count:,} in all" if count else "no log lines"

    def _shown(self) -> Iterator[str]:
        from wfkit.views.wording import log_text

        labels = [_label(line) for line in self._lines]
        width = max(map(len, labels), default=0)
        for label, line in zip(labels, self._lines, strict=True):
            mark = "" if line.level in ("stdout", "display") else f"{log_text(line.level)}: "
            yield f"{label:<{width}} | {mark}{log_text(line.text)}"


def _label(line: LogLine) -> str:
    mapped = f"[{line.map_index}]" if line.map_index >= 0 else ""
    return f"{line.task}{mapped}" + (f" (attempt {line.attempt})" if line.attempt > 1 else "")


@dataclass(frozen=True, kw_only=True)
class LogQuery:
    """Which lines are wanted; None means all. `load[3]` is one instance of a task.

    Raises InvalidOption for a `grep` that is no regular expression, and when it takes too long.
    """

    task: str | None = None
    attempt: int | None = None
    level: str | None = None
    grep: str | None = None
    most: int | None = None

    def __post_init__(self) -> None:
        if self.grep is not None:
            pattern(self.grep)

    def of(self, run: DagRun) -> list[LogLine]:
        """Return the lines of a run that are wanted.

        Raises UnknownTask for a task that the run does not have, InvalidOption for a level that
        is unknown.
        """
        lines: Iterable[LogLine] = run.lines
        if self.level is not None:
            lines = list(lines)
            fits = _at_level(self.level, {it.level for it in lines})
            lines = [it for it in lines if fits(it.level)]
        if self.task is not None:
            task, index = _instance(run, self.task)
            lines = [it for it in lines if it.task == task and index in (None, it.map_index)]
        if self.grep is not None:
            lines = found(self.grep, lines)
        kept = [it for it in lines if self.attempt in (None, it.attempt)]
        return kept[-self.most :] if self.most else kept


def _instance(run: DagRun, task: str) -> tuple[str, int | None]:
    one = _INSTANCE.fullmatch(task)
    return (run.known(one["task"]), int(one["index"])) if one else (run.known(task), None)


def _numbered(level: str) -> tuple[str, int] | None:
    """Return name and number of a level that tells both: Level 35, NOTICE (35)."""
    found = _LEVEL.fullmatch(level.casefold())
    return (found["name"] or level, int(found["number"] or found["bare"])) if found else None


def _number(level: str, numbers: Mapping[str, int]) -> int:
    name, number = _numbered(level) or (level.casefold(), None)
    return numbers.get(name, -1) if number is None else number


def _at_level(wanted: str, seen: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells the levels that are wanted: for a log record that one and those above."""
    seen = list(seen)
    numbers = {name.casefold(): it for name, it in logging.getLevelNamesMapping().items() if it}
    numbers |= dict(filter(None, map(_numbered, seen)))
    name = wanted.casefold()
    _, least = _numbered(wanted) or (name, numbers.get(name))
    if least is not None:
        return lambda level: _number(level, numbers) >= least
    known = {level.casefold() for level in (*STREAMS, *seen)}
    if name not in known:
        choices = [*STREAMS, *(it.upper() for it in numbers if it not in ("warn", "fatal"))]
        raise InvalidOption(
            f"level={shown(wanted)} is unknown.{did_you_mean(wanted, choices)}\n"
            f"Choose one of: {', '.join(choices)}."
        )
    return lambda level: level.casefold() == name
