"""What is taught where? Each subject, its lesson, what the learner sees, and what trains it."""

from __future__ import annotations

from typing import NamedTuple


class Subject(NamedTuple):
    """One thing that is taught.

    `words` stand in the lesson's text. `seen` is what the learner gets to see and touch: the
    class of a picture, or a command in one of the lesson's cells; None for what is only told.
    `exercise` is one of that lesson in which the learner does it alone, and `asked` what stands
    there in its questions or its right answers; None for what has no exercise.
    """

    name: str
    lesson: str
    words: str
    seen: str | None = None
    exercise: str | None = None
    asked: str = ""


START, BOUNDARIES, DEPENDENCIES = "00_start_here", "01_task_boundaries", "02_dependencies"
ORCHESTRATION, SCHEDULING, FAILURE = "03_orchestration", "04_scheduling", "05_design_for_failure"
MONITORING, MODULARITY = "06_logging_and_monitoring", "07_modularity"
SCALING = "08_scalability_and_reliability"
GRADUATE = "10_graduate"

WHY = [
    Subject("lost revenue", START, "**lost revenue**"),
    Subject("operational bottlenecks", START, "**operational bottlenecks**"),
    Subject("damaged reputation", START, "**damaged reputation**"),
    Subject("unexpected costs", START, "**unexpected costs**"),
]
BENEFITS = [
    Subject("dependency tracking", START, "It tracks dependencies", "wfkit-graph"),
    Subject("error handling and retries", START, "It handles errors", "--fault orders:2"),
    Subject("logging and observability", START, "It writes down what happened", "wfkit-grid"),
    Subject("modularity and reusability", START, "so they can be used again", "sold(three_rows)"),
    Subject("progress over all lessons", START, "**Your progress.**", "wfkit-course"),
]
PRINCIPLES = [
    Subject(
        "hidden state",
        BOUNDARIES,
        "**hidden state**",
        None,
        "hidden_state",
        "def in_pounds(purchases, rate)",
    ),
    Subject(
        "clear inputs and outputs",
        BOUNDARIES,
        "**boundary card**",
        "%%task",
        "task_boundaries",
        "gets",
    ),
    Subject("a leak is refused by name", BOUNDARIES, "refused the task", "--expect NotebookLeak"),
    Subject("contracts", BOUNDARIES, "**contract**", "--ensure", "task_boundaries", "--ensure"),
    Subject(
        "dependency-driven execution",
        DEPENDENCIES,
        "**dependency**",
        "wfkit-graph",
        "missing_edge",
        "--after load",
    ),
    Subject("starting times overtake", DEPENDENCIES, "**overtook**", "table("),
    Subject(
        "upstream, downstream",
        DEPENDENCIES,
        "**descendants**",
        "--highlight",
        "who_waits",
        "*ancestors*",
    ),
    Subject("no circle", DEPENDENCIES, "directed acyclic graph", "CyclicDag"),
    Subject("the conductor", ORCHESTRATION, "**orchestration**", "%dag replay"),
    Subject("concurrency", ORCHESTRATION, "**concurrency**", "wfkit-settled"),
    Subject("pools", ORCHESTRATION, "**pool**", "--pool till", "small_database", "--pool"),
    Subject("branches", ORCHESTRATION, "**branch**", "--branch", "which_report", "--branch"),
    Subject(
        "dynamic mapping",
        ORCHESTRATION,
        "**dynamic task mapping**",
        "--expand",
        "small_database",
        "--expand",
    ),
    Subject(
        "schedules", SCHEDULING, "**schedule**", "wfkit-schedule", "ready_by_six", "--schedule"
    ),
    Subject(
        "the night the clocks change",
        SCHEDULING,
        "**gap**",
        "%dag simulate",
        "ready_by_six",
        "--timezone Europe/London",
    ),
    Subject("freshness against load", SCHEDULING, "**freshness**", "minutes_old"),
    Subject("catchup", SCHEDULING, "**catchup**", "--catchup", "missed_nights", "--catchup"),
    Subject("backfill", SCHEDULING, "**backfill**", "%dag backfill"),
    Subject("a late file", SCHEDULING, "**sensors**", "--sensor", "late_file", "--sensor"),
    Subject("retries and back-off", FAILURE, "back-off", "--backoff", "busy_server", "--backoff"),
    Subject("timeouts", FAILURE, "`--timeout 3h`", "--timeout", "busy_server", "--timeout"),
    Subject(
        "trigger rules", FAILURE, "**trigger rule**", "--trigger-rule", "plan_b", "--trigger-rule"
    ),
    Subject("contingencies", FAILURE, "**contingency**", "plan_b", "plan_b", "def plan_b"),
    Subject("faults on purpose", FAILURE, "**fault injection**", "--fault"),
    Subject("trying policies", FAILURE, "**fault panel**"),
    Subject("ready by six", FAILURE, "A thousand nights", "wfkit-odds"),
    Subject(
        "go on after a crash",
        FAILURE,
        "**lost**",
        "--crash-after",
        "what_runs_again",
        "%dag resume",
    ),
    Subject(
        "centralised logging",
        MONITORING,
        "**centralised logging**",
        "%dag logs",
        "loud_failure",
        "log.warning",
    ),
    Subject("monitoring", MONITORING, "**monitoring**", "wfkit-grid"),
    Subject("alerting", MONITORING, "**alert**", "wfkit-inbox", "who_is_told", "%dag alert"),
    Subject(
        "silent failures",
        MONITORING,
        "**silent failure**",
        None,
        "loud_failure",
        "--ensure _has_rows",
    ),
    Subject("deadlines", MONITORING, "**deadline**", "--deadline", "who_is_told", "--deadline"),
    Subject(
        "small reusable units",
        MODULARITY,
        "**modularity**",
        "dag.include",
        "one_cleaning",
        "dag.include",
    ),
    Subject("groups", MODULARITY, "`--group`", "--group cleaning"),
    Subject(
        "testing", MODULARITY, "**unit test**", "check_cleaned", "a_good_test", "def test_paid"
    ),
    Subject("a local change", MODULARITY, "is **local**", "letter.include"),
    Subject("more data, little change", SCALING, "**Scalability**", "--param number=14"),
    Subject(
        "partitions",
        SCALING,
        "**partition**",
        "--expand days",
        "one_day_at_a_time",
        "--expand days",
    ),
    Subject(
        "results that lie on the disk", SCALING, "**largest partition**", "--result-format parquet"
    ),
    Subject("executors", SCALING, "**executor**", "--executor process"),
    Subject("a cluster", SCALING, "**Dask**", '"dask"'),
    Subject("what more hands are worth", SCALING, "**scaling out**", "wfkit-scaling"),
    Subject("succeed every time", SCALING, "**Reliability**", "--crash-after report"),
    Subject("at least once", SCALING, "**at least once**", "%dag resume"),
    Subject(
        "idempotent writes",
        SCALING,
        "**idempotent**",
        "part.replace",
        "twice_is_once",
        "**idempotent**",
    ),
    Subject("the professional tools", GRADUATE, "**workflow engine**", "%dag export"),
    Subject("a glossary", GRADUATE, "## Word by word", "dag.export().words"),
    Subject("what is not the same", GRADUATE, "**false friends**"),
    Subject("runs recorded elsewhere", GRADUATE, "really, in all three tools", "recorded_runs()"),
]
SUBJECTS = [*WHY, *BENEFITS, *PRINCIPLES]
