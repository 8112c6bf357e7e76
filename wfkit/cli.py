"""wfkit on the command line: `wfkit VERB …`, also `python -m wfkit`."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from wfkit.api.flags import Flag, Flags
from wfkit.core.errors import InvalidOption, WfkitError, did_you_mean
from wfkit.views.plain_signs import speak_plainly

if TYPE_CHECKING:
    from wfkit.api.dag import Dag
    from wfkit.api.dag_run import DagRun

OK, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
_PATIENCE = 30.0


def learn(dir: str = "~/wfkit-lessons", browser: bool = True) -> NoReturn:  # noqa: A002 - the flag is --dir
    """Open JupyterLab on the first lesson, in your own copy of all lessons.

    Args:
        dir: the folder for your copy; files that are there already stay as they are.
        browser: open a browser window.
    """
    from wfkit.teach.course import copy_lessons
    from wfkit.teach.lab import open_lab

    folder = Path(dir).expanduser().absolute()
    copied = copy_lessons(folder)
    _say(f"Your lessons are in {folder} ({copied.new} files new, {copied.kept} kept).")
    _say("Stop with Ctrl-C, twice.")
    open_lab(folder, browser)


def check(path: str) -> int:
    """Judge the saved answers of an exercise: not started, not yet, or done.

    Args:
        path: the exercise's notebook, its folder, or its name or number: 01.
    """
    from wfkit.teach.saved import check_saved
    from wfkit.teach.waiting import ShownProgress

    with ShownProgress() as seen:
        report = check_saved(path, seen)
    _say(str(report))
    return report.exit_code


def lessons(dir: str | None = None, json: bool = False) -> int:  # noqa: A002 - as for learn
    """List the lessons with minutes, what each needs, and how far you are.

    Args:
        dir: the folder of your lessons; if not given the one you are in, or wfkit-lessons.
        json: show JSON instead of text, for other tools.
    """
    from wfkit.teach.lessons import own_lessons
    from wfkit.teach.overview import listing, listing_data

    folder = own_lessons(dir)
    _say(_as_json(listing_data(folder)) if json else listing(folder))
    return OK


def doctor(dir: str | None = None, json: bool = False) -> int:  # noqa: A002 - as for learn
    """Check that this computer has all that wfkit needs; tell how to mend what it has not.

    Args:
        dir: the folder of your lessons; if not given the one you are in, or wfkit-lessons.
        json: show JSON instead of text, for other tools.
    """
    from wfkit.teach.doctor.diagnosis import Diagnosis
    from wfkit.teach.doctor.finding import Around
    from wfkit.teach.lessons import own_lessons

    diagnosis = Diagnosis(Around(own_lessons(dir)))
    for finding in diagnosis.run():
        if not json:
            _say("\n".join(finding.lines()))
    _say(_as_json(diagnosis.to_dict()) if json else diagnosis.verdict())
    return OK if diagnosis.is_well else FAILED


def author(action: str, folder: str | None = None) -> int:
    """Write the notebooks of the exercises from their source: `wfkit author build`.

    Args:
        action: build.
        folder: only the exercise in this folder; all of them if not given.
    """
    from wfkit.teach.author import build

    if action != "build":
        raise InvalidOption(f'wfkit author knows no action "{action}".\nWrite: wfkit author build')
    for path in build(None if folder is None else Path(folder)):
        _say(str(path))
    return OK


def show(file: str, **options: Any) -> int:
    """Print a Dag as text."""
    with _opened(file, options) as dag:
        _say(repr(dag.show(**options)))
    return OK


def run(file: str, **options: Any) -> int:
    """Run a Dag once; the exit code is 0 when it ends as expected."""
    if "crash_after" in options:
        options.setdefault("expect", "failed")
    return _followed(file, "run", options)


def resume(file: str, **options: Any) -> int:
    """Go on with a run that failed, was cancelled or was cut off."""
    return _followed(file, "resume", options)


def rerun(file: str, **options: Any) -> int:
    """Clear a task of a run that has ended, and run it again with all that depends on it."""
    return _followed(file, "rerun", options)


def upcoming(file: str, **options: Any) -> int:
    """Print when the next runs are due, and which time each stands for."""
    with _opened(file, options) as dag:
        _say(repr(dag.upcoming(**options)))
    return OK


def simulate(file: str, **options: Any) -> int:
    """Play the schedule on a virtual clock; the history is in memory."""
    from wfkit.notebook.opening import chosen, loaded

    with loaded(file, options) as dags:
        dag = chosen(file, dags, options.pop("dag", None))
        _say(repr(dag.simulate(others=dags.values(), **options)))
    return OK


def backfill(file: str, **options: Any) -> int:
    """Run every date of a past range that has no run yet, oldest first."""
    with _opened(file, options) as dag:
        _say(repr(dag.backfill(**options)))
    _tell_people()
    return OK


def serve(file: str, **options: Any) -> int:
    """Start runs when they are due, until Ctrl-C or SIGTERM.

    Without --dag, every Dag of the file that has a schedule is served.
    """
    from wfkit.api.foreground import serve_here
    from wfkit.notebook.opening import chosen, loaded

    with loaded(file, options) as dags:
        timed = {name: dag for name, dag in dags.items() if dag.options.timetable}
        name = options.pop("dag", None)
        found = timed.values() if timed and name is None else [chosen(file, dags, name)]
        serve_here(found, **options)
    _tell_people()
    return OK


def odds(file: str, **options: Any) -> int:
    """Print how likely success is over many nights; no task is run."""
    with _opened(file, options) as dag:
        _say(repr(dag.odds(**options)))
    return OK


def runs(file: str, **options: Any) -> int:
    """Print the newest runs, oldest first."""
    with _opened(file, options) as dag:
        _say(repr(dag.runs(**options)))
    return OK


def metrics(file: str, **options: Any) -> int:
    """Print how reliable and how quick the newest runs were."""
    with _opened(file, options) as dag:
        _say(repr(dag.metrics(**options)))
    return OK


def scaling(file: str, **options: Any) -> int:
    """Print how runs on different executors compare."""
    with _opened(file, options) as dag:
        _say(repr(dag.scaling(**options)))
    return OK


def logs(file: str, **options: Any) -> int:
    """Print what tasks printed and logged in a run."""
    with _opened(file, options) as dag:
        found = repr(dag.logs(**options))
        if found:  # of JSON Lines there may be none
            _say(found)
    return OK


def alerts(file: str, **options: Any) -> int:
    """Print what people were told of runs, and what became of it."""
    with _opened(file, options) as dag:
        _say(repr(dag.alerts(**options)))
    return OK


def explain(file: str, **options: Any) -> int:
    """Print why a task did or did not run, or what went wrong first."""
    with _opened(file, options) as dag:
        _say(dag.explain(**options))
    return OK


def replay(file: str, **options: Any) -> int:
    """Print what happened in a run, event by event."""
    with _opened(file, options) as dag:
        _say(repr(dag.replay(**options)))
    return OK


def export(file: str, **options: Any) -> int:
    """Write a Dag as a file for Airflow, Prefect or Dagster."""
    from wfkit.export.exporting import ENGINES

    if file in ENGINES and "engine" in options:  # either order is understood
        file, options["engine"] = options["engine"], file
    if "to" in options:
        options["to"] = Path(options["to"]).expanduser().absolute()
    with _opened(file, options) as dag:
        exported = dag.export(**options)
    _say(repr(exported))
    if not exported.paths:
        for note in exported.notes:
            _complain(note)
    return OK


def _followed(file: str, verb: str, options: dict[str, Any]) -> int:
    """Begin a run with a verb of the Dag, watch it, print how it ended."""
    expect = options.get("expect", "success")
    with _opened(file, options) as dag:
        started: DagRun = getattr(dag, verb)(background=True, **options)
        try:
            _watch(started)
        except KeyboardInterrupt:
            started.cancel("interrupted")
            started.wait(timeout=0.8)
            _complain(f"{started.run_id} was interrupted.")
            return INTERRUPTED
    _say(repr(started.picture()))
    _tell_people()
    if started.has_nothing_left:
        _say(repr(started))
    started.check(expect)
    return OK


def _tell_people() -> None:
    """Let alerts get away before the process ends."""
    from wfkit.api.watching import flush

    if not flush(_PATIENCE):
        _complain(f"Some alerts have not got away within {_PATIENCE:g} s; see wfkit alerts.")


def _watch(run: DagRun) -> None:
    from tqdm import tqdm

    total = len(run.graph.tasks)
    with tqdm(total=total, unit="task", leave=False, disable=not sys.stderr.isatty()) as bar:
        while not run.wait(timeout=0.1):
            bar.update(run.finished - bar.n)


def _opened(file: str, options: dict[str, Any]) -> AbstractContextManager[Dag]:
    from wfkit.notebook.opening import opened

    return opened(file, options)


FILE = Flag("FILE", "file", default=inspect.Parameter.empty)
DAG = Flag("--dag", "dag", help="which Dag, where the file declares several.")


@dataclass(frozen=True)
class Command:
    """One verb: the function behind it, and how its flags are made from a signature."""

    function: Callable[..., int]
    flags: Callable[[], Flags]
    for_authors: bool = False


def _command(
    function: Callable[..., int], positional: str | Sequence[str] = (), for_authors: bool = False
) -> Command:
    flags = partial(Flags, _spelt(function), function, positional=positional, by_shell=True)
    return Command(function, flags, for_authors)


def _spelt(function: Callable[..., int]) -> str:
    return f"wfkit {function.__name__}"


def _verb(function: Callable[..., int], *places: str, without: Sequence[str] = ()) -> Command:
    """Return the command that is the verb of Dag with the name of `function`.

    Behind the file, `places` are parameters that bare words fill.
    """

    def flags() -> Flags:
        from wfkit.api.dag import Dag

        return Flags(
            _spelt(function),
            getattr(Dag, function.__name__),
            positional=(FILE, *places),
            without=("self", *without),
            extra=(DAG,),
            summary=function,
            by_shell=True,
        )

    return Command(function, flags)


COMMANDS = {
    "learn": _command(learn),
    "show": _verb(show),
    "run": _verb(run, without=["background"]),
    "resume": _verb(resume, without=["background"]),
    "rerun": _verb(rerun, "task", without=["background"]),
    "upcoming": _verb(upcoming),
    "simulate": _verb(simulate, without=["others"]),
    "backfill": _verb(backfill),
    "serve": _verb(serve),
    "odds": _verb(odds),
    "runs": _verb(runs),
    "metrics": _verb(metrics),
    "scaling": _verb(scaling, "task"),
    "logs": _verb(logs, "task"),
    "explain": _verb(explain, "task"),
    "replay": _verb(replay, "run_id"),
    "alerts": _verb(alerts),
    "export": _verb(export, "engine"),
    "lessons": _command(lessons),
    "check": _command(check, "path"),
    "doctor": _command(doctor),
    "author": _command(author, ["action", "folder"], for_authors=True),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 good, 1 failed, 2 misused, 130 interrupted."""
    speak_plainly(sys.stdout, sys.stderr)
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(words)
    except InvalidOption as error:
        _complain(f"wfkit: {error}")
        return MISUSED
    except WfkitError as error:
        _complain(str(error))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output wants no more of it; Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _dispatch(words: Sequence[str]) -> int:
    first, *rest = words or ["--help"]
    if first in {"--help", "-h", "help"}:
        _say(_overview())
        return OK
    if first == "--version":
        _say(version("wfkit"))
        return OK
    if first not in COMMANDS:
        names = _for_learners()
        raise InvalidOption(
            f'no command is called "{first}".{did_you_mean(first, names)}\n'
            f"Commands: {', '.join(names)}. Help: wfkit --help"
        )
    command = COMMANDS[first]
    flags = command.flags()
    if {"--help", "-h"} & set(rest):
        _say(flags.help())
        return OK
    return command.function(**flags.parse(rest))


def _overview() -> str:
    shown = _for_learners()
    width = max(map(len, shown))
    rows = [f"  {name:<{width}}  {_summary(it.function)}" for name, it in shown.items()]
    head = "wfkit: learn data workflows by running them.\n\nusage: wfkit COMMAND …\n"
    return "\n".join([head, *rows, "", "More about one of them: wfkit COMMAND --help"])


def _for_learners() -> dict[str, Command]:
    return {name: it for name, it in COMMANDS.items() if not it.for_authors}


def _summary(function: Callable[..., int]) -> str:
    return (function.__doc__ or "").partition("\n")[0]


def _as_json(data: object) -> str:
    import json

    return json.dumps(data, indent=1)


def _say(text: str) -> None:
    print(text, flush=True)


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
