"""Which helpers come with a file for Dagster?"""

from __future__ import annotations

from dataclasses import replace

from wfkit.export.parts import COMMON, Part, verdict_part, without
from wfkit.export.plan import Plan

_DG = {"dg": "dagster"}
PARTS = COMMON | {
    "skippable": Part(
        '''\
def skippable(function):
    """Let an asset end without a value where it raises Skip."""

    @wraps(function)
    def attempt(*args, **kwargs):
        try:
            value = function(*args, **kwargs)
        except Skip as reason:
            dg.get_dagster_logger().info("skipped: %s", reason)
        else:
            yield dg.Output(value)

    return attempt
''',
        {"wraps": "functools:wraps", **_DG},
        ("Skip",),
    ),
    "retried": Part(
        '''\
def retried(*pauses, kinds=Exception, give_up=()):
    """Try again after each of these pauses, in seconds."""

    def decorate(function):
        @wraps(function)
        def attempt(*args, **kwargs):
            try:
                return function(*args, **kwargs)
            except kinds as error:
                number = dg.OpExecutionContext.get().retry_number
                if number >= len(pauses) or isinstance(error, give_up):
                    raise
                raise dg.RetryRequested(len(pauses), pauses[number]) from error

        return attempt

    return decorate
''',
        {"wraps": "functools:wraps", **_DG},
    ),
    "any_pause": Part(
        '''\
def any_pause(*pauses):
    """Draw each pause at random between zero and its full length."""
    return [uniform(0, it) for it in pauses]
''',
        {"uniform": "random:uniform"},
    ),
    "time_limit": Part(
        '''\
def time_limit(seconds):
    """Interrupt a step that takes longer (on Linux and macOS)."""

    def decorate(function):
        def interrupt(number, frame):
            raise TimeoutError(f"{function.__name__} took longer than {seconds} s")

        @wraps(function)
        def limited(*args, **kwargs):
            before = signal(SIGALRM, interrupt)
            setitimer(ITIMER_REAL, seconds)
            try:
                return function(*args, **kwargs)
            finally:
                setitimer(ITIMER_REAL, 0)
                signal(SIGALRM, before)

        return limited

    return decorate
''',
        {
            "wraps": "functools:wraps",
            "signal": "signal:signal",
            "setitimer": "signal:setitimer",
            "SIGALRM": "signal:SIGALRM",
            "ITIMER_REAL": "signal:ITIMER_REAL",
        },
    ),
    "began": Part(
        '''\
def began(context):
    """Return when the run of a step was made."""
    record = context.instance.get_run_record_by_id(context.run_id)
    return record.create_timestamp.astimezone(ZONE)
''',
        {},
        ("ZONE",),
    ),
    "known": Part(
        '''\
def known(context, name):
    """Return what every op can ask for: its context, and the params of its run."""
    return context if name == "context" else context.resources.params
'''
    ),
    "ends_of": Part(
        '''\
def ends_of(upstream):
    """Return how a step ended: once for each item that it was repeated for."""
    steps = upstream if isinstance(upstream, list) else [upstream]
    return [step["state"] for step in steps]
'''
    ),
    "given": Part(
        '''\
def given(upstream):
    """Return what a step gets: nothing from one that has no value."""
    found = {}
    for name, it in upstream.items():
        if isinstance(it, list):
            if ends_of(it) not in (["skipped"], ["upstream_failed"]):
                found[name] = [one["value"] for one in it if one["state"] == "success"]
        elif it["state"] == "success":
            found[name] = it["value"]
    return found
''',
        {},
        ("ends_of",),
    ),
    "decide": Part(
        '''\
def decide(upstream, rule, chosen):
    """Say whether a step may start, from how those above it ended."""
    decided = verdict(rule, [end for it in upstream.values() for end in ends_of(it)])
    for branch, names in chosen.items():
        choice = upstream[branch].get("value")
        is_known = ends_of(upstream[branch]) == ["success"]
        if is_known and not chosen_names(choice) & set(names):
            return "skipped"
    return decided
''',
        {},
        ("ends_of", "verdict", "chosen_names"),
    ),
    "step_each": Part(
        '''\
def step_each(
    each, *after, rule="all_success", chosen=None, values=None, is_last=False, **options
):
    """Make two ops: one finds the items, the other is repeated for each of them."""

    def decorate(function):
        own = signature(function).parameters
        names = [it for it in own if it not in ("context", "params")]
        above = [it for it in names if it != each or values is None]

        def items(context, **upstream):
            decided = decide(upstream, rule, chosen or {})
            inputs = {it: of for it, of in given(upstream).items() if it in names}
            found = values(context) if values else inputs.pop(each, ())
            found = list(found.items() if isinstance(found, dict) else found)
            found = found if decided == "start" else []
            for number, it in enumerate(found):
                item = {"state": "start", "value": {**inputs, each: it}}
                yield dg.DynamicOutput(item, mapping_key=str(number))
            if not found:
                end = "skipped" if decided == "start" else decided
                yield dg.DynamicOutput({"state": end}, mapping_key="0")

        def run(context, item):
            if item["state"] == "upstream_failed" and is_last:
                raise dg.Failure("an op above it failed", allow_retries=False)
            if item["state"] != "start":
                return item
            inputs = {it: known(context, it) for it in own if it not in names}
            return outcome(function, {**inputs, **item["value"]}, is_last)

        name = function.__name__
        make = dg.op(
            name=f"{name}_items",
            ins={it: dg.In() for it in [*above, *after]},
            out=dg.DynamicOut(),
            required_resource_keys=KEYS,
        )
        work = dg.op(
            name=name,
            description=function.__doc__,
            required_resource_keys=KEYS,
            **options,
        )
        return make(items), work(run)

    return decorate
''',
        {"signature": "inspect:signature", **_DG},
        ("decide", "given", "known", "outcome", "KEYS"),
    ),
    "repeat": Part(
        '''\
def repeat(ops, **upstream):
    """Repeat an op for each item, and collect how each ended."""
    items, work = ops
    return items(**upstream).map(work).collect()
'''
    ),
    "step": Part(
        '''\
def step(*after, rule="all_success", chosen=None, is_last=False, **options):
    """Make an op that looks at how the ops above it ended, and tells how it ended itself."""

    def decorate(function):
        own = signature(function).parameters
        names = [it for it in own if it not in ("context", "params")]

        def run(context, **upstream):
            decided = decide(upstream, rule, chosen or {})
            if decided == "upstream_failed" and is_last:
                raise dg.Failure("an op above it failed", allow_retries=False)
            if decided != "start":
                return {"state": decided}
            inputs = {it: known(context, it) for it in own if it not in names}
            inputs |= {it: of for it, of in given(upstream).items() if it in names}
            return outcome(function, inputs, is_last)

        make = dg.op(
            name=function.__name__,
            description=function.__doc__,
            ins={it: dg.In() for it in [*names, *after]},
            required_resource_keys=KEYS,
            **options,
        )
        return make(run)

    return decorate
''',
        {"signature": "inspect:signature", **_DG},
        ("decide", "given", "known", "outcome", "KEYS"),
    ),
}
_OUTCOME = '''\
def outcome(function, inputs, is_last):
    """Run a step, and return how it ended; only the last ones of the graph fail the run."""
    context = dg.OpExecutionContext.get()
    try:
        return {"state": "success", "value": function(**inputs)}
    except dg.RetryRequested:
        raise
    except Skip as reason:
        context.log.info(f"skipped: {reason}")
        return {"state": "skipped"}
    except Exception as error:
        if is_last:
            raise
        context.log.error(f"failed: {error!r}")
        return {"state": "failed"}
'''
_OF_SKIP = """\
    except Skip as reason:
        context.log.info(f"skipped: {reason}")
        return {"state": "skipped"}
"""


def dagster_parts(plan: Plan) -> dict[str, Part]:
    """Return the parts that the file of a plan may need."""
    found = PARTS | {"verdict": verdict_part(plan.rules), "outcome": Part(_OUTCOME, _DG, ("Skip",))}
    if not plan.uses("Skip"):
        found["outcome"] = without(found["outcome"], _OF_SKIP, parts={"Skip"})
    if not any(it.pool or it.priority for it in map(plan.options, plan.order)):
        found["step"] = without(found["step"], *_OPTIONS)
        found["step_each"] = without(found["step_each"], *_OPTIONS)
        text = found["step_each"].text.replace(_LONG_WORK, _WORK)
        found["step_each"] = replace(found["step_each"], text=text)
    if not plan.has_branches:
        found["decide"] = Part(_DECIDE, parts=("ends_of", "verdict"))
        found["step"] = without(found["step"], *_CHOSEN)
        found["step_each"] = _with_short_head(without(found["step_each"], *_CHOSEN))
    if not plan.has_lists:
        found["given"] = without(found["given"], _GIVEN_A_LIST, parts={"ends_of"})
        found["ends_of"] = Part(_END_OF_ONE)
    return found


def _with_short_head(part: Part) -> Part:
    """Return a part whose head fits in one line now."""
    head, _, body = part.text.partition("\n):")
    return replace(part, text=f"{head.replace(chr(10) + '    ', '')}):{body}")


_OPTIONS = (", **options", "            **options,\n")
_LONG_WORK = """\
        work = dg.op(
            name=name,
            description=function.__doc__,
            required_resource_keys=KEYS,
        )
"""
_WORK = """\
        work = dg.op(
            name=name, description=function.__doc__, required_resource_keys=KEYS
        )
"""
_CHOSEN = (", chosen=None", ", chosen or {}")
_DECIDE = '''\
def decide(upstream, rule):
    """Say whether a step may start, from how those above it ended."""
    return verdict(rule, [end for it in upstream.values() for end in ends_of(it)])
'''
_GIVEN_A_LIST = """\
if isinstance(it, list):
            if ends_of(it) not in (["skipped"], ["upstream_failed"]):
                found[name] = [one["value"] for one in it if one["state"] == "success"]
        el"""
_END_OF_ONE = '''\
def ends_of(upstream):
    """Return how a step ended."""
    return [upstream["state"]]
'''
