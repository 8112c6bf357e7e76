"""What does a Dag look like as a file for Airflow 3?"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from wfkit.core.cron import Cron
from wfkit.core.graph import Source, SourceKind
from wfkit.core.schedules import Every, OnFile, OnSuccess, Schedule
from wfkit.core.task_options import TaskOptions
from wfkit.core.trigger_rules import TriggerRule
from wfkit.export import expressions as write
from wfkit.export.airflow_context import RESERVED, Context
from wfkit.export.airflow_parts import airflow_parts
from wfkit.export.literals import duration, literal
from wfkit.export.params import json_param
from wfkit.export.plan import Plan
from wfkit.export.schedules import cron_text, note_days
from wfkit.export.script import Script
from wfkit.export.wiring import Shape, Wiring, delays, seconds
from wfkit.export.wrappers import promised

_SKIP, _FAIL = (
    "airflow.sdk.exceptions.AirflowSkipException",
    "airflow.sdk.exceptions.AirflowFailException",
)


def airflow_script(plan: Plan) -> Script:
    """Return the file for Airflow."""
    return _File(plan).script


class _File:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.script = script = Script(plan, airflow_parts(plan))
        self._wiring = Wiring(script, RESERVED)
        script.tools["Skip"] = lambda: script.name(_SKIP)
        script.tools["Fail"] = lambda: script.name(_FAIL)
        self._params = {name: json_param(script, name, it) for name, it in plan.params.items()}
        self._context = Context(script)
        self._items_of: dict[str, str] = {}
        for name in plan.order:
            self._task(name)
        self._dag()

    # One task -------------------------------------------------------------------------------

    def _task(self, name: str) -> None:
        script, code = self.script, self.plan.carried.functions[name]
        shape = self._shape(name)
        self._items_task(name)
        decorators = [self._decorator(name), *self._wrappers(name)]
        called = name
        returns = self._wiring.returns(code)
        script.function(
            name,
            called,
            code,
            shape.parameters,
            decorators=decorators,
            first=shape.first,
            returns=returns,
        )

    def _shape(self, name: str) -> Shape:
        shape = Shape()
        for source in self.plan.graph.sources[name]:
            if source.kind is SourceKind.UPSTREAM:
                self._upstream(name, shape, source)
            elif source.parameter == self.plan.options(name).expand:
                self._wiring.upstream(name, shape, source)
            elif source.kind is SourceKind.PARAM:
                reading = self._params[source.name].reading
                shape.first.append(
                    f"{source.parameter} = {self._context.read(reading, source.name, shape)}"
                )
            elif source.kind is SourceKind.CONTEXT:
                self._context.put(shape, source)
            else:
                self._wiring.plain_default(name, shape, source)
        return shape

    def _upstream(self, name: str, shape: Shape, source: Source) -> None:
        self._wiring.upstream(name, shape, source)
        is_list = self.plan.options(source.name).expand is not None
        if is_list and self.plan.options(name).expand != source.parameter:
            shape.first.append(f"{source.parameter} = [*{source.parameter}]")

    def _decorator(self, name: str) -> ast.expr:
        options = self.plan.options(name)
        task = self.script.use("airflow.sdk", "task")
        kind = "branch" if options.branch else "sensor" if options.sensor else ""
        named = dict(self._options(name, options))
        head = f"{task}.{kind}" if kind else task
        return write.call(head, **named) if named else write.name(head)

    def _options(self, name: str, options: TaskOptions) -> Iterator[tuple[str, ast.expr]]:
        use = self.script.use
        code = self.plan.carried.functions[name]
        if "dict" in self._wiring.returns(code) or "Mapping" in self._wiring.returns(code):
            yield "multiple_outputs", write.constant(False)
        if options.sensor:
            yield "poke_interval", seconds(options.poke_interval)
            yield "timeout", self._wait(options)
            yield "mode", write.constant("reschedule")
        yield from self._retries(options)
        if options.timeout is not None:
            yield "execution_timeout", duration(timedelta(seconds=options.timeout), use)
        if options.trigger_rule is not TriggerRule.ALL_SUCCESS:
            yield "trigger_rule", write.constant(str(options.trigger_rule))
        if options.pool is not None:
            yield "pool", write.constant(options.pool)
        if options.priority:
            yield "priority_weight", literal(options.priority, use)
            yield "weight_rule", write.constant("absolute")

    def _wait(self, options: TaskOptions) -> ast.expr:
        # Airflow's own limit is a week; ours is none.
        return seconds(options.wait_timeout or timedelta(days=3650).total_seconds())

    def _retries(self, options: TaskOptions) -> Iterator[tuple[str, ast.expr]]:
        if not options.retries:
            return
        pauses = delays(options)
        yield "retries", write.constant(options.retries)
        is_plain = len(set(pauses)) == 1 and not options.jitter and not options.retry_on
        if is_plain:
            yield "retry_delay", duration(timedelta(seconds=pauses[0]), self.script.use)
        else:
            yield "retry_policy", self._policy(options)

    def _policy(self, options: TaskOptions) -> ast.expr:
        named = {"delay": seconds(options.retry_delay)}
        if options.backoff != 1:
            named["backoff"] = seconds(options.backoff)
        if options.max_retry_delay is not None:
            named["longest"] = seconds(options.max_retry_delay)
        if options.jitter:
            named["jitter"] = write.constant(True)
        if options.retry_on:
            errors = self.plan.carried.errors
            kinds = [write.name(self.script.resolve(errors[it])) for it in options.retry_on]
            named["kinds"] = ast.Tuple(kinds, ast.Load()) if len(kinds) > 1 else kinds[0]
        return write.call(self.script.part("Delays"), **named)

    def _wrappers(self, name: str) -> Iterator[ast.expr]:
        if self.plan.options(name).sensor:
            yield write.name(self.script.part("poked"))
        if self._is_remembered(name):
            yield write.name(self.script.part("remembered"))
        yield from promised(self.script, name)

    def _items_task(self, name: str) -> None:
        """Write the task that gives the items which another is repeated over, if none does."""
        wanted = self.plan.options(name).expand
        source = next((it for it in self.plan.graph.sources[name] if it.parameter == wanted), None)
        if source is None or source.kind is not SourceKind.PARAM:
            return
        shape = Shape()
        text = self._context.read(self._params[source.name].reading, source.name, shape)
        called = self._items_name(name)
        head = f"def {called}({', '.join(shape.optional)}):"
        doc = f'    """Return the items that {name} is repeated over."""'
        self.script.block(
            [f"@{self.script.use('airflow.sdk', 'task')}", head, doc, f"    return {text}"]
        )
        self.script.note(
            f"{called} is a task of its own: only a result can be expanded here.", name
        )

    def _items_name(self, name: str) -> str:
        if name not in self._items_of:
            self._items_of[name] = self.script.names.fresh(f"{name}_items")
        return self._items_of[name]

    # The Dag --------------------------------------------------------------------------------

    def _dag(self) -> None:
        script, plan = self.script, self.plan
        function = script.names.fresh(plan.name)
        named = dict(self._dag_options())
        if function != plan.name:
            named = {"dag_id": write.constant(plan.name)} | named
        decorator = write.call(script.use("airflow.sdk", "dag"), **named)
        self._variables = {it: script.names.fresh(f"{it}_task") for it in self._referred()}
        body = [*self._calls(), *self._orders()]
        lines = [f"@{write.written(decorator, 1)}", f"def {function}():"]
        script.block([*lines, *(f"    {line}" if line else "" for line in body)])
        made = script.names.fresh(f"{plan.name}_dag")
        script.block([f"{made} = {function}()"])
        script.block(['if __name__ == "__main__":', f"    {made}.test()"])

    def _dag_options(self) -> Iterator[tuple[str, ast.expr]]:
        plan = self.plan
        yield "schedule", self._schedule(plan.schedule)
        start = plan.start_date
        if start is None and isinstance(plan.schedule, Cron | Every):
            start = datetime(2000, 1, 1, tzinfo=ZoneInfo(plan.timezone))
            self.script.note("Airflow wants a start_date: set the day from which runs may be due.")
        if start is not None:
            yield "start_date", self._context.moment(start)
        if plan.end_date is not None:
            yield "end_date", self._context.moment(self._last_date(plan.end_date))
        yield "catchup", write.constant(plan.catchup)
        yield "max_active_runs", write.constant(plan.max_active_runs)
        if plan.limits_tasks:
            yield "max_active_tasks", write.constant(plan.max_active_tasks)
        defaults = [(write.constant(name), it.default) for name, it in self._params.items()]
        given = [(name, it) for name, it in defaults if it is not None]
        if self.plan.contexts("files"):
            given.append((write.constant("files"), write.sequence([])))
        if given:
            yield "params", write.mapping(given)
        if plan.tags:
            yield "tags", write.sequence([write.constant(it) for it in plan.tags])

    def _last_date(self, end: datetime) -> datetime:
        """Return the last date that a run may stand for: Airflow counts its end_date in."""
        last = self.plan.last_interval
        return last[0] if last and last[1] == end else end

    def _schedule(self, schedule: Schedule | None) -> ast.expr:
        use = self.script.use
        if isinstance(schedule, Cron):
            note_days(self.script, self.plan)
            cron = write.constant(cron_text(schedule))
            zone = write.constant(self.plan.timezone)
            return write.call(use("airflow.sdk", "CronDataIntervalTimetable"), cron, timezone=zone)
        if isinstance(schedule, Every):
            every = duration(timedelta(seconds=schedule.interval), use)
            return write.call(use("airflow.sdk", "DeltaDataIntervalTimetable"), every)
        if isinstance(schedule, OnFile):
            self.script.note(
                f'The schedule "{schedule}" has no counterpart: trigger a run for the files, '
                'with {"files": [...]} as its params.'
            )
        if isinstance(schedule, OnSuccess):
            self.script.note(
                f"Runs are due when the asset {schedule.dag} is updated: give the last task of "
                f'{schedule.dag} outlets=[Asset("{schedule.dag}")].'
            )
            asset = write.call(use("airflow.sdk", "Asset"), write.constant(schedule.dag))
            return write.sequence([asset])
        return write.constant(None)

    def _referred(self) -> set[str]:
        """The tasks that others of the Dag refer to."""
        order = self.plan.order
        above = {up for name in order for up in self.plan.graph.upstream[name]}
        return above | {name for name in order if self.plan.order_only(name)}

    def _calls(self) -> Iterator[str]:
        order = _grouped(self.plan)
        stretches = [
            (group, list(names))
            for group, names in groupby(order, lambda it: self.plan.options(it).group)
        ]
        made = {group: self._group(group) for group, _ in stretches if group is not None}
        counts = Counter(group for group, _ in stretches)
        for group in [it for it in made if counts[it] > 1]:
            variable = self.script.names.fresh(re.sub(r"\W", "_", f"{group}_group"))
            yield f"{variable} = {made[group]}"
            made[group] = variable
        for group, names in stretches:
            lead = "" if group is None else "    "
            if group is not None:
                yield f"with {made[group]}:"
            for name in names:
                yield from (lead + line for line in self._call(name, len(lead)))

    def _group(self, name: str) -> str:
        """Return the code that makes a group; its name is no part of the names of its tasks."""
        group_id = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
        group_id = f"{group_id}_group" if group_id in self.plan.order else group_id
        make = self.script.use("airflow.sdk", "TaskGroup")
        no = write.constant(False)
        return write.written(write.call(make, write.constant(group_id), prefix_group_id=no), -1000)

    def _call(self, name: str, before: int) -> list[str]:
        plan = self.plan
        wanted = plan.options(name).expand
        head: ast.expr = write.name(name)
        shape = self._shape(name)
        given = {called: self._variable(source) for called, source in shape.inputs}
        if wanted is None:
            made = ast.Call(head, [it for it in given.values() if it is not None], [])
        else:
            each = next(it for it, source in shape.inputs if source.parameter == wanted)
            rest = {it: value for it, value in given.items() if it != each and value}
            head = write.call(f"{name}.partial", **rest) if rest else head
            items = given[each] or self._items(name)
            made = write.call(ast.Attribute(head, "expand", ast.Load()), **{each: items})  # type: ignore[assignment]
        variable = self._variables.get(name)
        lead = f"{variable} = " if variable else ""
        return (lead + write.written(made, len(lead), indent=4 + before)).split("\n")

    def _items(self, name: str) -> ast.expr:
        wanted = self.plan.options(name).expand
        source = next(it for it in self.plan.graph.sources[name] if it.parameter == wanted)
        if source.kind is SourceKind.PARAM:
            return write.call(self._items_name(name))
        return literal(source.default, self.script.use)

    def _is_remembered(self, name: str) -> bool:
        return self.plan.options(name).branch and bool(self.plan.readers(name))

    def _variable(self, source: Source) -> ast.expr | None:
        if source.name not in self._variables:
            return None
        result = write.name(self._variables[source.name])
        if self._is_remembered(source.name):
            return ast.Subscript(result, write.constant("choice"), ast.Load())
        return result

    def _orders(self) -> Iterator[str]:
        for name in self.plan.order:
            above = self.plan.order_only(name)
            if above:
                left = [self._variables[it] for it in above]
                first = left[0] if len(left) == 1 else f"[{', '.join(left)}]"
                yield f"{first} >> {self._variables[name]}"


def _grouped(plan: Plan) -> list[str]:
    """Return the tasks, upstream tasks first, those of a group next to each other if possible."""
    waiting = {name: len(plan.graph.upstream[name]) for name in plan.order}
    found: list[str] = []
    group: str | None = None
    ready = [name for name in plan.order if not waiting[name]]
    while ready:
        same = [it for it in ready if plan.options(it).group == group]
        name = (same or ready)[0]
        group = plan.options(name).group
        ready.remove(name)
        found.append(name)
        for down in plan.graph.downstream[name]:
            waiting[down] -= 1
            if not waiting[down]:
                ready.append(down)
    return found
