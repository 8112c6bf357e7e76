"""What stands for the last run of a Dag before there is one?"""

from __future__ import annotations

from typing import Literal, NoReturn

from wfkit.core.errors import NoResult


class NoRunYet(NoResult, AttributeError):
    """The last run of a Dag was asked for something, and there is none."""


class NoRun:
    """`dag.last` before the first run: false, and whatever it is asked for raises NoRunYet.

    >>> bool(NoRun("sales"))
    False
    >>> NoRun("sales")
    sales has no run yet. Start one: dag.run(), in a notebook %dag run
    """

    __slots__ = ("_dag_name",)

    def __init__(self, dag_name: str) -> None:
        self._dag_name = dag_name

    def __bool__(self) -> Literal[False]:
        return False

    def __getitem__(self, task: object) -> NoReturn:
        raise NoRunYet(repr(self))

    def __getattr__(self, name: str) -> NoReturn:
        # Python and IPython look for names like these themselves: plain words for plain questions.
        raise AttributeError(name) if name.startswith("_") else NoRunYet(repr(self))

    def __repr__(self) -> str:
        return f"{self._dag_name} has no run yet. Start one: dag.run(), in a notebook %dag run"
