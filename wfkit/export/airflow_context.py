"""How does a task of Airflow learn what its run stands for, and what it was given?"""

from __future__ import annotations

import ast
from datetime import datetime

from wfkit.core.graph import Source
from wfkit.export import expressions as write
from wfkit.export.literals import moment
from wfkit.export.plan import MOMENTS
from wfkit.export.script import Script
from wfkit.export.wiring import Shape

RESERVED = frozenset(
    {
        "conn",
        "conf",
        "dag",
        "dag_run",
        "data_interval_end",
        "data_interval_start",
        "ds",
        "ds_nodash",
        "exception",
        "expanded_ti_count",
        "asset_state_store",
        "inlet_events",
        "inlets",
        "logical_date",
        "macros",
        "map_index_template",
        "outlet_events",
        "outlets",
        "params",
        "partition_date",
        "partition_key",
        "prev_data_interval_end_success",
        "prev_data_interval_start_success",
        "prev_end_date_success",
        "prev_start_date_success",
        "reason",
        "run_id",
        "start_date",
        "task",
        "task_instance",
        "task_instance_key_str",
        "task_reschedule_count",
        "task_state_store",
        "templates_dict",
        "test_mode",
        "ti",
        "triggering_asset_events",
        "ts",
        "ts_nodash",
        "ts_nodash_with_tz",
        "try_number",
        "var",
    }
)
"""The parameters that Airflow itself gives to functions."""


class Context:
    """Writes how functions read what Airflow tells them of a run."""

    def __init__(self, script: Script) -> None:
        self.plan = script.plan
        self.script = script
        self._zone = ""

    def read(self, reading: str, name: str, shape: Shape) -> str:
        """Return how a param is read, and let the function have it."""
        if "{}" not in reading:
            return reading
        shape.optional.append("params=None")
        return reading.format(f"params[{write.quoted(name)}]")

    def put(self, shape: Shape, source: Source) -> None:
        """Let a function begin with what it wants to know of its run."""
        name, parameter = source.name, source.parameter
        if name in MOMENTS:
            shape.optional.append(f"{name}=None")
            text = name
            if not self.plan.is_timed:  # such a run may have no logical date
                shape.optional.append("dag_run=None")
                text = f"{name} or dag_run.run_after"
            if self.plan.timezone != "UTC":
                text = text if text == name else f"({text})"
                text += f".astimezone({self._zone_constant()})"
            if text != parameter:
                shape.first.append(f"{parameter} = {text}")
        elif name == "attempt":
            shape.optional.append("ti=None")
            shape.first.append(f"{parameter} = ti.try_number")
        elif name == "files":
            shape.optional.append("params=None")
            shape.first.append(f'{parameter} = params["files"]')
        else:
            shape.optional.append(f"{name}=None")
            if name == "params":
                shape.first.append(f"{parameter} = {{**params}}")
            elif parameter != name:
                shape.first.append(f"{parameter} = {name}")

    def moment(self, value: datetime) -> ast.expr:
        """Return a time in the zone of the Dag."""
        if self.plan.timezone == "UTC":
            return moment(value, self.script.use)
        made = moment(value.replace(tzinfo=None), self.script.use)
        assert isinstance(made, ast.Call)
        made.keywords.append(ast.keyword("tzinfo", write.name(self._zone_constant())))
        return made

    def _zone_constant(self) -> str:
        if not self._zone:
            make = self.script.use("zoneinfo", "ZoneInfo")
            zone = write.call(make, write.constant(self.plan.timezone))
            self._zone = self.script.constant("ZONE", zone)
        return self._zone
