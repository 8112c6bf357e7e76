"""Whom does a flag of a notebook mean: an address, or something that the notebook has?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wfkit.core.errors import InvalidOption, did_you_mean
from wfkit.core.secret import Secret


def receiver(namespace: Mapping[str, Any], option: str, text: str) -> Any:
    """Return an address as it is, and else what the notebook has under that name.

    That may be an address (perhaps a Secret, which keeps it out of the notebook), an inbox or a
    function.

    Raises InvalidOption for a name that is neither.
    """
    if not text.isidentifier():
        return text
    found = namespace.get(text)
    if _can_be_told(found):
        return found
    flag = f"--{option.replace('_', '-')}"
    known = [
        name for name, it in namespace.items() if not name.startswith("_") and _can_be_told(it)
    ]
    cause = "that is neither an address nor a function"
    if found is None:
        cause = "the notebook has nothing of that name"
    raise InvalidOption(
        f"{flag} {text}: {cause}.{did_you_mean(text, known)}\n"
        "Write an address such as mailto://…, or define a function that takes the alert."
    )


def _can_be_told(found: object) -> bool:
    return isinstance(found, str | Secret) or callable(found) or hasattr(found, "url")
