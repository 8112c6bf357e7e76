"""A Dag that must go the same way everywhere, and what its run is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from wfkit import Dag


@dataclass(frozen=True)
class Case:
    """A Dag with the params and the logical date of its run."""

    dag: Dag
    params: Mapping[str, Any] = field(default_factory=dict)
    logical_date: str | None = None


CASES: dict[str, Case] = {}


def case(
    params: Mapping[str, Any] | None = None, logical_date: str | None = None
) -> Callable[[Callable[[], Dag]], Callable[[], Dag]]:
    def keep(make: Callable[[], Dag]) -> Callable[[], Dag]:
        dag = make()
        CASES[dag.name] = Case(dag, params or {}, logical_date)
        return make

    return keep
