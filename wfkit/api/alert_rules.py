"""Who is told of what?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wfkit.core import options as check
from wfkit.core.addresses import Target, name_of
from wfkit.core.alerts import AlertKind

_OF_ANY_TASK = (AlertKind.RETRY, AlertKind.DEADLINE)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One receiver, and the kinds of alert that it gets; of a single task, or of the whole Dag.

    `private` allows a server in a private network.
    """

    to: Target
    on: tuple[AlertKind, ...]
    task: str | None = None
    private: bool = False

    def __str__(self) -> str:
        return self.told(name_of(self.to))

    def told(self, name: str) -> str:
        """Return the rule in words, with this name for its receiver."""
        about = f" of {self.task}" if self.task else ""
        return f"{', '.join(self.on)}{about} → {name}"

    def covers(self, kind: AlertKind, task: str | None) -> bool:
        """Return True for what the receiver is to be told; `task` is None for the run itself.

        The failure of a task is told by a rule of its own: that of the run follows.
        """
        if kind not in self.on:
            return False
        return self.task == task or (self.task is None and kind in _OF_ANY_TASK)


def kinds(value: object) -> tuple[AlertKind, ...]:
    """Return kinds of alert from their names. Raises InvalidOption.

    >>> [it.value for it in kinds("failure, deadline")]
    ['failure', 'deadline']
    """
    names = check.names("on", value)
    return tuple(AlertKind(check.choice("on", name, AlertKind)) for name in names)


def receivers(rules: Iterable[Rule], kind: AlertKind, task: str | None) -> dict[Target, bool]:
    """Return who is told, each once, and whether its server may be in a private network."""
    found: dict[Target, bool] = {}
    for rule in rules:
        if rule.covers(kind, task):
            found[rule.to] = found.get(rule.to, False) or rule.private
    return found
