"""Does an answer say what happened? However it is written: commas, quotes, capitals are no errors.

Answers are plain values that a file of progress can keep: a list is a set of things, without order.
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any

from wfkit.core.task import Task

_LONGEST = 200
_AROUND = " \t\n\"'`“”‘’„«»"
_NUMBER = re.compile(r"[+-]?\d[\d,_ ]*(?:\.\d+)?")
_SAME = {"true": "yes", "false": "no"}


def plain(value: object) -> Any:
    """Return `value` as a number, text or list: a task as its name, a state as its word.

    >>> plain({"plan_b", "letter"}), plain(["C", "B"]), plain(" 'orders'")
    (['letter', 'plan_b'], 'C, B', 'orders')
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.strip(_AROUND)
    if isinstance(value, Task):
        return value.name
    if isinstance(value, numbers.Real):
        return int(value) if isinstance(value, numbers.Integral) else float(value)
    return _of_many(value)


def _of_many(value: object) -> Any:
    if isinstance(value, AbstractSet):
        return sorted((plain(it) for it in value), key=str)
    if hasattr(value, "tolist"):  # columns and arrays
        return plain(value.tolist())
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return ", ".join(shown(plain(it)) for it in value)
    text = repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def joined(parts: Sequence[object]) -> Any:
    """Return what was written with commas and without quotes as one answer.

    >>> joined([28, 635.9]), joined([1, 5, 0.5]), joined(["orders", "sales"])
    (28635.9, 1005000.5, 'orders, sales')
    """
    known = [plain(it) for it in parts]
    if not all(isinstance(it, int | float) and not isinstance(it, bool) for it in known):
        return known[0] if len(known) == 1 else ", ".join(map(shown, known))
    number = known[0]
    for group in known[1:]:
        number = number * 1_000 + group
    return number


def shown(value: object) -> str:
    """Return an answer as people write it.

    >>> shown(28635.9), shown(1000), shown(0.04567), shown("orders"), shown(["a", "b"])
    ('28,635.90', '1,000', '0.0457', 'orders', 'a, b')
    """
    if isinstance(value, list):
        return ", ".join(map(shown, value)) or "none"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"


def agree(answer: object, actual: object) -> bool:
    """Return True if both say the same.

    >>> agree("cbda", "C B D A"), agree("50 minutes", 50), agree("b and a", ["a", "b"])
    (True, True, True)
    """
    if isinstance(actual, list):
        return sorted(_words(answer)) == sorted(_words(actual))
    if isinstance(actual, int | float) and not isinstance(actual, bool):
        number = _number(answer)
        return number is not None and math.isclose(number, actual, rel_tol=1e-6)
    return "".join(_words(answer)) == "".join(_words(actual))


def _number(value: object) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    found = _NUMBER.findall(shown(value))
    return float(re.sub("[,_ ]", "", found[0])) if len(found) == 1 else None


def _words(value: object) -> list[str]:
    """Return the words of an answer, without what does not count."""
    words = re.findall(r"\w+", shown(value).casefold())
    return [_SAME.get(word, word) for word in words if word != "and"]
