"""Lessons in one folder share one history there: no two may call their Dag by the same name."""

import re
from collections import Counter
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = [*ROOT.glob("notebooks/[0-9][0-9]_*.ipynb"), *ROOT.glob("exercises/*/exercise.ipynb")]


def names_in(path: Path) -> set[str]:
    source = "\n".join(cell.source for cell in nbformat.read(path, 4).cells)
    return set(re.findall(r"^%dag new (\w+)", source, re.MULTILINE))


def test_every_lesson_and_exercise_has_a_dag_name_of_its_own() -> None:
    found = Counter(name for path in FILES for name in names_in(path))
    assert found
    assert [name for name, count in found.items() if count > 1] == []
