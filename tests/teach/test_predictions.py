import json
from pathlib import Path

import pytest

from wfkit.core.task import task
from wfkit.teach import predictions
from wfkit.teach.blank import BLANK
from wfkit.teach.predictions import guess, reveal


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WFKIT_HOME", str(tmp_path))
    monkeypatch.setattr(predictions._Asked, "question", None)
    monkeypatch.setattr(predictions._Asked, "answer", predictions._NONE)
    return tmp_path


@task
def orders() -> int:
    return 1


def _kept(home: Path) -> dict[str, dict[str, object]]:
    found = json.loads((home / "progress.json").read_text(encoding="utf-8"))["predictions"]
    assert isinstance(found, dict)
    return found


def test_guess_and_reveal_stand_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    guess("How many?", 3)
    reveal(4)
    assert capsys.readouterr().out == "Your guess: 3\nYou said 3. It was 4.\n"


@pytest.mark.parametrize(
    ("answer", "actual"),
    [(4, 4), ("Orders ", orders), (orders, "orders"), ("a and b", {"b", "a"})],
)
def test_a_right_guess_is_told_so(
    capsys: pytest.CaptureFixture[str], answer: object, actual: object
) -> None:
    guess("What?", answer)
    reveal(actual)
    assert capsys.readouterr().out.endswith(", and so it was.\n")


def test_a_number_with_commas_and_no_quotes_is_one_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    guess("What?", 28,635.90)  # fmt: skip
    reveal(28_635.9)
    assert capsys.readouterr().out == (
        "Your guess: 28,635.90\nYou said 28,635.90, and so it was.\n"
    )


@pytest.mark.parametrize("blank", [BLANK, "____", "", "  "])
def test_a_blank_is_no_guess_and_no_error(
    home: Path, capsys: pytest.CaptureFixture[str], blank: object
) -> None:
    guess("What?", blank)
    reveal(4)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == (
        "No guess yet: put one in place of ____ and run this cell again to compare, or just go on."
    )
    assert said[1] == "It was 4. You made no guess this time."
    assert _kept(home) == {"What?": {"actual": 4}}


def test_a_guess_replaced_by_a_blank_is_not_revealed_as_a_guess(
    capsys: pytest.CaptureFixture[str],
) -> None:
    guess("What?", 3)
    guess("What?", BLANK)
    reveal(4)
    assert "no guess this time" in capsys.readouterr().out


def test_the_first_guess_is_kept_beside_the_last(home: Path) -> None:
    guess("What?", "red")
    reveal("blue")
    guess("What?", "blue")
    assert _kept(home) == {"What?": {"first": "red", "guess": "blue", "actual": "blue"}}


def test_reveal_without_any_guess_just_tells(capsys: pytest.CaptureFixture[str]) -> None:
    reveal([1, 2])
    assert capsys.readouterr().out == "It was 1, 2. You made no guess this time.\n"


def test_numbers_of_numpy_are_numbers(home: Path) -> None:
    numpy = pytest.importorskip("numpy")
    guess("What?", numpy.int64(3))
    reveal(numpy.float64(2.5))
    assert _kept(home)["What?"] == {"first": 3, "guess": 3, "actual": 2.5}
