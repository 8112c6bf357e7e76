"""Run `learn --no-browser` as a learner would, and ask its server for a lesson.

The arguments are the command that starts wfkit: `python3 -m wfkit`, or a path.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

LESSON = "00_start_here.ipynb"
SECONDS = 120


def main(wfkit: list[str]) -> None:
    """Exit with an error unless the server hands out the lesson and stops when told to."""
    with tempfile.TemporaryDirectory() as folder:
        runtime = Path(folder) / "runtime"
        command = [*wfkit, "learn", "--no-browser", "--dir", f"{folder}/mine"]
        environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime)}
        learn = subprocess.Popen(command, env=environment, start_new_session=True)
        try:
            server = wait_for_server(learn, runtime)
            path = find(server, "")
            lesson = ask(server, path)
            print(f"served: {path}, {len(lesson['content']['cells'])} cells")
            learn.terminate()
            learn.wait(timeout=30)
            check_that_it_is_gone(server)
        finally:
            stop(learn)


def check_that_it_is_gone(server: dict[str, str]) -> None:
    """Who stops `learn` stops its server."""
    with suppress(URLError):
        ask(server, "")
        raise SystemExit("the server goes on although learn was told to stop")


def stop(learn: subprocess.Popen[bytes]) -> None:
    """Leave nothing behind, whatever went wrong."""
    with suppress(ProcessLookupError):
        os.killpg(learn.pid, signal.SIGKILL)
    learn.wait(timeout=30)


def wait_for_server(learn: subprocess.Popen[bytes], runtime: Path) -> dict[str, str]:
    """Wait for the note that a Jupyter server leaves about itself, and until it answers."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and learn.poll() is None:
        for note in runtime.glob("jpserver-*.json"):
            server: dict[str, str] = json.loads(note.read_text("utf-8"))
            ask(server, "")
            return server
        time.sleep(0.2)
    raise SystemExit(f"no server after {SECONDS} s, or it ended: {learn.poll()}")


def find(server: dict[str, str], folder: str) -> str:
    """The lesson's path below a folder of the server."""
    entries = ask(server, folder)["content"]
    for entry in entries:
        if entry["name"] == LESSON:
            return str(entry["path"])
    for entry in entries:
        if entry["type"] == "directory" and (found := find(server, entry["path"])):
            return found
    if folder:
        return ""
    raise SystemExit(f"{LESSON} is not served; there are {[entry['name'] for entry in entries]}")


def ask(server: dict[str, str], path: str) -> dict[str, Any]:
    """What the server says a path contains."""
    address = f"{server['url']}api/contents/{path}?token={server['token']}"
    with urlopen(address, timeout=30) as answer:
        contents: dict[str, Any] = json.load(answer)
        return contents


if __name__ == "__main__":
    main(sys.argv[1:])
