"""Which helpers come with a file for Airflow?"""

from __future__ import annotations

from wfkit.export.parts import COMMON, Part

PARTS = COMMON | {
    "Delays": Part(
        '''\
class Delays(RetryPolicy):
    """Waits `delay * backoff ** n` seconds before each new attempt, exactly."""

    def __init__(self, delay, backoff=1, longest=None, jitter=False, kinds=()):
        self.options = {
            "delay": delay,
            "backoff": backoff,
            "longest": longest,
            "jitter": jitter,
            "kinds": list(kinds),
        }

    def evaluate(self, exception, try_number, max_tries, context=None):
        kinds = self.options["kinds"]
        names = {it.__name__ for it in type(exception).__mro__}
        if kinds and not names.intersection(kinds):
            return RetryDecision.fail("no error that another attempt may cure")
        pause = self.options["delay"] * self.options["backoff"] ** (try_number - 1)
        if self.options["longest"] is not None:
            pause = min(pause, self.options["longest"])
        if self.options["jitter"]:
            pause = uniform(0, pause)
        return RetryDecision.retry(delay=timedelta(seconds=pause))

    def serialize(self):
        return self.options

    @classmethod
    def deserialize(cls, data):
        return cls(**data)
''',
        {
            "RetryDecision": "airflow.sdk:RetryDecision",
            "RetryPolicy": "airflow.sdk:RetryPolicy",
            "timedelta": "datetime:timedelta",
            "uniform": "random:uniform",
        },
    ),
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
