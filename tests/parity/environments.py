"""One environment for each engine, made once and kept in the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from hashlib import blake2b
from pathlib import Path

REQUIREMENTS = {
    "airflow": ("apache-airflow==3.3.2", "pandas==3.1.1", "pyarrow"),
    "prefect": ("prefect==3.9.1", "pandas==3.1.1"),
    "dagster": ("dagster==1.13.27", "pandas==3.1.1"),
}
_DONE = "made"


def home() -> Path:
    """Return the folder of the environments: WFKIT_PARITY_HOME, else in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("WFKIT_PARITY_HOME") or cache / "wfkit" / "parity")


def folder(engine: str) -> Path:
    """Return the folder of one environment; other versions have another one."""
    text = "\n".join([sys.version, *REQUIREMENTS[engine]])
    return home() / f"{engine}-{blake2b(text.encode(), digest_size=6).hexdigest()}"


def python(engine: str) -> Path:
    """Return the Python of an environment."""
    return folder(engine) / "bin" / "python"


def is_made(engine: str) -> bool:
    """Return True if an environment is complete."""
    return (folder(engine) / _DONE).exists()


def make(engine: str) -> None:
    """Make an environment, with uv where that is installed, else with pip."""
    if is_made(engine):
        return
    place = folder(engine)
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    uv = shutil.which("uv")
    if uv:
        _run([uv, "venv", "-q", "-p", sys.executable, str(place)])
        _run([uv, "pip", "install", "-q", "-p", str(python(engine)), *REQUIREMENTS[engine]])
    else:
        venv.create(place, with_pip=False)
        pip = [sys.executable, "-m", "pip", "--python", str(python(engine)), "install", "-q"]
        _run([*pip, "--no-compile", "--disable-pip-version-check", *REQUIREMENTS[engine]])
    (place / _DONE).touch()


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
