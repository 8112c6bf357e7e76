from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

from wfkit.api.dag import Dag
from wfkit.teach import magics
from wfkit.teach.blank import BLANK
from wfkit.teach.magics import WrongUse
from wfkit.teach.manifest import UnknownExercise, find
from wfkit.teach.predictions import guess, reveal

NAME = "task_boundaries"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("WFKIT_HOME", str(tmp_path))
    shell = InteractiveShell()
    magics.register(shell)
    yield shell
    _end(shell)


def _end(shell: InteractiveShell) -> None:
    assert shell.history_manager is not None
    shell.history_manager.end_session()


def _said(shell: InteractiveShell, line: str, capsys: pytest.CaptureFixture[str]) -> str:
    magic, _, rest = line.partition(" ")
    shell.run_line_magic(magic, rest)
    return capsys.readouterr().out


def test_the_blank_has_a_name_that_is_not_listed(shell: InteractiveShell) -> None:
    assert shell.user_ns["____"] is BLANK
    assert "____" in shell.user_ns_hidden


def test_check_without_a_dag_is_not_started(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _said(shell, f"check {NAME}", capsys).startswith(f"{NAME}: not started\n")


def test_bare_check_lists_the_exercises_and_progress_the_lessons(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"· {NAME}: not started" in _said(shell, "check", capsys)
    assert "1 Task boundaries" in _said(shell, "progress", capsys)


def test_hints_come_one_after_the_other_and_the_last_stays(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [_said(shell, f"hint {NAME}  # please", capsys) for _ in range(4)]
    assert [text[:11] for text in said] == [f"hint {n} of 3" for n in (1, 2, 3, 3)]
    assert [find(NAME).hints[n] in text for n, text in zip((0, 1, 2, 2), said, strict=True)]


def test_the_solution_comes_after_a_try(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    def paid() -> int:
        return 1

    shell.run_line_magic("check", NAME)
    assert _said(shell, f"solution {NAME}", capsys).endswith(f"%hint {NAME} helps you on.\n")
    shell.user_ns["dag"] = Dag("mine", [paid])
    assert "not yet" in _said(shell, f"check {NAME}", capsys)
    assert "drop_duplicates" in _said(shell, f"solution {NAME}", capsys)
    assert _said(shell, f"hint {NAME}", capsys).startswith("hint 2 of 3")
    assert "…" in _said(shell, "progress", capsys)


def test_the_first_hint_comes_with_the_first_report_only(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    def paid() -> int:
        return 1

    shell.user_ns["dag"] = Dag("mine", [paid])
    first = _said(shell, f"check {NAME}", capsys)
    assert "hint 1 of 3: " in first
    assert first.endswith(f"%hint {NAME} shows hint 2 of 3.\n")
    for number in (2, 3):
        again = _said(shell, "check 01", capsys)
        assert "hint 1 of 3" not in again
        assert again.endswith(f"%hint {NAME} shows hint {number} of 3.\n")
        _said(shell, "hint 01", capsys)
    assert _said(shell, "check 01", capsys).endswith(
        f"You have read all hints. %solution {NAME} shows a solution.\n"
    )
    assert "4 checks" in _said(shell, "progress", capsys)


def test_predictions_count_however_they_were_written(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    for answer in ("cbda", "a b c d"):
        guess(f"The order of {answer}?", answer)
        reveal("C B D A")
    assert _said(shell, "progress", capsys).endswith("2 made, 1 right at the first go\n")


def test_start_over_shows_the_original_cells(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    said = _said(shell, f"start_over {NAME}", capsys)
    assert said.count("%%task") == 3
    assert "____" in said


def test_a_wrong_name_and_no_name_are_errors(shell: InteractiveShell) -> None:
    with pytest.raises(UnknownExercise, match=f'Did you mean "{NAME}"'):
        shell.run_line_magic("check", "task_bounds")
    with pytest.raises(WrongUse, match="%hint needs the name of an exercise"):
        shell.run_line_magic("hint", "")
    with pytest.raises(WrongUse, match="takes one name, not 2 words"):
        shell.run_line_magic("solution", "task boundaries")


@pytest.mark.parametrize(
    ("magic", "usage"), [("check", "[NAME]"), ("hint", "NAME"), ("solution", "NAME")]
)
def test_help_tells_what_a_magic_does(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], magic: str, usage: str
) -> None:
    said = _said(shell, f"{magic} --help", capsys).splitlines()
    assert said[0] == f"%{magic} {usage}"
    assert said[1] == magics._MAGICS[magic].__doc__
    assert NAME in said[2]
    assert _said(shell, "progress --help", capsys).startswith("%progress\nShow how far")


def test_names_complete(shell: InteractiveShell) -> None:
    with provisionalcompleter():
        found = [it.text for it in shell.Completer.completions("%check task_", 12)]
    assert NAME in found


def test_a_magic_of_the_host_is_left_alone_and_told() -> None:
    shell = InteractiveShell()
    shell.magics_manager.register_function(lambda line: line, "line", "hint")
    assert magics.register(shell) == ["hint"]
    assert shell.run_line_magic("hint", "theirs") == "theirs"
    magics.unregister(shell)
    assert "hint" in shell.magics_manager.magics["line"]
    assert "check" not in shell.magics_manager.magics["line"]
    _end(shell)


def test_register_twice_leaves_no_double(shell: InteractiveShell) -> None:
    assert magics.register(shell) == []
    magics.unregister(shell)
    assert not {"check", "hint", "progress"} & shell.magics_manager.magics["line"].keys()
    assert "____" not in shell.user_ns
