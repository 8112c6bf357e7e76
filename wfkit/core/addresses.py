"""Where does an alert go? An address that a message can be sent to, shown without its secrets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from wfkit.core.errors import InvalidOption
from wfkit.core.known_secrets import know
from wfkit.core.masking import masked
from wfkit.core.secret import Secret
from wfkit.core.secret_formats import MASK

_LONGEST = 4_000
_SHORTEST_SECRET = 6
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://.")
_HOST = re.compile(r"localhost|[\w-]+(?:\.[\w-]+)+", re.ASCII)
_MAIL = re.compile(r"[^\s@:/]+@[\w-]+(\.[\w-]+)+")
_PLAIN = frozenset({"to", "from", "name", "smtp", "cc", "bcc", "reply"})
_MAILS = frozenset({"mailto", "mailtos"})
_SERVERS = _MAILS | {"http", "https", "json", "jsons", "xml", "xmls", "form", "forms"}
"""Kinds of address whose host is a server: elsewhere it may be a token."""


class Address:
    """An address such as `mailto://…` or `slack://…`, in the spelling of apprise.

    What is secret in it is never shown: `str` and `repr` give its kind, its server and whom it
    is for. Raises InvalidOption for what is no address.

    >>> Address("mailto://shop:hunter2@mail.example.com?to=you@example.com")
    mailto://mail.example.com (you@example.com)
    >>> Address("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7Fr/#sales")
    slack://***
    """

    __slots__ = ("_name", "_url")

    def __init__(self, url: str | Secret) -> None:
        text = url.get_secret_value() if isinstance(url, Secret) else url
        _check(text)
        parts = urlsplit(text)
        self._url = Secret(text)
        self._name = _name(parts)
        for part in _secret_parts(parts):
            know(part)

    @property
    def url(self) -> Secret:
        """The address itself."""
        return self._url

    @property
    def scheme(self) -> str:
        """What kind of address it is, such as mailto."""
        return self._name.partition(":")[0]

    def masked(self, text: str) -> str:
        """Return a text about this address without anything secret, or any part of the address."""
        for part in sorted(_parts(urlsplit(self._url.get_secret_value())), key=len, reverse=True):
            text = text.replace(part, MASK)
        return masked(text)

    def __repr__(self) -> str:
        return self._name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and self._url == other._url

    def __hash__(self) -> int:
        return hash(self._url)


Receivers = Any
"""One Target, the text of an address, or a list of them: what options take."""

Target = Address | Callable[[Any], object]
"""Where an alert goes: an address, or a function that is called with it."""


def targets(option: str, value: object) -> tuple[Target, ...]:
    """Return addresses and functions from one of them, or from a list. Raises InvalidOption.

    >>> targets("on_failure", ["mailto://mail.example.com?to=a@example.com", print])
    (mailto://mail.example.com (a@example.com), <built-in function print>)
    """
    if value is None:
        return ()
    several = value if isinstance(value, list | tuple) else [value]
    return tuple(dict.fromkeys(_target(option, it) for it in several))


def name_of(target: Target) -> str:
    """Return how a target is called where people read it."""
    if isinstance(target, Address):
        return repr(target)
    return f"{getattr(target, '__name__', type(target).__name__)}()"


def names_of(several: Iterable[Target]) -> dict[Target, str]:
    """Return how targets are called beside each other: those of one name get a number.

    >>> one, other = Address("slack://a/b/c"), Address("slack://d/e/f")
    >>> list(names_of([one, other, print]).values())
    ['slack://***', 'slack://*** (2)', 'print()']
    """
    counts: Counter[str] = Counter()
    found = {}
    for it in dict.fromkeys(several):
        name = name_of(it)
        counts[name] += 1
        found[it] = name if counts[name] == 1 else f"{name} ({counts[name]})"
    return found


def _target(option: str, value: object) -> Target:
    if isinstance(value, Address):
        return value
    url = getattr(value, "url", value)
    if isinstance(url, str | Secret):
        try:
            return Address(url)
        except InvalidOption as wrong:
            raise InvalidOption(f"{option}: {wrong}") from None
    if callable(value):
        function: Callable[[Any], object] = value
        return function
    raise InvalidOption(
        f"{option} takes an address such as mailto://… or slack://…, or a function; "
        f"not {type(value).__name__}."
    )


def _check(text: str) -> None:
    spelled = unquote(text)
    if len(text) > _LONGEST:
        raise InvalidOption(f"an address of {len(text):,} characters is too long.")
    if not spelled.isprintable():
        raise InvalidOption(
            "an address holds a line break, or another character that cannot be printed.\n"
            "Leave it out: it could add headers to a message."
        )
    if not _SCHEME.match(text):
        meant = re.match(r"(mailtos?|slack):/?(?=[^/])", text)
        example = f"{meant[1]}://…" if meant else "mailto://… or slack://…"
        raise InvalidOption(
            f"an address begins with its kind and ://, which this one does not.\nWrite {example}"
        )
    try:
        parts = urlsplit(text)
        if parts.scheme in _MAILS:
            parts.port  # noqa: B018 - it is looked at to hear what is wrong with it
    except ValueError:
        raise InvalidOption("an address has a port or a host that is none.") from None


def _name(parts: SplitResult) -> str:
    shown = parts.hostname if _shows_server(parts) else MASK
    recipients = [it for key, it in parse_qsl(parts.query) if key == "to" and _MAIL.fullmatch(it)]
    behind = f" ({', '.join(recipients)})" if recipients else ""
    return f"{parts.scheme}://{shown}{behind}"


def _secret_parts(parts: SplitResult) -> Iterator[str]:
    """Yield what must be masked wherever it turns up: passwords and long tokens."""
    if parts.password:
        yield from (it for it in (parts.password, unquote(parts.password)) if _is_long(it))
    hosts = () if parts.scheme in _SERVERS else _host(parts).split(".")
    for it in (*parts.path.split("/"), parts.username or "", *hosts):
        if len(it) >= 16 and it.isalnum():
            yield it


def _parts(parts: SplitResult) -> Iterator[str]:
    """Yield every part of an address that says more than its kind and its server."""
    yield parts.geturl()
    found = [parts.username, parts.password, *parts.path.split("/"), parts.fragment]
    found += [value for key, value in parse_qsl(parts.query) if key not in _PLAIN]
    if not _shows_server(parts):
        found += [parts.netloc, _host(parts), parts.hostname]
    for it in found:
        yield from (way for way in {it or "", unquote(it or "")} if _is_long(way))


def _shows_server(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    is_host = _HOST.fullmatch(host) is not None or ":" in host
    return is_host and parts.scheme in _SERVERS


def _host(parts: SplitResult) -> str:
    """Return the host as it was written: a token need not be in small letters."""
    return parts.netloc.rpartition("@")[2].partition(":")[0]


def _is_long(text: str) -> bool:
    return len(text) >= _SHORTEST_SECRET
