"""Is everything well? All checks one after the other, of which none hides another."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from wfkit.core.errors import WfkitError
from wfkit.teach.doctor import drawing, host, kernel, lessons, packages, places, pythons
from wfkit.teach.doctor.finding import Around, Finding, Level, pip_install
from wfkit.views.wording import counted, first_line

_WELL = "All that is needed is well."


class Check(NamedTuple):
    """One look at the set-up: it may take `seconds`; what is not `needed` only warns."""

    name: str
    look: Callable[[Around], Iterable[Finding]]
    seconds: float = 10.0
    needed: bool = True


CHECKS = (
    Check("Python", pythons.version),
    Check("packages", packages.packages, 30.0),
    Check("command", pythons.command, needed=False),
    Check("lessons", lessons.lessons),
    Check("lessons folder", places.lessons_folder),
    Check("history folder", places.history_folder),
    Check("temporary files", places.temporary_files),
    Check("disk", places.disk),
    Check("SQLite", places.sqlite),
    Check("history", places.history, 30.0),
    Check("time zones", host.time_zones),
    Check("Graphviz", drawing.graphviz, 20.0, needed=False),
    Check("own files", lessons.own_files, needed=False),
    Check("localhost", host.localhost),
    Check("kernel", kernel.kernel, kernel.SECONDS),
    Check("terminal", host.terminal, needed=False),
)


class Diagnosis:
    """The findings of all checks, made one by one as they are read from `run`."""

    def __init__(self, around: Around, checks: Sequence[Check] | None = None) -> None:
        self._around, self._checks = around, CHECKS if checks is None else checks
        self.findings: list[Finding] = []

    def run(self) -> Iterator[Finding]:
        """Yield what each check finds, as soon as it has. It ends by itself."""
        for check in self._checks:
            for finding in examined(check, self._around):
                self.findings.append(finding)
                yield finding

    @property
    def is_well(self) -> bool:
        """True if nothing that is needed has failed."""
        return Level.FAILED not in {it.level for it in self.findings}

    def verdict(self) -> str:
        """Return what all findings come to, in a line."""
        levels = [it.level for it in self.findings]
        failed, warnings = (levels.count(it) for it in (Level.FAILED, Level.WARNING))
        told = f"{failed} failed: mend the first, then ask again." if failed else _WELL
        noted = f" {counted(warnings, 'warning')}: all runs, but could run better."
        return told + noted * bool(warnings and not failed)

    def to_dict(self) -> dict[str, Any]:
        """Return all findings as plain data."""
        return {"well": self.is_well, "checks": [it.to_dict() for it in self.findings]}


def examined(check: Check, around: Around) -> list[Finding]:
    """Return what a check finds; that it broke or did not end is a finding too."""
    found: queue.SimpleQueue[list[Finding]] = queue.SimpleQueue()

    def look() -> None:
        try:
            found.put(list(check.look(around)))
        except BaseException as cause:  # noqa: BLE001 - whatever it is: the next check is to come
            found.put([_broken(check, cause, around)])

    # Nothing can end what hangs in the system, such as a disk that does not answer.
    threading.Thread(target=look, daemon=True, name=f"doctor-{check.name}").start()
    try:
        return found.get(timeout=check.seconds)
    except queue.Empty:
        late = f"did not end within {check.seconds:g} s"
        return [Finding(check.name, _level(check), late, ("Close other programs and try again.",))]


def _broken(check: Check, cause: BaseException, around: Around) -> Finding:
    if isinstance(cause, ModuleNotFoundError) and cause.name:
        told, remedy = f"the package {cause.name} is missing", [pip_install(cause.name, around)]
    elif isinstance(cause, WfkitError):
        told, *remedy = str(cause).splitlines()
    else:
        told = f"{type(cause).__name__}: {first_line(str(cause))}"
        remedy = [pip_install("wfkit[learn]", around)]
    return Finding(check.name, _level(check), told, tuple(remedy[:2]))


def _level(check: Check) -> Level:
    return Level.FAILED if check.needed else Level.WARNING
