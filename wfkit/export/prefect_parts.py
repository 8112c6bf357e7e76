"""Which helpers come with a file for Prefect?"""

from __future__ import annotations

from wfkit.export.parts import COMMON, Part, verdict_part, without
from wfkit.export.plan import Plan

PARTS = COMMON | {
    "skippable": Part(
        '''\
def skippable(function):
    """Let a task end as Skipped where it raises Skip."""

    @wraps(function)
    def attempt(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except Skip as reason:
            return Completed(name="Skipped", message=str(reason))

    return attempt
''',
        {"wraps": "functools:wraps", "Completed": "prefect.states:Completed"},
        ("Skip",),
    ),
    "retries_on": Part(
        '''\
def retries_on(*kinds, give_up=()):
    """Try again after these kinds of error alone."""

    def is_worth_it(task, task_run, state):
        error = state.result(raise_on_failure=False)
        return isinstance(error, kinds) and not isinstance(error, give_up)

    return is_worth_it
''',
    ),
    "NotRun": Part(
        '''\
class NotRun:
    """Stands for a task that did not run, and says why: skipped or upstream_failed."""

    def __init__(self, state):
        self.state = state
'''
    ),
    "Runs": Part(
        '''\
class Runs(list):
    """The runs of a task that is repeated, one for each item."""
'''
    ),
    "is_run": Part(
        '''\
def is_run(value):
    """Tell the run of a task from a plain value."""
    return isinstance(value, (NotRun, Runs, PrefectFuture))
''',
        {"PrefectFuture": "prefect.futures:PrefectFuture"},
        ("NotRun", "Runs"),
    ),
    "ends_of": Part(
        '''\
def ends_of(run):
    """Wait for a task, and say how it ended: once for each of its runs."""
    if isinstance(run, NotRun):
        return [run.state]
    if isinstance(run, Runs):
        return [end for it in run for end in ends_of(it)] or ["skipped"]
    run.wait()
    if run.state.name == "Skipped":
        return ["skipped"]
    return ["success" if run.state.is_completed() else "failed"]
''',
        {},
        ("NotRun", "Runs"),
    ),
    "given": Part(
        '''\
def given(inputs):
    """Return what a task gets: nothing for an upstream task that has no result."""
    found = {}
    for name, it in inputs.items():
        if isinstance(it, Runs) and it:
            found[name] = [one for one in it if ends_of(one) == ["success"]]
        elif not is_run(it) or ends_of(it) == ["success"]:
            found[name] = it
    return found
''',
        {},
        ("Runs", "is_run", "ends_of"),
    ),
    "decide": Part(
        '''\
def decide(inputs, rule, after, chosen):
    """Wait for the upstream tasks, and say whether a task may start."""
    upstream = [*filter(is_run, inputs.values()), *after]
    decided = verdict(rule, [end for run in upstream for end in ends_of(run)])
    for branch, names in chosen:
        is_known = ends_of(branch) == ["success"]
        if is_known and not chosen_names(branch.result()) & set(names):
            return "skipped"
    return decided
''',
        {},
        ("is_run", "verdict", "ends_of", "chosen_names"),
    ),
    "begin": Part(
        '''\
def begin(task, inputs, rule="all_success", after=(), chosen=()):
    """Start a task when its upstream tasks ended as its trigger rule wants."""
    decided = decide(inputs, rule, after, chosen)
    return task.submit(**given(inputs)) if decided == "start" else NotRun(decided)
''',
        {},
        ("decide", "given", "NotRun"),
    ),
    "begin_each": Part(
        '''\
def begin_each(task, name, inputs, rule="all_success", after=(), chosen=()):
    """Start a task once for each item of one of its inputs."""
    decided = decide(inputs, rule, after, chosen)
    if decided != "start":
        return NotRun(decided)
    inputs = given(inputs)
    items = inputs.pop(name, ())
    items = items.result() if isinstance(items, PrefectFuture) else items
    items = items.items() if isinstance(items, dict) else items
    return Runs(task.submit(**inputs, **{name: item}) for item in items)
''',
        {"PrefectFuture": "prefect.futures:PrefectFuture"},
        ("decide", "given", "NotRun", "Runs"),
    ),
    "finish": Part(
        '''\
def finish(*runs):
    """Wait for the last tasks; the flow fails if one of them did not end well."""
    ends = [end for run in runs for end in ends_of(run)]
    bad = [end for end in ends if end in ("failed", "upstream_failed")]
    if bad:
        return Failed(message=f"{len(bad)} of {len(ends)} last tasks did not end well.")
    return Completed(message="All last tasks ended well.")
''',
        {"Completed": "prefect.states:Completed", "Failed": "prefect.states:Failed"},
        ("ends_of",),
    ),
    "last_tick": Part(
        '''\
def last_tick(moment):
    """Return the last time, at this moment or before it, at which a run was due."""
    day = moment.astimezone(ZONE).date()
    while True:
        due = [it for it in ticks(day) if it <= moment]
        if due:
            return max(due)
        day -= timedelta(days=1)
''',
        {"timedelta": "datetime:timedelta"},
        ("ZONE", "ticks"),
    ),
    "next_tick": Part(
        '''\
def next_tick(moment):
    """Return the first time after this moment at which a run is due."""
    day = moment.astimezone(ZONE).date()
    while True:
        due = [it for it in ticks(day) if it > moment]
        if due:
            return min(due)
        day += timedelta(days=1)
''',
        {"timedelta": "datetime:timedelta"},
        ("ZONE", "ticks"),
    ),
    "data_interval": Part(
        '''\
def data_interval(logical_date=None):
    """Return the time that a run stands for; not told, the last that has ended."""
    if logical_date is None:
        end = last_tick(flow_run.scheduled_start_time)
        start = last_tick(end - timedelta(seconds=1))
    else:
        start, end = logical_date, next_tick(logical_date)
    return start.astimezone(ZONE), end.astimezone(ZONE)
''',
        {"timedelta": "datetime:timedelta", "flow_run": "prefect.runtime:flow_run"},
        ("ZONE", "last_tick", "next_tick"),
    ),
    "beat_interval": Part(
        '''\
def beat_interval(logical_date=None):
    """Return the time that a run stands for; not told, the last that has ended."""
    if logical_date is None:
        beats = (flow_run.scheduled_start_time - FIRST_TICK) // INTERVAL
        logical_date = FIRST_TICK + (beats - 1) * INTERVAL
    return logical_date.astimezone(ZONE), (logical_date + INTERVAL).astimezone(ZONE)
''',
        {"flow_run": "prefect.runtime:flow_run"},
        ("ZONE", "FIRST_TICK", "INTERVAL"),
    ),
}


def prefect_parts(plan: Plan) -> dict[str, Part]:
    """Return the parts that the file of a plan may need."""
    found = PARTS | {"verdict": verdict_part(plan.rules)}
    if not plan.has_branches:
        found["decide"] = Part(_DECIDE, parts=("is_run", "verdict", "ends_of"))
        found["begin"] = without(found["begin"], ", chosen=()", ", chosen")
        found["begin_each"] = without(found["begin_each"], ", chosen=()", ", chosen")
    if not plan.has_lists:
        found["is_run"] = without(found["is_run"], "Runs, ", parts={"Runs"})
        found["ends_of"] = without(found["ends_of"], _ENDS_OF_A_LIST, parts={"Runs"})
        found["given"] = without(found["given"], _GIVEN_A_LIST, parts={"Runs"})
    return found


_DECIDE = '''\
def decide(inputs, rule, after):
    """Wait for the upstream tasks, and say whether a task may start."""
    upstream = [*filter(is_run, inputs.values()), *after]
    return verdict(rule, [end for run in upstream for end in ends_of(run)])
'''
_ENDS_OF_A_LIST = """\
    if isinstance(run, Runs):
        return [end for it in run for end in ends_of(it)] or ["skipped"]
"""
_GIVEN_A_LIST = """\
if isinstance(it, Runs) and it:
            found[name] = [one for one in it if ends_of(one) == ["success"]]
        el"""
