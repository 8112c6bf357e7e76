"""The fault panel: break a task, choose a policy, and see what the engine makes of it."""

from __future__ import annotations

from typing import Any

import anywidget
import traitlets

from wfkit.api.dag import Dag
from wfkit.api.experiment import POLICY, Experiment, experiment
from wfkit.core.errors import WfkitError
from wfkit.core.schedules import spelled
from wfkit.notebook import blocks

FAULTS = (
    {"word": "fails in its first attempts", "what": "{}", "value": "2", "label": "attempts"},
    {"word": "fails now and then", "what": "{}%", "value": "20", "label": "percent of attempts"},
    {"word": "always fails", "what": "always"},
    {"word": "is slow", "what": "slow={}", "value": "10m", "label": "how much longer"},
    {"word": "hangs in its first attempt", "what": "hang"},
    {"word": "loses its process once", "what": "lost"},
    {"word": "returns a damaged result", "what": "bad"},
)
"""What can be done to a task: in words, and as the text of a fault around a value."""


class FaultPanel(anywidget.AnyWidget):
    """Breaks a task of a Dag on demand; each try is a trial, so no history is touched.

    `choices` says what can be chosen and is sent once. `found` is what the newest try showed, or
    the `error` that refused it; its `number` counts the tries. Without a front end for widgets it
    is shown as the trial in which nothing is broken.
    """

    _esm = blocks.script("panel")
    _css = blocks.style("panel")

    choices = traitlets.Dict().tag(sync=True)
    found = traitlets.Dict().tag(sync=True)

    def __init__(self, dag: Dag) -> None:
        self._dag, self._unbroken, self._tries = dag, dag.trial(), 0
        tasks = [{"name": name, "policy": _policy(dag, name)} for name in dag.graph.order]
        super().__init__(
            choices={"dag": dag.name, "tasks": tasks, "faults": [*FAULTS]},
            found={"replay": self._unbroken.replay().data(), "told": "Nothing is broken yet."},
        )
        self.on_msg(self._heard)

    def try_out(self, task: str, fault: str, policy: dict[str, Any]) -> None:
        """Break `task` with the text of a fault, under these options, and show what happened."""
        found: dict[str, Any] = {"error": "The trial was stopped."}
        try:
            found = _shown(experiment(self._dag, f"{task}:{fault}", _given(policy)))
        except WfkitError as error:
            found = {"error": str(error)}
        finally:
            self._tries += 1  # the same choice shows the same, and must be heard of all the same
            self.found = found | {"number": self._tries}

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle, *metadata = super()._repr_mimebundle_(**options) or ({},)
        return (bundle | dict(self._unbroken.picture()._repr_mimebundle_()), *metadata)

    def _heard(self, _widget: object, message: Any, _buffers: object) -> None:
        if isinstance(message, dict) and message.keys() == {"task", "fault", "policy"}:
            self.try_out(**message)


def _policy(dag: Dag, task: str) -> dict[str, str]:
    """Return the options of a task as somebody types them."""
    options = dag.graph.tasks[task].options
    return {
        "retries": str(options.retries),
        "retry_delay": spelled(options.retry_delay),
        "backoff": f"{options.backoff:g}",
        "timeout": "" if options.timeout is None else spelled(options.timeout),
    }


def _given(policy: dict[str, Any]) -> dict[str, Any]:
    """Return options as they are given to a task; an empty text means none."""
    made: dict[str, Any] = {name: str(policy.get(name, "")).strip() for name in POLICY}
    numbers = {"retries": int, "backoff": float}
    for name, number in numbers.items():
        try:
            made[name] = number(made[name])
        except ValueError:
            continue  # the option itself says what is wrong with it
    return made | {"timeout": made["timeout"] or None}


def _shown(it: Experiment) -> dict[str, Any]:
    odds = it.odds.plot()
    return {
        "told": it.told,
        "state": it.run.state.value,
        "replay": it.run.replay().data(),
        "odds": odds.svg,
        "odds_text": odds.text,
    }
