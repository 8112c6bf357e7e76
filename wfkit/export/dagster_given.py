"""What is a run of Dagster given: the time that it stands for, and its params?"""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from wfkit.core.cron import Cron
from wfkit.core.schedules import Every
from wfkit.export import expressions as write
from wfkit.export.literals import moment
from wfkit.export.params import json_param, other_names
from wfkit.export.schedules import cron_of, cron_text, note_days
from wfkit.export.script import Script

_FIELDS = frozenset(
    {
        *("Any", "Field", "bool", "dg", "dict", "files", "float", "int", "list", "str"),
        *("configure_at_launch", "construct", "copy", "create_resource", "from_orm"),
        *("from_resource_context", "from_resource_context_cm", "get_resource_context"),
        *("get_resource_definition", "json", "nested_resources", "parse_file", "parse_obj"),
        *("parse_raw", "process_config_and_initialize", "process_config_and_initialize_cm"),
        *("schema", "schema_json", "setup_for_execution", "teardown_after_execution"),
        *("to_config_schema", "to_fields_dict", "update_forward_refs", "validate"),
        *("with_replaced_resource_context", "with_resource_context", "yield_for_execution"),
    }
)
"""What the class of the params uses itself."""
_TYPES = {bool: "bool", int: "int", float: "float", str: "str", list: "list", dict: "dict"}


class Given:
    """Defines the intervals and the class of the params, where a plan has them.

    `intervals` and `resource` are their names in the file, empty where there are none; `fields`
    says what each param is called there, `params` how it is read.
    """

    def __init__(self, script: Script) -> None:
        self.plan = plan = script.plan
        self.script = script
        self.dg = script.use("dagster", None, "dg")
        self.cron = self._cron()
        self.params = {name: json_param(script, name, it) for name, it in plan.params.items()}
        self.fields = other_names(script, _FIELDS, plan.params)
        self.intervals = self._partitions() if plan.wants_interval and self.cron else ""
        self.resource = self._resource()

    def _cron(self) -> str:
        """Return the schedule as cron text, an empty one where there is none."""
        plan = self.plan
        if isinstance(plan.schedule, Cron):
            note_days(self.script, plan)
            return cron_text(plan.schedule)
        if isinstance(plan.schedule, Every):
            first = plan.start_date or datetime(1970, 1, 1, tzinfo=UTC)
            found = cron_of(plan.schedule)
            if found and not first.timestamp() % plan.schedule.interval:
                return found
            self.script.note(
                f'The schedule "{plan.schedule}" has no counterpart: schedules of Dagster are cron.'
            )
        return ""

    @property
    def zone(self) -> str:
        """The zone of the schedule."""
        return "UTC" if isinstance(self.plan.schedule, Every) else self.plan.timezone

    def _partitions(self) -> str:
        """Define the intervals that runs stand for."""
        script, plan, dg = self.script, self.plan, self.dg
        start = plan.start_date
        if start is None:
            start = datetime(2000, 1, 1, tzinfo=ZoneInfo(self.zone))
            script.note("Partitions want a start: set the day from which runs may be due.")
        named: dict[str, ast.expr] = {
            "cron_schedule": write.constant(self.cron),
            "start": self._wall(start),
            "timezone": write.constant(self.zone),
            "fmt": write.constant("%Y-%m-%d-%H:%M"),
        }
        if plan.end_date is not None:
            last = plan.last_interval
            named["end"] = self._wall(last[1] if last else plan.end_date)
        made = write.call(f"{dg}.TimeWindowPartitionsDefinition", **named)
        return script.constant("INTERVALS", made)

    def _wall(self, value: datetime) -> ast.expr:
        """Return what the clock shows then, in the zone of the schedule."""
        there = value.astimezone(ZoneInfo(self.zone))
        return moment(there.replace(tzinfo=None, fold=0), self.script.use)

    def _resource(self) -> str:
        """Write the class of what can be chosen for a run."""
        fields: list[str] = []
        for given, it in self.params.items():
            if it.default is not None:
                name = self.fields[given]
                kind = _TYPES.get(type(self.plan.params[given]), "str")
                if self.plan.params[given] is None:
                    kind = f"{self.script.use('typing', 'Any')}"
                default = it.default
                if isinstance(default, ast.List | ast.Dict):
                    default = write.call(self.script.use("pydantic", "Field"), default=default)
                text = write.written(default, len(f"{name}: {kind} = "), indent=4)
                fields += (f"    {line}" for line in f"{name}: {kind} = {text}".split("\n"))
        if self.plan.contexts("files"):
            fields.append("    files: list[str] = []")
        if not fields:
            if self.plan.looks_at_states:
                self.script.constant("KEYS", write.call("set"))
            return ""
        called = self.script.names.fresh("Params")
        if self.plan.looks_at_states:
            self.script.constant("KEYS", ast.Set([write.constant("params")]))
        doc = '    """What can be chosen for a run."""'
        head = f"class {called}({self.dg}.ConfigurableResource):"
        self.script.block_of("Params", [head, doc, "", *fields])
        return called
