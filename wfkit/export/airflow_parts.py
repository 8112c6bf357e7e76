"""Which helpers come with a file for Airflow?"""

from __future__ import annotations

from wfkit.export.parts import COMMON, Part

PARTS = COMMON | {
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
