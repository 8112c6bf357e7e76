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
