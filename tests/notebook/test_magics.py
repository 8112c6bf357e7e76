"""The verbs of `%dag`, each a thin skin over one public function."""

from __future__ import annotations

import json

import pytest

from tests.notebook.conftest import Lab
from wfkit.core.errors import RunFailed


@pytest.fixture
def sales(lab: Lab) -> Lab:
    lab.ok("%dag new sales --param vat=0.2 --max-active-tasks 2")
    lab.ok("%%task\ndef orders(): return [3, 4]", "o")
    lab.ok("%%task\ndef revenue(orders, vat): return sum(orders) * (1 + vat)", "r")
    return lab


def test_new_binds_dag(lab: Lab) -> None:
    assert lab.ok("%dag new sales --timezone Europe/London --tag a --tag b  # mine") == (
        "Dag sales: no tasks yet"
    )
    assert lab.ns["dag"].options.timezone == "Europe/London"
    assert lab.ns["dag"].options.tags == ("a", "b")


def test_new_twice_replaces_options_keeps_tasks_and_says_so(sales: Lab) -> None:
    sales.ok("%dag run --store none")
    last = sales.dag.last
    text = sales.ok("%dag new sales --param vat=0.3")
    assert text.splitlines() == [
        "Dag sales: orders → revenue",
        "2 tasks kept, 2 options changed:",
        "  param vat: 0.2 → 0.3",
        "  max_active_tasks: 2 → 4 (default)",
        "What %dag new does not name gets its default again: name it to keep it.",
    ]
    assert dict(sales.dag.params) == {"vat": 0.3}
    assert sales.dag.options.max_active_tasks == 4
    assert sales.dag.last is last
    assert sales.ns["dag"] is sales.dag
    sales.ok("%%task --retries 1\ndef orders(): return [3, 4]", "o")
    assert sales.dag.tasks["orders"].options.retries == 1


def test_new_twice_with_the_same_options_says_that_nothing_changed(sales: Lab) -> None:
    assert sales.ok("%dag new sales --param vat=0.2 --max-active-tasks 2") == (
        "Dag sales: orders → revenue\n2 tasks kept, no option changed"
    )


def test_new_without_tasks_tells_the_options_alone(lab: Lab) -> None:
    lab.ok("%dag new sales")
    assert lab.ok("%dag new sales --tag nightly") == (
        "Dag sales: no tasks yet\n1 option changed:\n  tags: none → nightly"
    )


def test_new_with_a_schedule_says_in_words_when_runs_are_due(lab: Lab) -> None:
    assert lab.ok('%dag new sales --schedule "* 1 * * *" --timezone Europe/London') == (
        "Dag sales: no tasks yet\nruns are due every minute from 01:00 to 01:59, Europe/London"
    )
    assert lab.ok('%dag new sales --schedule "after orders"').splitlines() == [
        "Dag sales: no tasks yet",
        "runs are due after each success of orders",
        "2 options changed:",
        "  schedule: * 1 * * * → after orders",
        "  timezone: Europe/London → UTC (default)",
        "What %dag new does not name gets its default again: name it to keep it.",
    ]


def test_new_that_is_refused_on_purpose_changes_nothing(sales: Lab) -> None:
    told = sales.ok('%dag new sales --schedule "1 30 * * *" --expect InvalidOption')
    assert told.startswith('InvalidOption: schedule="1 30 * * *": hour "30" (column 3)')
    assert sales.dag.schedule is None
    assert dict(sales.dag.params) == {"vat": 0.2}


def test_new_that_was_to_be_refused_and_is_not_fails_the_cell(sales: Lab) -> None:
    before = sales.dag
    assert sales.fails("%dag new other --expect InvalidOption").startswith(
        "Unexpected: this cell was to fail with InvalidOption"
    )
    assert sales.dag is before
    assert sales.ns["dag"] is before
    assert "other" not in sales.notebook.dags


def test_new_another_leaves_the_first_alone(sales: Lab) -> None:
    assert sales.ok("%dag new other") == "Dag other: no tasks yet"
    assert sales.ok("%dag use sales") == "Dag sales: orders → revenue"
    assert sales.ns["dag"].name == "sales"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("new", "MissingValue: %dag new needs a name behind it: %dag new NAME"),
        ("new a b", "UnexpectedWord: %dag new does not know what to do with b."),
        ("new sales --param orders=1", "AmbiguousSource: "),
        ("new sales --timezone Europe/Lodnon", "InvalidOption: "),
        ("new a-b", "InvalidTask: "),
        ("new sales --max-active-tasks 0", "InvalidOption: max_active_tasks=0"),
        ("use slaes", 'InvalidOption: this notebook has no Dag "slaes". Did you mean "sales"?'),
        ("remove ordrs", 'UnknownTask: no task is called "ordrs". Did you mean "orders"?'),
        ("rnu", 'UnknownVerb: %dag has no verb rnu. Did you mean "run"?'),
        ("Run", 'UnknownVerb: %dag has no verb Run. Did you mean "run"?'),
        ("reset --all", "UnknownFlag: %dag reset has no flag --all."),
        ("run --sed 3", 'UnknownFlag: %dag run has no flag --sed. Did you mean "--seed"?'),
        ("run --param vta=1", 'InvalidOption: the Dag has no param "vta". Did you mean "vat"?'),
        ("run --only nothing", "UnknownTask: "),
        ("run --expect maybe", "InvalidOption: --expect maybe: there is no such error."),
        ("run --expect faild", 'there is no such error. Did you mean "failed"?'),
        ("run --expect faild", "Write success, failed, or the name that the error message begins"),
        ("rerun orders --expect NotebokLeak", 'Did you mean "NotebookLeak"?'),
        ("trial --param vta=1", 'the Dag has no param "vta"'),
        ("show --highlight ordrs", "UnknownTask: "),
        ("logs --grep [", "InvalidOption: "),
        ("--highligt orders", "UnknownFlag: %dag show has no flag --highligt. Did you mean"),
        ('run --logical-date "1997', "WrongValue: a quote is opened"),
    ],
)
def test_wrong_lines_fail_the_cell_and_change_nothing(sales: Lab, line: str, message: str) -> None:
    found = sales.fails(f"%dag {line}")
    assert message in found
    assert len(found.splitlines()) <= 3


def test_a_dag_without_params_says_how_to_declare_one(lab: Lab) -> None:
    lab.ok("%%task\ndef orders(): return 1")
    assert lab.fails("%dag run --param vat=1").endswith(
        "declare it in a notebook with --param vat=value on %dag new."
    )


def test_bare_is_the_picture(sales: Lab) -> None:
    output = sales.run("%dag")
    assert output.text.splitlines() == [
        "Dag sales: 2 tasks",
        "  orders",
        "  revenue  ← orders",
    ]
    assert output.bundles[0]["image/svg+xml"].startswith("<svg")
    assert "highlighted" in sales.ok("%dag show --highlight orders")
    assert "highlighted" in sales.ok("%dag --highlight orders")


def test_remove_forgets_a_task_its_name_and_its_cell(sales: Lab) -> None:
    assert sales.ok("%dag remove revenue") == "Dag sales: orders"
    assert "revenue" not in sales.ns
    sales.ok("%%task\ndef revenue(orders): return 1", "another")


def test_reset_forgets_all_tasks(sales: Lab) -> None:
    assert sales.ok("%dag reset") == "Dag sales: forgot orders, revenue"
    assert sales.ok("%dag reset") == "Dag sales: no tasks yet"
    assert "orders" not in sales.ns
    assert dict(sales.dag.params) == {"vat": 0.2}


def test_a_task_that_was_added_in_python_can_be_removed(sales: Lab) -> None:
    sales.ok(
        "from wfkit import task\n@task\ndef report(revenue): return 1\nadded = dag.add(report)"
    )
    assert sales.ok("%dag remove report") == "Dag sales: orders → revenue"
    assert "report" in sales.ns


def test_without_a_dag_there_is_a_next_step(lab: Lab) -> None:
    assert lab.fails("%dag run") == (
        "EmptyDag: this notebook has no Dag yet.\n"
        "Name one with %dag new my_dag, or declare its first task in a %%task cell.\n"
        "After a restart run your cells again: the history of earlier runs is still there."
    )


def test_run_shows_the_settled_picture(sales: Lab) -> None:
    output = sales.run("%dag run --param vat=1 --seed 3 --logical-date 1997-01-02")
    lines = output.text.splitlines()
    assert lines[0] == "DagRun manual__1997-01-02T00:00:00+00:00: success"
    assert [line.split() for line in lines[1:]] == [
        ["✔", "success", "orders"],
        ["✔", "success", "revenue"],
    ]
    assert sales.ok("dag.last['revenue']") == ""
    assert sales.ns["dag"].last["revenue"] == 14


def test_failed_run_is_one_block_with_the_learners_line(sales: Lab) -> None:
    sales.ok("%%task\n\ndef tax(revenue):\n    x = revenue\n    return x / 0", "t")
    sales.ok("%%task\ndef report(tax): return 1", "p")
    output = sales.run("%dag run --logical-date 1997-01-02")
    assert isinstance(output.error, RunFailed)
    assert output.error.run is sales.dag.last
    assert "line 5, in tax" in output.traceback
    assert "return x / 0" in output.traceback
    assert "ZeroDivisionError: float division by zero" in output.traceback
    assert "report" in output.traceback
    assert "Traceback" not in output.traceback
    assert "wfkit/" not in output.traceback


def test_expected_failure_is_ordinary_output(sales: Lab) -> None:
    sales.ok("%%task\ndef tax(revenue): return revenue / 0", "t")
    text = sales.ok("%dag run --expect failed")
    assert "ZeroDivisionError: float division by zero" in text


@pytest.mark.parametrize(
    ("cell", "line", "shown"),
    [
        ("rate = 3", "run --expect NotebookLeak", 'NotebookLeak: task "tax" reads "rate"'),
        ("%dag reset", "run --expect EmptyDag", "EmptyDag: sales has no tasks yet."),
        (
            "%%task\ndef duty(ordrs): return 1",
            "run --expect UnknownUpstream",
            'UnknownUpstream: task "duty" asks for "ordrs"',
        ),
        ("pass", "resume --run-id nowhere --expect UnknownRun", "UnknownRun: "),
        ("pass", "rerun ordrs --expect UnknownTask", 'UnknownTask: no task is called "ordrs".'),
        ("pass", "run --fault orders:always --expect RunFailed", "RunFailed: "),
    ],
)
def test_an_expected_refusal_is_ordinary_output(
    sales: Lab, cell: str, line: str, shown: str
) -> None:
    sales.ok("%%task\ndef tax(revenue): return revenue * rate", "t")
    sales.ok(cell, "c")
    assert shown in sales.ok(f"%dag {line}")


def test_an_expected_refusal_that_does_not_come_fails_the_cell(sales: Lab) -> None:
    assert sales.run("%dag run --expect NotebookLeak").message == (
        "Unexpected: this cell was to fail with NotebookLeak, but nothing is wrong with it.\n"
        "Remove --expect NotebookLeak."
    )


def test_expected_failure_that_does_not_come_fails_the_cell(sales: Lab) -> None:
    assert "was expected to end failed" in sales.run("%dag run --expect failed").message


def test_trial_shows_the_run_and_leaves_no_trace(sales: Lab) -> None:
    sales.ok("%%task\ndef tax(revenue): return revenue / 0", "t")
    assert "ZeroDivisionError" in sales.ok("%dag trial")
    assert sales.dag.ran is None


def test_odds_compares_variants_and_runs_nothing(sales: Lab) -> None:
    line = "%dag odds --nights 100 --fault orders:always --vary orders.retries=0,1 --ready-by 2h"
    text = sales.ok(line)
    assert text == repr(
        sales.dag.odds(100, faults="orders:always", vary={"orders.retries": [0, 1]}, ready_by="2h")
    )
    assert "  orders.retries=1  0.0 %" in text
    assert sales.dag.ran is None


NIGHTLY = '%dag new nightly --schedule "30 1 * * *" --start-date 1997-01-01 --clock virtual'


def test_upcoming_is_text(sales: Lab) -> None:
    sales.ok(NIGHTLY)
    assert sales.ok("%dag upcoming --n 1 --after 1997-03-01").splitlines() == [
        "every day at 01:30, UTC",
        "  due                   for the time since",
        "  1997-03-01 01:30 UTC  1997-02-28 01:30 UTC",
    ]


@pytest.mark.parametrize("verb", ["upcoming", "simulate", "serve"])
def test_schedule_verbs_need_a_schedule(sales: Lab, verb: str) -> None:
    assert sales.fails(f"%dag {verb}") == (
        "InvalidOption: sales has no schedule, so no run is ever due.\n"
        'Give it one, such as schedule="30 1 * * *".'
    )


def test_simulate_takes_days_arrivals_outage_and_the_other_dags(lab: Lab) -> None:
    lab.ok(NIGHTLY)
    lab.ok("%%task --sensor\ndef drop(): return None", "d")
    lab.ok('%dag new report --schedule "after nightly" --start-date 1997-01-01')
    lab.ok("%%task\ndef mail(logical_date): return logical_date", "m")
    told = lab.ok(
        "%dag simulate --days 5 --arrival drop=04:10 --outage 1997-01-03T00:00,1997-01-04T00:00"
    )
    runs = lab.dag.simulate(
        days=5,
        arrivals={"drop": "04:10"},
        outage=("1997-01-03", "1997-01-04"),
        others=lab.notebook.dags.values(),
    ).runs
    dates = [f"{run['mail']:%d %H:%M}" for run in runs]
    assert dates == ["02 04:10", "04 00:00", "04 04:10", "05 04:10"]
    assert told


def test_backfill_is_told_in_a_line(sales: Lab) -> None:
    sales.ok(NIGHTLY)
    sales.ok("%%task\ndef orders(): return 3", "n")
    line = "%dag backfill --start 1997-01-01 --end 1997-01-08 --limit 3 --max-active-runs 2"
    assert sales.ok(line) == "Backfill of nightly: 3 of 3 runs succeeded"
    assert sales.fails("%dag backfill") == (
        "MissingValue: %dag backfill needs --start and --end.\n"
        "Write: %dag backfill --start DATE --end DATE"
    )


def test_serve_returns_at_once_and_cancel_ends_it(sales: Lab) -> None:
    sales.ok('%dag new nightly --schedule "30 1 * * *"')
    sales.ok("%%task\ndef orders(): return 3", "n")
    assert sales.ok("%dag serve") == (
        "serving nightly: every day at 01:30, UTC; dag.cancel() ends it"
    )
    assert sales.ok("%dag cancel") == "nightly is not served any more"
    assert sales.ok("%dag cancel") == (
        "nightly has no run yet. Start one: dag.run(), in a notebook %dag run"
    )


def test_new_on_a_dag_that_is_served_is_served_as_it_is_now(sales: Lab) -> None:
    sales.ok('%dag new nightly --schedule "30 1 * * *"')
    sales.ok("%%task\ndef orders(): return 3", "n")
    sales.ok("%dag serve")
    told = sales.ok('%dag new nightly --schedule "45 1 * * *"')
    assert told.splitlines()[-1] == "it is served as it is now"
    assert sales.fails('%dag new nightly --schedule "file nowhere/*.csv"').startswith(
        "InvalidOption: file nowhere/*.csv: there is no folder nowhere to watch."
    )
    assert sales.ok("%dag serve") == (
        "serving nightly: every day at 01:45, UTC; dag.cancel() ends it"
    )
    told = sales.ok("%dag new nightly")
    assert told.splitlines()[-1] == "nightly is not served any more: it has no schedule now"
    assert "served" not in sales.ok('%dag new nightly --schedule "45 1 * * *"')


def test_metrics_are_shown(sales: Lab) -> None:
    for day in (1, 2, 3):
        sales.ok(f"%dag run --logical-date 1997-01-0{day}")
    text = sales.ok("%dag metrics --n 2")
    assert text.splitlines()[:2] == [
        "Metrics of sales over the newest 2 runs",
        "  success:  2 of 2 runs (100 %)",
    ]
    assert text == repr(sales.dag.metrics(2))


def test_scaling_is_shown(sales: Lab) -> None:
    sales.ok("%dag run --clock system --executor serial")
    text = sales.ok("%dag scaling revenue --n 1")
    assert text.splitlines()[:2] == [
        "Scaling of sales",
        "  partitions  executor  result of revenue",
    ]
    assert text == repr(sales.dag.scaling("revenue"))


def test_runs_and_logs_are_shown(sales: Lab) -> None:
    sales.ok("%%task\ndef tax(revenue):\n    print('counting')\n    return 1", "t")
    assert sales.ok("%dag runs --store none") == "no runs yet"
    sales.ok("%dag run --logical-date 1997-01-02")
    assert sales.ok("%dag runs").splitlines() == [
        "Runs of sales, oldest first",
        "  S success",
        "run                                orders  revenue  tax  state",
        "manual__1997-01-02T00:00:00+00:00  S       S        S    success",
    ]
    assert "image/svg+xml" in sales.run("%dag runs").bundles[0]
    assert sales.ok("%dag logs") == "tax | counting"
    assert sales.ok("%dag logs tax --grep count") == "tax | counting"
    assert sales.ok("%dag logs orders") == "no log lines like that; the run has 1 in all"
    assert sales.fails("%dag logs ordrs").startswith("UnknownTask: ")
    (line,) = sales.ok("%dag logs --level stdout --attempt 1 --json").splitlines()
    assert json.loads(line)["text"] == "counting"
    run_id = json.loads(line)["run_id"]
    assert sales.ok(f"%dag logs --run-id {run_id} --level warning").startswith("no log lines like")


def test_explain_tells_why_in_words(sales: Lab) -> None:
    sales.ok("%dag run --fault orders:always --expect failed")
    cause = "orders failed after 1 attempt: ConnectionError: injected fault"
    assert sales.ok("%dag explain revenue") == f"revenue is upstream_failed because {cause}"
    assert sales.ok("%dag explain") == repr(sales.dag.explain())


def test_resume_of_a_success_says_that_nothing_is_left(sales: Lab) -> None:
    sales.ok("%dag run")
    before = len(sales.dag.last.events)
    assert ": success, nothing is left to do" in sales.ok("%dag resume")
    assert len(sales.dag.last.events) == before


def test_cancel_says_how_the_last_run_stands(sales: Lab) -> None:
    assert sales.ok("%dag cancel").startswith("sales has no run yet. Start one: ")
    sales.ok("%dag run --logical-date 1997-01-02")
    assert sales.ok("%dag cancel") == ("DagRun manual__1997-01-02T00:00:00+00:00 of sales: success")


def test_a_dag_of_the_learners_own_becomes_the_current_one(sales: Lab) -> None:
    sales.ok("dag = dag.change('orders', retries=3)")
    assert sales.dag.tasks["orders"].options.retries == 3
    sales.ok("from wfkit import Dag\ndag = Dag('mine', [orders])")
    assert sales.ok("%dag show").startswith("Dag mine: 1 task")
    assert sales.ok("%dag use sales") == "Dag sales: orders → revenue"


def test_help_lists_verbs_and_flags(lab: Lab) -> None:
    overview = " ".join(lab.ok("%dag --help").split())
    assert " %dag new Make a Dag, or give an existing one other options" in overview
    assert lab.ok("%dag run --help").startswith("%dag run [flags]\nRun the Dag once")
    assert "--param NAME=VALUE" in lab.ok("%dag run --help")
    assert "session" not in lab.ok("%dag use --help")


def test_braces_and_dollars_are_not_expanded(sales: Lab) -> None:
    sales.ok("name = 'x'")
    sales.ok("%dag new sales --param vat='{name}$name'")
    assert sales.dag.params["vat"] == "{name}$name"


def test_lines_may_go_on(lab: Lab) -> None:
    lab.ok("%dag new sales \\\n    --tag a \\\n    --max-active-tasks 2")
    assert lab.dag.options.max_active_tasks == 2


def test_failures_are_never_usage_errors(lab: Lab) -> None:
    output = lab.run("%dag new")
    assert type(output.error).__name__ == "MissingValue"
    assert output.traceback.startswith("MissingValue: ")


def test_a_resume_names_the_tasks_that_it_leaves_out(lab: Lab) -> None:
    lab.ok("%%task\ndef orders(): return 1", "o")
    lab.ok("%dag run --fault orders:always --expect failed")
    lab.ok("%%task\ndef table(orders): return orders", "t")
    lab.ok("%%task\ndef decide(orders): return orders", "d")
    told = "decide, table are not part of this run: %dag run starts a new one"
    assert told in lab.ok("%dag resume")
    assert "not part of this run" not in lab.ok("%dag run")
