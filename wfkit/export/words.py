"""What is a thing called here, and what in the other three?"""

from __future__ import annotations

import re
from typing import NamedTuple


class Word(NamedTuple):
    """One thing under four names: what exporters write is in backticks, - is none."""

    wfkit: str
    airflow: str
    prefect: str
    dagster: str

    def written(self, engine: str) -> list[str]:
        """Return the names of an engine that stand in its files."""
        found: list[str] = re.findall(r"`([^`]+)`", getattr(self, engine))
        return found

    def plain(self) -> tuple[str, ...]:
        """Return the four names as they are shown."""
        return tuple(it.replace("`", "") for it in self)


GLOSSARY = (
    Word("Dag", "`@dag`", "`@flow`", "`define_asset_job`, `@dg.job`"),
    Word("Task", "`@task`", "`@task`", "`@dg.asset`, `dg.op`"),
    Word("DagRun", "DagRun", "flow run", "run"),
    Word("TaskInstance", "task instance", "task run", "step"),
    Word("attempt", "`try_number`", "`run_count`", "`retry_number`"),
    Word("upstream, by name", "call with its result", "`submit` with its result", "same name"),
    Word("after", "`>>`", "`wait_for`", "`deps`"),
    Word("params", "`params`", "arguments of the flow", "`ConfigurableResource`"),
    Word("logical_date", "`logical_date`", "before scheduled_start_time", "partition"),
    Word("data_interval", "`data_interval_end`", "-", "`partition_time_window`"),
    Word("schedule", "`CronDataIntervalTimetable`", "`Cron`, `Interval`", "schedule of a job"),
    Word("catchup", "`catchup`", "-", "-"),
    Word("backfill", "airflow backfill create", "-", "backfill of partitions"),
    Word("retries", "`retries`", "`retries`", "`max_retries`"),
    Word("retry_delay", "`retry_delay`", "`retry_delay_seconds`", "`delay`"),
    Word("backoff", "`RetryPolicy`", "list in `retry_delay_seconds`", "`RetryRequested`"),
    Word("retry_on", "`RetryPolicy`", "`retry_condition_fn`", "`RetryRequested`"),
    Word("timeout", "`execution_timeout`", "`timeout_seconds`", "-"),
    Word("trigger_rule", "`trigger_rule`", "if, on the states", "if, on what ops return"),
    Word("upstream_failed", "upstream_failed", "NotReady", "no event"),
    Word("raise Skip", "`AirflowSkipException`", "`Completed`, called Skipped", "no output"),
    Word("raise Fail", "`AirflowFailException`", "`retry_condition_fn`", "no `RetryRequested`"),
    Word("branch", "`@task.branch`", "if", "if"),
    Word("expand", "`.expand(`", "`submit` for each, map", "`DynamicOut`"),
    Word("sensor", "`@task.sensor`", "a loop", "a loop; sensors start runs"),
    Word("pool", "`pool`", "`tags` with a limit", "`pool`"),
    Word("priority", "`priority_weight`", "-", "`dagster/priority`"),
    Word("group", "`TaskGroup`", "`tags`, nested flow", "`group_name`"),
    Word("deadline", "DeadlineAlert", "-", "FreshnessPolicy"),
    Word("alert, on_failure", "on_failure_callback", "on_failure, automation", "failure_hook"),
    Word("cache", "-", "`cache_policy`", "-"),
    Word("tags", "`tags`", "`tags`", "`tags`"),
)
