"""What does a Dag look like as a file for Dagster? As assets, or ops where they cannot say it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from wfkit.core.cron import Cron
from wfkit.core.graph import Source, SourceKind
from wfkit.core.schedules import Every
from wfkit.core.task import REQUIRED
from wfkit.core.task_options import TaskOptions
from wfkit.core.trigger_rules import TriggerRule
from wfkit.export import expressions as write
from wfkit.export.dagster_parts import dagster_parts
from wfkit.export.literals import literal, moment
from wfkit.export.params import json_param
from wfkit.export.plan import MOMENTS, Plan
from wfkit.export.schedules import cron_of, cron_text, note_days
from wfkit.export.script import Script
from wfkit.export.ticks import zone_constant
from wfkit.export.wiring import Shape, Wiring, delays, may_be_missing, seconds
from wfkit.export.wrappers import choosing, polled, promised

_RESERVED = frozenset(
    {
        "context",
        "conf",
        "config",
        "meta",
        "arg_dict",
        "dict",
        "input_arg_dict",
        "output_arg_dict",
        "int",
        "str",
        "float",
        "bool",
        "input",
        "output",
        "type",
        "params",
    }
)
_TYPES = {bool: "bool", int: "int", float: "float", str: "str", list: "list", dict: "dict"}


def dagster_script(plan: Plan) -> Script:
    """Return the file for Dagster."""
    return _File(plan).script


class _File:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.script = script = Script(plan, dagster_parts(plan))
        self.dg = script.use("dagster", None, "dg")
        self._wiring = Wiring(script, _RESERVED, annotated=False)
        self._names = {it: self._valid(it, it) for it in plan.order}
        self.cron = self._cron()
        self._params = {name: json_param(script, name, it) for name, it in plan.params.items()}
        self._is_ops = plan.looks_at_states
        self.intervals = self._partitions() if plan.wants_interval and self.cron else ""
        self.resource = self._resource()
        for name in plan.order:
            self._task(name)
        if self._is_ops:
            self._job()
        else:
            self._assets()

    def _valid(self, name: str, task: str) -> str:
        """Return a name as Dagster wants it."""
        plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
        if plain == name and name not in _RESERVED:
            return name
        found = self.script.names.fresh(f"{plain}_")
        self.script.note(f"it is called {found}: Dagster does not take the name {name}.", task)
        return found

    def _cron(self) -> str:
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
    def _zone(self) -> str:
        return "UTC" if isinstance(self.plan.schedule, Every) else self.plan.timezone

    def _partitions(self) -> str:
        script, plan = self.script, self.plan
        start = plan.start_date or datetime(2000, 1, 1)  # noqa: DTZ001
        named: dict[str, ast.expr] = {
            "cron_schedule": write.constant(self.cron),
            "start": moment(start.replace(tzinfo=None), script.use),
            "timezone": write.constant(self._zone),
            "fmt": write.constant("%Y-%m-%d-%H:%M"),
        }
        if plan.end_date is not None:
            named["end"] = moment(plan.end_date.replace(tzinfo=None), script.use)
        made = write.call(f"{self.dg}.TimeWindowPartitionsDefinition", **named)
        return script.constant("INTERVALS", made)

    def _resource(self) -> str:
        """Write the class of what can be chosen for a run."""
        fields: list[str] = []
        for name, it in self._params.items():
            if it.default is not None:
                kind = _TYPES.get(type(self.plan.params[name]), "str")
                if self.plan.params[name] is None:
                    kind = f"{self.script.use('typing', 'Any')}"
                default = it.default
                if isinstance(default, ast.List | ast.Dict):
                    default = write.call(self.script.use("pydantic", "Field"), default=default)
                text = write.written(default, len(f"{name}: {kind} = "), indent=4)
                fields += (f"    {line}" for line in f"{name}: {kind} = {text}".split("\n"))
        if self.plan.contexts("files"):
            fields.append("    files: list[str] = []")
        if not fields:
            self.script.constant("KEYS", write.call("set")) if self._is_ops else None
            return ""
        called = self.script.names.fresh("Params")
        if self._is_ops:
            self.script.constant("KEYS", ast.Set([write.constant("params")]))
        doc = '    """What can be chosen for a run."""'
        self.script.block([f"class {called}({self.dg}.ConfigurableResource):", doc, "", *fields])
        return called

    # One task -------------------------------------------------------------------------------

    def _task(self, name: str) -> None:
        code = self.plan.carried.functions[name]
        shape = self._shape(name)
        head = self._step(name, shape) if self._is_ops else self._asset(name, shape)
        decorators = [head, *self._wrappers(name)]
        self.script.function(
            name,
            self._names[name],
            code,
            shape.parameters,
            decorators=decorators,
            first=shape.first,
        )

    def _shape(self, name: str) -> Shape:
        shape = Shape()
        for source in self.plan.graph.sources[name]:
            if source.kind is SourceKind.UPSTREAM:
                self._upstream(name, shape, source)
            elif source.parameter == self.plan.options(name).expand:
                self._wiring.upstream(name, shape, source._replace(default=REQUIRED))
            elif source.kind is SourceKind.PARAM:
                text = self._read(self._params[source.name].reading, source.name, shape)
                shape.first.append(f"{source.parameter} = {text}")
            elif source.kind is SourceKind.CONTEXT:
                self._context(shape, source)
            else:
                self._wiring.plain_default(name, shape, source, inside=True)
        shape.required = [*dict.fromkeys(shape.optional), *shape.required]
        shape.optional = []
        return shape

    def _upstream(self, name: str, shape: Shape, source: Source) -> None:
        called = source.parameter
        if called != re.sub(r"[^A-Za-z0-9_]", "_", called):
            called = self.script.names.fresh("value")
        self._wiring.upstream(name, shape, source, called if called != source.parameter else "")
        if may_be_missing(self.plan.options(name).trigger_rule):
            shape.required.append(f"{shape.required.pop()}=None")

    def _read(self, reading: str, name: str, shape: Shape) -> str:
        if "{}" not in reading:
            return reading
        self._want_params(shape)
        return reading.format(f"params.{name}")

    def _want_params(self, shape: Shape) -> None:
        shape.optional.append("params" if self._is_ops else f"params: {self.resource}")

    def _context(self, shape: Shape, source: Source) -> None:
        name, parameter = source.name, source.parameter
        if name == "params":
            if self.resource:
                self._want_params(shape)
            given = [
                (write.constant(it), ast.parse(self._read(p.reading, it, shape), mode="eval").body)
                for it, p in self._params.items()
            ]
            text = write.written(write.mapping(given), len(parameter) + 3, indent=4)
            shape.first += f"{parameter} = {text}".split("\n")
            return
        if name == "files":
            self._want_params(shape)
            shape.first.append(f"{parameter} = params.files")
            return
        shape.optional.insert(0, "context")
        shape.first.append(f"{parameter} = {self._of_context(name)}")

    def _of_context(self, name: str) -> str:
        if name == "run_id":
            return "context.run_id"
        if name == "attempt":
            return "context.retry_number + 1"
        if self.intervals:
            side = "end" if name == MOMENTS[-1] else "start"
            return f"context.partition_time_window.{side}"
        self.script.stands_for("ZONE", zone_constant(self.script))
        return f"{self.script.part('began')}(context)"

    def _asset(self, name: str, shape: Shape) -> ast.expr:
        options, plan = self.plan.options(name), self.plan
        named: dict[str, ast.expr] = {}
        ins = {
            called: write.call(f"{self.dg}.AssetIn", write.constant(self._names[source.name]))
            for called, source in shape.inputs
            if called != self._names[source.name]
        }
        if ins:
            named["ins"] = write.mapping([(write.constant(it), made) for it, made in ins.items()])
        after = plan.order_only(name)
        if after:
            named["deps"] = write.sequence([write.name(self._names[it]) for it in after])
        if self.intervals:
            named["partitions_def"] = write.name(self.intervals)
        if options.group is not None:
            named["group_name"] = write.constant(re.sub(r"[^A-Za-z0-9_]", "_", options.group))
        if self._is_plain_retry(name, options):
            delay = delays(options)[0]
            policy = {"max_retries": write.constant(options.retries)}
            policy |= {"delay": seconds(delay)} if delay else {}
            named["retry_policy"] = write.call(f"{self.dg}.RetryPolicy", **policy)
        if options.pool is not None:
            named["pool"] = write.constant(re.sub(r"[^A-Za-z0-9_/-]", "_", options.pool))
        if options.priority:
            tag = (write.constant("dagster/priority"), write.constant(str(options.priority)))
            named["op_tags"] = write.mapping([tag])
        if "Skip" in plan.carried.tools(name):
            named["output_required"] = write.constant(False)
        head = f"{self.dg}.asset"
        return write.call(head, **named) if named else write.name(head)

    def _step(self, name: str, shape: Shape) -> ast.expr:
        options, plan = self.plan.options(name), self.plan
        after = [write.constant(self._names[it]) for it in plan.order_only(name)]
        named: dict[str, ast.expr] = {}
        if options.trigger_rule is not TriggerRule.ALL_SUCCESS:
            named["rule"] = write.constant(str(options.trigger_rule))
        chosen = [self._way(name, branch, shape) for branch in plan.branches_above(name)]
        if chosen:
            named["chosen"] = write.mapping(chosen)
        if name in plan.graph.leaves:
            named["is_last"] = write.constant(True)
        if options.expand is None:
            return write.call(self.script.part("step"), *after, **named)
        each, source = next(
            (called, it) for called, it in shape.inputs if it.parameter == options.expand
        )
        if source.kind is not SourceKind.UPSTREAM:
            named["values"] = self._values(source)
        return write.call(self.script.part("step_each"), write.constant(each), *after, **named)

    def _values(self, source: Source) -> ast.expr:
        """Return a function that finds items which no task gives."""
        if source.kind is SourceKind.PARAM:
            reading = self._params[source.name].reading
            text = reading.replace("{}", f"context.resources.params.{source.name}")
        else:
            text = write.written(literal(source.default, self.script.use), -1000)
        return ast.parse(f"lambda context: {text}", mode="eval").body

    def _way(self, name: str, branch: str, shape: Shape) -> tuple[ast.expr, ast.expr]:
        called = next((it for it, source in shape.inputs if source.name == branch), branch)
        ways = ast.Set([write.constant(it) for it in self.plan.ways_to(name, branch)])
        return write.constant(called), ways

    def _is_plain_retry(self, name: str, options: TaskOptions) -> bool:
        is_same = len(set(delays(options))) == 1 and not options.jitter and not options.retry_on
        tools = self.plan.carried.tools(name)
        return bool(options.retries) and is_same and not self._is_ops and "Fail" not in tools

    def _wrappers(self, name: str) -> Iterator[ast.expr]:
        options, script = self.plan.options(name), self.script
        tools = self.plan.carried.tools(name)
        if "Skip" in tools and not self._is_ops:
            yield write.name(script.part("skippable"))
        if options.retries and not self._is_plain_retry(name, options):
            yield self._retried(options, tools)
        if options.timeout is not None:
            yield write.call(script.part("time_limit"), seconds(options.timeout))
        for wrap in (choosing, promised, polled):
            yield from wrap(script, name)

    def _retried(self, options: TaskOptions, tools: set[str]) -> ast.expr:
        script, errors = self.script, self.plan.carried.errors
        pauses = [seconds(it) for it in delays(options)]
        if options.jitter:
            drawn = write.call(script.part("any_pause"), *pauses)
            pauses = [ast.Starred(drawn, ast.Load())]
        named: dict[str, ast.expr] = {}
        kinds = [write.name(script.resolve(errors[it])) for it in options.retry_on]
        if kinds:
            named["kinds"] = ast.Tuple(kinds, ast.Load()) if len(kinds) > 1 else kinds[0]
        stops = [write.name(script.part(it)) for it in ("Fail", "Skip") if it in tools]
        if stops:
            named["give_up"] = ast.Tuple(stops, ast.Load()) if len(stops) > 1 else stops[0]
        return write.call(script.part("retried"), *pauses, **named)

    # The Dag --------------------------------------------------------------------------------

    def _assets(self) -> None:
        script, plan, dg = self.script, self.plan, self.dg
        assets = write.sequence([write.name(self._names[it]) for it in plan.order])
        job = script.names.fresh(plan.name)
        named: dict[str, ast.expr] = {"selection": write.constant("*")}
        if plan.tags:
            named["tags"] = self._tags()
        made = write.call(f"{dg}.define_asset_job", write.constant(self._job_name()), **named)
        script.block([f"{job} = {write.written(made, len(job) + 3)}"])
        resources = self._resources()
        self._definitions(job, {"assets": assets})
        run: dict[str, ast.expr] = {}
        if resources:
            run["resources"] = resources
        if self.intervals:
            run["partition_key"] = write.call(f"{self.intervals}.get_last_partition_key")
        done = write.written(write.call(f"{dg}.materialize", assets, **run), indent=4).split("\n")
        script.block(['if __name__ == "__main__":', *(f"    {line}" for line in done)])

    def _job(self) -> None:
        script, plan, dg = self.script, self.plan, self.dg
        job = script.names.fresh(plan.name)
        self._runs = {name: script.names.fresh(f"{name}_run") for name in plan.order}
        named: dict[str, ast.expr] = {}
        if self._job_name() != job:
            named["name"] = write.constant(self._job_name())
        if self.resource:
            named["resource_defs"] = self._resources() or write.constant(None)
        if self.intervals:
            named["partitions_def"] = write.name(self.intervals)
        if plan.tags:
            named["tags"] = self._tags()
        head = write.call(f"{dg}.job", **named) if named else write.name(f"{dg}.job")
        lines = [f"@{write.written(head, 1)}", f"def {job}():"]
        for name in plan.order:
            lines += [f"    {line}" for line in self._call(name)]
        script.block(lines)
        self._definitions(job, {})
        key = write.call(f"{self.intervals}.get_last_partition_key") if self.intervals else None
        run = write.call(f"{job}.execute_in_process", **({"partition_key": key} if key else {}))
        done = write.written(run, indent=4).split("\n")
        script.block(['if __name__ == "__main__":', *(f"    {line}" for line in done)])

    def _call(self, name: str) -> list[str]:
        shape, plan = self._shape(name), self.plan
        inputs = {
            called: write.name(self._runs[source.name])
            for called, source in shape.inputs
            if source.kind is SourceKind.UPSTREAM
        }
        inputs |= {self._names[it]: write.name(self._runs[it]) for it in plan.order_only(name)}
        lead = f"{self._runs[name]} = " if plan.graph.downstream[name] else ""
        if plan.options(name).expand is None:
            made = write.call(self._names[name], **inputs)
        else:
            made = write.call(self.script.part("repeat"), write.name(self._names[name]), **inputs)
        return (lead + write.written(made, len(lead), indent=4)).split("\n")

    def _job_name(self) -> str:
        return re.sub(r"[^A-Za-z0-9_]", "_", self.plan.name)

    def _tags(self) -> ast.expr:
        names = [re.sub(r"[^A-Za-z0-9_.-]", "_", it)[:63] for it in self.plan.tags]
        return write.mapping([(write.constant(it), write.constant("")) for it in names])

    def _resources(self) -> ast.expr | None:
        if not self.resource:
            return None
        return write.mapping([(write.constant("params"), write.call(self.resource))])

    def _definitions(self, job: str, named: dict[str, ast.expr]) -> None:
        script, dg = self.script, self.dg
        named["jobs"] = write.sequence([write.name(job)])
        if self.cron:
            made = self._schedule(job)
            called = script.names.fresh(f"{self.plan.name}_schedule")
            script.block([f"{called} = {write.written(made, len(called) + 3)}"])
            named["schedules"] = write.sequence([write.name(called)])
        if self.resource and not self._is_ops:
            named["resources"] = self._resources() or write.constant(None)
        defs = script.names.fresh("defs")
        made = write.call(f"{dg}.Definitions", **named)
        script.block([f"{defs} = {write.written(made, len(defs) + 3)}"])

    def _schedule(self, job: str) -> ast.expr:
        status = write.name(f"{self.dg}.DefaultScheduleStatus.RUNNING")
        if self.intervals:
            make = f"{self.dg}.build_schedule_from_partitioned_job"
            return write.call(make, write.name(job), default_status=status)
        return write.call(
            f"{self.dg}.ScheduleDefinition",
            job=write.name(job),
            cron_schedule=write.constant(self.cron),
            execution_timezone=write.constant(self._zone),
            default_status=status,
        )
