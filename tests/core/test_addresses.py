"""An address is understood or refused, and never shows what is secret in it."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from wfkit import Secret
from wfkit.core.addresses import Address, name_of, targets
from wfkit.core.errors import InvalidOption
from wfkit.core.masking import masked

MAIL = "mailto://shop:hunter2-hunter2@mail.example.com:587?from=a@example.com&to=b@example.com"
SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7Fr/#sales"

PUSH = "pbul://o.gn5kj6nfhv736I7jC3cj3QLRiyhgl98b"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (MAIL, "mailto://mail.example.com (b@example.com)"),
        (SLACK, "slack://***"),
        ("mailto://127.0.0.1:2525?to=b@example.com&to=c@example.com", None),
        ("mailto://localhost?from=a@example.com", "mailto://localhost"),
        ("mailto://[::1]:25?from=a@example.com", "mailto://::1"),
        (
            "https://hooks.slack.com/services/T0/B0/XXXXXXXXXXXXXXXXXXXXXXXX",
            "https://hooks.slack.com",
        ),
        ("json://user:password@example.com/a/secret/path?token=abc", "json://example.com"),
        ("tgram://123456789:AAabcdefghijklmnopqrstuvwxyz0123456/1", "tgram://***"),
        ("pover://user@token", "pover://***"),
        (PUSH, "pbul://***"),
        ("matrix://shop:hunter2-hunter2@chat.example.com/", "matrix://***"),
        ("jsons://example.com", "jsons://example.com"),
        ("forms://example.com", "forms://example.com"),
    ],
)
def test_an_address_shows_its_kind_and_its_server(url: str, shown: str | None) -> None:
    shown = shown or "mailto://127.0.0.1 (b@example.com, c@example.com)"
    for way in (repr, str, "{}".format, name_of, lambda it: repr([it])):
        assert way(Address(url)).strip("[]") == shown.strip("[]")


@pytest.mark.parametrize("url", [MAIL, SLACK])
def test_the_address_itself_is_a_secret(url: str) -> None:
    address = Address(url)
    assert address.url.get_secret_value() == url
    assert url not in masked(f"could not reach {url}")
    with pytest.raises(TypeError):
        pickle.dumps(address)
    assert address == Address(Secret(url))
    assert hash(address) == hash(Address(url))
    assert address != Address("mailto://example.com")
    assert address.scheme == url.partition(":")[0]


def test_passwords_and_long_tokens_are_masked_from_then_on() -> None:
    Address(MAIL)
    Address(SLACK)
    Address(PUSH)
    assert masked("of gn5kj6nfhv736I7jC3cj3QLRiyhgl98b") == "of ***"
    assert masked("hunter2-hunter2 TIiajkdnlazkcOXrIdevi7Fr mail.example.com") == (
        "*** *** mail.example.com"
    )


def test_a_text_about_an_address_names_no_part_of_it() -> None:
    told = Address(SLACK).masked(
        "An invalid Slack (third) Token (TIiajkdnlazkcOXrIdevi7Fr) of T1JJ3T3L2, A1BRTD4JD"
    )
    assert told == "An invalid Slack (third) Token (***) of ***, ***"
    token = PUSH.removeprefix("pbul://")
    assert Address(PUSH).masked(f"{PUSH} {token} {token.casefold()}") == "*** *** ***"
    told = Address("dots://u.abcdefg@a.bcdefgh:80/").masked("u.abcdefg a.bcdefgh of A.bcdefgh")
    assert told == "*** *** of A.bcdefgh"
    told = Address("json://shop:p%40ssword@example.com/private?token=abcdef").masked(
        "POST http://shop:p@ssword@example.com/private token abcdef p%40ssword to example.com"
    )
    assert "example.com" in told
    for part in ("p@ssword", "p%40ssword", "private", "abcdef"):
        assert part not in told


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "an address begins with its kind and ://"),
        ("me@example.com", "an address begins with its kind and ://"),
        ("mailto:me@example.com", "Write mailto://…"),
        ("mailto:/me@example.com", "Write mailto://…"),
        ("://example.com", "an address begins with its kind and ://"),
        ("mailto://example.com:port", "a port or a host that is none"),
        ("mailto://example.com?from=a%0aBcc: x@example.com", "holds a line break"),
        ("mailto://example.com?name=a%0D%0ABcc:x", "holds a line break"),
        ("mailto://example.com\nBcc: x@example.com", "holds a line break"),
        ("mailto://example.com?name=%00", "cannot be printed"),
        ("mailto://example.com?name=%E2%80%A8", "cannot be printed"),
        ("mailto://" + "x" * 5_000, "is too long"),
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(url: str, message: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        Address(url)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 3
    assert "example.com" not in str(caught.value)


class Inbox:
    url = "mailto://example.com"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, []),
        ([], []),
        ("mailto://example.com", ["mailto://example.com"]),
        (Inbox(), ["mailto://example.com"]),
        (Address("mailto://example.com"), ["mailto://example.com"]),
        (print, ["print()"]),
        (
            ["mailto://example.com", print, "mailto://example.com"],
            ["mailto://example.com", "print()"],
        ),
    ],
)
def test_targets_are_addresses_and_functions(value: Any, expected: list[str]) -> None:
    assert [name_of(it) for it in targets("to", value)] == expected


@pytest.mark.parametrize("value", [3, True, object(), [None], {"a": 1}])
def test_what_is_no_target_is_refused(value: Any) -> None:
    with pytest.raises(InvalidOption, match="to takes an address such as mailto"):
        targets("to", value)


def test_a_function_without_a_name_has_one() -> None:
    class Tells:
        def __call__(self, alert: object) -> None: ...

    function: Callable[[Any], object] = Tells()
    assert name_of(function) == "Tells()"
