"""Which params a history keeps, and what is learned from their names."""

from __future__ import annotations

from typing import Any

import pytest

from wfkit import Secret
from wfkit.core.masking import masked
from wfkit.engine.kept_params import holds_secret, kept_params, learn, shown_params, withheld


class Holder:
    """An object that is pickled, whatever is in it."""

    def __init__(self, inside: object) -> None:
        self.inside = inside


class Odd:
    """Fails in every way that it is asked."""

    def get_secret_value(self) -> str:
        raise ValueError

    def __repr__(self) -> str:
        raise ValueError


CASES: list[tuple[str, Any, bool]] = [
    ("region", "all", False),
    ("region", None, False),
    ("vat", 0.2, False),
    ("days", [1, 2, (3, {"a": 4})], False),
    ("token", "abcdefgh", True),
    ("token", 12345, True),
    ("token", None, False),
    ("password", "", False),
    ("secret", True, False),
    ("a", Secret("deeply-hidden"), True),
    ("a", [{"b": (Secret("deeply-hidden"),)}], True),
    ("a", {Secret("deeply-hidden"): 1}, True),
    ("a", {"api_key": "x"}, True),
    ("a", {"b": ["postgres://u:p@h"]}, True),
    ("a", "AKIAIOSFODNN7EXAMPLE", True),
    ("a", Odd(), True),
    ("a", Holder("nothing"), False),
    ("a", Holder(Secret("deeply-hidden")), True),
    ("a", Holder("known-by-now"), True),
    ("a", "xx known-by-now xx", True),
]


@pytest.mark.parametrize(("name", "value", "expected"), CASES)
def test_what_holds_a_secret_is_not_kept(name: str, value: Any, expected: bool) -> None:
    Secret("known-by-now")
    assert holds_secret(name, value) is expected
    assert withheld({name: value, "n": 1}) == ([name] if expected else [])
    assert set(kept_params({name: value, "n": 1})) == ({"n"} if expected else {name, "n"})


def test_what_is_known_only_when_it_is_long_enough() -> None:
    learn({"password": "short", "token": "long-enough", "n": {"api_key": b"in-bytes-too"}})
    assert masked("short long-enough in-bytes-too") == "short *** ***"


def test_what_has_no_sensitive_name_is_not_learned() -> None:
    learn({"region": "north-west", "password": {"user": "north-east"}})
    assert masked("north-west") == "north-west"


def test_params_that_hold_themselves_end() -> None:
    value: dict[str, Any] = {"a": 1}
    value["self"] = value
    assert not holds_secret("value", value)
    assert shown_params({"value": value}) == {"value": "<dict>"}


def test_params_are_shown_without_secrets() -> None:
    shown = shown_params({"token": Secret("hidden-here"), "odd": Odd(), "n": 1, "p": {"pwd": "x"}})
    assert shown == {"token": "***", "odd": "<Odd>", "n": 1, "p": {"pwd": "***"}}
