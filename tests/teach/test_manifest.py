from collections.abc import Mapping
from pathlib import Path

import pytest

from wfkit.teach import manifest
from wfkit.teach.manifest import Exercise, UnknownExercise, find


def _exercise(folder: str) -> Exercise:
    hints = ("one", "two", "three")
    name = folder.partition("_")[2]
    return Exercise(name, name, 5, tasks=("a",), hints=hints, folder=Path("exercises", folder))


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Exercise]:
    made = map(_exercise, ("01_borders", "02_edges", "10_edges_again", "11_retries"))
    known = {it.name: it for it in made}
    monkeypatch.setattr(manifest, "exercises", lambda: known)
    return known


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("borders", "borders"),
        ("01_borders", "borders"),
        ("01", "borders"),
        ("1", "borders"),
        ("bord", "borders"),
        ("01_bo", "borders"),
        ("01-Borders", "borders"),
        ("edges", "edges"),
        ("10", "edges_again"),
        ("edges_", "edges_again"),
        ("11", "retries"),
    ],
)
def test_an_exercise_is_found_by_name_folder_number_and_beginning(given: str, name: str) -> None:
    assert find(given).name == name


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            "retires",
            'no exercise is called "retires". Did you mean "retries"?\nExercises: ',
        ),
        ("edge", '"edge" may mean several exercises.\nExercises: edges, edges_again.'),
        ("03", 'no exercise is called "03".\n'),
        ("", 'no exercise is called "".\n'),
    ],
)
def test_what_is_none_or_several_is_told(given: str, message: str) -> None:
    with pytest.raises(UnknownExercise) as raised:
        find(given)
    assert str(raised.value).startswith(message)


RIGHT = """
%%task
def total(rows):
    found = sum(rows)
    return found
"""


def test_lines_to_put_in_order_are_mixed_below_the_first() -> None:
    exercise = _exercise("01_borders")
    exercise.put_in_order("total", RIGHT, extra=["    found = 0"])
    (cell,) = exercise.answers
    lines = cell.source.splitlines()
    right = cell.solution.splitlines()
    assert lines[0] == right[0] == "%%task"
    assert lines[1].startswith("____  # Put these lines in order")
    assert "; 1 is too many. Delete this one last." in lines[1]
    assert sorted(lines[2:]) == sorted([*right[1:], "    found = 0"])
    assert [line for line in lines if line in right] != right


def test_lines_are_mixed_the_same_way_each_time() -> None:
    made = [_exercise("02_edges") for _ in range(2)]
    for exercise in made:
        exercise.put_in_order("total", RIGHT)
    assert made[0].answers == made[1].answers
    assert "too many" not in made[0].answers[0].source
