"""Which names say that a value is secret, and where does such a value stand in a text?"""

from __future__ import annotations

import re
from collections.abc import Iterator

Span = tuple[int, int]

_OWNERS = "api|access|account|app|auth|bot|client|consumer|deploy|encryption|license|master"
_OWNERS += "|private|secret|service|shared|sign|signing|ssh|ssl|storage|subscription|tls|webhook"
_OWNER = re.compile(rf"(?:api|(?<![a-z])(?:{_OWNERS}))[-_. ]?\Z")
_STEM = re.compile(
    "pass|pwd|pswd|secret|token|credential|key|connection|authorization|cookie|identified by"
    "|amz-signature"
)
# A name from its stem on, in small letters. What `long` names goes on to the end of the line.
_NAME = (
    r"(?:(?P<password>pass[-_ ]?(?:words?|wds?|codes?)|ps?wd|pass(?![a-z]))"
    r"|(?P<long>pass[-_ ]?phrases?|authorization|cookies?)"
    r"|(?P<key>keys?(?:[-_ ]?id)?)"
    r"|secrets?|token|credentials?|connection[-_ ]?string|identified by|amz-signature)"
)
# Behind a name: its quote, then = or : (or both, where there is a type between them).
_IS = r"(?:\\{0,3}[\"']?\]?\s{0,3}(?::\s*[\w.\[\]| ]{1,40}?\s*)?(?:=>|:=|[:=])\s{0,3}+)"
_INSIDE = r"(?:\\.|(?!(?P=open))[^\\\n])*"
_QUOTED = (
    r"[bru]{0,2}(?P<open>\"{3}|'{3}|\\+[\"']|[\"'])"
    r"(?P<text>(?<=\"{3}|'{3})(?:(?!(?P=open))[\s\S])+"
    rf"|(?<=\\[\"'])(?:(?!(?P=open))[^\n])+|{_INSIDE})"
)
_NAMED = re.compile(_NAME)
_WORD_ENDS = re.compile(rf"{_NAME}\Z")
_IS_QUOTED = re.compile(rf"{_IS}{_QUOTED}")
_IN_A_PAIR = re.compile(rf"\\?[\"']\s*,\s*{_QUOTED}")
_BESIDE = re.compile(rf"\s+{_QUOTED}")
_IN_BRACKETS = re.compile(rf"{_IS}[\[({{](?P<text>[^\])}}\n]+)")
_NOTHING = r"(?!(?:none|true|false|null|nil|undefined|str|bytes|int)\b)"
_BARE = r"[^\s,;&\"'()<>\[\]{}|\\]"
_IS_BARE = re.compile(rf"{_IS}{_NOTHING}(?P<text>{_BARE}++)(?!\()")
_IS_LONG = re.compile(rf"{_IS}{_NOTHING}(?P<text>[^\n\"'()<>\[\]{{}}\\]+)")
_BEHIND_A_FLAG = re.compile(rf"\s+(?!-)(?P<text>{_BARE}{{4,}}+)")
_IN_A_TAG = re.compile(r"(?:\s[^<>]{0,200})?>(?P<text>[^<]+)</")
_PAIR_BEGINS = re.compile(r"\(\s*b?\\?[\"'][\w.-]*\Z")
_FLAG_BEGINS = re.compile(r"--(?:\w+-)*\Z")
_TAG_BEGINS = re.compile(r"<[\w:.-]*\Z")
_LEFT = 40
_SHORTEST = 6
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def is_sensitive(name: object) -> bool:
    """Return True for a name that says that what it stands for is secret.

    >>> [is_sensitive(it) for it in ("password", "DB_PASSWORD", "clientKey", "x-api-key")]
    [True, True, True, True]
    >>> [is_sensitive(it) for it in ("tokens", "password_length", "key", "orders", 7)]
    [False, False, False, False, False]
    """
    if not isinstance(name, str) or len(name) > 200:
        return False
    folded = fold(_HUMP.sub("_", name))
    found = (_WORD_ENDS.match(folded, it.start()) for it in _STEM.finditer(folded))
    return any(it is not None and _fits(folded, it) for it in found)


def fold(text: str) -> str:
    """Return `text` in small letters and of the same length, ready to be searched for names."""
    return text.encode("ascii", "replace").decode("ascii").lower()


def values(folded: str, in_code: bool = False) -> Iterator[Span]:
    """Yield where in a folded text values stand that a name before them gives away.

    In code only what is written in quotes is a value.

    >>> [(text, *values(text)) for text in ("password=hunter2", "password = ask()")]
    [('password=hunter2', (9, 16)), ('password = ask()',)]
    """
    end = 0
    for stem in _STEM.finditer(folded):
        if stem.start() < end:
            continue
        name = _NAMED.match(folded, stem.start())
        if name is None or not _fits(folded, name):
            continue
        found = _quoted(folded, name) or (None if in_code else _plain(folded, name))
        if found is not None and found.end("text") > found.start("text"):
            end = found.end("text")
            yield found.span("text")


def _fits(folded: str, name: re.Match[str]) -> bool:
    """Return True if what stands before a name makes it one."""
    before = folded[max(0, name.start() - _LEFT) : name.start()]
    if name["key"]:
        return _OWNER.search(before) is not None
    if name[0] == "pass":
        return before.endswith(("-", "_"))
    is_short = name[0] in ("pwd", "pswd", "cookie", "cookies")
    return not (is_short and before[-1:].isalpha())


def _quoted(folded: str, name: re.Match[str]) -> re.Match[str] | None:
    found = _IS_QUOTED.match(folded, name.end())
    if found is None and _PAIR_BEGINS.search(folded, max(0, name.start() - _LEFT), name.start()):
        found = _IN_A_PAIR.match(folded, name.end())
    if found is None:
        found = _BESIDE.match(folded, name.end())
        is_word = found is not None and len(found["text"]) >= 4 and " " not in found["text"]
        return found if is_word else None
    return found


def _plain(folded: str, name: re.Match[str]) -> re.Match[str] | None:
    end, left = name.end(), (max(0, name.start() - _LEFT), name.start())
    found = _IN_BRACKETS.match(folded, end)
    if found is None and name["long"]:
        return _IS_LONG.match(folded, end)
    if found is None:
        found = _IS_BARE.match(folded, end)
        if found is not None and not name["password"] and len(found["text"]) < _SHORTEST:
            return None
    if found is None and _FLAG_BEGINS.search(folded, *left):
        found = _BEHIND_A_FLAG.match(folded, end)
    if found is None and _TAG_BEGINS.search(folded, *left):
        found = _IN_A_TAG.match(folded, end)
    return found
