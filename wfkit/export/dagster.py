"""What does a Dag look like as a file for Dagster? As assets, or ops where they cannot say it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from wfkit.core.graph import Source, SourceKind
from wfkit.core.task import REQUIRED
from wfkit.core.task_options import TaskOptions
from wfkit.core.trigger_rules import TriggerRule
from wfkit.export import expressions as write
from wfkit.export.dagster_given import Given
from wfkit.export.dagster_parts import dagster_parts
from wfkit.export.literals import literal
from wfkit.export.plan import MOMENTS, Plan
from wfkit.export.schedules import pool_name
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


def dagster_script(plan: Plan) -> Script:
    """Return the file for Dagster."""
    return _File(plan).script


class _File:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.script = script = Script(plan, dagster_parts(plan))
        self.dg = script.use("dagster", None, "dg")
        self._wiring = Wiring(script, _RESERVED, annotated=False)
        self._items = {f"{it}_items" for it in plan.order if plan.options(it).expand is not None}
        self._names = {it: self._valid(it, it) for it in plan.order}
        self._is_ops = plan.looks_at_states
        self._given = Given(script)
        for name in plan.order:
            self._task(name)
        if self._is_ops:
            self._job()
        else:
            self._assets()

    def _valid(self, name: str, task: str) -> str:
        """Return a name as Dagster wants it."""
        plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
        if plain == name and name not in _RESERVED | self._items:
            return name
        found = self.script.names.fresh(f"{plain}_")
        self.script.note(f"it is called {found}: Dagster does not take the name {name}.", task)
        return found

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
                text = self._read(self._given.params[source.name].reading, source.name, shape)
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
        return reading.format(f"params.{self._given.fields[name]}")

    def _want_params(self, shape: Shape) -> None:
        shape.optional.append("params" if self._is_ops else f"params: {self._given.resource}")

    def _context(self, shape: Shape, source: Source) -> None:
        name, parameter = source.name, source.parameter
        if name == "params":
            if self._given.resource:
                self._want_params(shape)
            given = [
                (write.constant(it), ast.parse(self._read(p.reading, it, shape), mode="eval").body)
                for it, p in self._given.params.items()
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
        if self._given.intervals:
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
        if self._given.intervals:
            named["partitions_def"] = write.name(self._given.intervals)
        if options.group is not None:
            named["group_name"] = write.constant(re.sub(r"[^A-Za-z0-9_]", "_", options.group))
        if self._is_plain_retry(name, options):
            delay = delays(options)[0]
            policy = {"max_retries": write.constant(options.retries)}
            policy |= {"delay": seconds(delay)} if delay else {}
            named["retry_policy"] = write.call(f"{self.dg}.RetryPolicy", **policy)
        if options.pool is not None:
            named["pool"] = write.constant(pool_name(options.pool))
        if options.priority:
            named["op_tags"] = _priority(options)
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
        if options.pool is not None:
            named["pool"] = write.constant(pool_name(options.pool))
        if options.priority:
            named["tags"] = _priority(options)
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
            reading = self._given.params[source.name].reading
            field = self._given.fields[source.name]
            text = reading.replace("{}", f"context.resources.params.{field}")
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
        named: dict[str, ast.expr] = {"selection": write.constant("*"), **self._limit()}
        if plan.tags:
            named["tags"] = self._tags()
        made = write.call(f"{dg}.define_asset_job", write.constant(self._job_name()), **named)
        script.block([f"{job} = {write.written(made, len(job) + 3)}"])
        resources = self._resources()
        self._definitions(job, {"assets": assets})
        run: dict[str, ast.expr] = {}
        if resources:
            run["resources"] = resources
        if self._given.intervals:
            run["partition_key"] = write.call(f"{self._given.intervals}.get_last_partition_key")
        done = write.written(write.call(f"{dg}.materialize", assets, **run), indent=4).split("\n")
        script.block(['if __name__ == "__main__":', *(f"    {line}" for line in done)])

    def _job(self) -> None:
        script, plan, dg = self.script, self.plan, self.dg
        job = script.names.fresh(plan.name)
        self._runs = {name: script.names.fresh(f"{name}_run") for name in plan.order}
        named: dict[str, ast.expr] = {}
        if self._job_name() != job:
            named["name"] = write.constant(self._job_name())
        if self._given.resource:
            named["resource_defs"] = self._resources() or write.constant(None)
        if self._given.intervals:
            named["partitions_def"] = write.name(self._given.intervals)
        named |= self._limit()
        if plan.tags:
            named["tags"] = self._tags()
        head = write.call(f"{dg}.job", **named) if named else write.name(f"{dg}.job")
        lines = [f"@{write.written(head, 1)}", f"def {job}():"]
        for name in plan.order:
            lines += [f"    {line}" for line in self._call(name)]
        script.block(lines)
        self._definitions(job, {})
        key = (
            write.call(f"{self._given.intervals}.get_last_partition_key")
            if self._given.intervals
            else None
        )
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

    def _limit(self) -> dict[str, ast.expr]:
        """Return the option for how many steps of a run are active at once."""
        if not self.plan.limits_tasks:
            return {}
        most = (write.constant("max_concurrent"), write.constant(self.plan.max_active_tasks))
        make = f"{self.dg}.multiprocess_executor.configured"
        return {"executor_def": write.call(make, write.mapping([most]))}

    def _job_name(self) -> str:
        return re.sub(r"[^A-Za-z0-9_]", "_", self.plan.name)

    def _tags(self) -> ast.expr:
        names = [re.sub(r"[^A-Za-z0-9_.-]", "_", it)[:63] for it in self.plan.tags]
        return write.mapping([(write.constant(it), write.constant("")) for it in names])

    def _resources(self) -> ast.expr | None:
        if not self._given.resource:
            return None
        return write.mapping([(write.constant("params"), write.call(self._given.resource))])

    def _definitions(self, job: str, named: dict[str, ast.expr]) -> None:
        script, dg = self.script, self.dg
        named["jobs"] = write.sequence([write.name(job)])
        if self._given.cron:
            made = self._schedule(job)
            called = script.names.fresh(f"{self.plan.name}_schedule")
            script.block([f"{called} = {write.written(made, len(called) + 3)}"])
            named["schedules"] = write.sequence([write.name(called)])
        if self._given.resource and not self._is_ops:
            named["resources"] = self._resources() or write.constant(None)
        defs = script.names.fresh("defs")
        made = write.call(f"{dg}.Definitions", **named)
        script.block([f"{defs} = {write.written(made, len(defs) + 3)}"])

    def _schedule(self, job: str) -> ast.expr:
        status = write.name(f"{self.dg}.DefaultScheduleStatus.RUNNING")
        if self._given.intervals:
            make = f"{self.dg}.build_schedule_from_partitioned_job"
            return write.call(make, write.name(job), default_status=status)
        return write.call(
            f"{self.dg}.ScheduleDefinition",
            job=write.name(job),
            cron_schedule=write.constant(self._given.cron),
            execution_timezone=write.constant(self._given.zone),
            default_status=status,
        )


def _priority(options: TaskOptions) -> ast.expr:
    tag = (write.constant("dagster/priority"), write.constant(str(options.priority)))
    return write.mapping([tag])
