"""Make `python3 -m wfkit` and `python3 -m tests` work from a bare clone.

Standard library only, and readable by old Pythons: those get one clear line.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

OLDEST = (3, 11)
LANDMARKS = {"learn": "jupyterlab", "dev": "xdist"}
QUIETLY = ["--disable-pip-version-check", "--progress-bar=off"]
TESTS_OF_OTHERS = r"site-packages.*[/\\]tests[/\\]"


class SetUpFailed(Exception):
    """The environment could not be made; the text says why and what to do next."""


def ensure(module: str, extra: str) -> None:
    """Return if this Python has what `module` needs; else run the same command in `.venv`.

    Only a checkout is set up: an installed wfkit has what it needs.
    Raises SystemExit with the exit code of that command, or with the reason it could not run.
    """
    if sys.version_info < OLDEST:
        sys.exit(too_old(sys.version_info[:2], sys.executable))
    checkout = Checkout(Path(__file__).resolve().parent.parent)
    if not checkout.exists or checkout.is_ready(extra):
        return
    try:
        checkout.set_up(extra)
    except SetUpFailed as failure:
        sys.exit(f"wfkit: {failure}")
    except KeyboardInterrupt:
        sys.exit("\nwfkit: set-up interrupted; the same command goes on from here")
    hand_over([str(checkout.python), "-m", module, *sys.argv[1:]])


def too_old(version: tuple[int, ...], executable: str) -> str:
    """Say that this Python cannot run wfkit, and what to do."""
    found = ".".join(map(str, version))
    wanted = ".".join(map(str, OLDEST))
    return (
        f"wfkit needs Python {wanted} or newer, {executable} is Python {found}. "
        "Run the same command with a newer one: https://www.python.org/downloads/"
    )


class Checkout:
    """A clone of the repository, and the environment `.venv` in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.python = self.venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self._pyproject = root / "pyproject.toml"
        self._lock = root / "requirements.lock"
        self._stamp = self.venv / "wfkit-installed.txt"
        self._log = self.venv / "wfkit-install.log"

    @property
    def exists(self) -> bool:
        """True in a clone; an installed wfkit has no project file beside it."""
        return self._pyproject.is_file() and self._lock.is_file()

    def is_ready(self, extra: str) -> bool:
        """True if the running Python can go on by itself."""
        inside = Path(sys.prefix).resolve() == self.venv.resolve()
        if inside and self._stamp.exists():
            return self.has(extra)
        return _is_installed("wfkit") and find_spec(LANDMARKS[extra]) is not None

    def has(self, extra: str) -> bool:
        """True if `.venv` holds this extra as today's project file asks for it."""
        if not self.python.exists():
            return False
        return self._stamped() in {(extra, self.wanted()), ("dev", self.wanted())}

    def wanted(self) -> str:
        """A hash of all that says what to install."""
        content = self._pyproject.read_bytes() + self._lock.read_bytes()
        return hashlib.sha256(content).hexdigest()

    def set_up(self, extra: str) -> None:
        """Make `.venv` or bring it up to date, if it is not. Raises SetUpFailed."""
        if self.has(extra):
            return
        widest = "dev" if self._stamped()[0] == "dev" else extra
        wanted = self.wanted()
        if not self.python.exists():
            self._make_venv()
        self._install(widest)
        self._stamp.write_text(f"{widest} {wanted}\n", encoding="ascii")

    def _stamped(self) -> tuple[str, str]:
        try:
            extra, wanted = self._stamp.read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return "", ""
        return extra, wanted

    def _make_venv(self) -> None:
        print(f"wfkit: making a Python environment in {self.venv}", flush=True)
        # Without pip, as Debian's Python can make no other unless python3-venv is installed.
        command = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(self.venv)]
        if not _succeeds(command):
            raise SetUpFailed("that failed; try it by hand: " + " ".join(command))

    def _install(self, extra: str) -> None:
        print("wfkit: installing what it needs there, once; a minute or two", flush=True)
        command = [*self._pip(), "install", *QUIETLY, "--no-compile"]
        command += ["--constraint", self._lock.name, "--editable", f".[{extra}]"]
        said, code = _run_showing_progress(command, self.root)
        self._log.write_text(said, encoding="utf-8")
        if code != 0:
            raise SetUpFailed(f"pip could not install it (all it said: {self._log})\n{_why(said)}")
        if sys.dont_write_bytecode:
            self._compile()

    def _pip(self) -> list[str]:
        """The command of a pip, if possible of the one in the lock: old ones take twice as long."""
        own = [str(self.python), "-m", "pip"]
        ours = [sys.executable, "-m", "pip", "--python", str(self.python)]
        locked = ["install", *QUIETLY, "--constraint", str(self._lock), "pip"]
        has_pip = find_spec("pip") is not None
        if has_pip and _succeeds([*ours, *locked]):
            return own
        if _succeeds([*own, "--version"]) or _succeeds([str(self.python), "-m", "ensurepip"]):
            _succeeds([*own, *locked])
            return own
        if has_pip:
            return ours
        version = ".".join(map(str, sys.version_info[:2]))
        raise SetUpFailed(
            "this Python has neither pip nor ensurepip, so it cannot install anything.\n"
            f"On Debian or Ubuntu: sudo apt install python{version}-venv\n"
            "Then run the same command again."
        )

    def _compile(self) -> None:
        """Compile on all cores what each process would compile anew, where none may keep it."""
        command = [str(self.python), "-m", "compileall", "-qq", "-j", "0", "-x", TESTS_OF_OTHERS]
        _succeeds([*command, str(self.venv), str(self.root / "wfkit")])


def hand_over(command: list[str]) -> NoReturn:
    """Become that command: its exit code is ours, and it gets our signals. Never returns."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)  # noqa: S606 - a list, no shell
    sys.exit(wait_for(command))


def wait_for(command: list[str]) -> int:
    """Run a command and return its exit code; Ctrl-C reaches it too, and it decides."""
    with subprocess.Popen(command) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def _run_showing_progress(command: list[str], folder: Path) -> tuple[str, int]:
    lines = []
    with subprocess.Popen(
        command,
        cwd=str(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            _show(line, len(lines))
    _show("", 0)
    return "".join(lines), process.returncode


def _show(line: str, count: int) -> None:
    """Show the newest line on a terminal, over the one before; a file gets none of it."""
    if sys.stdout.isatty():
        text = f"  {count:4} {line.strip()[:70]}" if line else ""
        print(f"\r{text:<76}", end="" if line else "\r", flush=True)


def _why(said: str) -> str:
    errors = [line for line in said.splitlines() if line.startswith("ERROR")]
    return "\n".join(errors[-2:] or said.splitlines()[-2:])


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _is_installed(distribution: str) -> bool:
    try:
        metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True
