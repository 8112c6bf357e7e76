"""The helpers that come with files: formatted, and meaning what they should."""

from __future__ import annotations

import itertools
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.parity.dags import CASES
from wfkit.api.exporting import plan_of
from wfkit.core.states import TaskState
from wfkit.core.trigger_rules import Tally, TriggerRule, Verdict, verdict
from wfkit.export.airflow_parts import airflow_parts
from wfkit.export.dagster_parts import dagster_parts
from wfkit.export.parts import COMMON, Part, verdict_part
from wfkit.export.prefect_parts import prefect_parts

RUFF = Path(sys.executable).parent / "ruff"


def run(part: Part) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(part.text, names)
    return names


RULES = list(TriggerRule)


@pytest.mark.parametrize(
    "rules",
    [
        *({rule} for rule in RULES),
        *({TriggerRule.ALL_SUCCESS, rule} for rule in RULES[1:]),
        {TriggerRule.ALL_DONE, TriggerRule.ALWAYS, TriggerRule.ONE_FAILED},
        {TriggerRule.NONE_FAILED, TriggerRule.ONE_SUCCESS},
        set(RULES),
    ],
    ids=lambda it: "-".join(sorted(it)),
)
def test_a_file_knows_its_trigger_rules_as_the_engine_here_does(rules: set[TriggerRule]) -> None:
    theirs = run(verdict_part({str(it) for it in rules}))["verdict"]
    states = [TaskState.SUCCESS, TaskState.FAILED, TaskState.SKIPPED, TaskState.UPSTREAM_FAILED]
    for rule, count in itertools.product(rules, range(4)):
        for ends in itertools.product(states, repeat=count):
            tally = Tally(total=count)
            for end in ends:
                tally.add(end)
            ours = verdict(rule, tally)
            expected = "start" if ours is Verdict.START else ours.value
            assert theirs(str(rule), [it.value for it in ends]) == expected


@cache
def every_part() -> list[dict[str, Part]]:
    plans = [plan_of(case.dag) for case in CASES.values()]
    return [make(plan) for make in (airflow_parts, prefect_parts, dagster_parts) for plan in plans]


@pytest.mark.slow(2)
def test_parts_are_formatted() -> None:
    texts = {part.text for parts in every_part() for part in parts.values()}
    done = subprocess.run(
        [RUFF, "format", "--isolated", "--diff", "-"],
        input="\n\n".join(sorted(texts)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.slow(2)
def test_every_part_finds_what_it_needs() -> None:
    given = {"KEYS", "ZONE", "FIRST_TICK", "INTERVAL", "ticks"}
    for parts in every_part():
        for part in parts.values():
            read = {name for _, _, name in part.code.reads}
            assert read == {*part.imports, *part.parts}
            assert set(part.parts) <= set(parts) | given


def test_a_promise_that_is_not_kept_fails() -> None:
    from functools import wraps

    names: dict[str, Any] = {"wraps": wraps}
    exec(COMMON["ensures"].text, names)
    checked = names["ensures"](lambda value: value > 0)(abs)
    assert checked(-1) == 1
    with pytest.raises(ValueError, match="abs does not keep its promise"):
        checked(0)
