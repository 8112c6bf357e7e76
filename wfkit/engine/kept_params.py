"""What of the params of a run may a history keep? All but those that hold a secret."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from wfkit.core.known_secrets import know, needles
from wfkit.core.masking import is_something, masked, masked_data
from wfkit.core.secret import SecretStays
from wfkit.core.secret_formats import MASK
from wfkit.core.secret_names import is_sensitive
from wfkit.engine.store import plain

_SHORTEST = 6
_MOST_PARTS = 100_000


def kept_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the params that hold no secret.

    >>> from wfkit import Secret
    >>> kept_params({"region": "all", "token": Secret("s3cr3t"), "url": "http://a:b@c"})
    {'region': 'all'}
    """
    return {name: value for name, value in params.items() if not holds_secret(name, value)}


def withheld(params: Mapping[str, Any]) -> list[str]:
    """Return the names of the params that a history does not keep."""
    return [name for name, value in params.items() if holds_secret(name, value)]


def shown_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return params as plain data, with their secrets masked."""
    found: dict[str, Any] = masked_data(plain(params))
    return found


def holds_secret(name: str, value: Any) -> bool:
    """Return True for a value that must not be written down as it is."""
    if any(_gives_away(*part) for part in _parts(name, value)):
        return True
    return bool(needles()) and _is_inside(value)


def learn(params: Mapping[str, Any]) -> None:
    """Take note of what the names of params say is secret: from now on it is masked anywhere."""
    for name, value in params.items():
        for key, part in _parts(name, value):
            shown = _shown(part)
            is_text = isinstance(shown, str | bytes) and len(shown) >= _SHORTEST
            if is_text and (shown is not part or is_sensitive(key)):
                know(shown)


def _gives_away(name: object, value: Any) -> bool:
    if _shown(value) is not value or (is_sensitive(name) and is_something(value)):
        return True
    return isinstance(value, str) and masked(value) != value


def _shown(value: Any) -> Any:
    """Return the value of a Secret, or of a class that hides it the same way, as pydantic's do."""
    reveal = getattr(type(value), "get_secret_value", None)
    try:
        return value if reveal is None else reveal(value)
    except Exception:  # noqa: BLE001 - a class of the learner's may do anything here
        return MASK


def _parts(name: object, value: Any) -> Iterator[tuple[object, Any]]:
    """Yield the parts of a value with the names that they have, itself first."""
    waiting, seen = [(name, value)], set[int]()
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        key, it = waiting.pop()
        yield key, it
        if isinstance(it, Mapping | list | tuple | set | frozenset) and id(it) not in seen:
            seen.add(id(it))
            waiting += _inside(key, it)


def _inside(name: object, value: Any) -> list[tuple[object, Any]]:
    try:
        if isinstance(value, Mapping):
            return list(islice(value.items(), _MOST_PARTS))
        return [(name, part) for part in islice(value, _MOST_PARTS)]
    except Exception:  # noqa: BLE001 - a class of the learner's may do anything here
        return []


def _is_inside(value: Any) -> bool:
    """Return True if a known secret is anywhere in the bytes that a value would be kept as."""
    try:
        data = pickle.dumps(value, protocol=5)
    except SecretStays:
        return True
    except Exception:  # noqa: BLE001 - what cannot be kept is refused elsewhere
        return False
    return any(needle.encode("utf-8", "surrogatepass") in data for needle in needles())
