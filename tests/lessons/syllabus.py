"""What is taught where? Each subject, the lesson that teaches it, and what the learner sees."""

from __future__ import annotations

from typing import NamedTuple


class Subject(NamedTuple):
    """One thing that is taught.

    `words` stand in the lesson's text. `seen` is what the learner gets to see and touch: the
    class of a picture, or a command in one of the lesson's cells; None for what is only told.
    """

    name: str
    lesson: str
    words: str
    seen: str | None = None


START, BOUNDARIES, DEPENDENCIES = "00_start_here", "01_task_boundaries", "02_dependencies"
ORCHESTRATION, SCHEDULING, FAILURE = "03_orchestration", "04_scheduling", "05_design_for_failure"
MONITORING, MODULARITY = "06_logging_and_monitoring", "07_modularity"
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
    Subject("hidden state", BOUNDARIES, "**hidden state**"),
    Subject("clear inputs and outputs", BOUNDARIES, "**boundary card**", "%%task"),
    Subject("a leak is refused by name", BOUNDARIES, "refused the task", "--expect NotebookLeak"),
    Subject("contracts", BOUNDARIES, "**contract**", "--ensure"),
    Subject("dependency-driven execution", DEPENDENCIES, "**dependency**", "wfkit-graph"),
    Subject("starting times overtake", DEPENDENCIES, "**overtook**", "table("),
    Subject("upstream, downstream", DEPENDENCIES, "**descendants**", "--highlight"),
    Subject("no circle", DEPENDENCIES, "directed acyclic graph", "CyclicDag"),
    Subject("the conductor", ORCHESTRATION, "**orchestration**", "%dag replay"),
    Subject("concurrency", ORCHESTRATION, "**concurrency**", "wfkit-settled"),
    Subject("pools", ORCHESTRATION, "**pool**", "--pool till"),
    Subject("branches", ORCHESTRATION, "**branch**", "--branch"),
    Subject("dynamic mapping", ORCHESTRATION, "**dynamic task mapping**", "--expand"),
    Subject("schedules", SCHEDULING, "**schedule**", "wfkit-schedule"),
    Subject("the night the clocks change", SCHEDULING, "**gap**", "%dag simulate"),
    Subject("freshness against load", SCHEDULING, "**freshness**", "minutes_old"),
    Subject("catchup", SCHEDULING, "**catchup**", "--catchup"),
    Subject("backfill", SCHEDULING, "**backfill**", "%dag backfill"),
    Subject("a late file", SCHEDULING, "**sensors**", "--sensor"),
    Subject("retries and back-off", FAILURE, "back-off", "--backoff"),
    Subject("timeouts", FAILURE, "`--timeout 3h`", "--timeout"),
    Subject("trigger rules", FAILURE, "**trigger rule**", "--trigger-rule"),
    Subject("contingencies", FAILURE, "**contingency**", "plan_b"),
    Subject("faults on purpose", FAILURE, "**fault injection**", "--fault"),
    Subject("trying policies", FAILURE, "**fault panel**"),
    Subject("ready by six", FAILURE, "A thousand nights", "wfkit-odds"),
    Subject("go on after a crash", FAILURE, "**lost**", "--crash-after"),
    Subject("centralised logging", MONITORING, "**centralised logging**", "%dag logs"),
    Subject("monitoring", MONITORING, "**monitoring**", "wfkit-grid"),
    Subject("alerting", MONITORING, "**alert**", "wfkit-inbox"),
    Subject("silent failures", MONITORING, "**silent failure**"),
    Subject("deadlines", MONITORING, "**deadline**", "--deadline"),
    Subject("small reusable units", MODULARITY, "**modularity**", "dag.include"),
    Subject("groups", MODULARITY, "`--group`", "--group cleaning"),
    Subject("testing", MODULARITY, "**unit test**", "check_cleaned"),
    Subject("a local change", MODULARITY, "is **local**", "letter.include"),
    Subject("the professional tools", GRADUATE, "**workflow engine**", "%dag export"),
    Subject("a glossary", GRADUATE, "## Word by word", "dag.export().words"),
    Subject("what is not the same", GRADUATE, "**false friends**"),
    Subject("runs recorded elsewhere", GRADUATE, "really, in all three tools", "recorded_runs()"),
]
SUBJECTS = [*WHY, *BENEFITS, *PRINCIPLES]
