"""What is a thing called here, and what in the other three?"""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """One thing, under four names. A dash: there is none."""

    wfkit: str
    airflow: str
    prefect: str
    dagster: str


GLOSSARY = (
    Word("Dag", "@dag", "@flow", "job of assets, @job"),
    Word("Task", "@task", "@task", "@asset, @op"),
    Word("DagRun", "DagRun", "flow run", "run"),
    Word("TaskInstance", "task instance", "task run", "step"),
    Word("attempt", "try_number", "run_count", "retry_number + 1"),
    Word("upstream by parameter", "b(a())", "b.submit(a.submit())", "a parameter with its name"),
    Word("after", "a >> b", "wait_for", "deps, In(Nothing)"),
    Word("params", "params", "arguments of the flow", "ConfigurableResource, Config"),
    Word("logical_date", "logical_date", "scheduled_start_time, one tick before", "partition"),
    Word("data_interval", "data interval of a timetable", "-", "partition_time_window"),
    Word("schedule", "timetable", "Cron, Interval in serve", "ScheduleDefinition"),
    Word("catchup", "catchup", "-", "-"),
    Word("backfill", "airflow backfill create", "-", "backfill of partitions"),
    Word(
        "retries, retry_delay",
        "retries, retry_delay",
        "retries, retry_delay_seconds",
        "RetryPolicy",
    ),
    Word("backoff", "RetryPolicy.evaluate", "list of delays", "RetryRequested"),
    Word("retry_on", "RetryPolicy.evaluate", "retry_condition_fn", "RetryRequested"),
    Word("timeout", "execution_timeout", "timeout_seconds", "-"),
    Word("trigger_rule", "trigger_rule", "if, on the states", "optional outputs"),
    Word("upstream_failed", "upstream_failed", "NotReady", "no event"),
    Word("raise Skip", "AirflowSkipException", "Completed(name='Skipped')", "output not required"),
    Word(
        "raise Fail", "AirflowFailException", "retry_condition_fn", "Failure(allow_retries=False)"
    ),
    Word("branch", "@task.branch", "if", "outputs not required"),
    Word("expand", "expand", "map", "DynamicOut"),
    Word("sensor", "@task.sensor", "a loop", "a loop (a sensor starts runs)"),
    Word("pool", "pool", "tag with a limit", "pool"),
    Word("priority", "priority_weight", "-", "tag dagster/priority"),
    Word("group", "TaskGroup", "nested flow, tag", "group_name"),
    Word("deadline", "DeadlineAlert", "-", "FreshnessPolicy"),
    Word("cache", "-", "cache_policy", "code_version"),
    Word("tags", "tags", "tags", "tags (with a value)"),
)
