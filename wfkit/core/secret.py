"""What is a value that nobody may read by accident? It shows itself only when asked to."""

from __future__ import annotations

from typing import Any, NoReturn, final

from wfkit.core.errors import InvalidOption
from wfkit.core.known_secrets import SHORTEST, know
from wfkit.core.secret_formats import MASK


class SecretStays(TypeError):
    """A Secret was to be pickled: its value would lie in clear wherever that goes."""


@final
class Secret:
    """A password, a token, a key: text (or bytes) that logs, errors and pictures never show.

    `get_secret_value()` gives the value itself; everything else shows a mask. From the moment
    that a Secret is made, its value is masked wherever wfkit writes something down or shows it:
    in log lines, errors, events, pictures and alerts, also as a part of longer text, in quotes,
    URLs or base64. Results are not rewritten, so a Secret cannot be in a result that a history
    keeps, and it cannot be pickled. A task that is given one is not cached. A run that goes on
    in another process is given the value that its Dag has then.

    Raises InvalidOption for fewer than 4 characters, which would be found everywhere.

    >>> token = Secret("s3cr3t-t0ken")
    >>> token, str(token), f"{token}"
    (Secret('***'), '***', '***')
    >>> token.get_secret_value()
    's3cr3t-t0ken'
    >>> token == Secret("s3cr3t-t0ken")
    True
    """

    __slots__ = ("_value",)
    _value: str | bytes

    def __init__(self, value: str | bytes | Secret) -> None:
        value = _plain(value)
        if len(value) < SHORTEST:
            raise InvalidOption(
                f"a Secret of {len(value)} characters cannot be masked: it would be found "
                f"everywhere.\nGive it {SHORTEST} or more; is the value really set?"
            )
        object.__setattr__(self, "_value", value)
        know(value)

    def get_secret_value(self) -> Any:
        """Return the value itself: the text or bytes that it was made of."""
        return self._value

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Secret does not change; make a new one")

    def __repr__(self) -> str:
        return f"Secret('{MASK}')"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return bool(self._value == other._value)

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __add__(self, other: object) -> NoReturn:
        raise TypeError("a Secret is no text itself; its text is .get_secret_value()")

    __radd__ = __add__

    # It never changes, so that a copy is as good as itself: what a task is given is the Secret.
    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise SecretStays("a Secret is not pickled, so that its value stays where it is")


def _plain(value: object) -> str | bytes:
    if isinstance(value, Secret):
        value = value.get_secret_value()
    if isinstance(value, str | bytes):
        return value
    raise InvalidOption(
        f"a Secret is made of text, not of {type(value).__name__}.\n"
        'Where the value may be missing, ask for it so: os.environ["TOKEN"]'
    )
