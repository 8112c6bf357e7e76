"""Long work shows how far it is, short work shows nothing."""

from __future__ import annotations

import sys

import pytest

from wfkit.api.progress import PATIENCE, bar
from wfkit.engine.clock import VirtualClock


def work(patch: pytest.MonkeyPatch, seconds: float) -> None:
    """Do three pieces of work where a person looks on."""
    patch.setenv("WFKIT_LIVE", "1")
    patch.setattr(sys.stderr, "isatty", lambda: True)
    clock = VirtualClock(0.0)
    with bar("day", clock) as progress:
        for done in range(3):
            progress(done, 4)
            clock.sleep(seconds)
        progress(3, 4)


def test_short_work_has_no_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    work(monkeypatch, PATIENCE / 4)
    assert capsys.readouterr().err == ""


def test_long_work_tells_how_much_is_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    work(monkeypatch, 2 * PATIENCE)
    assert "| 1/4 [" in capsys.readouterr().err
