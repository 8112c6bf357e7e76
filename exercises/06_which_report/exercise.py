"""An exercise of lesson 03: a branch, and the task where its ways meet again."""

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "which_report",
    title="A long report or a short one",
    minutes=15,
    tasks=("choose", "letter"),
    hints=(
        """What does `choose` give back? And what has become of the report that was not chosen
when `letter` asks whether it may start?""",
        """A branch returns the name of the task to go on with, as text.
The rules of lesson 5 are in its table; one of them fits a task where branches meet.""",
        """%%task --trigger-rule none_failed_min_one_success
def letter(short_report=None, long_report=None): …""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 6. A long report or a short one

*15 minutes. It belongs to the lesson `03_orchestration`.*

The long report takes an hour. On a day with fewer than **three** orders a short one will do.

- `choose` looks at the orders and says which report is made: **only that one** runs.
- `letter` sends the report that was made. If that report fails, there is **no** letter, and the
  run is failed.
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
%dag new which_report --param number=5 --start-date 1997-03-03 --clock virtual
""",
)

exercise.given(
    "orders",
    '''
%%task
def orders(number):
    """The purchases of the day."""
    return list(range(number))
''',
)

exercise.text("order", "**Put in order.** These lines make the task `choose`.")

exercise.put_in_order(
    "choose",
    '''
%%task
--branch
def choose(orders):
    """Which report is worth the time?"""
    if len(orders) < 3:
        return "short_report"
    return "long_report"
''',
    extra=["        return True"],
)

exercise.given(
    "short_report",
    '''
%%task --after choose
def short_report(orders):
    """A line."""
    return f"short: {len(orders)}"
''',
)

exercise.given(
    "long_report",
    '''
%%task --after choose --takes 1h
def long_report(orders):
    """A page."""
    return f"long: {len(orders)}"
''',
)

exercise.text("yours", "**On your own.** The letter.")

exercise.answer(
    "letter",
    start='''
%%task ____
def letter(____):
    """The report that was made."""
    return ____
''',
    solution='''
%%task --trigger-rule none_failed_min_one_success
def letter(short_report=None, long_report=None):
    """The report that was made."""
    return short_report or long_report
''',
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(dag, seed):
    many = 2 + seed
    return {
        "few": dag.trial({"number": 2}),
        "many": dag.trial({"number": many}),
        "broken": dag.trial({"number": many}, faults="long_report:always"),
        "number": many,
    }


def _states(run, *tasks):
    return {it.task: it.state for it in run.snapshot.instances.values() if it.task in tasks}


REPORTS = ("short_report", "long_report")


@exercise.check("with two orders only the short report runs", task="choose")
def _(few):
    return _states(few, *REPORTS), {"short_report": "success", "long_report": "skipped"}


@exercise.check("with three or more only the long one", task="choose")
def _(many):
    return _states(many, *REPORTS), {"short_report": "skipped", "long_report": "success"}


@exercise.check("letter is the report that was made", task="letter")
def _(few, many, number):
    return [few["letter"], many["letter"]], ["short: 2", f"long: {number}"]


@exercise.check("without a report there is no letter, and the run is failed")
def _(broken):
    yours = {**_states(broken, "letter"), "run": broken.state}
    return yours, {"letter": "upstream_failed", "run": "failed"}


@exercise.mistake(
    """
choose is an ordinary task, so what it returns decides nothing: both reports run.
Say that it chooses a way: --branch
"""
)
def _(dag):
    return not dag.tasks["choose"].options.branch


@exercise.mistake(
    """
A branch does not answer yes or no. It returns the name of the task to go on with.
Write return "short_report".
"""
)
def _(few):
    return _states(few, "choose")["choose"] == "failed"


@exercise.mistake(
    """
letter waits for a success of both reports, but one is always skipped, and so letter is skipped.
Where branches meet, take --trigger-rule none_failed_min_one_success.
"""
)
def _(few):
    return _states(few, "letter")["letter"] == "skipped"


@exercise.mistake(
    """
letter starts whatever has happened, so it goes out empty when its report has failed, and the run
is green.
It may start if nothing failed and one report is there. Which rule says that?
"""
)
def _(broken):
    return broken.state == "success"


exercise.wrong(
    "no_branch",
    feedback="choose is an ordinary task",
    answers={
        "choose": """
%%task
def choose(orders):
    return "short_report" if len(orders) < 3 else "long_report"
"""
    },
)

exercise.wrong(
    "yes_or_no",
    feedback="A branch does not answer yes or no",
    answers={
        "choose": """
%%task --branch
def choose(orders):
    return len(orders) < 3
"""
    },
)

exercise.wrong(
    "skipped_letter",
    feedback="letter waits for a success of both reports",
    answers={
        "letter": """
%%task
def letter(short_report=None, long_report=None):
    return short_report or long_report
"""
    },
)

exercise.wrong(
    "empty_letter",
    feedback="letter starts whatever has happened",
    answers={
        "letter": """
%%task --trigger-rule all_done
def letter(short_report=None, long_report=None):
    return short_report or long_report
"""
    },
)

exercise.alternative(
    "without_defaults",
    answers={
        "choose": """
%%task --branch
def choose(orders):
    return ["long_report"] if orders[2:] else ["short_report"]
""",
        "letter": """
%%task --trigger-rule none-failed-min-one-success
def letter(long_report, short_report):
    return long_report if short_report is None else short_report
""",
    },
)
