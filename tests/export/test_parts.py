"""The helpers that come with files: formatted, and meaning what they should."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wfkit.core.states import TaskState
from wfkit.core.trigger_rules import Tally, TriggerRule, Verdict, verdict
from wfkit.export.airflow_parts import PARTS as AIRFLOW
from wfkit.export.dagster_parts import dagster_parts
from wfkit.export.parts import COMMON, Part
from wfkit.export.prefect_parts import PARTS as PREFECT

RUFF = Path(sys.executable).parent / "ruff"
ALL = [AIRFLOW, PREFECT, dagster_parts(skips=True), dagster_parts(skips=False)]


def run(part: Part) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(part.text, names)
    return names


@pytest.mark.parametrize("rule", TriggerRule)
def test_a_file_knows_the_trigger_rules_as_the_engine_here_does(rule: TriggerRule) -> None:
    theirs = run(COMMON["verdict"])["verdict"]
    states = [TaskState.SUCCESS, TaskState.FAILED, TaskState.SKIPPED, TaskState.UPSTREAM_FAILED]
    for count in range(4):
        for ends in itertools.product(states, repeat=count):
            tally = Tally(total=count)
            for end in ends:
                tally.add(end)
            ours = verdict(rule, tally)
            expected = "start" if ours is Verdict.START else ours.value
            assert theirs(str(rule), [it.value for it in ends]) == expected


@pytest.mark.slow
def test_parts_are_formatted() -> None:
    texts = {part.text for parts in ALL for part in parts.values()}
    done = subprocess.run(
        [RUFF, "format", "--isolated", "--diff", "-"],
        input="\n\n".join(sorted(texts)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_part_finds_what_it_needs() -> None:
    for parts in ALL:
        for part in parts.values():
            assert part.code.reads.keys() or not (part.imports or part.parts)
            given = {"KEYS", "ZONE", "FIRST_TICK", "INTERVAL", "ticks"}
            assert set(part.parts) <= set(parts) | given


def test_a_promise_that_is_not_kept_fails() -> None:
    from functools import wraps

    names: dict[str, Any] = {"wraps": wraps}
    exec(COMMON["ensures"].text, names)
    checked = names["ensures"](lambda value: value > 0)(abs)
    assert checked(-1) == 1
    with pytest.raises(ValueError, match="abs does not keep its promise"):
        checked(0)
