"""How does a notebook ask for a verdict? %check, %hint, %solution, %start_over, %progress."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wfkit.core.errors import WfkitError
from wfkit.teach import blank

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


class WrongUse(WfkitError):
    """A magic was not given what it needs."""


def register(shell: InteractiveShell) -> list[str]:
    """Add the learners' magics and `____` to `shell`; return names that were already taken."""
    shell.user_ns.setdefault(blank.NAME, blank.BLANK)
    shell.user_ns_hidden.setdefault(blank.NAME, blank.BLANK)
    known = shell.magics_manager.magics["line"]
    taken = [name for name in _MAGICS if name in known and not _is_ours(known[name])]
    for name in _MAGICS.keys() - set(taken):
        shell.magics_manager.register_function(_magic(name, shell), "line", name)
    shell.set_hook("complete_command", _complete, re_key=_EXERCISE_MAGIC)
    return taken


def unregister(shell: InteractiveShell) -> None:
    """Take them away again."""
    known = shell.magics_manager.magics["line"]
    for name in _MAGICS:
        if name in known and _is_ours(known[name]):
            del known[name]
    if shell.user_ns.get(blank.NAME) is blank.BLANK:
        del shell.user_ns[blank.NAME]


def _magic(name: str, shell: InteractiveShell) -> Callable[[str], None]:
    def run(line: str) -> None:
        if "--help" in line.partition("#")[0].split():
            _say(_help(name))
        else:
            _MAGICS[name](_name_in(name, line), shell)

    run.__doc__ = _MAGICS[name].__doc__
    run.wfkit_magic = True  # type: ignore[attr-defined]
    return run


def _help(magic: str) -> str:
    from wfkit.teach.manifest import exercises

    what = _MAGICS[magic].__doc__ or ""
    if magic == "progress":
        return f"%progress\n{what}"
    place = "[NAME]" if magic == "check" else "NAME"
    return f"%{magic} {place}\n{what}\n  NAME  an exercise: {', '.join(exercises())}"


def _is_ours(function: object) -> bool:
    return getattr(function, "wfkit_magic", False)


def _name_in(magic: str, line: str) -> str:
    words = line.partition("#")[0].split()
    if len(words) > 1:
        raise WrongUse(f"%{magic} takes one name, not {len(words)} words.\nWrite: %{magic} NAME")
    return words[0].strip("\"'") if words else ""


def _check(name: str, shell: InteractiveShell) -> None:
    """How far is this exercise? Without a name: which exercises are there?"""
    from IPython.display import display

    from wfkit.teach import coach

    if name:
        display(coach.check(name, shell.user_ns.get("dag"), shell.user_ns))
    else:
        _say(coach.all_exercises())


def _hint(name: str, _shell: InteractiveShell) -> None:
    """Show the next of three hints."""
    from wfkit.teach import coach

    _say(coach.hint(_needed(name, "hint")))


def _solution(name: str, _shell: InteractiveShell) -> None:
    """Show the solution, after a try."""
    from wfkit.teach import coach

    _say(coach.solution(_needed(name, "solution")))


def _start_over(name: str, _shell: InteractiveShell) -> None:
    """Show the cells as they were at first."""
    from wfkit.teach import coach

    _say(coach.start_over(_needed(name, "start_over")))


def _progress(_name: str, _shell: InteractiveShell) -> None:
    """Show how far you are with the lessons, their predictions and exercises."""
    from IPython.display import display

    from wfkit.teach.overview import overview

    display(overview())


_MAGICS: dict[str, Callable[[str, Any], None]] = {
    "check": _check,
    "hint": _hint,
    "solution": _solution,
    "start_over": _start_over,
    "progress": _progress,
}
_EXERCISE_MAGIC = r"%(check|hint|solution|start_over)\b"


def _needed(name: str, magic: str) -> str:
    if name:
        return name
    from wfkit.teach.manifest import exercises

    raise WrongUse(
        f"%{magic} needs the name of an exercise.\n"
        f"Write one of these behind it: {', '.join(exercises())}."
    )


def _complete(_shell: InteractiveShell, event: Any) -> list[str]:
    from wfkit.teach.manifest import exercises

    return [name for name in exercises() if name.startswith(event.symbol)]


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
