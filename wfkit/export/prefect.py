"""What does a Dag look like as a file for Prefect 3?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from wfkit.core.cron import Cron
from wfkit.core.graph import Source, SourceKind
from wfkit.core.schedules import Every
from wfkit.core.secret import Secret
from wfkit.core.task import REQUIRED
from wfkit.core.task_options import TaskOptions
from wfkit.core.trigger_rules import TriggerRule
from wfkit.export import expressions as write
from wfkit.export.literals import duration, moment
from wfkit.export.params import other_names, plain_param, secret
from wfkit.export.plan import MOMENTS, Plan
from wfkit.export.prefect_parts import prefect_parts
from wfkit.export.schedules import cron_text, note_days
from wfkit.export.script import Script, signature
from wfkit.export.ticks import put_ticks, zone_constant
from wfkit.export.wiring import Shape, Wiring, delays, may_be_missing, seconds
from wfkit.export.wrappers import choosing, polled, promised

_RESERVED = frozenset({"wait_for", "return_state"})
_MOST_DELAYS = 50
_TYPES = {bool: "bool", int: "int", float: "float", str: "str", list: "list", dict: "dict"}


def prefect_script(plan: Plan) -> Script:
    """Return the file for Prefect."""
    return _File(plan).script


class _File:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.script = script = Script(plan, prefect_parts(plan))
        self._wiring = Wiring(script, _RESERVED)
        self._arguments = other_names(script, _RESERVED | {"files", "logical_date"}, plan.params)
        self._is_guarded = plan.looks_at_states or bool(plan.uses("Skip"))
        for name in plan.order:
            self._task(name)
        self._flow()

    # One task -------------------------------------------------------------------------------

    def _task(self, name: str) -> None:
        code = self.plan.carried.functions[name]
        shape = self._shape(name)
        decorators = [self._decorator(name), *self._wrappers(name)]
        returns = self._wiring.returns(code)
        self.script.function(
            name,
            name,
            code,
            shape.parameters,
            decorators=decorators,
            first=shape.first,
            returns=returns,
        )

    def _shape(self, name: str) -> Shape:
        shape = Shape()
        code = self.plan.carried.functions[name]
        for source in self.plan.graph.sources[name]:
            if source.kind is SourceKind.UPSTREAM:
                self._upstream(name, shape, source)
            elif source.kind is SourceKind.CONTEXT and source.name == "attempt":
                run = self.script.use("prefect.runtime", "task_run")
                shape.first.append(f"{source.parameter} = {run}.run_count")
            elif source.kind in (SourceKind.PARAM, SourceKind.CONTEXT):
                self._wiring.upstream(name, shape, source._replace(default=REQUIRED))
            elif source.parameter == self.plan.options(name).expand:
                shape.required.append(self._wiring.parameter(code, source.parameter))
                shape.inputs.append((source.parameter, source))
            else:
                self._wiring.plain_default(name, shape, source)
        return shape

    def _upstream(self, name: str, shape: Shape, source: Source) -> None:
        self._wiring.upstream(name, shape, source)
        if may_be_missing(self.plan.options(name).trigger_rule):
            shape.optional.append(f"{shape.required.pop().partition(':')[0]}=None")

    def _decorator(self, name: str) -> ast.expr:
        task = self.script.use("prefect", "task")
        named = dict(self._options(name, self.plan.options(name)))
        return write.call(task, **named) if named else write.name(task)

    def _options(self, name: str, options: TaskOptions) -> Iterator[tuple[str, ast.expr]]:
        if options.retries:
            yield "retries", write.constant(options.retries)
            yield from self._delays(name, options)
        condition = self._condition(name, options)
        if condition is not None:
            yield "retry_condition_fn", condition
        if options.timeout is not None:
            yield "timeout_seconds", seconds(options.timeout)
        tags = [it for it in (options.pool, options.group) if it is not None]
        if tags:
            yield "tags", write.sequence([write.constant(it) for it in tags])
        if options.cache:
            inputs = self.script.use("prefect.cache_policies", "INPUTS")
            source = self.script.use("prefect.cache_policies", "TASK_SOURCE")
            yield "cache_policy", ast.BinOp(write.name(inputs), ast.Add(), write.name(source))
            yield "persist_result", write.constant(True)

    def _delays(self, name: str, options: TaskOptions) -> Iterator[tuple[str, ast.expr]]:
        pauses = delays(options)
        if len(set(pauses)) == 1:
            if pauses[0]:
                yield "retry_delay_seconds", seconds(pauses[0])
        else:
            kept = pauses[:_MOST_DELAYS]
            yield "retry_delay_seconds", write.sequence([seconds(it) for it in kept])
            if kept != pauses:
                self.script.note(
                    f"all pauses after the first {_MOST_DELAYS} are as the last.", name
                )
        if options.jitter:
            yield "retry_jitter_factor", write.constant(1)
            self.script.note(
                "jitter makes a pause longer here, up to twice; in wfkit shorter.", name
            )

    def _condition(self, name: str, options: TaskOptions) -> ast.expr | None:
        fails = "Fail" in self.plan.carried.tools(name)
        if not options.retries or not (options.retry_on or fails):
            return None
        errors = self.plan.carried.errors
        kinds = [write.name(self.script.resolve(errors[it])) for it in options.retry_on]
        give_up = {"give_up": write.name(self.script.part("Fail"))} if fails else {}
        made = kinds or [write.name("Exception")]
        return write.call(self.script.part("retries_on"), *made, **give_up)

    def _wrappers(self, name: str) -> Iterator[ast.expr]:
        if "Skip" in self.plan.carried.tools(name):
            yield write.name(self.script.part("skippable"))
        for wrap in (choosing, promised, polled):
            yield from wrap(self.script, name)

    # The flow -------------------------------------------------------------------------------

    def _flow(self) -> None:
        script, plan = self.script, self.plan
        function = script.names.fresh(plan.name)
        named: dict[str, ast.expr] = {"name": write.constant(plan.name)}
        if plan.limits_tasks:
            runner = script.use("prefect.task_runners", "ThreadPoolTaskRunner")
            workers = write.constant(plan.max_active_tasks)
            named["task_runner"] = write.call(runner, max_workers=workers)
        decorator = write.call(script.use("prefect", "flow"), **named)
        self._runs = {name: script.names.fresh(f"{name}_run") for name in plan.order}
        before = [*self._before()]
        calls = [self._call(name) for name in plan.order]
        if not self._is_guarded and plan.graph.leaves == plan.order[-1:]:
            lead = f"{self._runs[plan.order[-1]]} = "
            calls[-1][0] = f"return {calls[-1][0].removeprefix(lead)}"
        else:
            calls.append(self._end())
        body = [*before, *(line for lines in calls for line in lines)]
        head = signature(f"def {function}", [*self._parameters()])
        made = [f"@{write.written(decorator, 1)}", *head, *(f"    {line}" for line in body)]
        script.block(made)
        self._main(function)

    def _parameters(self) -> Iterator[str]:
        for given, value in self.plan.params.items():
            if isinstance(value, Secret):
                continue
            name = self._arguments[given]
            kind = _TYPES.get(type(value))
            if isinstance(value, list | dict | set):  # what can be changed is no default
                yield f"{name}: {kind or 'set'} | None = None"
                continue
            default = write.written(plain_param(self.script, given, value), -1000)
            yield f"{name}: {kind} = {default}" if kind else f"{name}={default}"
        if self.plan.wants_interval:
            yield f"logical_date: {self.script.use('datetime', 'datetime')} | None = None"
        if self.plan.contexts("files"):
            yield "files: tuple[str, ...] = ()"

    def _before(self) -> Iterator[str]:
        for given, value in self.plan.params.items():
            name = self._arguments[given]
            if isinstance(value, Secret):
                yield f"{name} = {secret(self.script, given)}"
            elif isinstance(value, list | dict | set):
                made = plain_param(self.script, given, value)
                lines = write.written(made, 3 + len(name), indent=8).split("\n")
                yield f"if {name} is None:"
                yield from (f"    {it}" for it in [f"{name} = {lines[0]}", *lines[1:]])
        if not self.plan.wants_interval:
            return
        self._start, self._stop = map(self.script.names.fresh, ("interval_start", "interval_end"))
        start = self._start if self.plan.contexts(*MOMENTS[:2]) else "_"
        stop = self._stop if self.plan.contexts(MOMENTS[-1]) else "_"
        yield f"{start}, {stop} = {self._interval()}"

    def _interval(self) -> str:
        script, schedule = self.script, self.plan.schedule
        zone = zone_constant(script)
        if isinstance(schedule, Cron):
            put_ticks(script, schedule)
            return f"{script.part('data_interval')}(logical_date)"
        if isinstance(schedule, Every):
            first = self.plan.start_date or datetime(1970, 1, 1, tzinfo=UTC)
            script.constant("FIRST_TICK", moment(first, script.use))
            script.constant("INTERVAL", duration(timedelta(seconds=schedule.interval), script.use))
            return f"{script.part('beat_interval')}(logical_date)"
        now = f"logical_date or {script.use('datetime', 'datetime')}.now({zone})"
        return f"[{now}] * 2"

    def _call(self, name: str) -> list[str]:
        lead = f"{self._runs[name]} = "
        made = self._guarded(name) if self._is_guarded else self._submitted(name)
        return (lead + write.written(made, len(lead), indent=4)).split("\n")

    def _submitted(self, name: str) -> ast.expr:
        given = [self._value(source) for _, source in self._shape(name).inputs]
        after = [write.name(self._runs[it]) for it in self.plan.order_only(name)]
        named = {"wait_for": write.sequence(after)} if after else {}
        return write.call(f"{name}.submit", *given, **named)

    def _guarded(self, name: str) -> ast.expr:
        options = self.plan.options(name)
        inputs = [
            (write.constant(called), self._value(source))
            for called, source in self._shape(name).inputs
        ]
        named: dict[str, ast.expr] = {}
        if options.trigger_rule is not TriggerRule.ALL_SUCCESS:
            named["rule"] = write.constant(str(options.trigger_rule))
        after = self.plan.order_only(name)
        if after:
            named["after"] = write.sequence([write.name(self._runs[it]) for it in after])
        chosen = [self._way(name, branch) for branch in self.plan.branches_above(name)]
        if chosen:
            named["chosen"] = write.sequence(chosen)
        if options.expand is None:
            begin = self.script.part("begin")
            return write.call(begin, write.name(name), write.mapping(inputs), **named)
        each, *_ = (c for c, it in self._shape(name).inputs if it.parameter == options.expand)
        begin = self.script.part("begin_each")
        return write.call(
            begin, write.name(name), write.constant(each), write.mapping(inputs), **named
        )

    def _way(self, name: str, branch: str) -> ast.expr:
        ways = ast.Set([write.constant(it) for it in self.plan.ways_to(name, branch)])
        return ast.Tuple([write.name(self._runs[branch]), ways], ast.Load())

    def _value(self, source: Source) -> ast.expr:
        if source.kind is SourceKind.UPSTREAM:
            return write.name(self._runs[source.name])
        if source.kind is SourceKind.DEFAULT:
            return plain_param(self.script, source.name, source.default)
        if source.kind is SourceKind.CONTEXT:
            return self._of_context(source.name)
        return write.name(self._arguments[source.name])

    def _of_context(self, name: str) -> ast.expr:
        if name == "run_id":
            return write.name(f"{self.script.use('prefect.runtime', 'flow_run')}.id")
        if name == "params":
            given = self._arguments.items()
            return write.mapping([(write.constant(it), write.name(name)) for it, name in given])
        if name == "files":
            return write.sequence([ast.Starred(write.name("files"), ast.Load())])
        return write.name(self._stop if name == "data_interval_end" else self._start)

    def _end(self) -> list[str]:
        leaves = [write.name(self._runs[it]) for it in self.plan.graph.leaves]
        if self._is_guarded:
            made = write.call(self.script.part("finish"), *leaves)
        else:
            made = leaves[0] if len(leaves) == 1 else write.sequence(leaves)
        return f"return {write.written(made, 7, indent=4)}".split("\n")

    def _main(self, function: str) -> None:
        script, plan = self.script, self.plan
        serve = self._serve()
        tags = ", ".join(write.quoted(it) for it in plan.tags)
        run = [f"{function}()"]
        if tags:
            run = [f"with {script.use('prefect', 'tags')}({tags}):", f"    {function}()"]
        if serve is None:
            script.block(['if __name__ == "__main__":', *(f"    {it}" for it in run)])
            return
        argv = f"{script.use('sys')}.argv"
        served = write.written(write.call(f"{function}.serve", **serve), indent=8).split("\n")
        script.block(
            [
                'if __name__ == "__main__":',
                f'    if "serve" in {argv}:  # on its schedule, until Ctrl-C',
                *(f"        {line}" for line in served),
                "    else:",
                *(f"        {line}" for line in run),
            ]
        )

    def _serve(self) -> dict[str, ast.expr] | None:
        script, plan = self.script, self.plan
        if isinstance(plan.schedule, Cron):
            note_days(script, plan)
            cron, zone = write.constant(cron_text(plan.schedule)), write.constant(plan.timezone)
            made = write.call(script.use("prefect.schedules", "Cron"), cron, timezone=zone)
        elif isinstance(plan.schedule, Every):
            every = duration(timedelta(seconds=plan.schedule.interval), script.use)
            first = moment(plan.start_date or datetime(1970, 1, 1, tzinfo=UTC), script.use)
            made = write.call(script.use("prefect.schedules", "Interval"), every, anchor_date=first)
        else:
            return None
        found: dict[str, ast.expr] = {
            "name": write.constant(plan.name),
            "schedules": write.sequence([made]),
            "limit": write.constant(plan.max_active_runs),
        }
        if plan.tags:
            found["tags"] = write.sequence([write.constant(it) for it in plan.tags])
        return found
