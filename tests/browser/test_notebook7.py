"""What works in JupyterLab works in Jupyter Notebook too."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import OUTPUT, serving
from tests.browser.lab import Lab, write_notebook
from tests.browser.test_replay import CELLS, LAST, at, player

pytestmark = pytest.mark.browser


def test_a_replay_is_played_in_jupyter_notebook(browser: Browser, tmp_path: Path) -> None:
    with serving("notebook", tmp_path) as server:
        write_notebook(server.root / "replay.ipynb", CELLS)
        output = OUTPUT / "notebook7"
        output.mkdir(parents=True, exist_ok=True)
        page = browser.new_page(viewport={"width": 1280, "height": 1_200})
        address = f"{server.url}notebooks/replay.ipynb?token={server.token}"
        lab = Lab(page, address, server.root, output)
        lab.wait_for_notebook()
        of_its_own = list(lab.script_errors)
        lab.run_all()
        it = player(lab)
        at(it, LAST)
        it.get_by_role("button", name="Previous event").focus()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        at(it, 2)
        expect(it.locator(".what")).to_have_text("the run starts")
        lab.screenshot("replay", it)
        assert lab.script_errors == of_its_own
        page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")
        page.close()
