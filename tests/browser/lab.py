"""A person at JupyterLab: opens a notebook, runs it, looks at it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Dialog, Error, Locator, Page, expect

SECOND = 1_000
DONE = re.compile(r"^\[\d+\]:$")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
END_OF_KERNEL = "Canceled future"  # JupyterLab itself says so whenever a kernel ends
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}


class Lab:
    """One browser tab with JupyterLab in it, working in `folder`.

    Cells count from 0, as they stand in the notebook, text cells included.
    """

    def __init__(self, page: Page, url: str, folder: Path, output: Path) -> None:
        self.page = page
        self.folder = folder
        self.output = output
        self.script_errors: list[str] = []
        page.on("pageerror", self._hear)
        self.console_errors: list[str] = []
        page.on("console", self._listen)
        page.on("dialog", self._refuse)
        page.goto(url)
        page.wait_for_function("window.jupyterapp !== undefined", timeout=60 * SECOND)
        page.evaluate("jupyterapp.restored")
        self._wait_for_curtain()

    def _hear(self, error: Error) -> None:
        if END_OF_KERNEL not in str(error):
            self.script_errors.append(str(error))

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and END_OF_KERNEL not in message.text:
            self.console_errors.append(message.text)

    def _refuse(self, dialog: Dialog) -> None:
        self.script_errors.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def write(self, name: str, cells: Sequence[str]) -> Path:
        """Make a notebook of code cells in the folder."""
        return write_notebook(self.folder / name, cells)

    def open(self, path: Path) -> None:
        """Open a notebook that lies in the folder, and wait for its kernel."""
        relative = path.relative_to(self.folder.parent).as_posix()
        self.command("docmanager:open", {"path": relative, "factory": "Notebook"})
        self.wait_for_notebook()

    def wait_for_notebook(self) -> None:
        """Wait until a notebook is in front, and its kernel connected."""
        self.notebook.locator(".jp-Cell").first.wait_for(timeout=60 * SECOND)
        self.page.wait_for_function(
            "jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"
            "?.connectionStatus === 'connected'",
            timeout=60 * SECOND,
        )

    def command(self, name: str, arguments: object = None) -> None:
        """Run a command of JupyterLab, as its menu would, and wait for its end."""
        self.page.evaluate(
            "([name, arguments]) => jupyterapp.commands.execute(name, arguments).then(() => null)",
            [name, arguments or {}],
        )

    @property
    def notebook(self) -> Locator:
        """The notebook in front."""
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def cell(self, index: int) -> Locator:
        """A cell of the notebook in front."""
        return self.notebook.locator(".jp-Cell").nth(index)

    def set_source(self, index: int, source: str) -> None:
        """Replace the text of a cell, as if typed."""
        self.page.evaluate(
            "([index, text]) => jupyterapp.shell.currentWidget.content"
            ".widgets[index].model.sharedModel.setSource(text)",
            [index, source],
        )

    def run_all(self, *, wait: bool = True, seconds: float = 120) -> None:
        """Run all cells; with `wait`, until all have their number or an error stopped the rest."""
        self._start("notebook:run-all-cells")
        if wait:
            self.wait_until_run(seconds=seconds)

    def run_cell(self, index: int, *, wait: bool = True, seconds: float = 60) -> None:
        """Run one cell; with `wait`, until it has its number."""
        self.page.evaluate(
            "index => { const notebook = jupyterapp.shell.currentWidget.content;"
            " notebook.deselectAll(); notebook.activeCellIndex = index }",
            index,
        )
        self._start("notebook:run-cell")
        if wait:
            self.wait_until_run(seconds=seconds)

    def _start(self, command: str) -> None:
        """Start a command that ends when its cells have; the page remembers whether it has."""
        self.page.evaluate(
            "name => { const run = jupyterapp.commands.execute(name); window.wfkitRunning = run;"
            " run.finally(() => { if (window.wfkitRunning === run) window.wfkitRunning = null }) }",
            command,
        )

    def wait_until_run(self, *, seconds: float = 120) -> None:
        """Wait until the cells that were started last have their number or were given up."""
        self.page.wait_for_function("!window.wfkitRunning", timeout=seconds * SECOND)
        waiting = self.notebook.locator(".jp-InputPrompt", has_text="[*]:")
        expect(waiting).to_have_count(0, timeout=seconds * SECOND)

    def prompt(self, index: int) -> Locator:
        """The `[1]:` beside a code cell."""
        return self.cell(index).locator(".jp-InputPrompt")

    def wait_for_cell(self, index: int, *, seconds: float = 60) -> None:
        """Wait until a cell has its number, while others may still wait for theirs."""
        expect(self.prompt(index)).to_have_text(DONE, timeout=seconds * SECOND)

    def text_of(self, index: int) -> str:
        """The visible text under a cell."""
        shown = self.cell(index).locator(".jp-OutputArea-output")
        return "\n".join(shown.all_inner_texts())

    def outputs_of(self, index: int) -> list[dict[str, Any]]:
        """What the notebook file would store under a cell."""
        found: list[dict[str, Any]] = self.page.evaluate(
            "index => jupyterapp.shell.currentWidget.content"
            ".widgets[index].model.outputs?.toJSON() ?? []",
            index,
        )
        return found

    def picture(self, index: int) -> Locator:
        """The picture under a cell, be it still or one to touch."""
        return self.cell(index).locator(".jp-RenderedSVG img, .wf-picture svg")

    def drawing(self, index: int) -> ET.Element:
        """The picture under a cell as the browser got it; of one to touch, how it stays."""
        place = self.cell(index).locator(".jp-RenderedSVG img")
        if place.count() == 0:
            return ET.fromstring(self._bundle(index)["image/svg+xml"])
        _, _, svg = (place.get_attribute("src") or "").partition(",")
        return ET.fromstring(unquote(svg))

    def text_twin(self, index: int) -> str:
        """The text that stands for the picture under a cell."""
        bundle = self._bundle(index)
        assert set(bundle) - {"text/html"} == {"text/plain", "image/svg+xml"}
        return bundle["text/plain"]

    def _bundle(self, index: int) -> dict[str, str]:
        (shown,) = self.outputs_of(index)
        return {kind: "".join(text) for kind, text in shown["data"].items()}

    def error_of(self, index: int) -> str:
        """The text of the error under a cell, without colours; empty if there is none."""
        errors = [it for it in self.outputs_of(index) if it["output_type"] == "error"]
        return "\n".join(COLOUR.sub("", line) for it in errors for line in it["traceback"])

    def failed_cells(self) -> list[int]:
        """The cells with an error under them."""
        return [index for index in range(self.count()) if self.error_of(index)]

    def count(self) -> int:
        """How many cells the notebook has."""
        return self.notebook.locator(".jp-Cell").count()

    def save(self) -> None:
        """Save the notebook in front."""
        self.command("docmanager:save")

    def theme(self, name: Literal["light", "dark"]) -> None:
        """Switch to one of JupyterLab's own themes."""
        self.command("apputils:change-theme", {"theme": f"JupyterLab {name.title()}"})
        is_light = "true" if name == "light" else "false"
        self.page.locator(f"body[data-jp-theme-light='{is_light}']").wait_for(state="attached")
        self._wait_for_curtain()

    def _wait_for_curtain(self) -> None:
        """JupyterLab covers itself while it starts or changes its theme."""
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def greyscale(self, on: bool = True) -> None:
        """Take the colours away: every state must still be told from the others."""
        self.page.evaluate(
            "on => document.documentElement.style.filter = on ? 'grayscale(1)' : ''", on
        )

    def restart_kernel(self) -> None:
        """Restart the kernel of the notebook in front, and wait until it is there again."""
        self.page.evaluate(
            "async () => { const { session } = jupyterapp.shell.currentWidget.sessionContext;"
            " await session.kernel.restart(); await session.kernel.info }"
        )

    def close_notebook(self) -> None:
        """Close the notebook in front and end its kernel, as if the day were over."""
        self.page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.command("application:close")
        expect(self.notebook).to_have_count(0)

    def findings(self, selector: str) -> list[str]:
        """What axe-core finds wrong with what `selector` shows, in both themes; minor things not.

        Each finding names the theme, the rule and where.
        """
        found = []
        for theme in ("light", "dark"):
            self.theme(theme)
            found += [f"{theme} {it}" for it in findings(self.page, selector)]
        self.theme("light")
        return found

    def screenshot(self, name: str, of: Locator | None = None) -> Path:
        """Keep a picture of the window, or of one part of it, in the test's output folder."""
        path = self.output / f"{name}.png"
        (of or self.page).screenshot(path=path)
        return path

    def looks(self, name: str, of: Locator | None = None) -> None:
        """Keep pictures in JupyterLab's light and dark theme and without colours."""
        self.looks_of({name: of})

    def looks_of(self, parts: Mapping[str, Locator | None]) -> None:
        """Keep such pictures of several parts, by their names; each change of theme takes time."""
        self._screenshots("light", parts)
        self.theme("dark")
        self._screenshots("dark", parts)
        self.theme("light")
        self.greyscale()
        self._screenshots("grey", parts)
        self.greyscale(on=False)

    def _screenshots(self, look: str, parts: Mapping[str, Locator | None]) -> None:
        for name, part in parts.items():
            self.screenshot(f"{name}-{look}", part)


def write_notebook(path: Path, cells: Sequence[str]) -> Path:
    """Make a notebook of code cells."""
    empty: dict[str, object] = {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }
    code = [{**empty, "id": f"cell-{n}", "source": text} for n, text in enumerate(cells)]
    notebook = {"cells": code, "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), "utf-8")
    return path


def findings(page: Page, selector: str) -> list[str]:
    """What axe-core finds wrong with a part of a page, from moderate on."""
    violations = Axe().run(page, context=selector).response["violations"]
    return [
        f"{it['id']}: {node['target']} {node['failureSummary']}"
        for it in violations
        if it["impact"] != "minor"
        for node in it["nodes"]
    ]
