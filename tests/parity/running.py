"""All Dags in one engine: export them, run them there in one process, read what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.parity import environments
from tests.parity.comparing import complaints, own_run
from tests.parity.dags import CASES
from wfkit.api.dag_run import DagRun

HERE = Path(__file__).parent
LONGEST = 900


def run_everywhere(
    engines: Sequence[str], place: Path, pool: ThreadPoolExecutor
) -> tuple[Mapping[str, DagRun], Mapping[str, Future[dict[str, Any]]]]:
    """Run all Dags here, and begin to run them in all engines at once: one process for each.

    Makes the environments that are missing meanwhile.
    """
    if not all(map(environments.is_made, engines)):
        environments.installer()
    made = {engine: pool.submit(environments.make, engine) for engine in engines}
    runs = {name: own_run(case) for name, case in CASES.items()}
    for engine in engines:
        export_all(engine, place / engine, runs)
    found = {engine: pool.submit(_when_made, made[engine], engine, place) for engine in engines}
    return runs, found


def _when_made(made: Future[None], engine: str, place: Path) -> dict[str, Any]:
    made.result()
    return run_all(engine, place / engine)


def export_all(engine: str, folder: Path, runs: Mapping[str, DagRun]) -> None:
    """Write the file of each Dag, and what its run is to be given."""
    folder.mkdir(parents=True)
    wanted = {}
    for name, case in CASES.items():
        case.dag.export(engine, to=folder / f"{name}.py")
        date = runs[name].snapshot.detail["logical_date"] if case.logical_date else None
        wanted[name] = {"params": dict(case.params), "logical_date": date}
    (folder / "wanted.json").write_text(json.dumps(wanted), "utf-8")


def run_all(engine: str, folder: Path) -> dict[str, Any]:
    """Run all files of a folder in an engine; return its version, its runs, and the seconds."""
    begin = time.monotonic()
    python = environments.python(engine)
    environment = _environment(engine, folder)
    if engine == "airflow":
        _run([str(python.parent / "airflow"), "db", "migrate"], folder, environment)
    _run([str(python), str(HERE / f"in_{engine}.py"), str(folder)], folder, environment)
    found: dict[str, Any] = json.loads((folder / "found.json").read_text("utf-8"))
    return found | {"seconds": time.monotonic() - begin}


def _environment(engine: str, folder: Path) -> dict[str, str]:
    home = folder.parent / f"{engine}-home"
    home.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    kept["PATH"] = f"{environments.python(engine).parent}{os.pathsep}{kept.get('PATH', '')}"
    return kept | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "300",
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "400",
    }


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    log = folder.parent / f"{folder.name}.log"
    with log.open("a", encoding="utf-8") as out:
        done = subprocess.run(
            command,
            cwd=folder,
            env=dict(environment),
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=LONGEST,
        )
    if done.returncode:
        last = "\n".join(log.read_text("utf-8").splitlines()[-30:])
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{last}")


def told(found: Mapping[str, Any], verdicts: Mapping[str, Sequence[str]]) -> str:
    """Return in a line how many Dags go the same way in an engine."""
    same = sum(not its for its in verdicts.values())
    took = f"{found['seconds']:.0f} s"
    return f"{found['version']}: {same} of {len(verdicts)} Dags go the same way, {took}"


def judged(
    engine: str, runs: Mapping[str, DagRun], found: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return for each Dag what is not the same in an engine."""
    return {name: list(complaints(run, engine, found["runs"][name])) for name, run in runs.items()}
