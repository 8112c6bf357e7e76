"""One environment for each engine, made once and kept in the user's cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from functools import cache
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
    """Make an environment, if it is not there."""
    if is_made(engine):
        return
    place, uv = folder(engine), str(installer())
    shutil.rmtree(place, ignore_errors=True)
    _run([uv, "venv", "-q", "-p", sys.executable, str(place)])
    _run([uv, "pip", "install", "-q", "-p", str(python(engine)), *REQUIREMENTS[engine]])
    (place / _DONE).touch()


@cache
def installer() -> Path:
    """Return uv, which is several times as fast as pip; got by pip where there is none."""
    found = shutil.which("uv")
    if found:
        return Path(found)
    place = home() / "uv"
    uv = place / "bin" / "uv"
    if not uv.exists():
        venv.create(place, with_pip=False, clear=True)
        pip = [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python")]
        _run([*pip, "install", "-q", "uv"])
    return uv


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
