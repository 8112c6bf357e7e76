"""wfkit on the command line: `wfkit VERB …`, also `python -m wfkit`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wfkit.api.flags import Flag, Flags
from wfkit.core.errors import InvalidOption, WfkitError, did_you_mean

if TYPE_CHECKING:
    from wfkit.api.dag import Dag
    from wfkit.api.dag_run import DagRun

OK, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


def learn(dir: str = "~/wfkit-lessons", browser: bool = True) -> int:  # noqa: A002 - the flag is --dir
    """Open JupyterLab on the first lesson, in your own copy of all lessons.

    Args:
        dir: the folder for your copy; files that are there already stay as they are.
        browser: open a browser window.
    """
    from wfkit.teach.course import copy_lessons, open_lab

    folder = Path(dir).expanduser().absolute()
    copied = copy_lessons(folder)
    _say(f"Your lessons are in {folder} ({copied.new} files new, {copied.kept} kept).")
    _say("Stop with Ctrl-C, twice.")
    return open_lab(folder, browser)


def show(
    file: str, dag: str | None = None, highlight: str | None = None, group: str | None = None
) -> int:
    """Print a Dag as text.

    Args:
        file: a notebook or a .py file that declares it.
        dag: which Dag, where the file declares several.
        highlight: a task whose ancestors and descendants stand out.
        group: a group to show in full; the others are folded.
    """
    _say(repr(_loaded(file, dag).show(highlight=highlight, group=group)))
    return OK


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


def run(file: str, **options: Any) -> int:
    """Run a Dag once; the exit code is 0 when it ends in success."""
    chosen = options.pop("dag", None)
    expect = options.pop("expect", "failed" if "crash_after" in options else "success")
    started = _loaded(file, chosen).run(background=True, **options)
    try:
        _watch(started)
    except KeyboardInterrupt:
        started.cancel("interrupted")
        started.wait(timeout=0.8)
        _complain(f"{started.run_id} was interrupted.")
        return INTERRUPTED
    _say(repr(started.picture()))
    started.check(expect)
    return OK


def odds(file: str, **options: Any) -> int:
    """Print how likely success is over many nights; no task is run."""
    _say(repr(_loaded(file, options.pop("dag", None)).odds(**options)))
    return OK


def explain(file: str, **options: Any) -> int:
    """Print why a task did or did not run, or what went wrong first."""
    _say(_loaded(file, options.pop("dag", None)).explain(**options))
    return OK


def _watch(run: DagRun) -> None:
    from tqdm import tqdm

    total = len(run.graph.tasks)
    with tqdm(total=total, unit="task", leave=False, disable=not sys.stderr.isatty()) as bar:
        while not run.wait(timeout=0.1):
            bar.update(run.finished - bar.n)


def _loaded(file: str, name: str | None) -> Dag:
    from wfkit.notebook.loading import load_dags

    dags: dict[str, Dag] = load_dags(Path(file))
    if name is None and len(dags) == 1:
        return next(iter(dags.values()))
    if name in dags:
        return dags[name]
    if not dags:
        raise InvalidOption(f"{file} declares no Dag.\nDeclare one: %dag new NAME, or dag = Dag(…)")
    cause = f'has no Dag "{name}".{did_you_mean(name, dags)}' if name else "declares several Dags."
    raise InvalidOption(f"{file} {cause}\nChoose one: {', '.join(f'--dag {it}' for it in dags)}")


FILE = Flag("FILE", "file", default=inspect.Parameter.empty)
DAG = Flag("--dag", "dag", help="which Dag, where the file declares several.")


@dataclass(frozen=True)
class Command:
    """One verb: the function behind it, and how its flags are made from a signature."""

    function: Callable[..., int]
    flags: Callable[[], Flags]
    for_authors: bool = False


def _command(
    function: Callable[..., int], positional: str | None = None, for_authors: bool = False
) -> Command:
    flags = partial(Flags, _spelt(function), function, positional=positional)
    return Command(function, flags, for_authors)


def _spelt(function: Callable[..., int]) -> str:
    return f"wfkit {function.__name__}"


def _verb(function: Callable[..., int], without: Sequence[str] = ()) -> Command:
    """Return the command that is the verb of Dag with the name of `function`."""

    def flags() -> Flags:
        from wfkit.api.dag import Dag

        verb = getattr(Dag, function.__name__)
        hidden = ("self", *without)
        return Flags(_spelt(function), verb, positional=FILE, without=hidden, extra=(DAG,))

    return Command(function, flags)


COMMANDS = {
    "learn": _command(learn),
    "run": _verb(run, without=["background"]),
    "odds": _verb(odds),
    "explain": _verb(explain),
    "show": _command(show, "file"),
    "check": _command(check, "path"),
    "author": _command(author, "action", for_authors=True),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 good, 1 failed, 2 misused, 130 interrupted."""
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


def _say(text: str) -> None:
    print(text)


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
