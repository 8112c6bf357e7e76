"""Errors are product text."""

import pickle

import pytest

from wfkit.core import errors
from wfkit.core.errors import (
    Fail,
    NoResult,
    NotAResult,
    RunFailed,
    Skip,
    WfkitError,
    did_you_mean,
    nearest,
)

ALL = [it for it in vars(errors).values() if isinstance(it, type) and issubclass(it, BaseException)]


def test_every_error_of_ours_has_one_base() -> None:
    signals = {Skip, Fail}
    assert {it for it in ALL if not issubclass(it, WfkitError)} == signals
    assert all(issubclass(it, Exception) for it in ALL)


@pytest.mark.parametrize("kind", [it for it in ALL if issubclass(it, WfkitError)])
def test_error_shows_its_own_text_and_no_frames(kind: type[WfkitError]) -> None:
    error = kind("clean fails: no rows.\nAdd rows.")
    assert str(error) == "clean fails: no rows.\nAdd rows."
    assert error._render_traceback_() == [f"{kind.__name__}: clean fails: no rows.\nAdd rows."]


def test_not_a_result_is_what_python_expects_of_a_missing_attribute_and_of_a_bad_type() -> None:
    assert issubclass(NotAResult, AttributeError)
    assert issubclass(NotAResult, TypeError)


def test_no_result_is_a_key_error_whose_text_is_not_quoted() -> None:
    assert issubclass(NoResult, KeyError)
    assert str(NoResult('"a" has none')) == '"a" has none'


def test_run_failed_carries_the_run_and_survives_pickle_without_it() -> None:
    run = object()
    assert RunFailed("red", run).run is run
    copy = pickle.loads(pickle.dumps(RunFailed("red")))
    assert (str(copy), copy.run) == ("red", None)


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("ordrs", ["orders", "revenue"], "orders"),
        ("rows", ["raw_rows"], "raw_rows"),
        ("ORDERS", ["orders"], "orders"),
        ("Orders", ["ORDERS", "orders"], "ORDERS"),
        ("retry", ["retry_on", "retry_delay", "retries"], "retries"),
        ("--Retry", ["--retry-on", "--retries"], "--retries"),
        ("order", ["order_a", "orders"], "orders"),
        ("zzz", ["orders"], None),
        ("orders", [], None),
        ("", ["orders"], None),
    ],
)
def test_nearest_name(name: str, known: list[str], found: str | None) -> None:
    assert nearest(name, known) == found
    assert did_you_mean(name, known) == (f' Did you mean "{found}"?' if found else "")


def test_nearest_name_does_not_depend_on_the_order_of_names() -> None:
    known = ["rows_a", "rows_b", "rows_c"]
    assert {nearest("rows", known), nearest("rows", reversed(known))} == {"rows_c"}
