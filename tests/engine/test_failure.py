"""What went wrong, as plain data, with the learner's own line."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine import material
from wfkit.engine import failure
from wfkit.engine.failure import describe, message

SOURCE = Path(material.__file__).read_text("utf-8").splitlines()


def error_of(function: Callable[..., Any], *args: Any) -> dict[str, Any]:
    """Call `function` and return its error as plain data."""
    try:
        function(*args)
    except BaseException as error:  # noqa: BLE001 - material raises everything
        return dict(describe(error, function))
    raise AssertionError("it did not fail")


def line_of(error: dict[str, Any]) -> tuple[str, str]:
    """The function and source of the learner's own line, after a look into the file itself."""
    line = error["line"]
    assert SOURCE[line["number"] - 1].strip() == line["source"]
    return line["function"], line["source"]


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


@pytest.mark.parametrize(
    ("function", "kind", "text", "line"),
    [
        (material.raises, "ValueError", "bad row 17", 'raise ValueError("bad row 17")'),
        (material.raises_in_helper, "ZeroDivisionError", "division by zero", "return 1 / amount"),
        (
            material.chained,
            "RuntimeError",
            "no rate for this day",
            'raise RuntimeError("no rate for this day") from cause',
        ),
        (material.Shop(), "LookupError", "closed", 'raise LookupError("closed")'),
        (material.Shop().open, "LookupError", "no key", 'raise LookupError("no key")'),
        (
            functools.partial(functools.partial(material.with_arguments, 1), 0),
            "ZeroDivisionError",
            "division by zero",
            "return orders / rate",
        ),
        (decorated(material.raises), "ValueError", "bad row 17", 'raise ValueError("bad row 17")'),
        (material.recurses, "RecursionError", None, "recurses()"),
        (material.raises_deep_in_library, "RecursionError", None, "return copy.deepcopy(deep)"),
        (material.raises_in_library, "JSONDecodeError", None, 'return json.loads("{broken")'),
    ],
)
def test_error_holds_type_message_and_the_own_line(
    function: Callable[..., Any], kind: str, text: str | None, line: str
) -> None:
    error = error_of(function)
    assert error["type"] == kind
    assert text in (None, error["message"])
    assert line_of(error)[1] == line
    assert json.loads(json.dumps(error)) == error


def test_innermost_own_function_is_named() -> None:
    assert line_of(error_of(material.raises_in_helper)) == ("_helper", "return 1 / amount")
    assert line_of(error_of(material.raises_in_library))[0] == "raises_in_library"


def test_traceback_tells_own_and_foreign_frames_without_paths() -> None:
    told = error_of(material.raises_in_library)["traceback"]
    text = "\n".join(told)
    assert any(part.startswith("your code, line ") for part in told)
    assert any(part.startswith("decoder.py, line ") for part in told)
    assert '    return json.loads("{broken")' in told
    assert str(Path(material.__file__).parent) not in text
    assert sys.prefix not in text


def test_traceback_of_an_endless_recursion_is_short() -> None:
    assert len(error_of(material.recurses)["traceback"]) <= 60


def test_frames_of_wfkit_are_left_out_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    here = str(Path(material.__file__).with_suffix(""))[:-1]
    assert error_of(material.raises)["traceback"]
    monkeypatch.setattr(failure, "_OURS", str(Path(material.__file__).parent) + "/")
    assert error_of(material.raises)["traceback"] == []
    assert not here.startswith(failure._OURS + "x")
    assert failure._OURS.endswith("/")


def test_installed_library_is_told_from_site_packages_on() -> None:
    pandas = pytest.importorskip("pandas")
    told = error_of(lambda: pandas.DataFrame({"a": [1]})["b"])["traceback"]
    assert any(part.startswith("pandas/core/frame.py, line ") for part in told)


def test_error_that_cannot_be_told_is_told_all_the_same() -> None:
    shy = error_of(material.raises_shy)
    assert (shy["type"], shy["message"]) == ("_Shy", "(its own text cannot be shown)")
    assert line_of(shy)[1] == "raise _Shy"


def test_hostile_error_does_not_break_the_telling() -> None:
    assert error_of(material.raises_hostile) == {
        "type": "_Hostile",
        "message": "(it cannot be shown)",
        "line": None,
        "traceback": [],
    }


def test_error_without_own_frames_has_no_line() -> None:
    error = error_of(functools.partial(int, "x"))
    assert (error["type"], error["line"]) == ("ValueError", None)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError(), ""),
        (KeyError("amount"), "'amount'"),
        (ValueError("caf\u00e9 \udc80"), "café \\udc80"),
        (ValueError("x" * 5_000), "x" * 4_000 + "…"),
        (ValueError("two\nlines"), "two\nlines"),
    ],
)
def test_message_can_be_stored(error: Exception, text: str) -> None:
    assert message(error) == text
    assert message(error).encode("utf-8", "strict") is not None
