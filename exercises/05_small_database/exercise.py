"""An exercise of lesson 03: one task for many things, and a pool for what is limited."""

from collections import Counter

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "small_database",
    title="The small database",
    minutes=15,
    dag="small_database",
    tasks=("sold_in",),
    hints=(
        """Look at the timeline of `%dag run`. How many queries go on at the same time? And
when does `letters` begin?""",
        """One task for each item of a list: --expand with the name of the parameter.
A limited thing has a pool: its size belongs to the Dag, who uses it belongs to the task.""",
        """%dag new small_database --pool db=…
%%task --takes 10m --expand shops --pool …""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 5. The small database

*15 minutes. It belongs to the lesson `03_orchestration`.*

Eight shops keep their sales in one small database. A query takes ten minutes. If more than two
queries run at the same time, the database breaks down.

- `sold_in` asks for **one** shop. It has to run once for each shop in the list, so that a shop
  that fails can be tried again alone. (Its parameter has the name of the list; it gets one item
of it.)
- At most **two** queries go on at a time, and all of them are done after 40 minutes.
- `letters` does not need the database. It must **not** wait for anybody.
""",
)

exercise.given("set_up", "%load_ext wfkit")

exercise.answer(
    "dag",
    start="""
%dag new small_database ____ \\
    --param first=10 --start-date 1997-03-03 --clock virtual
""",
    solution="""
%dag new small_database --pool db=2 \\
    --param first=10 --start-date 1997-03-03 --clock virtual
""",
)

exercise.given(
    "shops",
    '''
%%task
def shops(first):
    """What is sold in each of the eight shops."""
    return [first + number for number in range(8)]
''',
)

exercise.given(
    "letters",
    '''
%%task --takes 30m
def letters():
    """Print the letters of the day. No database."""
    return "printed"
''',
)

exercise.answer(
    "sold_in",
    start='''
%%task --takes 10m ____
def sold_in(shops):
    """Ask the database for one shop."""
    return ____
''',
    solution='''
%%task --takes 10m --expand shops --pool db
def sold_in(shops):
    """Ask the database for one shop."""
    return shops
''',
)

exercise.given(
    "total",
    '''
%%task
def total(sold_in):
    """All shops together."""
    return sum(sold_in)
''',
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(dag, seed):
    first = 9 + seed
    run = dag.trial({"first": first})
    return {
        "run": run,
        "sum": sum(range(first, first + 8)),
        "queries": sum(it.task == "sold_in" for it in run.snapshot.instances.values()),
        "together": _most_together(run),
        "minutes": _minutes(run, "success"),
        "begins": _minutes(run, "running"),
        "options": dag.tasks["sold_in"].options,
    }


def _most_together(run):
    now = most = 0
    steps = Counter(
        {it.seq: 1 if it.to_state == "running" else -1 for it in run.events if _is_turn(it)}
    )
    for _, step in sorted(steps.items()):
        now += step
        most = max(most, now)
    return most


def _is_turn(event):
    return event.task == "sold_in" and (
        event.from_state == "running" or event.to_state == "running"
    )


def _minutes(run, state):
    """When each task reached a state for the last time."""
    begin = run.events[0].at
    return {
        it.task: round((it.at - begin).total_seconds() / 60)
        for it in run.events
        if it.task and it.to_state == state
    }


@exercise.check("there is a query for each of the eight shops")
def _(queries):
    return f"queries: {queries}", "queries: 8"


@exercise.check("the total is right", task="sold_in")
def _(run, sum):  # noqa: A002 - named by the world above
    return run["total"], sum


@exercise.check("at most two queries go on at the same time")
def _(together):
    return f"at once: {together}", f"at once: {min(together, 2)}"


@exercise.check("all queries are done after 40 minutes")
def _(minutes):
    return f"after {minutes['sold_in']} minutes", f"after {min(minutes['sold_in'], 40)} minutes"


@exercise.check("letters begins at once")
def _(begins):
    return f"at minute {begins['letters']}", "at minute 0"


@exercise.mistake(
    """
sold_in gets the whole list and is one task: if one shop fails, all of them are asked again.
Let wfkit make a task for each item: --expand shops
"""
)
def _(options):
    return options.expand is None


@exercise.mistake(
    """
The Dag has a pool, but no task asks for a slot in it.
Say at the task that uses the database: --pool db
"""
)
def _(dag, options):
    return dag.options.pools and options.pool is None


@exercise.mistake(
    """
max_active_tasks holds up every task of the Dag, also those that need no database.
Give a pool to the database: --pool db=2 at the Dag, --pool db at the task.
"""
)
def _(dag, options):
    return options.pool is None and dag.options.max_active_tasks < 3


@exercise.mistake(
    """
A pool of one slot is safe, but too careful: the queries go one after the other.
The database can take two.
"""
)
def _(together):
    return together == 1


def _dag(options):
    return f"""
%dag new small_database {options} \\
    --param first=10 --start-date 1997-03-03 --clock virtual
"""


def _task(options, body="return shops"):
    return f"""
%%task --takes 10m {options}
def sold_in(shops):
    {body}
"""


exercise.wrong(
    "one_task_for_all",
    feedback="sold_in gets the whole list and is one task",
    answers={"sold_in": _task("--pool db")},
)

exercise.wrong(
    "nobody_uses_the_pool",
    feedback="The Dag has a pool, but no task asks for a slot",
    answers={"sold_in": _task("--expand shops")},
)

exercise.wrong(
    "holds_up_everybody",
    feedback="max_active_tasks holds up every task",
    answers={"dag": _dag("--max-active-tasks 2"), "sold_in": _task("--expand shops")},
)

exercise.wrong(
    "one_after_the_other",
    feedback="A pool of one slot is safe, but too careful",
    answers={"dag": _dag("--pool db=1")},
)

exercise.alternative(
    "another_name_for_the_pool",
    answers={
        "dag": _dag("--pool queries=2 --max-active-tasks 8"),
        "sold_in": _task("--pool queries --expand shops", "sales = shops\n    return sales"),
    },
)
