"""A Secret shows itself to nobody who does not ask for its value."""

from __future__ import annotations

import copy
import io
import json
import pickle
import pprint
import threading
from collections.abc import Callable
from typing import Any

import cloudpickle
import pytest

import wfkit
from wfkit import Secret
from wfkit.core.errors import InvalidOption
from wfkit.core.known_secrets import hear
from wfkit.core.masking import masked

VALUE = "s3cr3t-of-these-tests"


@pytest.mark.parametrize(
    "show",
    [
        str,
        repr,
        ascii,
        "{}".format,
        "{:>30}".format,
        "{!r}".format,
        lambda it: "%s %r" % (it, it),  # noqa: UP031 - this way too
        lambda it: f"{it} {it!r}",
        lambda it: repr([it, {"a": it}]),
        pprint.pformat,
        lambda it: str(vars(wfkit)) and str(dir(it)),
        lambda it: json.dumps({"a": it}, default=str),
    ],
)
def test_no_way_to_show_it_shows_its_value(show: Callable[[Any], str]) -> None:
    assert VALUE not in show(Secret(VALUE))


def test_it_prints_as_a_mask() -> None:
    out = io.StringIO()
    print(Secret(VALUE), [Secret(VALUE)], file=out)
    assert out.getvalue() == "*** [Secret('***')]\n"


def test_its_value_is_given_to_who_asks() -> None:
    assert Secret(VALUE).get_secret_value() == VALUE
    assert Secret(b"bytes").get_secret_value() == b"bytes"
    assert Secret(Secret(VALUE)).get_secret_value() == VALUE


def test_equal_values_are_equal_secrets() -> None:
    assert Secret(VALUE) == Secret(VALUE)
    assert hash(Secret(VALUE)) == hash(Secret(VALUE))
    assert Secret(VALUE) != Secret("another")
    assert Secret(VALUE) != VALUE


@pytest.mark.parametrize(
    "dump",
    [pickle.dumps, lambda it: pickle.dumps({"a": [it]}, protocol=5), cloudpickle.dumps, json.dumps],
)
def test_it_leaves_by_no_pickle(dump: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError) as caught:
        dump(Secret(VALUE))
    assert VALUE not in str(caught.value)


def test_a_copy_is_the_secret_itself() -> None:
    secret = Secret(VALUE)
    assert copy.copy(secret) is secret
    assert copy.deepcopy({"a": secret})["a"] is secret


def test_it_does_not_change_and_is_no_text() -> None:
    secret: Any = Secret(VALUE)
    with pytest.raises(AttributeError, match="does not change"):
        secret.value = "x"
    with pytest.raises(TypeError, match="get_secret_value"):
        "Bearer " + secret
    with pytest.raises(TypeError, match="get_secret_value"):
        secret + "x"


@pytest.mark.parametrize("value", ["", "abc", b"abc", None, 1234, ["a"]])
def test_what_cannot_be_masked_is_refused(value: Any) -> None:
    with pytest.raises(InvalidOption) as caught:
        Secret(value)
    assert len(str(caught.value).splitlines()) <= 3


def test_its_value_is_known_from_then_on() -> None:
    heard: list[str | bytes] = []
    hear(heard.append)
    value = "known-from-then-on"
    assert masked(f"x {value}") == f"x {value}"
    Secret(value)
    assert masked(f"x {value}") == "x ***"
    Secret(value)
    assert heard == [value]


def test_errors_of_wfkit_do_not_name_it() -> None:
    Secret(VALUE)
    error = InvalidOption(f"params={VALUE} is not possible")
    assert (str(error), error._render_traceback_()) == (
        "params=*** is not possible",
        ["InvalidOption: params=*** is not possible"],
    )


def test_threads_that_make_secrets_at_once_lose_none() -> None:
    values = [f"made-by-{thread}-as-{number}" for thread in range(4) for number in range(100)]

    def make(thread: int) -> None:
        together.wait(5)
        for value in values[100 * thread : 100 * (thread + 1)]:
            Secret(value)
            assert masked(value) == "***"

    together = threading.Barrier(4)
    threads = [threading.Thread(target=make, args=[it]) for it in range(4)]
    for it in threads:
        it.start()
    for it in threads:
        it.join(10)
    assert {masked(value) for value in values} == {"***"}
