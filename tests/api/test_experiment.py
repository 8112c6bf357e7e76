"""A task is broken on purpose under another policy: one trial, and the odds of both."""

from __future__ import annotations

from pathlib import Path

import pytest

from wfkit import Dag
from wfkit.api.experiment import experiment
from wfkit.core.errors import InvalidOption, UnknownTask
from wfkit.core.states import RunState


def orders() -> list[int]:
    return [3, 4]


def revenue(orders: list[int]) -> int:
    return sum(orders)


def dag() -> Dag:
    return Dag("sales", [orders, revenue]).change("orders", takes="10m")


def test_a_policy_cures_what_fails_as_it_is() -> None:
    ill, cured = (experiment(dag(), "orders:2", {"retries": n}, nights=50) for n in (1, 2))
    assert ill.told == "The run failed: orders had 2 attempts."
    assert cured.told == "The run succeeded: orders needed 3 attempts, 2 in vain."
    assert list(cured.odds.frame["success"]) == [0.0, 1.0]
    assert list(cured.odds.frame.index) == ["as it is", "retries=2"]


def test_a_run_that_fails_elsewhere_names_the_task() -> None:
    def report(revenue: int) -> None:
        raise ValueError(revenue)

    it = Dag("sales", [orders, revenue, report])
    assert experiment(it, "orders:1", {"retries": 1}, nights=1).told == (
        "The run failed because of report; orders needed 2 attempts, 1 in vain."
    )


def test_the_dag_and_its_history_stay_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WFKIT_HOME", str(tmp_path / "home"))
    it = dag()
    run = experiment(it, "orders:always", {"retries": 3}, nights=1).run
    assert run.state is RunState.FAILED
    assert it.tasks["orders"].options.retries == 0
    assert not it.last


def test_options_that_the_task_has_already_make_no_second_row() -> None:
    found = experiment(dag(), "revenue:1", {"retries": 0, "timeout": None}, nights=10)
    assert found.policy == {}
    assert list(found.odds.frame.index) == ["as it is"]


def test_as_text_it_tells_the_run_and_the_odds() -> None:
    text = repr(experiment(dag(), "orders:20%", {"retries": 2, "retry_delay": "5m"}, nights=100))
    assert text.startswith("The run succeeded: orders needed ")
    assert "✔ success  revenue" in text
    assert "retries=2, retry_delay=5m" in text


@pytest.mark.parametrize(
    ("fault", "policy", "error", "told"),
    [
        ("orders", {}, InvalidOption, 'fault "orders" cannot be read'),
        ("ordrs:2", {}, UnknownTask, 'no task is called "ordrs"'),
        ("orders:2", {"retries": -1}, InvalidOption, "retries"),
        ("orders:2", {"pool": "db"}, InvalidOption, "policy"),
    ],
)
def test_what_cannot_be_is_refused(
    fault: str, policy: dict[str, object], error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        experiment(dag(), fault, policy)
