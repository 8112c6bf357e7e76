"""Runs exported files in Dagster, in one process: python in_dagster.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import dagster as dg

sys.path.insert(0, str(Path(__file__).parent))
from canonical import canonical
from harness import load, run_folder


def run(path: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    module = load(path)
    job = module.defs.resolve_job_def(path.stem)
    options: dict[str, Any] = {"raise_on_error": False, "instance": dg.DagsterInstance.ephemeral()}
    if wanted["logical_date"]:
        moment = wanted["logical_date"][:16].replace("T", "-")
        options["partition_key"] = moment
    if wanted["params"]:
        options["run_config"] = {"resources": {"params": {"config": wanted["params"]}}}
    result = job.execute_in_process(**options)
    return {"state": "success" if result.success else "failed", "tasks": tasks(result)}


def tasks(result: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    ends = {"STEP_SUCCESS": "success", "STEP_FAILURE": "failed", "STEP_SKIPPED": "skipped"}
    for event in result.all_events:
        kind, name, index = event.event_type_value, *_step(event.step_key or "")
        if kind not in {*ends, "STEP_UP_FOR_RETRY", "STEP_OUTPUT"} or name.endswith("_items"):
            continue
        it = found.setdefault(name, {}).setdefault(
            index, {"state": None, "attempts": 1, "has_value": False}
        )
        it["attempts"] += kind == "STEP_UP_FOR_RETRY"
        it["has_value"] |= kind == "STEP_OUTPUT"
        it["state"] = ends.get(kind, it["state"])
    for name, instances in found.items():
        value_of(result, name, instances)
    return found


def _step(key: str) -> tuple[str, str]:
    name, _, index = key.partition("[")
    return name, index.rstrip("]") or "-1"


def value_of(result: Any, name: str, instances: dict[str, Any]) -> None:
    """Add what each step returned; an op of the exported file wraps its state around it."""
    if any(it["has_value"] for it in instances.values()):
        values = result.output_for_node(name)
        values = values if set(instances) != {"-1"} else {None: values}
    for index, it in instances.items():
        if it["state"] == "success" and not it["has_value"]:
            it["state"] = "skipped"
        if not it.pop("has_value"):
            continue
        value = values[None if index == "-1" else index]
        if isinstance(value, dict) and value.get("state") in ENDS and len(value) <= 2:
            it["state"] = value["state"]
            value = value.get("value")
        it["value"] = canonical(value) if it["state"] == "success" else None


ENDS = ("success", "failed", "skipped", "upstream_failed")


if __name__ == "__main__":
    place = Path(sys.argv[1]).absolute()
    run_folder(f"dagster {dg.__version__}", run, place)
