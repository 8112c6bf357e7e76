"""How does an attempt run beside others in this very process, and beside the notebook?

What its body changes of the process is put back when it has ended: folder and variables always;
streams, locale, logging and sys.path where nobody else can have changed them, which is while no
other body runs and the main thread waits. Otherwise the change is only told.
"""

from __future__ import annotations

import contextvars
import os
import sys
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from wfkit.engine import attempt, host, loans, stored
from wfkit.engine.attempt import Finished, Pack, Work
from wfkit.engine.capture import Capture
from wfkit.engine.footprint import SHARED, new_threads, put_back_note


class _Seen(NamedTuple):
    """How the process was when no body ran, and during which wait of the main thread."""

    values: Sequence[Any] = ()
    wait: int = 0
    threads: frozenset[threading.Thread] = frozenset()


_READ = [it.read for it in SHARED]
_lock = threading.Lock()
_inside: set[Capture] = set()
_seen = _Seen()
_forks = 0


def run(work: Work, pack: Pack = stored.as_bytes) -> Finished:
    """Run the body of one attempt on this thread and return what came of it; never raises."""
    forks, trace, profile = _forks, sys.gettrace(), sys.getprofile()
    _arrive(work.capture)
    # In a context of its own, so that no attempt finds what an earlier one set.
    finished = contextvars.copy_context().run(attempt.run, work, pack)
    if _forks != forks:
        os._exit(0)  # a child that the body forked and that came back from it
    if sys.gettrace() is not trace or sys.getprofile() is not profile:
        sys.settrace(trace)
        sys.setprofile(profile)
    told = _depart(work.capture)
    if not told:
        return finished
    return finished._replace(lines=[*finished.lines, *map(work.capture.note, told)])


def _arrive(here: Capture) -> None:
    global _seen  # noqa: PLW0603 - there is one process
    loans.listen()
    wait = host.waiting()
    with _lock:
        if (not wait or wait != _seen.wait) and _is_quiet():
            _seen = _Seen([read() for read in _READ], wait, frozenset(threading.enumerate()))
        _inside.add(here)


def _depart(here: Capture) -> Sequence[str]:
    """Return what is worth telling when a body has ended."""
    put_back = loans.give_back(here)
    with _lock:
        _inside.discard(here)
        if not _is_quiet():
            told: list[str] = []
        elif _seen.values == [read() for read in _READ]:
            told = _told_of_threads()
        else:
            told = [*_told_of_changes(put_back), *_told_of_threads()]
    return [put_back_note(put_back), *told] if put_back else told


def _told_of_changes(put_back: list[str]) -> list[str]:
    """Put back what is not as it was, or tell of it; names of the former go to `put_back`."""
    now = [read() for read in _READ]
    trios = zip(SHARED, _seen.values, now, strict=True)
    changed = [(aspect, before) for aspect, before, value in trios if value != before]
    if host.waiting() != _seen.wait or not _seen.wait:
        names = ", ".join(aspect.name for aspect, _ in changed)
        return [f"changed while this attempt ran, and left so: {names}"]
    for aspect, before in changed:
        aspect.put_back(before)
        put_back.append(aspect.name)
    return []


def _told_of_threads() -> list[str]:
    global _seen  # noqa: PLW0603 - there is one process
    if not _seen.wait:
        return []
    now = threading.enumerate()
    if _seen.threads.issuperset(now):
        return []
    found = new_threads(_seen.threads)
    _seen = _seen._replace(threads=_seen.threads.union(now))
    return ["left a thread running, which goes on unheard"] if found else []


def _is_quiet() -> bool:
    """Return True while no body runs, but for those that were given up."""
    return not _inside or all(it.is_cancelled for it in _inside)


def _begin_child() -> None:
    global _forks, _lock  # noqa: PLW0603 - there is one process, and now another one
    _forks += 1
    _lock = threading.Lock()  # who holds the old one is not here to give it back


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_child)
