"""Tab on `%dag` and `%%task` lines, as a kernel's completer asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter

from tests.notebook.conftest import Lab


@pytest.fixture
def sales(lab: Lab) -> Lab:
    lab.ok("%dag new sales --param region=all")
    lab.ok("%%task\ndef orders(): return 1", "o")
    lab.ok("%%task\ndef revenue(orders): return 1", "r")
    return lab


def completed(lab: Lab, text: str) -> list[str]:
    """Return what the completer offers at the end of `text`, in place of its last word."""
    with provisionalcompleter():
        return [it.text for it in lab.shell.Completer.completions(text, len(text))]


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("%dag ru", ["run", "runs"]),
        ("%dag ne", ["new"]),
        ("%dag run --se", ["--seed"]),
        ("%dag run --no", ["--no-background"]),
        ("%dag run --exec", ["--executor"]),
        ("%dag run --seed 3 --s", ["--store"]),
        ("%dag run --executor ", ["dask", "process", "serial", "thread"]),
        ("%dag alert --on failure,re", ["recovered", "retry"]),
        ("%dag aler", ["alert", "alerts"]),
        ("%dag run --expect f", ["failed"]),
        ("%dag run --only ", ["orders", "revenue"]),
        ("%dag run --only orders,re", ["revenue"]),
        ("%dag run --param ", ["region="]),
        ("%dag run --fault ", ["orders:", "revenue:"]),
        ("%dag run --fault re", ["revenue:"]),
        (
            "%dag run --fault orders:",
            ["15%", "2", "always", "bad", "hang", "lost", "slow=10m"],
        ),
        ("%dag run --fault orders:sl", ["slow=10m"]),
        (
            "%dag odds --vary orders.retr",
            [f"orders.retr{end}=" for end in ("ies", "y_delay", "y_on")],
        ),
        ("%dag run --crash-after o", ["orders"]),
        ("%dag remove o", ["orders"]),
        ("%dag logs re", ["revenue"]),
        ("%dag use ", ["sales"]),
        ("%dag new x --timezone Europe/Lon", ["Europe/London"]),
        ("%dag new x --clock v", ["virtual"]),
        ("%dag --highlight o", ["orders"]),
        ("%%task --retry", ["--retry-delay", "--retry-on"]),
        ("%%task --trigger-rule all_", ["all_done", "all_failed", "all_success"]),
        ("%%task --retries 3 --after o", ["orders"]),
        ("%%task --expect NotebookL", ["NotebookLeak"]),
        ("%%task --dag ", ["sales"]),
        ("%%task\n--retries 3\n--back", ["--backoff"]),
        ("x = 1\n%dag ru", ["run", "runs"]),
    ],
)
def test_tab_offers_what_may_follow(sales: Lab, text: str, offered: list[str]) -> None:
    assert completed(sales, text) == offered


@pytest.mark.parametrize("text", ['dag.last["', "dag.last['", 'x = dag.last["', 'latest["'])
def test_tab_offers_the_tasks_of_a_run(sales: Lab, text: str) -> None:
    sales.ok("latest = dag.run(store=None)")
    assert completed(sales, text) == ["orders", "revenue"]
    assert completed(sales, f"{text}o") == ["orders"]


def test_tab_offers_the_newest_runs_and_leaves_nothing_behind(sales: Lab, tmp_path: Path) -> None:
    assert completed(sales, "%dag replay man") == []
    assert list(tmp_path.iterdir()) == []
    for day in ("01", "02"):
        sales.ok(f"%dag run --logical-date 1997-01-{day}")
    runs = [f"manual__1997-01-{day}T00:00:00+00:00" for day in ("01", "02")]
    assert completed(sales, "%dag replay man") == runs
    assert completed(sales, "%dag explain --run-id manual__1997-01-02") == runs[1:]


def test_each_fault_that_tab_offers_is_one(sales: Lab) -> None:
    for kind in completed(sales, "%dag run --fault orders:"):
        sales.ok(f"%dag odds --nights 2 --fault orders:{kind}")


def test_tab_offers_nothing_behind_an_unknown_verb(sales: Lab) -> None:
    assert "--seed" not in completed(sales, "%dag rnu --se")


def test_tab_works_before_there_is_a_dag(lab: Lab) -> None:
    assert completed(lab, "%dag ru") == ["run", "runs"]
    assert completed(lab, "%dag remove zz") == []


def test_tab_elsewhere_is_not_ours(sales: Lab) -> None:
    assert "--seed" not in completed(sales, "x = 3 -")
