"""A plan in, a file out: source text for one of the engines, and what is to be known about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from wfkit.export.airflow import airflow_script
from wfkit.export.dagster import dagster_script
from wfkit.export.differences import differences
from wfkit.export.notes import Note
from wfkit.export.plan import Plan
from wfkit.export.prefect import prefect_script
from wfkit.export.script import Script, Section, joined


class Engine(NamedTuple):
    """An engine that files can be written for."""

    title: str
    needs: str
    write: Callable[[Plan], Script]


ENGINES = {
    "airflow": Engine("Airflow 3", "apache-airflow>=3.3.1", airflow_script),
    "prefect": Engine("Prefect 3", "prefect>=3.7", prefect_script),
    "dagster": Engine("Dagster", "dagster>=1.13", dagster_script),
}


class Written(NamedTuple):
    """A file for an engine: its text, and what has no counterpart or means something else."""

    engine: str
    sections: tuple[Section, ...]
    notes: tuple[Note, ...]

    @property
    def source(self) -> str:
        """The whole text."""
        return joined(self.sections)

    def of_task(self, name: str) -> str:
        """The function of one task."""
        return "\n\n\n".join(it.text for it in self.sections if it.task == name)


def written(plan: Plan, engine: str) -> Written:
    """Return the file for an engine. Raises CannotExport for what cannot be written down."""
    script = ENGINES[engine].write(plan)
    notes = tuple(dict.fromkeys([*script.notes, *differences(plan, engine)]))
    head = [
        f"The Dag {plan.name} for {ENGINES[engine].title}, written by wfkit.",
        f"It needs {ENGINES[engine].needs}.",
    ]
    if notes:
        head += ["What is not the same here:", *(f"- {note}" for note in notes)]
    return Written(engine, script.sections(head), notes)
