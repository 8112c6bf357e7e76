"""What of a text, or of data, must not be shown? It is masked, and all else stays as it is.

Three things give a secret away: that it is known to be one (`Secret`), that it looks like one
(keys of AWS, tokens of GitHub …), and the name that it stands behind (`password=`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wfkit.core.known_secrets import needles
from wfkit.core.secret_formats import (
    FORMATS,
    MASK,
    PART_OF_A_KEY,
    PRIVATE_KEY_BEGINS,
    PRIVATE_KEY_ENDS,
)
from wfkit.core.secret_names import fold, is_sensitive, values

_LONGEST_KEY = 200
_DEEPEST = 30


def masked(text: str) -> str:
    """Return `text` with a mask in place of each secret in it.

    >>> masked("postgres://shop:hunter2@db/sales failed with password='hunter2', retries=3")
    "postgres://shop:***@db/sales failed with password='***', retries=3"
    """
    return _without_named(_without_formats(_without_known(text)))


def masked_code(text: str) -> str:
    """Return a line of code with a mask in place of each secret that is written into it.

    >>> masked_code("token = login(user, password='hunter2')")
    "token = login(user, password='***')"
    """
    return _without_named(_without_formats(_without_known(text)), in_code=True)


def masked_message(text: str) -> str:
    """Return a text of wfkit's own, in which names mean nothing: a task may be called `token`."""
    return _without_formats(_without_known(text))


def masked_lines(lines: Sequence[str]) -> list[str]:
    """Return lines of one stream with their secrets masked, also a key that goes over many.

    >>> masked_lines(["-----BEGIN PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", "done"])
    ['***', '***', 'done']
    """
    whole = "\n".join(lines)
    if masked(whole) == whole:
        return list(lines)
    return list(_masked_one_by_one(lines))


def _masked_one_by_one(lines: Sequence[str]) -> Iterator[str]:
    key = range(0)
    for number, line in enumerate(lines):
        is_part = number in key
        if _begins_key(line):
            key = range(number, _end_of_key(lines, number))
        yield MASK if is_part else masked(line)


def _begins_key(line: str) -> bool:
    begins = [it.start() for it in PRIVATE_KEY_BEGINS.finditer(line)]
    ends = [it.start() for it in PRIVATE_KEY_ENDS.finditer(line)]
    return bool(begins) and begins[-1] > max(ends, default=-1)


def _end_of_key(lines: Sequence[str], begin: int) -> int:
    """Return where a private key ends: with its last line, or where nothing looks like it."""
    rest = range(begin + 1, min(len(lines), begin + _LONGEST_KEY))
    last = next((i for i in rest if PRIVATE_KEY_ENDS.search(lines[i])), None)
    if last is not None:
        return last + 1
    return next((i for i in rest if not PART_OF_A_KEY.fullmatch(lines[i])), rest.stop)


def masked_data(value: Any, depth: int = 0) -> Any:
    """Return plain data with the secrets in its texts masked, and what sensitive names stand for.

    >>> masked_data({"user": "shop", "password": "hunter2", "urls": ["https://a:b@c"]})
    {'user': 'shop', 'password': '***', 'urls': ['https://a:***@c']}
    """
    if isinstance(value, str):
        return masked(value)
    if depth > _DEEPEST:
        return value
    if isinstance(value, Mapping):
        return {masked_data(key): _part(key, part, depth) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [masked_data(part, depth + 1) for part in value]
    return value


def _part(name: object, value: Any, depth: int) -> Any:
    if is_sensitive(name) and is_something(value):
        return MASK
    return masked_data(value, depth + 1)


def masked_bundle(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was displayed (a mime bundle, and its metadata) with its secrets masked.

    A picture made of dots is left as it is: nothing can be read in its bytes.
    """
    return {
        name: {kind: it if _is_of_dots(kind) else masked_data(it) for kind, it in parts.items()}
        for name, parts in bundle.items()
    }


def _is_of_dots(kind: str) -> bool:
    return kind.startswith("image/") and kind != "image/svg+xml"


def is_something(value: object) -> bool:
    """Return False for what no secret can be."""
    return not (value is None or isinstance(value, bool) or value in ("", b""))


def _without_known(text: str) -> str:
    for needle in needles():
        if needle in text:
            text = text.replace(needle, MASK)
    return text


def _without_formats(text: str) -> str:
    folded = fold(text)
    for hint, it in FORMATS:
        if hint in folded:
            text = it.pattern.sub(it.masked, text)
    return text


def _without_named(text: str, in_code: bool = False) -> str:
    end, parts = 0, []
    for start, after in values(fold(text), in_code):
        parts += [text[end:start], MASK]
        end = after
    return "".join([*parts, text[end:]]) if parts else text
