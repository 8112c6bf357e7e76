import io
import sys

import pytest

from wfkit.teach.waiting import ShownProgress


def test_a_file_gets_one_line_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with ShownProgress() as seen:
        assert capsys.readouterr().err == ""
        seen(0, 8)
        assert capsys.readouterr().err == "Checking 8 cells, at most 30 s for each.\n"
        seen(0, 8)
        seen(8, 8)
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with ShownProgress() as seen:
        seen(0, 8)
        assert "Checking:   0%" in terminal.getvalue()
        assert "0/8" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r")


def test_what_needs_no_check_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with ShownProgress():
        pass
    assert capsys.readouterr().err == ""
