"""Whatever a fault did is told from what went wrong by itself, wherever attempts are shown."""

from __future__ import annotations

from typing import Any

import pytest

from tests.views.samples import make
from wfkit.api.dag import Dag
from wfkit.engine.faults import Fault
from wfkit.views.failure import failure_text


def dag(**options: Any) -> Dag:
    return Dag("sales", [make("orders", takes=60, **options), make("report", ["orders"])])


@pytest.mark.parametrize(
    ("fault", "options", "shown"),
    [
        ("orders:1", {}, "✘ raised (injected), ✔ returned"),
        ("orders:lost", {}, "? lost (injected), ✔ returned"),
        ("orders:hang", {"timeout": 90}, "◷ timed out (injected), ✔ returned"),
        (Fault("orders", kind="slow", slow=60, attempts=1), {"timeout": 90}, "◷ timed out (inj"),
        ("report:1", {"timeout": 30}, "◷ timed out, ◷ timed out"),
    ],
)
def test_attempts_that_a_fault_hit_are_marked(
    fault: Fault | str, options: dict[str, Any], shown: str
) -> None:
    run = dag(retries=1, **options).trial(faults=[fault])
    assert shown in repr(run.picture())


def test_the_timeline_marks_them_too() -> None:
    text = repr(dag(retries=1).trial(faults="orders:1").picture())
    assert "  orders  1 ✘ raised (injected) 0–1, 2 ✔ returned 1–2" in text


def test_an_error_of_the_learners_own_choice_is_marked() -> None:
    run = dag().trial(faults=[Fault("orders", error=ValueError("bad row"))])
    assert "ValueError: bad row (injected)" in repr(run.picture())
    assert "✘ orders failed after 1 attempt (injected):" in failure_text(run.snapshot)


def test_what_failed_by_itself_is_not_marked() -> None:
    def orders() -> None:
        raise ValueError("bad row")

    run = Dag("sales", [orders]).trial()
    assert "injected" not in repr(run.picture()) + failure_text(run.snapshot)
