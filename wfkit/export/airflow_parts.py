"""Which helpers come with a file for Airflow?"""

from __future__ import annotations

from wfkit.export.parts import COMMON, Part
from wfkit.export.plan import Plan

PARTS = COMMON | {
    "remembered": Part(
        '''\
def remembered(function):
    """Keep what a branch chose: the result of one that skips something is lost."""

    @wraps(function)
    def choose(*args, **kwargs):
        choice = function(*args, **kwargs)
        get_current_context()["ti"].xcom_push("choice", choice)
        return choice

    return choose
''',
        {
            "wraps": "functools:wraps",
            "get_current_context": "airflow.sdk:get_current_context",
        },
    ),
    "poked": Part(
        '''\
def poked(function):
    """Let a sensor end with what its function returns; None and False mean: not yet."""

    @wraps(function)
    def poke(*args, **kwargs):
        found = function(*args, **kwargs)
        is_done = found is not None and found is not False
        return PokeReturnValue(is_done, found)

    return poke
''',
        {"wraps": "functools:wraps", "PokeReturnValue": "airflow.sdk:PokeReturnValue"},
    ),
}


def delays_part(longest: bool, jitter: bool, kinds: bool) -> Part:
    """Return the policy for pauses that grow: as much of it as the tasks need."""
    fields = {"delay": "", "backoff": "=1"}
    fields |= {"longest": "=None"} if longest else {}
    fields |= {"jitter": "=False"} if jitter else {}
    fields |= {"kinds": "=()"} if kinds else {}
    given = ", ".join(f"{name}{default}" for name, default in fields.items())
    kept = [f"        self.{name} = {name}" for name in fields]
    lines = [*_HEAD, f"    def __init__(self, {given}):", *kept, *_EVALUATE]
    lines += [*(_KINDS if kinds else ()), _PAUSE, *(_LONGEST if longest else ())]
    lines += [*(_JITTER if jitter else ()), _RETRY, ""]
    imports = _IMPORTS | ({"uniform": "random:uniform"} if jitter else {})
    return Part("\n".join(lines), imports)


_IMPORTS = {
    "RetryDecision": "airflow.sdk:RetryDecision",
    "RetryPolicy": "airflow.sdk:RetryPolicy",
    "timedelta": "datetime:timedelta",
}
_HEAD = (
    "class Delays(RetryPolicy):",
    '    """Waits `delay * backoff ** n` seconds before each new attempt, exactly."""',
    "",
)
_EVALUATE = (
    "",
    "    def evaluate(self, exception, try_number, max_tries, context=None):",
)
_KINDS = (
    "        if self.kinds and not isinstance(exception, self.kinds):",
    '            return RetryDecision.fail("no error that another attempt may cure")',
)
_PAUSE = "        pause = self.delay * self.backoff ** (try_number - 1)"
_LONGEST = (
    "        if self.longest is not None:",
    "            pause = min(pause, self.longest)",
)
_JITTER = (
    "        if self.jitter:",
    "            pause = uniform(0, pause)",
)
_RETRY = "        return RetryDecision.retry(delay=timedelta(seconds=pause))"


def airflow_parts(plan: Plan) -> dict[str, Part]:
    """Return the parts that the file of a plan may need."""
    options = [plan.options(name) for name in plan.order]
    delays = delays_part(
        any(it.max_retry_delay is not None for it in options),
        any(it.jitter for it in options),
        any(it.retry_on for it in options),
    )
    return PARTS | {"Delays": delays}
