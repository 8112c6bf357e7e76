"""What may be shown of a value that a task is given? What is the same everywhere, no secret."""

from __future__ import annotations

from typing import Any

from wfkit.core.masking import is_something, masked, masked_data
from wfkit.core.secret import Secret
from wfkit.core.secret_formats import MASK
from wfkit.core.secret_names import is_sensitive
from wfkit.core.task import REQUIRED
from wfkit.views.wording import cut, visible


def plain_value(name: str, value: Any, most: int = 40) -> str:
    """Return the value of something called `name` as Python writes it.

    "" for one that may look different in every kernel; secrets are masked.

    >>> plain_value("vat", 0.2), plain_value("days", ["a", None]), plain_value("it", object())
    ('0.2', "['a', None]", '')
    """
    if isinstance(value, Secret) or (is_sensitive(name) and is_something(value)):
        return MASK if value is not REQUIRED else ""
    if isinstance(value, bool | int | float | str | None):
        return cut(visible(repr(masked_data(value))), most)
    if isinstance(value, tuple | list) and all(plain_value("", part) for part in value):
        return cut(visible(masked(repr(value))), most)
    return ""
