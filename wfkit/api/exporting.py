"""What does a Dag look like as a file for another engine? The verb `export`."""

from __future__ import annotations

import ast
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from wfkit.api.dag_options import DagOptions
from wfkit.api.declaring import DeclaredDag
from wfkit.api.moments import utc, zone
from wfkit.api.watching import rules_of
from wfkit.core.cron import Cron
from wfkit.core.errors import EmptyDag, InvalidOption, WfkitError, did_you_mean
from wfkit.core.options import shown
from wfkit.engine.zones import Change, changes
from wfkit.export.exporting import ENGINES, Written, written
from wfkit.export.plan import Plan
from wfkit.export.words import GLOSSARY
from wfkit.views.side_by_side import Beside, Row, Table, beside_text

_YEARS = timedelta(days=3660)
_FIRST_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)
_CORRECTION = timedelta(hours=3)
_KEPT = {it.name for it in fields(Plan) if it.init} & {it.name for it in fields(DagOptions)}


class FileExists(WfkitError):
    """A file is there already, and was not to be replaced."""


class CannotSave(WfkitError):
    """A file cannot be written where it was to be."""


@dataclass(frozen=True)
class Exported:
    """The files that a Dag was exported to: one for each engine that was asked for.

    `source` is the text of a single one; `paths` are those that were written, if any.
    """

    dag: str
    tasks: tuple[str, ...]
    files: tuple[Written, ...]
    paths: tuple[Path, ...] = ()

    @property
    def source(self) -> str:
        """The text of the file. Raises InvalidOption where there are several."""
        if len(self.files) != 1:
            names = ", ".join(it.engine for it in self.files)
            raise InvalidOption(
                f"there are several files: {names}.\nTake one of .files, or name one."
            )
        return self.files[0].source

    @property
    def notes(self) -> tuple[str, ...]:
        """What has no counterpart or means something else there."""
        return tuple(str(note) for it in self.files for note in it.notes)

    @property
    def words(self) -> Table:
        """What each thing is called here and in each engine; - is what has no counterpart."""
        heads = ("wfkit", *(name.capitalize() for name in ENGINES))
        return Table(heads, tuple(word.plain() for word in GLOSSARY))

    def beside(self) -> Beside:
        """Return the files beside each other, the same task in the same row."""
        tops, dags = [], []
        for it in self.files:
            texts = [(part.kind, part.text) for part in it.sections if part.kind != "task"]
            tops.append(
                "\n\n".join(_without_comment(text) for kind, text in texts if kind != "dag")
            )
            dags.append("\n\n".join(text for kind, text in texts if kind == "dag"))
        rows = [Row(name, tuple(it.of_task(name) for it in self.files)) for name in self.tasks]
        return Beside(
            self.dag,
            tuple(ENGINES[it.engine].title for it in self.files),
            (Row("above the tasks", tuple(tops)), *rows, Row("the Dag", tuple(dags))),
            tuple(tuple(map(str, it.notes)) for it in self.files),
            self.words,
        )

    def __repr__(self) -> str:
        if self.paths:
            return "\n".join(self._saved())
        if len(self.files) > 1:
            return beside_text(self.beside())
        return self.source.rstrip("\n")

    def _saved(self) -> Iterator[str]:
        for it, path in zip(self.files, self.paths, strict=True):
            yield f"{self.dag} → {path} for {ENGINES[it.engine].title}"
            yield from (f"  {note}" for note in it.notes)


class Exporting(DeclaredDag):
    """The verb of a Dag that writes it down for other engines."""

    def export(
        self, engine: str | None = None, *, to: str | Path | None = None, force: bool = False
    ) -> Exported:
        """Write the Dag as a file for Airflow, Prefect or Dagster, or for all three.

        The file does not need wfkit. What has no counterpart there, or means something else, is
        told in it and in `notes`.

        Args:
            engine: airflow, prefect or dagster; all three, side by side, if not given.
            to (PATH): the file to write, or a folder for it; without it nothing is written.
            force: replace a file that is there.

        Raises EmptyDag, UnknownUpstream, CannotExport (what leans on the notebook), FileExists,
        CannotSave or InvalidOption.

        >>> from wfkit import Dag
        >>> def orders(): return [3, 4]
        >>> def revenue(orders): return sum(orders)
        >>> exported = Dag("sales", [orders, revenue]).export("prefect")
        >>> print(exported.source[:exported.source.index("@")])
        # The Dag sales for Prefect 3, written by wfkit.
        # It needs prefect>=3.7.
        <BLANKLINE>
        from prefect import flow, task
        <BLANKLINE>
        <BLANKLINE>
        <BLANKLINE>
        """
        names = [_engine(engine)] if engine is not None else list(ENGINES)
        if not self.graph.tasks:
            raise EmptyDag(
                f"{self.name} has no tasks to export.\nDeclare one with %%task or add()."
            )
        plan = plan_of(self)
        files = tuple(written(plan, name) for name in names)
        paths = () if to is None else _save(self.name, files, Path(to).expanduser(), force)
        return Exported(self.name, self.graph.order, files, paths)


def _without_comment(text: str) -> str:
    """Return the first part of a file without the comment on top: its notes are told elsewhere."""
    lines = text.split("\n")
    while lines and lines[0].startswith("#"):
        lines.pop(0)
    return "\n".join(lines).strip("\n")


def _engine(name: object) -> str:
    text = str(name).strip().lower()
    if text not in ENGINES:
        raise InvalidOption(
            f"engine={shown(name)} is unknown.{did_you_mean(text, ENGINES)}\n"
            f"Choose one of: {', '.join(ENGINES)}."
        )
    return text


def plan_of(dag: DeclaredDag) -> Plan:
    """Return what is there to export of a Dag."""
    options = {name: getattr(dag.options, name) for name in _KEPT}
    touched = _clock_change(dag.options)
    alerts = sorted({str(kind) for rule in rules_of(dag) for kind in rule.on})
    return Plan(
        name=dag.name,
        graph=dag.graph,
        last_interval=_last_interval(dag.options),
        clock_change=_told(dag.options, touched),
        clock_shift=touched.shift if touched else timedelta(),
        alerts=tuple(alerts),
        **options,
    )


def _last_interval(options: DagOptions) -> tuple[datetime, datetime] | None:
    """Return what the last run of the schedule stands for, None where there is none."""
    if options.timetable is None or options.end_date is None:
        return None
    where = zone(options.timezone)
    last = next(options.timetable.intervals(utc(options.end_date) - _INSTANT), None)
    return (last.begin.astimezone(where), last.end.astimezone(where)) if last else None


def _told(options: DagOptions, change: Change | None) -> str:
    if change is None:
        return ""
    day = change.moment.astimezone(zone(options.timezone)).date()
    return f"The clocks of {options.timezone} change when runs are due, as on {day}."


def _clock_change(options: DagOptions) -> Change | None:
    """Return the first change of clocks at which the schedule is due, None where none is."""
    if not isinstance(options.schedule, Cron):
        return None
    where = zone(options.timezone)
    begin = utc(options.start_date) if options.start_date else _FIRST_YEAR
    end = utc(options.end_date) if options.end_date else begin + _YEARS
    for change in changes(where, begin, end):
        if abs(change.shift) < _CORRECTION and _meets(options.schedule, where, change):
            return change
    return None


def _meets(cron: Cron, where: tzinfo, change: Change) -> bool:
    before = (change.moment - _MINUTE).astimezone(where).replace(tzinfo=None) + _MINUTE
    first, last = sorted([before, before + change.shift])
    minutes = int((last - first) / _MINUTE)
    return any(cron.fits(first + number * _MINUTE) for number in range(minutes))


def _save(dag: str, files: Sequence[Written], to: Path, force: bool) -> tuple[Path, ...]:
    try:
        return _saved(dag, files, to, force)
    except OSError as cause:
        raise CannotSave(
            f"{to} cannot be written: {cause.strerror}.\nName another place."
        ) from cause


def _saved(dag: str, files: Sequence[Written], to: Path, force: bool) -> tuple[Path, ...]:
    paths = [_path(dag, it.engine, to, len(files)) for it in files]
    for path, it in zip(paths, files, strict=True):
        if path.stem in _imported(it.source):
            raise CannotSave(
                f"{path} would be found in place of {path.stem}, which it imports.\n"
                f"Name it otherwise: --to {dag}_{it.engine}.py"
            )
        if not force and path.exists() and not _holds(path, it.source):
            raise FileExists(f"{path} is there already, with other text.\nReplace it with --force.")
    for path, it in zip(paths, files, strict=True):
        _write(path, it.source)
    return tuple(paths)


def _path(dag: str, engine: str, to: Path, count: int) -> Path:
    if to.is_dir():
        return to / f"{dag}_{engine}.py"
    if count > 1:
        raise CannotSave(f"{to} is no folder, and {count} files are to be written.\nName a folder.")
    if to.suffix != ".py":
        raise CannotSave(f"{to} is no Python file.\nName one: --to {to.with_suffix('.py').name}")
    if not to.parent.is_dir():
        raise CannotSave(
            f"{to.parent} is no folder that is there.\nMake it first, or name another."
        )
    return to


def _imported(source: str) -> set[str]:
    """Return the modules that a file imports, without what they are part of."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {it.name.partition(".")[0] for it in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_text("utf-8") == text
    except (OSError, ValueError):
        return False


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all; where it is a link, the file that is meant."""
    path = path.resolve()
    number, name = tempfile.mkstemp(suffix=".part", dir=path.parent)
    made = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as part:
            part.write(text)
        made.chmod(0o666 & ~_umask())
        made.replace(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
