"""A real JupyterLab and a real browser, on this machine only."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.lab import SECOND, Lab

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LAB_SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # Without windowing every cell is in the page, seen or not, with all that is below it.
    "notebook-extension/tracker": {"windowingMode": "none", "maxNumberOutputs": 500},
}
expect.set_options(timeout=20 * SECOND)
OUTPUT = Path(os.environ.get("WFKIT_SCREENSHOTS", Path(__file__).parent / "output"))


@dataclass(frozen=True)
class Server:
    """A running JupyterLab."""

    url: str
    token: str
    root: Path

    def address(self, folder: str) -> str:
        """Where a fresh JupyterLab opens on a folder."""
        return f"{self.url}lab/workspaces/{folder}/tree/{folder}?reset&token={self.token}"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program. Skips without one, fails where tests must not be skipped."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is not None:
        return found
    reason = "no Chromium on this machine (Debian: apt-get install chromium)"
    if os.environ.get("CI") == "true" or os.environ.get("WFKIT_MUST_RUN_BROWSER"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab on a free port, with settings and history of its own."""
    with serving("jupyterlab", tmp_path_factory.mktemp("jupyterlab")) as running:
        yield running


@contextlib.contextmanager
def serving(program: str, home: Path) -> Iterator[Server]:
    """Run `program`, jupyterlab or notebook; `home` holds all it remembers."""
    root = home / "root"
    root.mkdir()
    token = secrets.token_hex(16)
    log = (home / "log.txt").open("w")
    with log, start(program, home, root, token, log.fileno()) as process:
        try:
            yield Server(wait_for_url(process, home), token, root)
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.fixture
def lab(server: Server, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A fresh tab on a fresh folder; its last sight is kept as `end.png`."""
    file = request.path.stem.removeprefix("test_")
    name = re.sub(r"\W+", "-", f"{file}-{request.node.name}").strip("-")
    folder = server.root / name
    folder.mkdir()
    output = OUTPUT / name
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    lab = Lab(page, server.address(name), folder, output)
    yield lab
    lab.screenshot("end")
    # JupyterLab remembers its theme beyond the tab.
    lab.theme("light")
    page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")
    page.close()


def start(program: str, home: Path, root: Path, token: str, log: int) -> subprocess.Popen[bytes]:
    """Start a server."""
    write_settings(home / "settings")
    environment = {
        **os.environ,
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }
    # Here the live view is what is looked at.
    environment.pop("WFKIT_LIVE", None)
    command = [sys.executable, "-m", program, "--no-browser", "--expose-app-in-browser"]
    command += ["--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", "--allow-root"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root}"]
    return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def write_settings(folder: Path) -> None:
    """Answer JupyterLab's questions before it asks them."""
    for name, settings in LAB_SETTINGS.items():
        path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings), "utf-8")


def wait_for_url(process: subprocess.Popen[bytes], home: Path, seconds: float = 60) -> str:
    """The address JupyterLab writes down once it listens."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        for note in (home / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(ValueError):  # it may be written this very moment
                return str(json.loads(note.read_text("utf-8"))["url"])
        time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start:\n{(home / 'log.txt').read_text('utf-8')[-2_000:]}")
