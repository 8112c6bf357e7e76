"""The rules for lessons that a machine can check. nbval compares their outputs by itself."""

import ast
import os
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest

from tests.lessons.conftest import Run

ROOT = Path(__file__).resolve().parent.parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
MOST_SECONDS = 20.0

_BESIDE_A_TOOL = re.compile(r"\([^()]*(?:Airflow|Prefect|Dagster)(?:[^()]|\([^()]*\))*\)")
_NOT_OUR_WORDS = re.compile(
    r"\b(?:jobs?|nodes?|stages?|flows?|executions?|sessions?|SLA|max_attempts|execution_date"
    r"|pollers?|backends?|fan-out|semaphores?|parent|child|timers?|conditions?)\b",
    re.IGNORECASE,
)

pytestmark = pytest.mark.parametrize(
    "lesson", [nbformat.read(path, 4) for path in LESSONS], ids=[path.stem for path in LESSONS]
)


def _code(lesson: Any) -> list[Any]:
    return [cell for cell in lesson.cells if cell.cell_type == "code"]


def _prose(lesson: Any) -> str:
    return "\n\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")


def _source(lesson: Any) -> str:
    return "\n".join(cell.source for cell in _code(lesson))


def _outputs(lesson: Any) -> Iterator[Any]:
    for cell in _code(lesson):
        yield from cell.outputs


def _texts(output: Any) -> Iterator[str]:
    if "text" in output:
        yield output.text
    for kind, data in output.get("data", {}).items():
        if kind != "image/svg+xml":
            yield str(data)


def test_the_front_matter_tells_what_to_expect(lesson: Any) -> None:
    front = lesson.cells[0].source
    assert re.match(r"# \d+\. \w+", front)
    minutes = re.search(r"\*\*(\d+) minutes\.\*\*", front)
    assert minutes
    assert 20 <= int(minutes[1]) <= 30
    objectives = re.findall(r"^- \w+", front, re.MULTILINE)
    assert 2 <= len(objectives) <= 4
    for heading in ("**You need**", "**Not in here:**", "**Key points.**"):
        assert heading in front


def test_the_size_is_one_sitting(lesson: Any) -> None:
    assert len(lesson.cells) <= 40
    assert 800 <= len(_prose(lesson).split()) <= 1_500
    lengths = [len(cell.source.splitlines()) for cell in _code(lesson)]
    assert max(lengths) <= 10
    assert statistics.median(lengths) <= 6


def test_it_begins_with_questions_and_a_story_and_soon_shows_something(lesson: Any) -> None:
    first = lesson.cells[0]
    assert first.cell_type == "markdown"
    assert len(re.findall(r"^\d\. .*\?$", first.source, re.MULTILINE)) == 2
    assert "<details>" in first.source
    assert any(cell.get("outputs") for cell in lesson.cells[:3])


def test_its_parts_come_in_their_order(lesson: Any) -> None:
    prose = _prose(lesson)
    for parts in (
        (
            "**Two questions to warm up**",
            "\n## ",
            "**Predict",
            "**Change one thing",
            "On your own.",
        ),
        ("Break it", "One blank", "More blanks", "**On your own.**", "## Recap"),
        ("**Predict", "**Put in order.**", "**On your own.**"),
    ):
        places = [prose.find(part) for part in parts]
        assert -1 not in places, parts
        assert places == sorted(places), parts
    assert prose.find("Break it") < prose.lower().rfind("**fix it")


def test_it_ends_with_a_recap_of_questions(lesson: Any) -> None:
    recap = lesson.cells[-1].source.partition("## Recap")[2]
    questions = re.findall(r"^\d\. .*\?$", recap.partition("<details>")[0], re.MULTILINE)
    answers = re.findall(r"^\d\. ", recap.partition("<details>")[2], re.MULTILINE)
    assert 3 <= len(questions) <= 5
    assert len(answers) == len(questions)


def test_the_learner_predicts_at_least_three_times(lesson: Any) -> None:
    source = _source(lesson)
    assert len(re.findall(r"guess\(.*____\"?\)$", source, re.MULTILINE)) >= 3
    assert len(re.findall(r"^reveal\(", source, re.MULTILINE)) >= 3


def test_the_answer_is_not_readable_in_the_cell_that_asks(lesson: Any) -> None:
    calls = re.compile(r"^reveal\((.*)\)$", re.MULTILINE)
    asking = [cell.source for cell in _code(lesson) if "guess(" in cell.source]
    answers = [answer for source in asking for answer in calls.findall(source)]
    assert answers
    assert not [it for it in answers if isinstance(ast.parse(it).body[0].value, ast.Constant)]


def test_there_is_a_task_to_put_in_order_and_blanks_to_fill(lesson: Any) -> None:
    assert "**Put in order.**" in _prose(lesson)
    faded = [cell for cell in _code(lesson) if "____" in cell.source and "guess" not in cell.source]
    assert len(faded) >= 2
    assert faded[0].source.count("____") < faded[-1].source.count("____")


def test_terms_come_with_the_words_of_the_other_tools(lesson: Any) -> None:
    prose = _prose(lesson)
    for tool in ("Airflow", "Prefect", "Dagster"):
        assert prose.count(tool) >= 2


def test_one_word_stands_for_one_thing(lesson: Any) -> None:
    ours = _BESIDE_A_TOOL.sub("", _prose(lesson)) + _source(lesson)
    assert _NOT_OUR_WORDS.findall(ours) == []


def test_sentences_are_short_and_words_plain(lesson: Any) -> None:
    plain = re.sub(r"```[^`]*```|<[^>]*>|(?m:^[|#].*$)", "", _BESIDE_A_TOOL.sub("", _prose(lesson)))
    sentences = [it.split() for it in re.split(r"(?<=[.!?:])\s|\n\n|\n(?:- |\d\. )", plain)]
    lengths = [len(words) for words in sentences if len(words) > 1]
    assert statistics.mean(lengths) <= 12
    assert max(lengths) <= 30
    words = re.findall(r"[A-Za-z]+", re.sub(r"`[^`]*`", "", plain))
    assert sum(len(word) > 10 for word in words) <= 0.02 * len(words)


def test_no_cell_is_exempt_from_comparison(lesson: Any) -> None:
    assert not re.search(r"NBVAL|PYTEST_VALIDATE", _source(lesson))
    assert not [cell.id for cell in lesson.cells if cell.metadata.get("tags")]


def test_no_cell_fails_or_writes_to_stderr(lesson: Any) -> None:
    kinds = [(output.output_type, output.get("name")) for output in _outputs(lesson)]
    assert ("stream", "stderr") not in kinds
    assert "error" not in {kind for kind, _ in kinds}


def test_outputs_are_of_one_run_from_top_to_bottom(lesson: Any) -> None:
    counts = [cell.execution_count for cell in _code(lesson)]
    assert counts == list(range(1, len(counts) + 1))


def test_every_picture_has_its_text(lesson: Any) -> None:
    pictures = [it.data for it in _outputs(lesson) if "image/svg+xml" in it.get("data", {})]
    assert pictures
    for data in pictures:
        assert len(data["text/plain"].splitlines()) > 1


def test_no_picture_comes_without_a_question(lesson: Any) -> None:
    for n, cell in enumerate(lesson.cells):
        kinds = {kind for output in cell.get("outputs", []) for kind in output.get("data", {})}
        if "image/svg+xml" in kinds and "guess(" not in cell.source:
            before = [it.source for it in lesson.cells[:n] if it.cell_type == "markdown"]
            after = [it.source for it in lesson.cells[n:] if it.cell_type == "markdown"]
            assert "?" in before[-1] + after[0], cell.id


def test_outputs_hold_nothing_of_the_machine_or_the_moment(lesson: Any) -> None:
    for output in _outputs(lesson):
        for text in _texts(output):
            assert not re.search(r"0x[0-9a-f]{6}|/home/|/tmp/|/root/|\b20\d\d-\d\d-\d\d\b", text)


def test_the_file_is_clean(lesson: Any) -> None:
    assert (lesson.nbformat, lesson.nbformat_minor) == (4, 5)
    assert set(lesson.metadata) == {"kernelspec", "language_info"}
    assert lesson.metadata.language_info == {"name": "python"}
    ids = [cell.id for cell in lesson.cells]
    assert len(set(ids)) == len(ids)
    assert not [name for name in ids if not re.fullmatch(r"[a-z][a-z0-9-]*", name)]
    assert not [cell.id for cell in lesson.cells if cell.metadata]


def test_nothing_sleeps_or_needs_a_network(lesson: Any) -> None:
    assert not re.search(r"sleep\(|https?://|requests|urllib", _source(lesson))


def test_links_lead_somewhere(lesson: Any) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", _prose(lesson))
    assert targets
    for target in targets:
        assert (ROOT / "notebooks" / target).exists(), target


def test_another_lesson_is_there_or_is_called_to_come(lesson: Any) -> None:
    for number, rest in re.findall(r"\blessons? (\d+)([^.)]*)", _prose(lesson)):
        is_there = bool(list((ROOT / "notebooks").glob(f"{int(number):02}_*.ipynb")))
        assert is_there == (not rest.startswith(", to come")), f"lesson {number}"


@pytest.mark.long
def test_it_runs_twice_in_one_kernel_and_who_is_asked_again_hears_the_same(
    lesson: Any, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    began = _cpu_seconds()
    for cell in _code(lesson):
        told = [_told(run, cell, capsys) for _ in range(2 if "guess(" in cell.source else 1)]
        assert told[0] == told[-1], cell.id
    assert [it.mark["id"] for it in run(lesson) if not it.passed] == []
    assert _cpu_seconds() - began < 2 * MOST_SECONDS


def _cpu_seconds() -> float:
    """What this process and those it started have used: a busy machine makes no lesson slow."""
    return sum(os.times()[:4])


def _told(run: Run, cell: Any, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert [it.mark["id"] for it in run(SimpleNamespace(cells=[cell])) if not it.passed] == []
    return re.findall(r"^It was .*$", capsys.readouterr().out, re.MULTILINE)
